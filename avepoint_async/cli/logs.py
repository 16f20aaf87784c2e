"""What is logged, as lines on stderr: warnings always, and of this library more with ``-v``."""

import logging
import traceback
from collections.abc import Generator
from contextlib import contextmanager

from avepoint_async.cli.streams import say

_LIBRARY = logging.getLogger("avepoint_async")
_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)


class _Lines(logging.Handler):
    """Says each record in one line; a traceback follows at the level of ``-vv`` alone."""

    def emit(self, record: logging.LogRecord) -> None:
        say(f"{record.levelname.lower()}: {record.name}: {' '.join(record.getMessage().split())}")
        if record.exc_info and record.levelno == logging.DEBUG:
            for line in "".join(traceback.format_exception(record.exc_info[1])).splitlines():
                say(line)


@contextmanager
def shown() -> Generator[None]:
    """Show what is logged while this lasts."""
    handler, level = _Lines(), _LIBRARY.level
    logging.getLogger().addHandler(handler)
    _LIBRARY.setLevel(_LEVELS[0])
    try:
        yield
    finally:
        _LIBRARY.setLevel(level)
        logging.getLogger().removeHandler(handler)


def show_more(times: int) -> None:
    """Show as many levels more as ``-v`` was given; what was asked for before stays."""
    _LIBRARY.setLevel(min(_LIBRARY.level, _LEVELS[min(times, len(_LEVELS) - 1)]))
