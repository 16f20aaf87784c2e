"""An answer whose body was read to its end."""

from collections.abc import Mapping
from datetime import datetime

import attrs


@attrs.frozen
class Answer:
    """What came back for one request.

    Attributes:
        status: the HTTP status.
        headers: looked up without regard to case.
        body: the body, unpacked; of an error page perhaps only the beginning.
        received_at: when the body had arrived, in UTC.
    """

    status: int
    # A gateway may repeat what it was sent, so neither is shown.
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    received_at: datetime

    @property
    def ok(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status < 300
