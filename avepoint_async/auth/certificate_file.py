"""A certificate file, PFX or PEM: read with its password, and taken apart.

Content and password are closed in `Secret` where they are kept. The frames below hold them in
clear; whoever lets an error of this module out drops those with `errors.bare`.
"""

import errno
import os
import re
from typing import Literal, NoReturn, Self, cast

import attrs
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12

from avepoint_async.auth.secret import Secret
from avepoint_async.errors import ConfigurationError

Format = Literal["pfx", "pem"]

_LARGEST = 1 << 20  # bytes; a key with a long chain takes some twenty thousand
_LONGEST_NAME = 255  # characters; the shortest key takes some sixteen hundred

# Between its two lines a block has single hyphens at most, so that the search never goes back.
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----(?:[^-]|-(?!----))*-----END \1-----")


@attrs.frozen(kw_only=True)
class Contents:
    """What a file held, before anything of it is judged; chain certificates may be among it."""

    key: PrivateKeyTypes | None
    certificates: tuple[x509.Certificate, ...]


@attrs.frozen(kw_only=True)
class CertificateFile:
    """The bytes of a certificate file, not yet parsed, and the password to it.

    Attributes:
        name: what error messages call it.
        content: the bytes; they may hold a private key in clear.
        password: None if there is none; an empty one is the same as none.
    """

    name: str
    content: Secret[bytes]
    password: Secret[bytes | None]

    @classmethod
    def open(
        cls,
        *,
        path: Secret[str | os.PathLike[str] | None],
        data: Secret[bytes | None],
        password: Secret[str | bytes | None],
    ) -> Self:
        """Read ``path`` or take ``data``, exactly one of them.

        Raises:
            ConfigurationError: neither or both are given, one is of the wrong type, the file
                cannot be read, or it is empty or far too large.
        """
        if (path.reveal() is None) == (data.reveal() is None):
            message = "a certificate is read from path or from data: give exactly one of them"
            raise ConfigurationError(message)
        name = _name_of(path.reveal())
        content = data if path.reveal() is None else _read(path.reveal(), name)
        return cls(
            name=name,
            content=_check_content(content.reveal(), name),
            password=_check_password(password.reveal(), name),
        )

    def parse(self, form: Format | None = None) -> Contents:
        """The private key and every certificate of the file.

        Args:
            form: what the file is; None: either.

        Raises:
            ConfigurationError: it is in another format, holds several keys, does not open with
                this password, or is damaged.
        """
        if is_pfx(self.content.reveal()):
            if form == "pem":
                self.refuse("is a PFX file: use from_pfx")
            return self._parse_pfx()
        if form == "pfx":
            if b"-----BEGIN " in self.content.reveal():
                self.refuse("is a PEM file: use from_pem")
            self.refuse("is neither a PFX nor a PEM file")
        return self._parse_pem()

    def refuse(self, problem: str) -> NoReturn:
        """Raise the error that says what is wrong with it."""
        _refuse(self.name, problem)

    def _parse_pfx(self) -> Contents:
        try:
            opened = pkcs12.load_pkcs12(self.content.reveal(), self.password.reveal())
        except (TypeError, UnsupportedAlgorithm, ValueError):
            if self.password.reveal() is None:
                what = "does not open without a password: the password is missing, or it is damaged"
            else:
                what = "does not open with this password: the password is wrong, or it is damaged"
            self.refuse(what)
        entries = (opened.cert, *opened.additional_certs)
        certificates = tuple(entry.certificate for entry in entries if entry is not None)
        return Contents(key=opened.key, certificates=certificates)

    def _parse_pem(self) -> Contents:
        blocks = [_Block(match[1].decode("ascii"), match[0] + b"\n") for match in self._blocks()]
        if not blocks:
            self.refuse("is neither a PEM nor a PFX file")
        keys = [block for block in blocks if block.is_key]
        if len(keys) > 1:
            self.refuse(f"holds {len(keys)} private keys: leave the one to sign with")
        key = self._parse_key(keys[0]) if keys else None
        try:
            certificates = tuple(
                x509.load_pem_x509_certificate(block.text)
                for block in blocks
                if block.is_certificate
            )
        except ValueError:
            self.refuse("has a certificate that cannot be read: export it anew")
        return Contents(key=key, certificates=certificates)

    def _blocks(self) -> "list[re.Match[bytes]]":
        return list(_BLOCK.finditer(self.content.reveal()))

    def _parse_key(self, block: "_Block") -> PrivateKeyTypes:
        password = self.password.reveal()
        if block.is_encrypted and password is None:
            self.refuse("has an encrypted private key, and the password is missing: give it")
        if not block.is_encrypted and password is not None:
            self.refuse("has a private key that is not encrypted: leave the password out")
        try:
            return load_pem_private_key(block.text, password)
        except (TypeError, UnsupportedAlgorithm, ValueError):
            if block.is_encrypted:
                self.refuse(
                    "has a private key that does not open with this password: the password is "
                    "wrong, or the encryption is not supported (AES is)"
                )
            self.refuse(f"has a {block.label} that cannot be read: give an RSA key as PKCS #8")


