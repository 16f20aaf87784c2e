"""The environment variables of a command under test."""

import os

from avepoint_async.testing import Emulator

_MEANINGFUL = ("AVEPOINT_", "CI", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "TTY_")


def cleaned() -> list[str]:
    """The names of this process's variables that would change what a command does."""
    return [
        name
        for name in os.environ
        if name.startswith(_MEANINGFUL) or name.lower().endswith("_proxy")
    ]


def settings_of(emulator: Emulator) -> dict[str, str]:
    """The variables that lead to an emulator."""
    return {
        "AVEPOINT_CLIENT_ID": emulator.tokens.client_id,
        "AVEPOINT_CLIENT_SECRET": emulator.tokens.client_secret,
        "AVEPOINT_GRAPH_URL": emulator.environment.graph_url,
        "AVEPOINT_TOKEN_URL": emulator.environment.token_url,
    }
