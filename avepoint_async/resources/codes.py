"""Codes that callers hand in: a member of an enum, or its value."""

from enum import Enum
from typing import TypeVar

from avepoint_async.errors import ConfigurationError

EnumT = TypeVar("EnumT", bound=Enum)


def as_code(name: str, enum: type[EnumT], value: object) -> EnumT:
    """The member that an argument stands for.

    Raises:
        ConfigurationError: it stands for none; the message lists those that there are.
    """
    try:
        return enum(value)
    except ValueError:
        known = ", ".join(f"{enum.__name__}.{member.name}" for member in enum)
        message = f"{name} must be one of {known}; got {value!r}"
        raise ConfigurationError(message) from None
