"""Key and certificates out of a PFX (PKCS #12) file."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs12

from avepoint_async.auth.certificate import Contents
from avepoint_async.auth.material import Material, is_pfx


def read_pfx(material: Material) -> Contents:
    """The private key and every certificate of a PFX file.

    Raises:
        ConfigurationError: it is no PFX, or does not open with this password.
    """
    problem = _format_problem(material.content.reveal())
    opened = material.accept(_open(material) if problem is None else problem)
    entries = (opened.cert, *opened.additional_certs)
    certificates = tuple(entry.certificate for entry in entries if entry is not None)
    return Contents(key=opened.key, certificates=certificates)


def _format_problem(content: bytes) -> str | None:
    if is_pfx(content):
        return None
    if b"-----BEGIN " in content:
        return "is a PEM file: use from_pem"
    return "is neither a PFX nor a PEM file"


def _open(material: Material) -> pkcs12.PKCS12KeyAndCertificates | str:
    """The open PFX, or what is wrong; cryptography's own error, which may tell more, ends here."""
    try:
        return pkcs12.load_pkcs12(material.content.reveal(), material.password.reveal())
    except (TypeError, UnsupportedAlgorithm, ValueError):
        if material.password.reveal() is None:
            return "does not open without a password: the password is missing, or it is damaged"
        return "does not open with this password: the password is wrong, or it is damaged"
