"""When a fresh token that the API refuses is the end for all tenants."""

from avepoint_async.auth.token import AccessToken
from avepoint_async.errors import ApiError, AuthenticationError

_MOST_IN_A_ROW = 3
"""Fresh tokens refused in a row after which no other is tried."""


class RefusedTokens:
    """Counts the fresh tokens that the API refused since it took one.

    A refusal is fatal if the API never took a token, or if it is the third in a row. Otherwise it
    fails one tenant: a moment in which tokens are revoked must not end the night of all others.
    """

    def __init__(self) -> None:
        self._ever_accepted = False
        self._in_a_row = 0
        self._last: AccessToken | None = None

    def accepted(self) -> None:
        """The API took a token, even if it then answered with an error."""
        self._ever_accepted, self._in_a_row = True, 0

    def refused(self, token: AccessToken, answer: ApiError) -> AuthenticationError:
        """The error for a fresh token that was answered with 401."""
        self._in_a_row += token is not self._last
        self._last = token
        message = f"the API refuses a token that was just issued: {answer}"
        error = AuthenticationError(message, description=answer.detail)
        error.fatal = self._in_a_row >= _MOST_IN_A_ROW or not self._ever_accepted
        return error
