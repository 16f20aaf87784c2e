"""Files stay small, and what is public explains itself."""

import ast

from tests.structure.source import (
    PACKAGE,
    ROOT,
    functions,
    parse,
    python_files,
    undocumented,
)

FILES = {str(path.relative_to(ROOT)): path for path in python_files()}


def test_no_file_passes_300_lines() -> None:
    """A file of the package holds one concept; past 300 lines it holds two."""
    package = [name for name in FILES if name.startswith("avepoint_async/")]
    lines = {name: len(FILES[name].read_text(encoding="utf-8").splitlines()) for name in package}
    assert not {name: count for name, count in lines.items() if count > 300}


def test_every_file_says_what_it_is_for() -> None:
    """Each file opens with a docstring."""
    assert not [name for name, path in FILES.items() if not ast.get_docstring(parse(path))]


def test_every_public_name_has_a_docstring() -> None:
    """A user finds the answer where the name is."""
    files = sorted(PACKAGE.rglob("*.py"))
    missing = [each for path in files for each in undocumented(parse(path), path.name)]
    assert not missing


def test_a_missing_docstring_is_noticed() -> None:
    """The check above looks into classes, and passes by private names and repetitions."""
    tree = ast.parse(
        "class Shown:\n"
        "    def told(self):\n        'Yes.'\n"
        "    def unread(self): ...\n"
        "    def _hidden(self): ...\n"
        "    @typing.overload\n    def spelt(self): ...\n"
        "    @told.setter\n    def told(self, value): ...\n"
        "async def bare(): ...\n"
    )
    assert undocumented(tree, "m") == ["m", "m.Shown", "m.Shown.unread", "m.bare"]


def test_every_test_names_its_rule() -> None:
    """A failing test tells which rule is broken."""
    found = [(name, f) for name, path in FILES.items() for f in functions(parse(path))]
    tests = [(name, f) for name, f in found if f.name.startswith("test_")]
    assert not [f"{name}: {f.name}" for name, f in tests if not ast.get_docstring(f)]
