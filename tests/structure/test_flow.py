"""Imports go one way, folder by folder."""

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter

import pytest

import avepoint_async
from tests.structure.source import Import, calls, inner_imports, package_modules

# no folder imports one that stands after it; a file directly under the package is a folder here
ORDER = (
    "errors",
    "arguments",
    "refs",
    "files",
    "exchange",
    "auth",
    "transport",
    "wire",
    "paging",
    "resources",
    "client",
    "snapshots",
    "report",
    "spark",
    "testing",
    "cli",
)

# users of the library, who take its public names from the root and from these folders
USERS = {
    "testing": set[str](),
    "cli": {"files", "resources", "snapshots", "report", "testing"},
    "spark": {"snapshots"},
}


@cache
def imports() -> list[Import]:
    """Every import of one of our modules by another."""
    return inner_imports(package_modules())


def folder(module: str) -> str:
    """The folder, or the file directly under the package, in which a module stands."""
    return module.partition(".")[0]


def backward(imports: list[Import]) -> list[str]:
    """Imports of a folder by one that stands before it, or of the root by anybody in the house."""
    rank = {name: place for place, name in enumerate(ORDER)}
    return [
        str(each)
        for each in imports
        if folder(each.importer) in rank
        and folder(each.importer) != folder(each.target)
        and folder(each.importer) not in USERS
        and rank.get(folder(each.target), len(ORDER)) > rank[folder(each.importer)]
    ]


def trespassing(imports: list[Import]) -> list[str]:
    """Imports with which a user of the library takes more than its public names."""
    return [
        str(each)
        for each in imports
        if (own := folder(each.importer)) in USERS
        and folder(each.target) not in {own, "", *USERS[own]}
    ]


def circle(imports: list[Import]) -> list[str]:
    """The modules of one import cycle, if there is any."""
    graph: dict[str, set[str]] = {}
    for each in imports:
        if each.importer:  # the root imports nothing before it is asked for a name
            graph.setdefault(each.importer, set()).add(each.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def package(**sources: str) -> dict[str, ast.Module]:
    """A made-up package: `_` is its root, and `__` in a name stands for a dot."""
    return {name.strip("_").replace("__", "."): ast.parse(text) for name, text in sources.items()}


def test_every_folder_has_its_place() -> None:
    """A new folder is placed by hand, where its reviewer sees it."""
    assert {folder(module) for module in package_modules()} <= {"", "__main__", *ORDER}


def test_imports_go_one_way() -> None:
    """No folder imports one that stands after it, nor the root of the package."""
    assert not backward(imports())


@pytest.mark.parametrize(
    "line",
    [
        "from avepoint_async import client",
        "from avepoint_async import PUBLIC",
        "import avepoint_async.client",
        "from ..transport import throttle",
        "from .. import PUBLIC",
        "def f():\n    from avepoint_async.client import AvePointClient",
        "if TYPE_CHECKING:\n    from ..client import AvePointClient",
    ],
)
def test_a_backward_import_is_noticed(line: str) -> None:
    """Absolute or relative, hidden in a function or a type-checking block: it counts."""
    names = package(
        _="", client="", auth="", auth__token=line, transport="", transport__throttle=""
    )
    assert len(backward(inner_imports(names))) == 1


def test_a_forward_import_passes() -> None:
    """The spellings that are right pass the check, as does what stands in the same folder."""
    good = "import attrs\nfrom avepoint_async.errors import X\nfrom .secret import Secret"
    names = package(_="", errors="", auth="", auth__secret="", auth__token=good)
    assert not backward(inner_imports(names))


def test_users_of_the_library_take_public_names() -> None:
    """The emulator shares no code with the client; command line and Spark stand on public names."""
    assert not trespassing(imports())


def test_a_trespass_is_noticed() -> None:
    """The check above finds what is forbidden, and only that."""
    names = package(
        _="",
        client="",
        snapshots="",
        testing="from avepoint_async.client import X",
        cli="from avepoint_async import X\nfrom avepoint_async.snapshots import Y",
    )
    assert trespassing(inner_imports(names)) == ["testing -> client (X)"]


@pytest.mark.parametrize("name", USERS)
def test_what_is_taken_from_the_root_is_public(name: str) -> None:
    """A name that one of our own users needs is in `__all__`, or is the version."""
    taken = {each.name for each in imports() if folder(each.importer) == name and not each.target}
    assert taken - {None} <= {*avepoint_async.__all__, "__version__"}


def test_there_is_no_cycle() -> None:
    """No file leads back to itself."""
    assert not circle(imports())


def test_a_cycle_is_noticed() -> None:
    """The check above finds a circle of two."""
    names = package(testing="from .server import X", testing__server="from . import Y")
    assert set(circle(inner_imports(names))) == {"testing", "testing.server"}


def test_the_token_is_unknown_to_the_exchange() -> None:
    """Sending and reading serves API and token address alike: no endpoint and no token is named."""
    text = "".join(
        ast.unparse(tree) for name, tree in package_modules().items() if folder(name) == "exchange"
    )
    assert "AccessToken" not in text
    assert "/partner/" not in text


def test_sockets_are_opened_in_one_folder() -> None:
    """Whoever looks for what talks to the network looks into the exchange alone."""
    openers = {name for name, tree in package_modules().items() if calls(tree) & SOCKET_CALLS}
    assert {folder(name) for name in openers} <= {"exchange", "testing", "cli"}


SOCKET_CALLS = {
    "ClientSession",
    "TCPConnector",
    "create_connection",
    "create_server",
    "open_connection",
    "socket",
    "start_server",
    "urlopen",
}
