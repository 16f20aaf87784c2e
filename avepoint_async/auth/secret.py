"""What must not be seen: a value that no repr, log, traceback, copy or pickle shows."""

from typing import Generic, NoReturn, Self, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Unpicklable:
    """Base of immutable objects that hold a secret: a copy is the object itself, a pickle fails."""

    __slots__ = ()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        message = (
            f"{type(self).__name__} cannot be pickled, since the pickle would hold its secret: "
            "build it anew in the process that needs it"
        )
        raise TypeError(message)


class Secret(Unpicklable, Generic[T_co]):
    """One value that shows only where ``reveal()`` is called.

    ``repr``, ``str`` and an f-string give ``***``. It is no attrs class, so that ``attrs.asdict``
    and ``cattrs`` hand it on closed. Two secrets are equal only if they are the same object, so
    that neither ``==`` nor ``hash`` tells anything of the value.

    Call ``reveal()`` inside the expression that needs the value: a local variable would stand in
    every traceback that is recorded with its locals.
    """

    __slots__ = ("_value",)

    def __init__(self, value: T_co) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "***"

    def reveal(self) -> T_co:
        """The value itself."""
        return self._value
