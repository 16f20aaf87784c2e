"""One HTML file that tells how the night went: no script, no network, nothing to install."""

import base64
import hashlib
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from avepoint_async.errors import ConfigurationError
from avepoint_async.files import file_at, whole_file
from avepoint_async.report.charts import bars, stacked
from avepoint_async.report.model import Report, build_report
from avepoint_async.resources.protected_users import Module
from avepoint_async.snapshots.compare.change import ChangeKind
from avepoint_async.snapshots.readable import ReadableHistory

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def write_report(history: ReadableHistory, path: str | Path, *, addresses: bool = False) -> None:
    """Write the report on a history's newest run.

    The file is written whole or not at all, and readable by its owner alone: it names customers.

    Args:
        history: whose runs are reported, such as a ``History``.
        path: the HTML file; one that is there is replaced.
        addresses: whether to name the users that changed, with their addresses.

    Raises:
        ConfigurationError: the file cannot be written; the message says why.
        SnapshotError: a run cannot be read.
    """
    text = render(build_report(history, datetime.now(UTC), addresses=addresses))
    path = Path(path)
    try:
        with whole_file(file_at(path)) as file:
            file.write(text.encode())
    except OSError as error:
        message = f"the report cannot be written to {path}: {error.strerror}"
        raise ConfigurationError(message) from error


def render(report: Report) -> str:
    """The page as one text of HTML; the same for the same report."""
    template, style, policy = _page()
    return template.render(report=report, style=Markup(style), policy=policy)  # noqa: S704  # ours


@cache
def _page() -> tuple[Template, str, str]:
    """The template, the style sheet, and the policy that admits it and nothing else."""
    package = __package__ or ""
    environment = Environment(
        loader=PackageLoader(package, ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    loose: Any = environment  # jinja2 leaves the type of its filters open
    loose.filters.update(
        breakable=_breakable,
        clock=_clock,
        day=_day,
        moment=_moment,
        number=_number,
    )
    style = files(package).joinpath("page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    names = {
        "Kind": ChangeKind,
        "bars": bars,
        "module_name": _module_name,
        "modules_name": _modules_name,
        "objects": _objects,
        "span": _span,
        "stacked": stacked,
    }
    return environment.get_template("page.html.jinja", globals=names), style, policy


def _breakable(name: str) -> Markup:
    """The name, escaped, with a place for a new line after each part of a domain."""
    return escape(name).replace(".", Markup(".<wbr>"))


def _number(value: int) -> str:
    return f"{value:,}"


def _day(moment: datetime) -> str:
    there = moment.astimezone(UTC)
    # Names of months by strftime would follow the locale of whoever makes the report.
    return f"{there.day} {_MONTHS[there.month - 1]} {there.year}"


def _moment(moment: datetime) -> str:
    return f"{_day(moment)}, {_clock(moment)}"


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%H:%M} UTC"


def _span(begun: datetime, ended: datetime) -> str:
    """How long it took, in the largest units that tell something."""
    minutes, seconds = divmod(round((ended - begun).total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{seconds} s" if seconds else "under 1 s"


# One of it, one in a sentence, and the ending of many.
_NAMES = {
    Module.MAILBOX: ("Mailbox", "mailbox", "es"),
    Module.ONEDRIVE: ("OneDrive", "OneDrive", "s"),
}


def _module_name(module: Module) -> str:
    return _NAMES[module][0] if module in _NAMES else f"Module {int(module)}"


def _modules_name(module: Module) -> str:
    return _module_name(module) + (_NAMES[module][2] if module in _NAMES else "")


def _objects(module: Module, count: int) -> str:
    """So many of a module, as a sentence names them."""
    if module not in _NAMES:
        return f"{count:,} of module {int(module)}"
    _, name, ending = _NAMES[module]
    return f"{count:,} {name}{'' if count == 1 else ending}"
