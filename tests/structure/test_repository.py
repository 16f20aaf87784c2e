"""The top level of the repository, and the reasons in its settings."""

import re
import shutil
import subprocess
import tomllib
from typing import Any

import pytest

from tests.structure.source import ROOT

TOP_LEVEL = {"README.md", "avepoint_async", "benchmarks", "noxfile.py", "pyproject.toml", "tests"}
TEXT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PYPROJECT: dict[str, Any] = tomllib.loads(TEXT)


def tracked() -> list[str]:
    """The paths under version control; none where there is no repository, or no git."""
    command = [shutil.which("git") or "true", "-C", str(ROOT), "ls-files"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()


def requirements() -> list[str]:
    """Every requirement in pyproject.toml, wherever it stands."""
    project = PYPROJECT["project"]
    lists = [
        PYPROJECT["build-system"]["requires"],
        project["dependencies"],
        *project["optional-dependencies"].values(),
        *PYPROJECT["dependency-groups"].values(),
    ]
    return [line for each in lists for line in each if isinstance(line, str)]


def test_the_top_level_holds_what_belongs_there() -> None:
    """Six names and hidden files: nothing is left lying about."""
    shown = {path.partition("/")[0] for path in tracked() if not path.startswith(".")}
    # an unpacked archive has no list of its own to compare
    assert (shown or TOP_LEVEL) == TOP_LEVEL


@pytest.mark.parametrize("requirement", requirements())
def test_every_dependency_has_its_reason(requirement: str) -> None:
    """What is required is required for something, and the line says for what."""
    assert re.search(rf'"{re.escape(requirement)}"[\],]+  # \w+', TEXT)


def test_every_ignored_rule_has_its_reason() -> None:
    """A rule of the linter is switched off for a reason, which its line gives."""
    lint = TEXT.partition("[tool.ruff.lint]")[2].partition("[tool.mypy]")[0]
    lines = [line for line in lint.splitlines() if re.match(r'  "[A-Z]+\d*",', line)]
    assert lines
    assert not [line for line in lines if "# " not in line]
