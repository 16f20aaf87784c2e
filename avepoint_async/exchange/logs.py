"""What a log record says of the request that it is about, in its text and as ``extra``; pure."""

from collections.abc import Mapping
from typing import Any

from avepoint_async.errors import one_line

_NAMES = {"customer_id": "customer", "tenant_id": "tenant", "page_index": "page"}


def place(about: Mapping[str, Any], attempt: int) -> str:
    """Such as ``customer c, tenant t, page 3, attempt 1``; of a token ``token, attempt 1``."""
    known = [f"{said} {about[name]}" for name, said in _NAMES.items() if about.get(name)]
    return one_line(", ".join([*(known or ["token"]), f"attempt {attempt}"]))


def extra(about: Mapping[str, Any], attempt: int) -> dict[str, Any]:
    """``customer_id``, ``tenant_id``, ``page_index`` and ``attempt``; None where there is none."""
    return {**{name: about.get(name) for name in _NAMES}, "attempt": attempt}
