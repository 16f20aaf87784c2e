"""The environment variables of a command under test."""

from avepoint_async.testing import Emulator

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")

MEANINGFUL = (
    "AVEPOINT_CLIENT_CERTIFICATE_PASSWORD",
    "AVEPOINT_CLIENT_CERTIFICATE_PATH",
    "AVEPOINT_CLIENT_ID",
    "AVEPOINT_CLIENT_SECRET",
    "AVEPOINT_CLIENT_SECRET_FILE",
    "AVEPOINT_ENVIRONMENT",
    "AVEPOINT_GRAPH_URL",
    "AVEPOINT_TOKEN_URL",
    "CI",
    "COLUMNS",
    "FORCE_COLOR",
    "LINES",
    "NO_COLOR",
    "PYTHONIOENCODING",
    "PYTHONUNBUFFERED",
    "PYTHONUTF8",
    "SSL_CERT_FILE",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
    *_PROXIES,
    *(name.upper() for name in _PROXIES),
)
"""The variables that change what a command does."""


def settings_of(emulator: Emulator) -> dict[str, str]:
    """The variables that lead to an emulator."""
    return {
        "AVEPOINT_CLIENT_ID": emulator.tokens.client_id,
        "AVEPOINT_CLIENT_SECRET": emulator.tokens.client_secret,
        "AVEPOINT_GRAPH_URL": emulator.environment.graph_url,
        "AVEPOINT_TOKEN_URL": emulator.environment.token_url,
    }
