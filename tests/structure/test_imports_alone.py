"""Each module can be the first that is imported."""

import ast
import json
import os
import subprocess
import sys
from graphlib import TopologicalSorter
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent

import pytest

from tests.structure.source import PACKAGE, ROOT, guest, inner_imports, package_modules

# one fresh interpreter, in which everything under its home is forgotten before each import; bare
# packages stand in for the parents, which would import much in an order of their own; a module that
# was tried before comes back as it was then, with what it loaded then, and does not run again
PROGRAM = dedent("""
    import importlib, json, sys, traceback, types
    from importlib.machinery import ModuleSpec

    folder, homes = json.loads(sys.argv[1])
    tried = {}

    class Tried:
        def find_spec(self, name, path, target=None):
            return ModuleSpec(name, self) if name in tried else None

        def create_module(self, spec):
            module = types.ModuleType(spec.name)
            module.__dict__.update(tried[spec.name][0])
            return module

        def exec_module(self, module):
            for name in tried[module.__name__][1]:
                importlib.import_module(name)

    def parents(name):
        parts = name.split(".")
        return [".".join(parts[:count]) for count in range(1, len(parts))]

    sys.meta_path.insert(0, Tried())
    failed = {}
    for module, home in homes.items():
        def at_home(name):
            return f"{name}.".startswith(f"{home}.")
        for name in filter(at_home, list(sys.modules)):
            del sys.modules[name]
        bare = list(filter(at_home, parents(module)))
        for name in bare:
            sys.modules[name] = types.ModuleType(name)
            sys.modules[name].__path__ = [folder + "/" + name.replace(".", "/")]
        try:
            made = importlib.import_module(module)
        except BaseException:
            failed[module] = traceback.format_exc()
        else:
            loaded = [each for each in sys.modules if at_home(each) and each not in bare]
            tried[module] = vars(made).copy(), loaded
    print(json.dumps(failed))
""")


def import_each(homes: dict[str, str], folder: Path) -> dict[str, str]:
    """Import the modules, each in its home, warnings being errors; tracebacks of what fails."""
    argument = json.dumps([str(folder), homes])
    command = [sys.executable, "-W", "error", "-c", PROGRAM, argument]
    plain = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
    plain["PYTHONPATH"] = str(folder)
    done = subprocess.run(command, capture_output=True, text=True, env=plain, check=False)
    # a dependency may have its warnings shown whatever `-W` says
    assert (done.returncode, done.stderr) == (0, "")
    failed: dict[str, str] = json.loads(done.stdout)
    return failed


def absolute(module: str) -> str:
    """The name by which a module of the package is imported."""
    return f"{PACKAGE.name}.{module}".rstrip(".")


def imported_first(modules: dict[str, ast.Module]) -> list[str]:
    """The modules, each after those that it imports, so that none need run twice."""
    graph: dict[str, set[str]] = {name: set() for name in modules}
    for each in inner_imports(modules):
        if each.importer:  # the root imports nothing before it is asked for a name
            graph[each.importer].add(each.target)
    return list(TopologicalSorter(graph).static_order())


# the cluster brings pyspark
NEEDS_SPARK = "spark.data_source"


# a guest's home is the guest: the package that it uses stays in its place
@pytest.mark.parametrize("guests", [False, True])
def test_each_module_imports_alone(guests: bool) -> None:
    """No module counts on another having been imported before it, and none warns."""
    names = [
        name
        for name in imported_first(package_modules())
        if not name.endswith("__main__") and (name != NEEDS_SPARK or find_spec("pyspark"))
    ]
    homes = {absolute(n): absolute(guest(n)) for n in names if bool(guest(n)) is guests}
    failed = import_each(homes, ROOT)
    assert not failed, "\n".join(failed.values())


def test_a_module_that_cannot_be_first_is_noticed(tmp_path: Path) -> None:
    """The check above sees a module that leans on its package, and one that warns."""
    package = tmp_path / "made"
    package.mkdir()
    (package / "__init__.py").write_text("import made.basis\n")
    (package / "basis.py").write_text("import sys\n")
    (package / "leaning.py").write_text("import made\nmade.basis.sys\n")
    (package / "loud.py").write_text("import warnings\nwarnings.warn('old')\n")
    (package / "inner").mkdir()
    (package / "inner" / "__init__.py").touch()
    (package / "inner" / "part.py").touch()
    (package / "open.py").write_text("from made import inner\nimport made.inner.part\ninner.part\n")
    (package / "late.py").write_text("from made import inner\ninner.part\n")
    names = ["", ".basis", ".leaning", ".loud", ".inner", ".inner.part", ".open", ".late"]
    failed = import_each({f"made{name}": "made" for name in names}, tmp_path)
    assert failed.keys() == {"made.leaning", "made.loud", "made.late"}
