"""The README, taken apart: its snippets, which can be run, and its tables."""

import ast
import asyncio
import inspect
import re
import types
from typing import Any

from tests.structure.source import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[tuple[str, str]]:
    """Each block of code in this language, with the heading that it stands under."""
    return [
        (section.partition("\n")[0], code)
        for section in re.split(r"^#+ ", README, flags=re.MULTILINE)[1:]
        for code in re.findall(rf"^```{language}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    ]


def snippets() -> dict[str, str]:
    """Each Python snippet by the heading that it stands under; a second one there has a number."""
    found: dict[str, str] = {}
    for heading, code in blocks("python"):
        others = sum(name.startswith(heading) for name in found)
        found[f"{heading} {others + 1}" if heading in found else heading] = code
    return found


SNIPPETS = snippets()


def execute(code: str) -> object:
    """Run a snippet, outside of any event loop; returns the exit status.

    One that awaits at the top level, as a notebook may, is run as a notebook would.
    """
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    names: dict[str, Any] = {"__name__": "snippet"}
    try:
        function = types.FunctionType(compile(code, "README.md", "exec", flags=flags), names)
        if inspect.iscoroutinefunction(function):
            asyncio.run(function())
        else:
            function()
    except SystemExit as end:
        return end.code
    RESULTS.clear()
    RESULTS.update(names)
    return None


RESULTS: dict[str, Any] = {}
"""The names that the latest snippet left behind."""


def table(first: str) -> list[list[str]]:
    """The rows of the table whose first column is headed so, each as its cells."""
    head = re.escape(f"| {first} |")
    (found,) = re.findall(rf"^{head}.*\n\|[-|]+\|\n((?:\|.*\n)+)", README, re.MULTILINE)
    return [[cell.strip() for cell in row[1:-1].split("|")] for row in found.splitlines()]


def names(cell: str) -> list[str]:
    """What a cell has in backticks."""
    return re.findall(r"`(.+?)`", cell)
