"""Everything this library raises, in one tree.

::

    AvePointError
    ├── ConfigurationError      also a ValueError: an argument or the environment is wrong
    ├── ClientClosedError       also a RuntimeError: the client was closed
    ├── AuthenticationError     the token endpoint said no, or the API refused a fresh token
    ├── TransportError          no usable answer: connection, TLS, time-out, cut-off body
    ├── ApiError                an answer with an error status
    │   ├── BadRequestError         400
    │   ├── PermissionDeniedError   403
    │   ├── NotFoundError           404
    │   ├── RateLimitError          429
    │   └── ServerError             5xx
    ├── ResponseError           a 200 that is not what was promised
    ├── PaginationError         the server does not advance
    ├── IncompleteError         a walk of a strict client ended, and items lack  (paging.errors)
    └── TenantFailuresError     a fan-out ended with failed tenants              (paging.errors)

Each error is built from one message and keyword data, so that it pickles; each ``str`` is one
line that fits a log, and none holds a secret or a token.
"""

from typing import Any, ClassVar, TypeVar

ErrorT = TypeVar("ErrorT", bound="AvePointError")


def one_line(text: str) -> str:
    """Whatever the server put into its answer must not forge a log line or steer a terminal."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


class AvePointError(Exception):
    """Base of every error that this library raises.

    Attributes:
        customer_id: the customer at which it happened, if there is one.
        tenant_id: the tenant at which it happened, if there is one.
        page_index: the page (from 1) at which it happened, if there is one.
        list_name: the list at which it happened, such as "customer list", if it is the partner's.
        fatal: whether no other tenant would fare better (credentials refused, token address
            dead, client closed), so that a fan-out ends at once.
        advice: what to do about it; of what the service said, a traceback tells it as a note.
    """

    fatal: bool = False
    advice: ClassVar[str] = "run it again"

    def __init__(
        self,
        message: str,
        *,
        customer_id: str | None = None,
        tenant_id: str | None = None,
        page_index: int | None = None,
        list_name: str | None = None,
    ) -> None:
        super().__init__(message)
        self.customer_id = customer_id
        self.tenant_id = tenant_id
        self.page_index = page_index
        self.list_name = list_name

    def __str__(self) -> str:
        where = [self.list_name] if self.list_name else []
        where += [
            f"{name} {value}"
            for name, value in (
                ("customer", self.customer_id),
                ("tenant", self.tenant_id),
                ("page", self.page_index),
            )
            if value is not None
        ]
        text = str(self.args[0]) if self.args else ""
        return one_line(f"{', '.join(where)}: {text}" if where else text)


def bare(error: ErrorT) -> ErrorT:
    """The error without the frames and contexts of it and of its causes.

    Their local variables hold a token, a secret or a whole page for as long as the error is kept.
    Raise it where it is about to leave for a caller: ``raise bare(error) from error.__cause__``.
    """
    each: BaseException | None = error
    while each is not None:
        each.__context__ = each.__traceback__ = None
        each = each.__cause__
    return error


class ConfigurationError(AvePointError, ValueError):
    """Raised when an argument or the environment is wrong, before anything is sent.

    The caller must act: the message says what was wrong, where, and what to do.
    """

    advice = "mend it: the message says how"


class ClientClosedError(AvePointError, RuntimeError):
    """Raised when a client is used after, or while, it is closed."""

    fatal = True
    advice = "make a new one"


class AuthenticationError(AvePointError):
    """Raised when the token endpoint says no, or the API answers 401 to a fresh token.

    Attributes:
        error: the OAuth 2.0 error code, such as ``invalid_client`` (RFC 6749, section 5.2).
        description: what the token endpoint adds to it.
    """

    fatal = True
    advice = "check id, secret, permissions and cloud: `avepoint-async doctor`"

    def __init__(
        self,
        message: str,
        *,
        error: str | None = None,
        description: str | None = None,
        **where: Any,
    ) -> None:
        super().__init__(message, **where)
        self.add_note(self.advice)
        self.error = error
        self.description = description


class TransportError(AvePointError):
    """Raised when no usable answer came: connection, TLS, time-out, cut-off body.

    Attributes:
        transient: whether the same request may succeed when sent again.
    """

    advice = "check network, proxy, certificates; run it again"

    def __init__(self, message: str, *, transient: bool = True, **where: Any) -> None:
        super().__init__(message, **where)
        self.add_note(self.advice)
        self.transient = transient


class ApiError(AvePointError):
    """Raised for an answer with an error status.

    Attributes:
        status: the HTTP status.
        detail: what the body says of it, if it says anything readable.
        request_id: the service's id of the request, for its support.
        retry_after: seconds the service asked to wait, if it did.
    """

    advice = "read `.status` and `.detail`"

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        detail: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        **where: Any,
    ) -> None:
        super().__init__(message, **where)
        self.add_note(self.advice)
        self.status = status
        self.detail = detail
        self.request_id = request_id
        self.retry_after = retry_after


class BadRequestError(ApiError):
    """Raised for a 400: the service does not accept the request."""

    advice = "check ids and page size"


class PermissionDeniedError(ApiError):
    """Raised for a 403: the app registration may not see this customer, or lacks the scope."""

    advice = "widen the app registration's scope"


class NotFoundError(ApiError):
    """Raised for a 404: no such customer or tenant, or none with this service."""

    advice = "check the ids and the licence"


class RateLimitError(ApiError):
    """Raised for a 429 that did not pass within the deadline."""

    advice = "run it later, or lower `concurrency`"


class ServerError(ApiError):
    """Raised for a 5xx that did not pass within the attempts and the deadline."""

    advice = "run it later; give its support the request id"


class ResponseError(AvePointError):
    """Raised for a 200 that is not what was promised.

    Attributes:
        path: the place in the reply, such as ``$.data[3].moduleStatus[0].isProtected``.
    """

    advice = "report it: the service has changed"

    def __init__(self, message: str, *, path: str | None = None, **where: Any) -> None:
        super().__init__(message, **where)
        self.path = path


class PaginationError(AvePointError):
    """Raised when the server does not advance: another page than asked for, or the same again.

    ``page_index`` is the page at which the walk stopped; what came before it was delivered.
    """

    advice = "run it again"
