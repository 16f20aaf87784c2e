"""The README, taken apart: its snippets, which can be run, and its tables."""

import re

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
    """Each Python snippet by the heading that it stands under."""
    found = blocks("python")
    assert len(dict(found)) == len(found), "a heading has one snippet, so that a failure names it"
    return dict(found)


SNIPPETS = snippets()


def execute(code: str) -> object:
    """Run a snippet, outside of any event loop; returns the exit status."""
    try:
        exec(compile(code, "README.md", "exec"), {"__name__": "snippet"})
    except SystemExit as end:
        return end.code
    return None


def table(first: str) -> list[list[str]]:
    """The rows of the table whose first column is headed so, each as its cells."""
    head = re.escape(f"| {first} |")
    (found,) = re.findall(rf"^{head}.*\n\|[-|]+\|\n((?:\|.*\n)+)", README, re.MULTILINE)
    return [[cell.strip() for cell in row[1:-1].split("|")] for row in found.splitlines()]


def names(cell: str) -> list[str]:
    """What a cell has in backticks."""
    return re.findall(r"`(.+?)`", cell)
