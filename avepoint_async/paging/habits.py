"""What a client has learnt of the lists of its service, so that it asks for no page in vain.

What a walk does about it, and when it begins another pass, is decided in `paging.numbered`.
"""

_ENOUGH = 3
"""Lists after which a habit is taken for granted."""


class Habits:
    """Counts, for all lists of one client, how they tend to end.

    A full page that meets the total may be the last, or the total may be too low. One more page
    tells, until three lists in a row proved empty there. A list may fall short of its total
    because it changed, or because the service always promises too much. A second walk tells,
    until three lists in a row stayed short.
    """

    def __init__(self) -> None:
        self._empty_after_full = 0
        self._too_low = False
        self._short = 0

    @property
    def trusts_full_end(self) -> bool:
        """Whether a full page that meets the total is the last."""
        return self._empty_after_full >= _ENOUGH and not self._too_low

    @property
    def expects_short(self) -> bool:
        """Whether a list that is only short is taken as it is."""
        return self._short >= _ENOUGH

    def met_empty_after_full(self) -> None:
        """The page after a full one that met the total was empty."""
        self._empty_after_full += 1

    def met_low_total(self) -> None:
        """A total was lower than the rows that were shown."""
        self._too_low = True

    def walks_short_again(self) -> None:
        """A list is walked a second time because it is short, and for no other reason."""
        self._short += 1

    def met_whole_after_short(self) -> None:
        """Such a second walk came out whole."""
        self._short = 0
