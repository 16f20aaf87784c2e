"""What a certificate is read from: a file or bytes, and the password, closed from the start.

The functions that see content or password in clear raise nothing: they give the problem back, and
the error is raised where all local variables are closed.
"""

import errno
import os
from typing import NoReturn, Self, TypeVar, cast

import attrs

from avepoint_async.auth.secret import Secret
from avepoint_async.errors import ConfigurationError

T = TypeVar("T")

_LARGEST = 1 << 20  # bytes; a key with a long chain takes some twenty thousand
_LONGEST_NAME = 255  # characters; the shortest key takes some sixteen hundred


@attrs.frozen(kw_only=True)
class Material:
    """The content of a certificate file, not yet parsed, and the password to it.

    Attributes:
        origin: what error messages call it.
        content: the bytes; they may hold a private key in clear.
        password: None if there is none; an empty one is the same as none.
    """

    origin: str
    content: Secret[bytes]
    password: Secret[bytes | None]

    @classmethod
    def take(
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
        origin = _name(path.reveal())
        raw = data if path.reveal() is None else _read(path, origin)
        return cls(
            origin=origin,
            content=_accept(origin, _content(raw.reveal())),
            password=_accept(origin, _password(password.reveal())),
        )

    def accept(self, part: T | str) -> T:
        """``part``, unless it is a string: then it says what is wrong."""
        return _accept(self.origin, part)

    def refuse(self, problem: str) -> NoReturn:
        """Raise the error that says what is wrong with it."""
        _refuse(self.origin, problem)


def is_pfx(content: bytes) -> bool:
    """Whether ``content`` begins as a PFX does, with a sequence that opens with version 3.

    Source: RFC 7292, section 4; for the length of the sequence, X.690, section 8.1.3.
    """
    short_length = content[1:2] < b"\x80"
    version_at = 2 if short_length else 2 + (content[1] & 0x7F)
    return content[:1] == b"\x30" and content[version_at : version_at + 3] == b"\x02\x01\x03"


def _accept(origin: str, part: T | str) -> T:
    if isinstance(part, str):
        _refuse(origin, part)
    return part


def _refuse(origin: str, problem: str) -> NoReturn:
    message = f"{origin} {problem}"
    raise ConfigurationError(message)


def _name(path: object) -> str:
    """What error messages call it; a path that is none may be the certificate itself."""
    if path is None:
        return "certificate data"
    name = str(path)
    if len(name) > _LONGEST_NAME or not name.isprintable():
        return f"certificate path ({len(name)} characters, not shown)"
    return f"certificate file {name}"


def _read(path: Secret[str | os.PathLike[str] | None], origin: str) -> Secret[bytes]:
    """Up to a byte more than is accepted, so that a device or an endless pipe ends."""
    read = _try_to_read(path.reveal())
    if isinstance(read, Secret):
        return read
    message = f"{origin} cannot be read: {read.strerror}"
    raise ConfigurationError(message) from read


def _try_to_read(path: object) -> Secret[bytes] | OSError:
    """What the file holds, or why that cannot be told, without the name that the system adds."""
    try:
        name = os.fspath(cast("str", path))
        # No Path: an empty one would be the current directory.
        with open(name, "rb") as file:  # noqa: PTH123 (see the line above)
            return Secret(file.read(_LARGEST + 1))
    except OSError as error:
        return OSError(error.errno, error.strerror)
    except (TypeError, ValueError) as error:
        return OSError(errno.EINVAL, str(error))


def _content(data: object) -> Secret[bytes] | str:
    if not isinstance(data, bytes):
        return f"must be bytes; got {type(data).__name__}"
    if not data:
        return "is empty"
    if len(data) > _LARGEST:
        return f"is larger than {_LARGEST} bytes: give the certificate, its key and its chain alone"
    return Secret(data)


def _password(password: object) -> Secret[bytes | None] | str:
    if password is None or isinstance(password, bytes):
        return Secret(password or None)
    if not isinstance(password, str):
        return f"has a password that is {type(password).__name__}: give it as str or bytes"
    try:
        return Secret(password.encode() or None)
    except UnicodeEncodeError:
        return "has a password that is not valid Unicode: give it as bytes"
