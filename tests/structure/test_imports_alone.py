"""Each module can be the first that is imported."""

import json
import os
import subprocess
import sys
from textwrap import dedent

from tests.structure.source import PACKAGE, ROOT, package_modules

# one fresh interpreter, in which the package is forgotten before each import; a bare root stands
# in for the real one, which would import everything in its own order first
PROGRAM = dedent("""
    import importlib, json, sys, traceback, types

    package, folder, modules, guests = json.loads(sys.argv[1])

    def forget():
        for name in [n for n in sys.modules if n.partition(".")[0] == package]:
            del sys.modules[name]

    failed = {}
    for module in modules:
        forget()
        if module.partition(".")[0] not in guests:
            bare = sys.modules[package] = types.ModuleType(package)
            bare.__path__ = [folder]
        try:
            importlib.import_module(f"{package}.{module}".rstrip("."))
        except BaseException:
            failed[module] = traceback.format_exc()
    print(json.dumps(failed))
""")

# these use the public names, as any other program does
GUESTS = ["", "cli"]


def import_each(modules: list[str], package: str, folder: str) -> dict[str, str]:
    """Import the modules one by one with warnings as errors; tracebacks of those that fail."""
    argument = json.dumps([package, folder, modules, GUESTS])
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", PROGRAM, argument]
    quiet = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
    done = subprocess.run(command, capture_output=True, text=True, env=quiet, check=False, cwd=ROOT)
    # a dependency may have its warnings shown whatever `-W` says
    assert (done.returncode, done.stderr) == (0, "")
    failed: dict[str, str] = json.loads(done.stdout)
    return failed


def test_each_module_imports_alone() -> None:
    """No module counts on another having been imported before it, and none warns."""
    modules = [name for name in package_modules() if not name.endswith("__main__")]
    failed = import_each(modules, PACKAGE.name, str(PACKAGE))
    assert not failed, "\n".join(failed.values())
