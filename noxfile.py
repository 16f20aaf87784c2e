"""Every check of the project, one session each: `nox -s tests lint types wheel`."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from itertools import chain
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

# a slow test holds up nobody: whoever is done takes what another has left
EVERY_CORE = ("-n", "auto", "--dist", "worksteal")

# where a machine forbids it, each of hundreds of processes would compile the package anew
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}

EVERYTHING = ".[cli,snapshots,postgres]"
TESTING = ("tests", "recipes", "browser")

# what no package registry of Python brings, and the tests that cannot do without it
SYSTEM = {
    "chromium": "tests/report/test_browser.py",
    "postgresql": "tests/snapshots/test_postgres.py",
}


def is_installed(package: str) -> bool:
    """Whether a package of the system is there."""
    if package == "postgresql":
        return any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return shutil.which(package) is not None


def oldest() -> list[str]:
    """Every run-time requirement pinned to the lowest version that it admits."""
    project = PROJECT["project"]
    extras = project["optional-dependencies"]
    declared = [*project["dependencies"], *extras["cli"], *extras["snapshots"], *extras["postgres"]]
    requirements = [Requirement(line) for line in declared]
    return sorted({f"{each.name}{each.specifier}".replace(">=", "==") for each in requirements})


def run_tests(session: nox.Session, *, measured: bool = True) -> None:
    """Run pytest, under coverage if measured; the data stays in the session's own folder."""
    absent = [package for package in SYSTEM if not is_installed(package)]
    for package in absent:
        session.warn(f"{SYSTEM[package]} is left out: apt-get install {package}")
    left_out = [f"--ignore={SYSTEM[package]}" for package in absent]
    arguments = (*EVERY_CORE, *left_out, *session.posargs)
    if not measured:
        session.run("python", "-m", "pytest", *arguments, env=COMPILED)
        return
    data = COMPILED | {"COVERAGE_FILE": str(Path(session.create_tmp()) / "coverage")}
    session.run("coverage", "erase", env=data)
    session.run("coverage", "run", "-m", "pytest", *arguments, env=data)
    session.run("coverage", "combine", "--quiet", env=data)
    # what is left out covers nothing, so that the bound would say nothing
    session.run("coverage", "report", *(["--fail-under=0"] if absent else []), env=data)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests on every interpreter present; package and tests are covered whole.

    Coverage is measured on the first interpreter alone: no line depends on the version, and
    measuring takes nearly as long again as the tests.

    Every run draws the same examples; `nox -s tests -- --hypothesis-profile=explore` draws others.
    """
    session.install("-e", EVERYTHING, *chain.from_iterable(map(group, TESTING)))
    run_tests(session, measured=session.python == PYTHONS[0])


@nox.session(python=PYTHONS[0])
def minimums(session: nox.Session) -> None:
    """Run the tests with the oldest release of each dependency that pyproject.toml admits."""
    # an anyio that the oldest typing-extensions admit warns under a newer pytest
    tests = *chain.from_iterable(map(group, TESTING)), "pytest==9.0.*"
    session.install("-e", EVERYTHING, *oldest(), *tests)
    run_tests(session)


@nox.session(python=PYTHONS[0])
@nox.parametrize(
    ("runner", "pytest"),
    [("0.18.3", "7.1.3"), ("0.21.2", "7.4.4"), ("0.23.8", "8.2.2"), ("0.26.0", "8.4.2")],
)
def plugin(session: nox.Session, runner: str, pytest: str) -> None:
    """Run the pytest plugin beside releases of pytest-asyncio that others still have."""
    session.install("-e", ".", f"pytest-asyncio=={runner}", f"pytest=={pytest}")
    file = str(Path("tests/testing/test_plugin_beside.py").resolve())
    # outside of the project, whose settings are for a newer pytest
    with tempfile.TemporaryDirectory() as folder, session.chdir(folder):
        alone = ("-c", os.devnull, "--rootdir", ".", "--noconftest", "--import-mode=importlib")
        place = ("-p", "no:cacheprovider", f"--basetemp={folder}/suites")
        session.run("python", "-m", "pytest", *alone, *place, file, env=COMPILED)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format with ruff; `nox -s lint -- --fix` mends what ruff can mend."""
    session.install(*group("lint"))
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Check the annotations with mypy and pyright; those of tests/typing are a user's."""
    groups = (*TESTING, "bench", "spark", "types")
    session.install("-e", EVERYTHING, *chain.from_iterable(map(group, groups)))
    session.run("mypy", *SOURCES)
    session.run("pyright")


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel, look into it, use it where nothing else is installed, and test it."""
    folder = Path(session.create_tmp()).resolve()
    copy_afresh(folder, "tests", "pyproject.toml")
    session.run("pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder / "dist"), ".")
    (built,) = (folder / "dist").iterdir()
    check_contents(session, built)
    session.install(str(built))
    session.chdir(folder)
    program = "import avepoint_async; print(avepoint_async.__version__)"
    session.run("python", "-W", "error", "-c", program)
    # without the extra the command says so, and with it the demonstration needs no account
    session.run("avepoint-async", "demo", success_codes=[2])
    session.install(f"{built}[cli,snapshots,postgres]", *chain.from_iterable(map(group, TESTING)))
    session.run("avepoint-async", "demo")
    run_installed(session)


def check_contents(session: nox.Session, built: Path) -> None:
    """Refuse a wheel that holds anything but the package, or less than all of it."""
    version = PROJECT["project"]["version"]
    with zipfile.ZipFile(built) as archive:
        names = {n for n in archive.namelist() if f"-{version}.dist-info/" not in n}
    kinds = ("*.py", "*.jinja", "*.css", "py.typed", "LICENSE")
    sources = {str(path) for kind in kinds for path in Path("avepoint_async").rglob(kind)}
    if names != sources:
        session.error(f"the wheel and the package differ: {names ^ sources}")


def run_installed(session: nox.Session) -> None:
    """Run the tests on the package that is installed, in a folder that does not hold it."""
    program = "import avepoint_async; print(avepoint_async.__file__)"
    found = Path(str(session.run("python", "-c", program, silent=True)).strip()).resolve()
    if not found.is_relative_to(Path(session.virtualenv.location).resolve()):
        session.error(f"not the wheel would be tested, but {found}")
    # these read the whole repository, of which only the tests are here
    left_out = ("--ignore=tests/structure", "--ignore-glob=*/test_readme*")
    session.run("python", "-m", "pytest", *left_out, *session.posargs)


def copy_afresh(folder: Path, *names: str) -> None:
    """Make the folder hold these files and folders of the project, and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in map(Path, names):
        if name.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(name, folder / name.name, ignore=ignored)
        else:
            shutil.copy(name, folder)


