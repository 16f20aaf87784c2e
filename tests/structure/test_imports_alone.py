"""Each module can be the first that is imported."""

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.structure.source import PACKAGE, ROOT, package_modules

# one fresh interpreter, in which everything under `home` is forgotten before each import; bare
# packages stand in for the parents, which would import much in an order of their own
PROGRAM = dedent("""
    import importlib, json, sys, traceback, types

    folder, home, modules = json.loads(sys.argv[1])

    def at_home(name):
        return f"{name}.".startswith(f"{home}.")

    def parents(name):
        parts = name.split(".")
        return [".".join(parts[:count]) for count in range(1, len(parts))]

    failed = {}
    for module in modules:
        for name in filter(at_home, list(sys.modules)):
            del sys.modules[name]
        for name in filter(at_home, parents(module)):
            bare = sys.modules[name] = types.ModuleType(name)
            bare.__path__ = [folder + "/" + name.replace(".", "/")]
        try:
            importlib.import_module(module)
        except BaseException:
            failed[module] = traceback.format_exc()
    print(json.dumps(failed))
""")


def import_each(modules: list[str], home: str, folder: Path) -> dict[str, str]:
    """Import the modules one by one with warnings as errors; tracebacks of those that fail."""
    argument = json.dumps([str(folder), home, modules])
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", PROGRAM, argument]
    plain = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
    plain["PYTHONPATH"] = str(folder)
    done = subprocess.run(command, capture_output=True, text=True, env=plain, check=False)
    # a dependency may have its warnings shown whatever `-W` says
    assert (done.returncode, done.stderr) == (0, "")
    failed: dict[str, str] = json.loads(done.stdout)
    return failed


# the command line uses the public names, as any program does: the root stays in its place
@pytest.mark.parametrize("home", [PACKAGE.name, f"{PACKAGE.name}.cli"])
def test_each_module_imports_alone(home: str) -> None:
    """No module counts on another having been imported before it, and none warns."""
    names = [f"{PACKAGE.name}.{name}".rstrip(".") for name in package_modules()]
    of_cli = {name for name in names if f"{name}.".startswith(f"{PACKAGE.name}.cli.")}
    chosen = of_cli if home.endswith(".cli") else {*names} - of_cli
    failed = import_each(sorted(n for n in chosen if not n.endswith("__main__")), home, ROOT)
    assert not failed, "\n".join(failed.values())


def test_a_module_that_cannot_be_first_is_noticed(tmp_path: Path) -> None:
    """The check above sees a module that leans on its package, and one that warns."""
    package = tmp_path / "made"
    package.mkdir()
    (package / "__init__.py").write_text("import made.basis\n")
    (package / "basis.py").write_text("import sys\n")
    (package / "leaning.py").write_text("import made\nmade.basis.sys\n")
    (package / "loud.py").write_text("import warnings\nwarnings.warn('old')\n")
    names = ["made", "made.basis", "made.leaning", "made.loud"]
    assert import_each(names, "made", tmp_path).keys() == {"made.leaning", "made.loud"}
