"""The import graph goes one way, from errors to the client."""

import ast
from graphlib import CycleError, TopologicalSorter

import pytest

import avepoint_async
from tests.structure.source import GUESTS, Import, calls, guest, inner_imports, package_modules

# a module imports only from tiers before its own
FLOW = (
    {"errors"},
    {"arguments", "auth.secret", "strict", "transport.home", "transport.pace", "transport.stats"},
    {"models"},
    {"auth.material"},
    {"auth.certificate"},
    {"auth.assertion", "auth.pem", "auth.pfx"},
    {
        "auth.credentials",
        "auth.environment",
        "auth.token",
        "decode",
        "paging.page",
        "transport.retry",
        "transport.throttle",
    },
    {"transport.answer", "transport.attempts", "transport.exchange"},
    {"auth.settings", "auth.token_source", "paging.walk", "transport.lane"},
    {"paging.outcome", "paging.supply", "transport.call"},
    {"paging.ledger"},
    {"endpoints", "transport.session"},
    {"paging.listing"},
    {"paging.strand"},
    {"paging.schedule"},
    {"paging.fanout", "paging.pager"},
    {"paging.discovery"},
    {"client"},
)
RANK = {module: rank for rank, tier in enumerate(FLOW) for module in tier}

# folders of the flow: each explains itself and loads nothing
WINGS = {"auth", "paging", "transport"}

# parts that stand beside the flow, and what they may take from outside themselves
BESIDE = {
    "cli": {"", "testing"},
    "testing": {"auth.credentials", "auth.environment"},
    "testing.plugin": {"", "testing", "testing.loop_thread"},
    "testing.plugin_asyncio": {"", "testing"},
}

SOCKET_MODULES = {"auth.token_source", "transport.session"}
SOCKET_CALLS = {
    "ClientSession",
    "TCPConnector",
    "create_connection",
    "create_datagram_endpoint",
    "create_server",
    "open_connection",
    "socket",
    "start_server",
    "urlopen",
}

MODULES = package_modules()
IMPORTS = inner_imports(MODULES)


def part(module: str) -> str:
    """The guest that a module belongs to, else the folder or file directly under the package."""
    return guest(module) or module.partition(".")[0]


def in_flow(module: str) -> bool:
    """Is the module ranked by the flow, as opposed to the root and the parts beside it?"""
    return module != "" and part(module) not in BESIDE


def unranked(modules: set[str]) -> list[str]:
    """Modules that nobody has given a place."""
    return sorted(name for name in modules if in_flow(name) and name not in RANK.keys() | WINGS)


def backward(imports: list[Import]) -> list[str]:
    """Imports between modules of the flow that do not go from later to earlier."""
    last = len(FLOW)
    inside = [each for each in imports if in_flow(each.importer)]
    return [
        str(each)
        for each in inside
        if not RANK.get(each.target, last) < RANK.get(each.importer, last)
    ]


def trespassing(imports: list[Import]) -> list[str]:
    """Imports with which a part beside the flow takes more than it may."""
    return [
        str(each)
        for each in imports
        if part(each.importer) in BESIDE
        and part(each.target) != part(each.importer)
        and each.target not in BESIDE[part(each.importer)]
    ]


