"""Who asks for a token: an app registration's id, with its secret or its certificate."""

import hashlib
from abc import abstractmethod
from typing import Any, Protocol

import attrs
from authlib.oauth2.auth import ClientAuth

from avepoint_async.auth.secret import Secret, Unpicklable
from avepoint_async.errors import ConfigurationError


class Credential(Protocol):
    """What the token source needs of a credential."""

    @property
    @abstractmethod
    def client_id(self) -> str:
        """The id of the app registration."""

    @abstractmethod
    def sign(self, token_url: str, body: str) -> Secret[str]:
        """The form ``body`` of a token request, with the client's authentication added.

        Called anew for every attempt. What it gives is secret as a whole.
        """


def _digest(secret: Secret[str]) -> bytes:
    return hashlib.sha256(secret.reveal().encode()).digest()


@attrs.frozen(kw_only=True)
class ClientSecret(Unpicklable):
    """An app registration and its client secret.

    Attributes:
        client_id: the id of the app registration.
        client_secret: its secret, closed; given as a plain string.

    Equal by id and secret; hashed by the id alone. It cannot be pickled.

    Raises:
        ConfigurationError: either is not a string, is blank, or holds white space at its ends or
            an unprintable character.

    Source: RFC 6749, section 2.3.1 (credentials in the request body).
    """

    client_id: str = attrs.field()
    client_secret: Secret[str] = attrs.field(eq=_digest, hash=False)

    def __init__(self, *, client_id: str, client_secret: str) -> None:
        # Written by hand, since the generated one would keep the secret in a local variable of
        # its frame, and so in every traceback recorded with locals.
        closed = Secret(client_secret)
        del client_secret
        require_text("client_id", Secret(client_id))
        require_text("client_secret", closed)
        object.__setattr__(self, "client_id", client_id)
        object.__setattr__(self, "client_secret", closed)

    def sign(self, token_url: str, body: str) -> Secret[str]:
        """``body`` with ``client_id`` and ``client_secret`` in it."""
        # Typed here, since authlib's stubs leave it open.
        auth: Any = ClientAuth(self.client_id, self.client_secret.reveal(), "client_secret_post")
        form: Secret[str] = Secret(auth.prepare("POST", token_url, {}, body)[2])
        return form


def require_text(name: str, value: Secret[object]) -> None:
    """Refuse what no server has issued; the message does not repeat the value."""
    problem = _text_problem(value.reveal())
    if problem is not None:
        message = f"{name} {problem}"
        raise ConfigurationError(message)


def _text_problem(value: object) -> str | None:
    if not isinstance(value, str):
        return f"must be a string; got {type(value).__name__}"
    if not value.strip():
        return "is blank: give the value shown in the app registration"
    if value != value.strip() or not value.isprintable():
        # RFC 6749, appendix A, has visible characters only: the rest came along in copying.
        return "holds white space at its ends or an unprintable character: copy it again"
    return None