@attrs.frozen
class _Block:
    """One block of a PEM file (RFC 7468), and the label in its first line."""

    label: str
    text: bytes = attrs.field(repr=False)

    @property
    def is_key(self) -> bool:
        return self.label.endswith("PRIVATE KEY")

    @property
    def is_certificate(self) -> bool:
        return self.label in {"CERTIFICATE", "X509 CERTIFICATE"}

    @property
    def is_encrypted(self) -> bool:
        """PKCS #8 says so in the label, the traditional form in a header (RFC 1421)."""
        return self.label.startswith("ENCRYPTED") or b"4,ENCRYPTED" in self.text


def is_pfx(content: bytes) -> bool:
    """Whether ``content`` begins as a PFX does, with a sequence that opens with version 3.

    Source: RFC 7292, section 4; for the length of the sequence, X.690, section 8.1.3.
    """
    short_length = content[1:2] < b"\x80"
    version_at = 2 if short_length else 2 + (content[1] & 0x7F)
    return content[:1] == b"\x30" and content[version_at : version_at + 3] == b"\x02\x01\x03"


def _refuse(name: str, problem: str) -> NoReturn:
    message = f"{name} {problem}"
    raise ConfigurationError(message)


def _name_of(path: object) -> str:
    """What error messages call it; a path that is none may be the certificate itself."""
    if path is None:
        return "certificate data"
    name = str(path)
    if len(name) > _LONGEST_NAME or not name.isprintable():
        return f"certificate path ({len(name)} characters, not shown)"
    return f"certificate file {name}"


def _read(path: object, name: str) -> Secret[bytes]:
    """Up to a byte more than is accepted, so that a device or an endless pipe ends."""
    try:
        # No Path: an empty one would be the current directory.
        with open(os.fspath(cast("str", path)), "rb") as file:  # noqa: PTH123 (see the line above)
            return Secret(file.read(_LARGEST + 1))
    except OSError as error:
        # The cause leaves out the name, which may be the certificate itself.
        cause = OSError(error.errno, error.strerror)
    except (TypeError, ValueError) as error:
        cause = OSError(errno.EINVAL, str(error))
    message = f"{name} cannot be read: {cause.strerror}"
    raise ConfigurationError(message) from cause


def _check_content(data: object, name: str) -> Secret[bytes]:
    if not isinstance(data, bytes):
        _refuse(name, f"must be bytes; got {type(data).__name__}")
    if not data:
        _refuse(name, "is empty")
    if len(data) > _LARGEST:
        what = f"is larger than {_LARGEST} bytes"
        _refuse(name, f"{what}: give the certificate, its key and its chain alone")
    return Secret(data)


def _check_password(password: object, name: str) -> Secret[bytes | None]:
    if password is None or isinstance(password, bytes):
        return Secret(password or None)
    if not isinstance(password, str):
        kind = type(password).__name__
        _refuse(name, f"has a password that is {kind}: give it as str or bytes")
    try:
        return Secret(password.encode() or None)
    except UnicodeEncodeError:
        _refuse(name, "has a password that is not valid Unicode: give it as bytes")
