"""Which items of a list were seen, and in which pass over it. Pure.

One dict of hashes to the pass in which each was last seen serves as "delivered" and as "seen in
this pass": about ninety bytes an item. Of an item with a makeshift key the dict holds the hash of
what it is recognised by, and beside the pass a hash of the whole key: a hundred bytes, if neither
has more than sixty bits, which Python holds in an integer of 32 bytes.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from types import NoneType
from typing import Generic, TypeVar, cast

import attrs

T = TypeVar("T")

_HASH = (1 << 60) - 1
_PASS = (1 << 10) - 1
_TAG = _HASH - _PASS

Identity = Callable[[T], Hashable]
"""Gives the key by which two rows are known to be the same item; None: the row has no key.

An empty string is no key. A key that is a tuple is a makeshift: rows that agree in its first member
alone may well be one item that was renamed, which counts as a sign of change, and each of them is
delivered.
"""


@attrs.define
class PassCounts:
    """What one pass has shown so far.

    Attributes:
        rows: rows, repeats included.
        distinct: items, each once.
        repeats: rows whose item was shown before in this pass.
        keyless: rows without a key.
        makeshift: rows of pages that hold a makeshift key.
        fingerprint: of all rows so far, in their order and by page.
    """

    rows: int = 0
    distinct: int = 0
    repeats: int = 0
    keyless: int = 0
    makeshift: int = 0
    fingerprint: int = 0


class Sightings(Generic[T]):
    """Tells the items that were not delivered yet, and counts what each pass shows.

    Args:
        identity: the key of an item; None: no row of the list has one.
    """

    def __init__(self, identity: Identity[T] | None) -> None:
        self.counts = PassCounts()
        self._identity = identity
        self._number = 1
        # The pass in which each was last seen; above it, of a makeshift key, the tag of the first
        # that was delivered under its sign. The marks of further ones stand apart.
        self._seen: dict[int, int] = {}
        self._further: set[int] = set()
        # Rows without a key: how often each was delivered, and how often shown in this pass.
        self._delivered: Counter[int] = Counter()
        self._shown: Counter[int] = Counter()

    def begin_pass(self) -> None:
        """Forget the counts, and keep what was delivered."""
        self._number = (self._number + 1) & _PASS
        self.counts = PassCounts()
        self._shown.clear()

    def take(self, index: int, items: Sequence[T]) -> tuple[Sequence[T], tuple[int, ...]]:
        """The items of a page that were not delivered yet, and the marks of all of them."""
        keys = self._keys_of(items)
        kinds = {*map(type, keys)}
        has_all_keys = NoneType not in kinds
        marks = tuple(map(hash, keys) if has_all_keys else map(_mark, keys, items))
        counts = self.counts
        counts.rows += len(items)
        counts.fingerprint = hash((counts.fingerprint, index, marks))
        signs = marks
        if tuple in kinds:
            signs = _signs(keys, marks)
            counts.makeshift += len(items)
        if has_all_keys and self._take_new(marks, signs):
            return items, marks
        return [
            item
            for item, fresh in zip(items, map(self._take_one, keys, marks, signs), strict=True)
            if fresh
        ], marks

    def _keys_of(self, items: Sequence[T]) -> Sequence[Hashable]:
        if self._identity is None:
            return [None] * len(items)
        identity = self._identity
        keys = [identity(item) for item in items]  # a map would end at a StopIteration of it
        return [None if key == "" else key for key in keys] if "" in keys else keys

    def _take_new(self, marks: tuple[int, ...], signs: tuple[int, ...]) -> bool:
        """Note a page of which every item is new; False, and nothing noted, if one is not."""
        if signs is marks:
            new = dict.fromkeys(signs, self._number)
        else:
            new = dict(zip(signs, map(self._note, signs, marks), strict=True))
        if len(new) < len(signs) or not self._seen.keys().isdisjoint(new):
            return False
        self._seen.update(new)
        self.counts.distinct += len(marks)
        return True

    def _note(self, sign: int, mark: int) -> int:
        return self._number if mark == sign else mark & _TAG | self._number

    def _take_one(self, key: Hashable, mark: int, sign: int) -> bool:
        """Note one row; whether it is to be delivered."""
        if key is None:
            return self._take_keyless(mark)
        before = self._seen.get(sign)
        if before is None:
            self.counts.distinct += 1
            self._seen[sign] = self._note(sign, mark)
            return True
        if before & _PASS == self._number:
            self.counts.repeats += 1
        else:
            self.counts.distinct += 1
        self._seen[sign] = before & _TAG | self._number
        if mark == sign or before & _TAG == mark & _TAG:
            return False
        fresh = mark not in self._further
        self._further.add(mark)
        return fresh

    def _take_keyless(self, mark: int) -> bool:
        """A row without a key is delivered as often as any one pass shows it."""
        self.counts.distinct += 1
        self.counts.keyless += 1
        self._shown[mark] += 1
        fresh = self._shown[mark] > self._delivered[mark]
        self._delivered[mark] += fresh
        return fresh


def _signs(keys: Sequence[Hashable], marks: tuple[int, ...]) -> tuple[int, ...]:
    """The marks by which items are counted: of a makeshift key its first member alone."""
    return tuple(map(_sign, keys, marks))


def _sign(key: Hashable, mark: int) -> int:
    if not isinstance(key, tuple):
        return mark
    members = cast("tuple[Hashable, ...]", key)
    return hash(members[:1]) & _HASH


def _mark(key: Hashable, item: object) -> int:
    if key is not None:
        return hash(key)
    try:
        return hash(item)
    except TypeError:  # a record that somebody made mutable
        return hash(repr(item))
