"""The files that only the type checkers read say everything, and hide nothing."""

import ast
import tomllib
from pathlib import Path
from typing import Any

import pytest

import avepoint_async
import avepoint_async.testing
from tests.structure.source import ROOT, parse

FOLDER = ROOT / "tests" / "typing"


def used(path: Path, package: str) -> set[str]:
    """The names that a file imports from the package and then uses."""
    nodes = list(ast.walk(parse(path)))
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    taken = {each.name for node in imports if node.module == package for each in node.names}
    return taken & {node.id for node in nodes if isinstance(node, ast.Name)}


@pytest.mark.parametrize(
    ("name", "package"), [("consumer.py", avepoint_async), ("tester.py", avepoint_async.testing)]
)
def test_every_public_name_is_used(name: str, package: Any) -> None:
    """A name that becomes public is typed as a user writes it, too."""
    assert used(FOLDER / name, package.__name__) == set(package.__all__)


def test_coverage_leaves_out_what_is_never_run_and_nothing_else() -> None:
    """What is left out is read by type checkers, run on Spark, or killed; and nothing else."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert settings["coverage"]["report"]["omit"] == [
        "tests/typing/*",
        "avepoint_async/spark/data_source.py",
        "tests/spark/on_spark/*",
        "tests/snapshots/mortal.py",
    ]
    assert "omit" not in settings["coverage"]["run"]
    assert {path.name for path in FOLDER.glob("**/*.py")} == {"consumer.py", "tester.py"}


def test_both_judges_are_strict_with_them() -> None:
    """What one of them lets pass the other may not."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert settings["mypy"]["strict"] is True
    assert "tests/typing" in settings["pyright"]["strict"]