def circle(imports: list[Import]) -> list[str]:
    """The modules of one import cycle, if there is any."""
    graph: dict[str, set[str]] = {}
    for each in imports:
        graph.setdefault(each.importer, set()).add(each.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def package(**sources: str) -> dict[str, ast.Module]:
    """A made-up package: `_` is its root, and `__` in a name stands for a dot."""
    return {name.strip("_").replace("__", "."): ast.parse(text) for name, text in sources.items()}


def test_every_module_has_its_rank() -> None:
    """A new module of the flow is placed by hand in FLOW, where its reviewer sees it."""
    assert not unranked(set(MODULES)), "give these modules a place in FLOW"


def test_an_unranked_module_is_noticed() -> None:
    """The check above finds a stranger, and only that."""
    assert unranked({"", "errors", "auth", "cli.app", "auth.stranger"}) == ["auth.stranger"]


def test_imports_go_from_later_to_earlier() -> None:
    """No module of the flow imports its equal, its users, the root, or what stands beside."""
    assert not backward(IMPORTS)


@pytest.mark.parametrize(
    "line",
    [
        "from avepoint_async import errors, client",
        "from avepoint_async import PUBLIC",
        "import avepoint_async",
        "import avepoint_async.client",
        "import avepoint_async.auth.token",
        "from avepoint_async.testing import Emulator",
        "from ..transport import retry",
        "from .. import PUBLIC",
        "from .environment import Environment",
        "def f():\n    from avepoint_async.client import AvePointClient",
        "if TYPE_CHECKING:\n    from ..client import AvePointClient",
    ],
)
def test_a_backward_import_is_noticed(line: str) -> None:
    """Absolute or relative, hidden in a function or a type-checking block: it counts."""
    names = package(
        _="",
        errors="",
        client="",
        auth="",
        auth__environment="",
        auth__token=line,
        transport="",
        transport__retry="",
        testing="",
    )
    assert len(backward(inner_imports(names))) == 1


def test_a_forward_import_is_none_of_these() -> None:
    """The spellings that are right pass the check."""
    good = "import attrs\nfrom .. import errors\nfrom avepoint_async.models import TenantRef"
    names = package(
        _="from .client import AvePointClient",
        errors="",
        models="",
        client="",
        auth="",
        auth__token=good,
    )
    found = inner_imports(names)
    assert {(each.importer, each.target) for each in found} == {
        ("", "client"),
        ("auth.token", "errors"),
        ("auth.token", "models"),
    }
    assert not backward(found)


def test_wings_load_nothing() -> None:
    """`auth`, `transport` and `paging` are folders: importing one costs nothing."""
    assert not [str(each) for each in IMPORTS if each.importer in WINGS]


def test_the_root_offers_the_flow_alone() -> None:
    """Importing the package loads neither the emulator nor the command line."""
    assert not [str(each) for each in IMPORTS if not each.importer and not in_flow(each.target)]


def test_parts_beside_the_flow_take_only_what_they_may() -> None:
    """The emulator shares no code with the SDK; command line and plugin are users of both."""
    assert not trespassing(IMPORTS)


def test_a_trespass_is_noticed() -> None:
    """The check above finds what is forbidden, and only that."""
    names = package(
        _="",
        client="",
        models="",
        cli="from avepoint_async import X\nimport typer",
        cli__app="from avepoint_async.client import X\nfrom . import main",
        testing="from avepoint_async.models import ProtectedUser",
        testing__fleet="from avepoint_async.testing.plugin import X",
        testing__plugin="from avepoint_async import X\nfrom .fleet import Fleet",
    )
    assert trespassing(inner_imports(names)) == [
        "cli.app -> client (X)",
        "testing -> models (ProtectedUser)",
        "testing.fleet -> testing.plugin (X)",
        "testing.plugin -> testing.fleet (Fleet)",
    ]


@pytest.mark.parametrize("name", GUESTS)
def test_guests_use_public_names(name: str) -> None:
    """What the command line or the plugin takes from the root is in `__all__`, or the version."""
    taken = {each.name for each in IMPORTS if guest(each.importer) == name and not each.target}
    assert taken
    assert taken <= {*avepoint_async.__all__, "__version__"}


def test_there_is_no_cycle() -> None:
    """No module leads back to itself, in the flow or beside it."""
    assert not circle(IMPORTS)


def test_a_cycle_is_noticed() -> None:
    """The check above finds a circle of two."""
    names = package(testing="from .server import X", testing__server="from . import Y")
    assert set(circle(inner_imports(names))) == {"testing", "testing.server"}


def test_no_import_is_made_at_run_time() -> None:
    """An import by function call would pass by the checks above."""
    assert not [
        name for name, tree in MODULES.items() if calls(tree) & {"import_module", "__import__"}
    ]


def test_sockets_are_opened_in_two_modules() -> None:
    """Only the API's and the token endpoint's module open connections."""
    openers = {name for name, tree in MODULES.items() if calls(tree) & SOCKET_CALLS}
    assert {name for name in openers if in_flow(name)} <= SOCKET_MODULES


def test_an_opened_socket_is_noticed() -> None:
    """The check above sees the constructor however it is reached."""
    text = "async def f():\n    async with aiohttp.ClientSession(trust_env=True) as s: s.get('/')"
    assert calls(ast.parse(text)) & SOCKET_CALLS == {"ClientSession"}
