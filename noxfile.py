"""Every check of the project, one session each: `nox -s tests lint types wheel`."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nox
from packaging.requirements import Requirement
from python_discovery import get_interpreter

nox.needs_version = ">=2026.10"
nox.options.default_venv_backend = "virtualenv"
nox.options.sessions = ["tests", "lint", "types", "wheel"]

PROJECT = nox.project.load_toml("pyproject.toml")
SOURCES = ("avepoint_async", "tests", "benchmarks", "noxfile.py")


def group(name: str) -> tuple[str, ...]:
    """The requirements of one dependency group."""
    return nox.project.dependency_groups(PROJECT, name)


def activate_pyenv() -> None:
    """Let every version that pyenv holds be found, the active one still first."""
    if shutil.which("pyenv") is None:
        return
    names: list[str] = []
    for command in (["version-name"], ["versions", "--bare"]):
        done = subprocess.run(["pyenv", *command], capture_output=True, text=True, check=False)
        names += done.stdout.replace(":", "\n").split()
    os.environ["PYENV_VERSION"] = ":".join(dict.fromkeys(names))


def interpreters() -> list[str]:
    """The supported versions that run on this machine; a shim that leads nowhere is none."""
    activate_pyenv()
    supported = nox.project.python_versions(PROJECT)
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    return [version for version in supported if get_interpreter(version)] or [running]


PYTHONS = interpreters()


def oldest() -> list[str]:
    """Every run-time requirement pinned to the lowest version that it admits."""
    project = PROJECT["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["cli"]]
    requirements = [Requirement(line) for line in declared]
    return [f"{each.name}{each.specifier}".replace(">=", "==") for each in requirements]


def run_tests(session: nox.Session) -> None:
    """Run pytest under coverage; the data stays in the session's own folder."""
    data = {"COVERAGE_FILE": str(Path(session.create_tmp()) / "coverage")}
    session.run("coverage", "erase", env=data)
    session.run("coverage", "run", "-m", "pytest", *session.posargs, env=data)
    session.run("coverage", "combine", "--quiet", env=data)
    session.run("coverage", "report", env=data)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests on every interpreter present; branch coverage of package and tests is 100 %."""
    session.install("-e", ".[cli]", *group("tests"))
    run_tests(session)


@nox.session(python=PYTHONS[0])
def minimums(session: nox.Session) -> None:
    """Run the tests with the oldest release of each dependency that pyproject.toml admits."""
    session.install("-e", ".[cli]", *oldest(), *group("tests"))
    run_tests(session)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format with ruff; `nox -s lint -- --fix` mends what ruff can mend."""
    session.install(*group("lint"))
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Check the annotations with mypy and pyright."""
    session.install("-e", ".[cli]", *group("tests"), *group("bench"), *group("types"))
    session.run("mypy", *SOURCES)
    session.run("pyright")


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel, look into it, and use it where nothing else is installed."""
    folder = Path(session.create_tmp()).resolve()
    shutil.rmtree(folder / "dist", ignore_errors=True)
    session.run("pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder / "dist"), ".")
    (built,) = (folder / "dist").iterdir()
    check_contents(session, built)
    session.install(str(built))
    session.chdir(folder)
    program = "import avepoint_async; print(avepoint_async.__version__)"
    session.run("python", "-W", "error", "-c", program)
    # without the extra the command says so, and with it the demonstration needs no account
    session.run("avepoint-async", "demo", success_codes=[2])
    session.install(f"{built}[cli]")
    session.run("avepoint-async", "demo")


def check_contents(session: nox.Session, built: Path) -> None:
    """Refuse a wheel that holds anything but the package, or less than all of it."""
    version = PROJECT["project"]["version"]
    with zipfile.ZipFile(built) as archive:
        names = {n for n in archive.namelist() if f"-{version}.dist-info/" not in n}
    sources = {str(path) for path in Path("avepoint_async").rglob("*.py")}
    if names != sources | {"avepoint_async/py.typed"}:
        session.error(f"the wheel and the package differ: {names ^ sources}")


@nox.session
def bench(session: nox.Session) -> None:
    """Run every benchmark; each prints its figures, and arguments after `--` go to each."""
    session.install("-e", ".[cli]", *group("bench"))
    for script in sorted(Path("benchmarks").glob("bench_*.py")):
        session.run("python", "-m", f"benchmarks.{script.stem}", *session.posargs)


@nox.session
@nox.parametrize("server", ["oidc", "nginx"])
def interop(session: nox.Session, server: str) -> None:
    """Work with servers that are not ours: a strict OAuth 2.0 server, and a gateway that limits."""
    needed = {"oidc": "npm", "nginx": "nginx"}[server]
    if shutil.which(needed) is None:
        session.skip(f"{needed} is absent")
    session.install("-e", ".")
    arguments = []
    if server == "oidc":
        arguments = [session.create_tmp()]
        install = ("npm", "install", "--no-audit", "--no-fund", "--prefix", *arguments)
        session.run(*install, "oidc-provider@9", external=True)
    session.run("python", "-m", f"benchmarks.interop_{server}", *arguments)
