"""Everything that can be seen of an object or an error, as one text to look for secrets in."""

import pickle
import pprint
import traceback
from collections.abc import Iterator
from types import TracebackType

import attrs
import cattrs


def seen_of(thing: attrs.AttrsInstance) -> str:
    """What representations, formats and conversions show."""
    return "\n".join(
        (
            repr(thing),
            str(thing),
            f"{thing}",
            f"{thing!a}",
            pprint.pformat(thing),
            repr(attrs.asdict(thing)),
            repr(attrs.astuple(thing)),
            repr(cattrs.unstructure(thing)),
            repr([getattr(thing, field.name) for field in attrs.fields(type(thing))]),
        )
    )


def seen_of_error(error: BaseException) -> str:
    """What an error shows: text, arguments, pickle, and tracebacks with local variables.

    The frames of the tests themselves are left out: what a caller holds is the caller's.
    """
    return "\n".join(_pieces(error))


def _pieces(error: BaseException) -> Iterator[str]:
    yield repr(error)
    yield str(error)
    yield repr(error.args)
    yield repr(vars(error))
    yield repr(pickle.dumps(error))
    inner = _below_the_tests(error.__traceback__)
    shown = traceback.TracebackException(type(error), error, inner, capture_locals=True)
    yield "".join(shown.format())
    for cause in (error.__cause__, error.__context__):
        if cause is not None:
            yield from _pieces(cause)


def _below_the_tests(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and "/tests/" in trace.tb_frame.f_code.co_filename:
        trace = trace.tb_next
    return trace
