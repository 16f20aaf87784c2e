"""Credentials: the id of an app registration, with its secret or its certificate.

What signs and parses certificates is imported where it is used: cryptography, joserfc and authlib
take longer to import than all the rest, and most programs need few of them.
"""

import hashlib
import time
from abc import abstractmethod
from collections.abc import Callable
from datetime import datetime
from os import PathLike
from typing import Any, Literal, Protocol, Self

import attrs

from avepoint_async.auth.assertion import ASSERTION_TYPE, SigningCertificate, sign_assertion
from avepoint_async.auth.secret import Secret, Unpicklable
from avepoint_async.errors import ConfigurationError, bare

NOTHING: Secret[None] = Secret(None)


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


@attrs.frozen(kw_only=True, init=False)
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

    def __new__(cls, *args: object, **_: object) -> Self:
        """Refuse what is given by position, in which an id and a secret are easily exchanged."""
        if args:
            del args  # one of them may be the secret, and tracebacks may show local variables
            message = "give both by name: ClientSecret(client_id=…, client_secret=…)"
            raise ConfigurationError(message)
        return super().__new__(cls)

    # __new__ takes more, in order to refuse it.
    def __init__(  # pyright: ignore[reportInconsistentConstructor] (see the line above)
        self, *, client_id: str, client_secret: str
    ) -> None:
        # Written by hand, since the generated one would keep the secret in a local variable of
        # its frame, and so in every traceback recorded with locals.
        closed = Secret(client_secret)
        del client_secret
        # Set before they are checked: a traceback may ask for the representation of self.
        object.__setattr__(self, "client_id", client_id)
        object.__setattr__(self, "client_secret", closed)
        require_text("client_id", Secret(client_id))
        require_text("client_secret", closed)

    def sign(self, token_url: str, body: str) -> Secret[str]:
        """``body`` with ``client_id`` and ``client_secret`` in it."""
        from authlib.oauth2.auth import ClientAuth  # noqa: PLC0415 (see the top)

        # Typed here, since authlib's stubs leave it open.
        auth: Any = ClientAuth(self.client_id, self.client_secret.reveal(), "client_secret_post")
        form: Secret[str] = Secret(auth.prepare("POST", token_url, {}, body)[2])
        return form


def _is_text(_: object, attribute: "attrs.Attribute[str]", value: str) -> None:
    require_text(attribute.name, Secret(value))


@attrs.frozen(kw_only=True, repr=False)
class ClientCertificate(Unpicklable):
    """An app registration and its certificate; made by ``from_pfx`` or ``from_pem``.

    Attributes:
        client_id: the id of the app registration.
        certificate: the RSA key, closed, and what names its certificate.
        clock: tells the seconds since the epoch.

    Equal by id and certificate. It cannot be pickled.

    Source: RFC 7523, section 2.2 (a signed assertion in place of the secret).
    """

    client_id: str = attrs.field(validator=_is_text)
    certificate: SigningCertificate
    clock: Callable[[], float] = attrs.field(eq=False)

    @classmethod
    def from_pfx(
        cls,
        *,
        client_id: str,
        path: str | PathLike[str] | None = None,
        data: bytes | None = None,
        password: str | bytes | None = None,
        clock: Callable[[], float] = time.time,
    ) -> Self:
        """Read a PFX (PKCS #12) file; chain certificates may stand in it.

        Args:
            client_id: the id of the app registration.
            path: the file, or
            data: its content.
            password: what it is encrypted with.
            clock: tells the seconds since the epoch.

        Raises:
            ConfigurationError: path and data are both given or both missing; the file cannot be
                read or is no PFX; the password is missing or wrong; private key or certificate is
                missing, or they do not belong together; the key is not RSA, or has less than 2048
                bits; the certificate has expired or is not valid yet. The message says which.
        """
        # Closed before anything can fail: a traceback may be recorded with its local variables.
        place, content, opener = Secret(path), Secret(data), Secret(password)
        del path, data, password
        certificate = load_certificate(
            path=place, data=content, password=opener, now=clock(), form="pfx"
        )
        return cls(client_id=client_id, certificate=certificate, clock=clock)

    @classmethod
    def from_pem(
        cls,
        *,
        client_id: str,
        path: str | PathLike[str] | None = None,
        data: bytes | None = None,
        password: str | bytes | None = None,
        clock: Callable[[], float] = time.time,
    ) -> Self:
        """Read a PEM file with private key and certificate, in any order; a chain may follow.

        Args:
            client_id: the id of the app registration.
            path: the file, or
            data: its content.
            password: what the private key is encrypted with.
            clock: tells the seconds since the epoch.

        Raises:
            ConfigurationError: as ``from_pfx``; also a password for a key that is not encrypted.
        """
        # Closed before anything can fail, as above.
        place, content, opener = Secret(path), Secret(data), Secret(password)
        del path, data, password
        certificate = load_certificate(
            path=place, data=content, password=opener, now=clock(), form="pem"
        )
        return cls(client_id=client_id, certificate=certificate, clock=clock)

    @property
    def thumbprint(self) -> str:
        """The SHA-1 of the certificate, as 40 upper-case hexadecimal digits."""
        return self.certificate.thumbprint

    @property
    def not_valid_after(self) -> datetime:
        """When the certificate expires, in UTC."""
        return self.certificate.not_valid_after

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(client_id={self.client_id!r}, thumbprint={self.thumbprint!r}, "
            f"not_valid_after={self.not_valid_after.isoformat()!r})"
        )

    def sign(self, token_url: str, body: str) -> Secret[str]:
        """``body`` with ``client_id`` and a newly signed assertion in it."""
        from authlib.common.urls import add_params_to_qs  # noqa: PLC0415 (see the top)

        assertion = sign_assertion(
            self.certificate, client_id=self.client_id, token_url=token_url, now=self.clock()
        )
        authentication = {
            "client_id": self.client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        }
        return Secret(add_params_to_qs(body, authentication))


def load_certificate(
    *,
    path: Secret[str] | Secret[str | PathLike[str] | None] = NOTHING,
    data: Secret[bytes | None] = NOTHING,
    password: Secret[str] | Secret[None] | Secret[str | bytes | None] = NOTHING,
    now: float,
    form: Literal["pfx", "pem"] | None = None,
) -> SigningCertificate:
    """Read the certificate of a file, of either format if ``form`` is None.

    Raises:
        ConfigurationError: see `ClientCertificate.from_pfx`.
    """
    from avepoint_async.auth.certificate import choose_certificate  # noqa: PLC0415 (see the top)
    from avepoint_async.auth.certificate_file import CertificateFile  # noqa: PLC0415 (see the top)

    try:
        file = CertificateFile.open(path=path, data=data, password=password)
        return choose_certificate(file, now=now, form=form)
    except ConfigurationError as error:
        # The frames hold the key and the password in clear.
        raise bare(error) from error.__cause__


def require_text(name: str, value: Secret[object]) -> None:
    """Refuse what no server has issued; the message does not repeat the value.

    Raises:
        ConfigurationError: it is no string, is blank, or holds white space at its ends or an
            unprintable character.
    """
    problem = _problem_of(value.reveal())
    if problem is not None:
        message = f"{name} {problem}"
        raise ConfigurationError(message)


def _problem_of(text: object) -> str | None:
    if not isinstance(text, str):
        return f"must be a string; got {type(text).__name__}"
    if not text.strip():
        return "is blank: give the value shown in the app registration"
    if text != text.strip() or not text.isprintable():
        # RFC 6749, appendix A, has visible characters only: the rest came along in copying.
        return "holds white space at its ends or an unprintable character: copy it again"
    return None
