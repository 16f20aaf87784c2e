"""Providers of clients, as a user names them in the option ``credential``."""

from typing import Any

from avepoint_async import AvePointClient, RetryPolicy

asked: list[dict[str, Any]] = []


def impatient(**settings: Any) -> AvePointClient:
    """A client that sends everything once; what it was given is noted."""
    asked.append(settings)
    return AvePointClient.from_env(retry=RetryPolicy(attempts=1), **settings)


def forgetful(**settings: Any) -> None:
    """Makes nothing."""
    asked.append(settings)
