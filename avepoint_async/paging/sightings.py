"""Which items of a list were seen, and in which pass over it. Pure.

One dict of 64-bit hashes to the pass in which each was last seen serves as "delivered" and as
"seen in this pass": about ninety bytes an item.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar, cast

import attrs

T = TypeVar("T")

Identity = Callable[[T], Hashable]
"""Gives the key by which two rows are known to be the same item; None: the row has no key.

A key that is a tuple is a makeshift: rows that agree in its first member alone may well be one
item that was renamed, which counts as a sign of change, and each of them is delivered.
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
        self._seen: dict[int, int] = {}
        # Rows without a key: how often each was delivered, and how often shown in this pass.
        self._delivered: Counter[int] = Counter()
        self._shown: Counter[int] = Counter()

    def begin_pass(self) -> None:
        """Forget the counts, and keep what was delivered."""
        self._number += 1
        self.counts = PassCounts()
        self._shown.clear()

    def take(self, index: int, items: Sequence[T]) -> tuple[Sequence[T], tuple[int, ...]]:
        """The items of a page that were not delivered yet, and the marks of all of them."""
        keys = [None] * len(items) if self._identity is None else [*map(self._identity, items)]
        marks = tuple(map(_mark, keys, items) if None in keys else map(hash, keys))
        counts = self.counts
        counts.rows += len(items)
        counts.fingerprint = hash((counts.fingerprint, index, marks))
        signs = _signs(keys, marks)
        counts.makeshift += len(items) if signs is not marks else 0
        if None not in keys and self._take_new(marks, signs):
            return items, marks
        return [
            item
            for item, key, mark, sign in zip(items, keys, marks, signs, strict=True)
            if self._take_one(key, mark, sign)
        ], marks

    def _take_new(self, marks: tuple[int, ...], signs: tuple[int, ...]) -> bool:
        """Note a page of which every item is new; False, and nothing noted, if one is not."""
        seen = self._seen
        if not seen.keys().isdisjoint(signs) or not seen.keys().isdisjoint(marks):
            return False
        new = dict.fromkeys(signs, self._number)
        if len(new) < len(signs):
            return False
        seen.update(new)
        if signs is not marks:
            seen.update(dict.fromkeys(marks, self._number))
        self.counts.distinct += len(marks)
        return True

    def _take_one(self, key: Hashable, mark: int, sign: int) -> bool:
        """Note one row; whether it is to be delivered."""
        if key is None:
            return self._take_keyless(mark)
        if self._seen.get(sign) == self._number:
            self.counts.repeats += 1
        else:
            self.counts.distinct += 1
        fresh = mark not in self._seen
        self._seen[sign] = self._seen[mark] = self._number
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
    if tuple not in map(type, keys):
        return marks
    return tuple(
        hash(cast("tuple[Hashable, ...]", key)[:1]) if isinstance(key, tuple) else mark
        for key, mark in zip(keys, marks, strict=True)
    )


def _mark(key: Hashable, item: object) -> int:
    if key is not None:
        return hash(key)
    try:
        return hash(item)
    except TypeError:  # a record that somebody made mutable
        return hash(repr(item))
