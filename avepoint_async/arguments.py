"""What callers hand in, checked before anything is sent; pure."""

from collections.abc import Iterable
from typing import cast

from avepoint_async.errors import ConfigurationError


def is_unicode(text: str) -> bool:
    """Whether the text can be sent at all; a lone surrogate cannot."""
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


def at_least_one(name: str, value: object) -> int:
    """A whole number of at least 1.

    Raises:
        ConfigurationError: anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        message = f"{name} must be a whole number of at least 1; got {value!r}"
        raise ConfigurationError(message)
    return int(value)


def strings(name: str, values: object) -> tuple[str, ...]:
    """One string or many, in order and each once; none for None.

    Raises:
        ConfigurationError: an empty list, which asks for nobody, or something in it that is no
            string or blank.
    """
    if values is None:
        return ()
    if not isinstance(values, str | Iterable):
        message = f"{name} must be a string or strings; got {type(values).__name__}"
        raise ConfigurationError(message)
    given = (values,) if isinstance(values, str) else tuple(cast("Iterable[object]", values))
    if not given:
        message = f"{name} is empty, which asks for nothing: leave it out to ask for everything"
        raise ConfigurationError(message)
    return tuple(
        dict.fromkeys(_text(name, position, value) for position, value in enumerate(given))
    )


def _text(name: str, position: int, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        message = f"{name}[{position}] must be a string with something in it; got {value!r}"
        raise ConfigurationError(message)
    if not is_unicode(value):
        message = f"{name}[{position}] holds half a surrogate pair, which cannot be sent"
        raise ConfigurationError(message)
    return value.strip()


def expect(name: str, value: object, kind: type) -> None:
    """Refuse what is not of this kind.

    Raises:
        ConfigurationError: it is of another.
    """
    if not isinstance(value, kind):
        message = f"{name} must be of type {kind.__name__}; got {type(value).__name__}"
        raise ConfigurationError(message)
