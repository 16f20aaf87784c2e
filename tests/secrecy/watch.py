"""Everything that can be seen of a run: objects, errors, and what every library logs."""

import logging
import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import attrs

from avepoint_async.auth.secret import Secret
from avepoint_async.paging.errors import TenantFailuresError
from tests.auth.sight import seen_of_error


class _Ear(logging.Handler):
    """Keeps each record as text: message, arguments, attributes, and the error with its frames."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(f"{record.name} {record.getMessage()} {record.__dict__!r}")
        if record.exc_info and record.exc_info[1]:
            self.heard.append(seen_of_error(record.exc_info[1]))


@attrs.define
class Watch:
    """What was seen and heard so far."""

    _ear: _Ear
    _seen: list[str] = attrs.field(factory=list)

    def see(self, *things: object) -> None:
        """Look at objects, and at all that they hold."""
        for thing in things:
            self._seen.extend(_shown(thing, set()))

    def see_error(self, error: BaseException) -> None:
        """Look at an error, at its causes, and at those of each tenant."""
        self.see(error)
        self._seen.append(seen_of_error(error))
        if isinstance(error, TenantFailuresError):
            for outcome in error.failures.values():
                assert outcome.error is not None
                self.see_error(outcome.error)

    @property
    def heard(self) -> str:
        """What was logged."""
        return "\n".join(self._ear.heard)

    @property
    def everything(self) -> str:
        """All of it as one text to look for secrets in."""
        return "\n".join([*self._seen, self.heard])


@contextmanager
def watching() -> Iterator[Watch]:
    """Hear everything that any library logs while this lasts, at whatever level."""
    ear, root = _Ear(), logging.getLogger()
    named = [each for each in root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    levels = [(each, each.level) for each in (root, *named)]
    for logger, _ in levels:
        logger.setLevel(1)
    root.addHandler(ear)
    try:
        yield Watch(ear)
    finally:
        root.removeHandler(ear)
        for logger, level in levels:
            logger.setLevel(level)


def _shown(thing: object, done: set[int]) -> Iterator[str]:
    """How an object shows, whole, copied and pickled, and each object of ours that it holds."""
    if id(thing) in done or isinstance(thing, Secret):
        return
    done.add(id(thing))
    yield f"{thing} {thing!r} {_pickled(thing)!r}"
    if type(thing).__module__.startswith("avepoint_async") and not isinstance(thing, type):
        for name in _attributes(thing):
            held = getattr(thing, name, None)
            yield f"{name}={held!r}"
            yield from _shown(held, done)
    elif isinstance(thing, Mapping | list | tuple | set | frozenset):
        items = [*thing.keys(), *thing.values()] if isinstance(thing, Mapping) else thing
        for held in items:
            yield from _shown(held, done)


def _attributes(thing: object) -> set[str]:
    slots = {name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())}
    return slots | set(getattr(thing, "__dict__", ()))


def _pickled(thing: object) -> object:
    """The pickle, or why there is none."""
    try:
        return pickle.dumps(thing)
    except (AttributeError, TypeError, pickle.PicklingError) as error:
        return error
