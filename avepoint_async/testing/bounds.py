"""What a setting may be: nonsense is refused where it is given, with the reason."""

from collections.abc import Callable
from math import inf
from typing import Any

import attrs


@attrs.frozen
class Bounds:
    """The numbers that make sense for a setting; a validator of attrs, too.

    Attributes:
        what: the words for them, after "must be".
        fits: whether a number is one of them.
    """

    what: str
    fits: Callable[[float], bool]

    def check(self, name: str, value: float) -> None:
        """Let a good value pass.

        Raises:
            ValueError: it makes no sense.
        """
        if not self.fits(value):
            raise ValueError(f"{name} must be {self.what}: {value!r} is not")

    def __call__(self, _record: object, field: "attrs.Attribute[Any]", value: float) -> None:
        """Check a field."""
        self.check(field.name, value)


PORT = Bounds("0 (any free port) to 65535", lambda number: 0 <= number <= 65535)
COUNT = Bounds("0 or more", lambda number: 0 <= number < inf)
AT_LEAST_ONE = Bounds("1 or more", lambda number: 1 <= number < inf)
SECONDS = Bounds("finite and not negative", lambda number: 0 <= number < inf)
POSITIVE = Bounds("finite and above 0", lambda number: 0 < number < inf)
ERROR_STATUS = Bounds("an error status, 400 to 599", lambda number: 400 <= number <= 599)
CHANCE = Bounds("0 to 1", lambda number: 0 <= number <= 1)
