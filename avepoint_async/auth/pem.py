"""Key and certificates out of a PEM file, in any order."""

import re
from collections.abc import Iterable

import attrs
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from avepoint_async.auth.certificate import Contents
from avepoint_async.auth.material import Material, is_pfx
from avepoint_async.auth.secret import Secret

# Between its two lines a block has single hyphens at most, so that the search never goes back.
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----(?:[^-]|-(?!----))*-----END \1-----")


@attrs.frozen
class _Block:
    """One block of a PEM file (RFC 7468), and the label in its first line."""

    label: str
    text: Secret[bytes]

    @property
    def is_key(self) -> bool:
        return self.label.endswith("PRIVATE KEY")

    @property
    def is_certificate(self) -> bool:
        return self.label in {"CERTIFICATE", "X509 CERTIFICATE"}

    @property
    def is_encrypted(self) -> bool:
        """PKCS #8 says so in the label, the traditional form in a header (RFC 1421)."""
        return self.label.startswith("ENCRYPTED") or b"4,ENCRYPTED" in self.text.reveal()


def read_pem(material: Material) -> Contents:
    """The private key and every certificate of a PEM file.

    Raises:
        ConfigurationError: it is no PEM file, holds several keys, does not open with this
            password, or is damaged.
    """
    blocks = _blocks(material.content.reveal())
    if not blocks:
        material.refuse(_other_format(material.content.reveal()))
    keys = [block for block in blocks if block.is_key]
    if len(keys) > 1:
        material.refuse(f"holds {len(keys)} private keys: leave the one to sign with")
    key = _key(keys[0], material.password) if keys else None
    if isinstance(key, str):
        material.refuse(key)
    certificates = _certificates(block for block in blocks if block.is_certificate)
    return Contents(key=key, certificates=material.accept(certificates))


def _blocks(content: bytes) -> list[_Block]:
    return [
        _Block(match[1].decode("ascii"), Secret(match[0] + b"\n"))
        for match in _BLOCK.finditer(content)
    ]


def _other_format(content: bytes) -> str:
    if is_pfx(content):
        return "is a PFX file: use from_pfx"
    return "is neither a PEM nor a PFX file"


def _key(block: _Block, password: Secret[bytes | None]) -> PrivateKeyTypes | str:
    """The key, or what is wrong; cryptography's own error, which may tell more, ends here."""
    if block.is_encrypted and password.reveal() is None:
        return "has an encrypted private key, and the password is missing: give it"
    if not block.is_encrypted and password.reveal() is not None:
        return "has a private key that is not encrypted: leave the password out"
    try:
        return load_pem_private_key(block.text.reveal(), password.reveal())
    except (TypeError, UnsupportedAlgorithm, ValueError):
        if block.is_encrypted:
            return (
                "has a private key that does not open with this password: the password is wrong, "
                "or the encryption is not supported (AES is)"
            )
        return f"has a {block.label} that cannot be read: give an RSA key as PKCS #8"


def _certificates(blocks: Iterable[_Block]) -> tuple[x509.Certificate, ...] | str:
    try:
        return tuple(x509.load_pem_x509_certificate(block.text.reveal()) for block in blocks)
    except ValueError:
        return "has a certificate that cannot be read: export it anew"
