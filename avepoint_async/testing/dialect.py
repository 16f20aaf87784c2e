"""How the emulated service spells its answers, and which of its known quirks it has."""

from collections.abc import Collection, Iterable
from typing import Any, Literal

import attrs

EchoedIndex = Literal["served", "asked", "absent", "wrong"]
EchoedSize = Literal["served", "asked", "absent"] | int


def _names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(names)


@attrs.frozen(kw_only=True)
class Dialect:
    """The wire spelling of one revision of the service, honest or not.

    Attributes:
        envelope: ``object`` for ``{data, metadata}``, ``bare`` for a list alone.
        data_key, metadata_key: the spelling of the envelope's two keys.
        module_key, protected_key: ``module`` or ``Module``, ``isProtected`` or ``IsProtected``.
        user_id_key: ``id``, ``userId``, or None: the user's id is not sent.
        numbers_as_strings: ``"250"`` for ``250``, everywhere.
        null_text: sent in the place of null strings, such as ``N/A``.
        total_off: added to the honest ``totalCount``; below zero it claims too few.
        total_sent: whether there is a ``totalCount`` at all.
        echoed_index: the ``pageIndex`` of the reply: of the page ``served`` (``asked`` differs
            where the next two quirks serve another), ``absent``, or ``wrong`` (one too many).
        ignores_page_index: every page is the first.
        repeats_last_page: past the end stands the last page again, not an empty one.
        echoed_size: the ``pageSize`` of the reply: ``served`` (after the clamp), ``asked``,
            ``absent``, or a fixed number.
        oversize: a page size over the limit is clamped (``clamp``) or a 400 (``refuse``).
        short: rows that every page lacks at its end, lost for good.
        filters: the filters of the body that are honoured; others are ignored.
        errors: bodies of error answers: ``full``, ``brief``, or a gateway's ``html``.
    """

    envelope: Literal["object", "bare"] = "object"
    data_key: str = "data"
    metadata_key: str = "metadata"
    module_key: str = "module"
    protected_key: str = "isProtected"
    user_id_key: str | None = "userId"
    numbers_as_strings: bool = False
    null_text: str | None = None
    total_off: int = 0
    total_sent: bool = True
    echoed_index: EchoedIndex = "served"
    ignores_page_index: bool = False
    repeats_last_page: bool = False
    echoed_size: EchoedSize = "served"
    oversize: Literal["clamp", "refuse"] = "clamp"
    short: int = attrs.field(default=0, validator=attrs.validators.ge(0))
    filters: Collection[str] = attrs.field(
        default=("email", "userEmails", "customerIds"), converter=_names
    )
    errors: Literal["full", "brief", "html"] = "full"

    @classmethod
    def seed(cls, **changes: Any) -> "Dialect":
        """The first published revision: no user id, the filter is ``email``."""
        return attrs.evolve(cls(user_id_key=None, filters=["email", "customerIds"]), **changes)

    @classmethod
    def seed_sample(cls) -> "Dialect":
        """The sample of the first document: it promises one user more than it sends."""
        return cls.seed(total_off=1, echoed_size=50)

    @classmethod
    def tables(cls, **changes: Any) -> "Dialect":
        """As the document's tables spell it, which its sample contradicts."""
        return cls.seed(module_key="Module", protected_key="IsProtected", **changes)

    @classmethod
    def bare_list(cls, **changes: Any) -> "Dialect":
        """An early revision: a list without an envelope, and so without a total."""
        return cls.seed(envelope="bare", **changes)

    @classmethod
    def current(cls, **changes: Any) -> "Dialect":
        """The revision of August 2026: ``userId``, the filter is ``userEmails``."""
        return attrs.evolve(cls(filters=["userEmails", "customerIds"]), **changes)