@nox.session
def bench(session: nox.Session) -> None:
    """Run every benchmark; each prints its figures, and arguments after `--` go to each."""
    session.install("-e", EVERYTHING, *group("bench"))
    for script in sorted(Path("benchmarks").glob("bench_*.py")):
        session.run("python", "-m", f"benchmarks.{script.stem}", *session.posargs)


@nox.session(python=PYTHONS[0])
def mutation(session: nox.Session) -> None:
    """Change the code in small ways; at least 90 % of the changes must make a test fail."""
    groups = (*TESTING, "mutation")
    session.install("-e", EVERYTHING, *chain.from_iterable(map(group, groups)))
    folder = Path(session.create_tmp()).resolve() / "tree"
    copy_afresh(folder, "avepoint_async", "tests", "pyproject.toml", ".ci/judges.py")
    session.chdir(folder)
    # with hashes that are the same in each run, for a walk remembers rows by theirs
    session.run("mutmut", "run", *session.posargs, env={"PYTHONHASHSEED": "0"}, silent=True)
    fates = read_fates(folder / "mutants")
    print(f"survived; `mutmut show NAME` in {folder} tells how:")
    print(*(name for each in fates.values() for name in each if each[name] == "survived"), sep="\n")
    if print_scores(fates) < LOWEST_SCORE:
        session.error(f"fewer than {LOWEST_SCORE} % of the mutants were killed")


LOWEST_SCORE = 90

# by exit status: no test failed, or none ran; ended by a signal (SIGALRM, SIGXCPU, SIGKILL)
FATES = {0: "survived", 5: "survived", 33: "survived"} | dict.fromkeys((-14, -24, -9), "timeout")


def read_fates(folder: Path) -> dict[str, dict[str, str]]:
    """What became of each mutant, by module and by the mutant's name."""
    fates = {}
    for path in sorted(folder.rglob("*.py.meta")):
        codes = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        tried = {name: code for name, code in codes.items() if code is not None}
        module = str(path.relative_to(folder).with_suffix(""))
        fates[module] = {name: FATES.get(code, "killed") for name, code in tried.items()}
    return {module: each for module, each in fates.items() if each}


def print_scores(fates: dict[str, dict[str, str]]) -> float:
    """Print the figures of each module and of all; the share in percent that did not survive."""
    score = 0.0
    counts = {module: Counter(each.values()) for module, each in fates.items()}
    counts["total"] = sum(counts.values(), Counter())
    print(f"{'module':<36}{'killed':>9}{'timeout':>9}{'survived':>9}{'score':>9}")
    for module, each in counts.items():
        score = 100 * (1 - each["survived"] / each.total())
        figures = f"{each['killed']:>9}{each['timeout']:>9}{each['survived']:>9}{score:>8.1f}%"
        print(f"{module:<36}{figures}")
    return score


@nox.session(python=PYTHONS[0])
def spark(session: nox.Session) -> None:
    """Run the tests on Spark, which needs Java; `nox -s spark -- bench` measures instead."""
    if shutil.which("java") is None:
        session.skip("Java is absent: apt-get install openjdk-17-jre-headless")
    session.install("-e", ".[spark,snapshots]", *group("tests"), *group("spark"))
    if session.posargs[:1] == ["bench"]:
        session.run("python", "-m", "benchmarks.bench_spark", *session.posargs[1:])
        return
    # one process: Spark takes ten seconds to start, and both cores
    session.run("python", "-m", "pytest", "tests/spark", *session.posargs)


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
