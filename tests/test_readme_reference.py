"""The README's tables say what the code does: defaults, figures, what is tried again."""

import inspect
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from avepoint_async import (
    AvePointClient,
    ConfigurationError,
    Environment,
    Progress,
    RetryPolicy,
    WalkOutcome,
)
from avepoint_async.cli import exits
from avepoint_async.transport.stats import Stats
from tests.readme import names, table
from tests.structure.source import ROOT

QUERIES: dict[str, Callable[..., Any]] = {
    name: getattr(AvePointClient, name)
    for name in ("protected_users", "customers", "tenants", "protected_users_across")
}
NAMED = {getattr(Environment, n): n for n in ("COMMERCIAL", "US_GOV", "AOS2", "FEDRAMP")}
# how the README spells a default that is None
NONE = {"none", "all", "the client's", "one of our own"}


def options(function: Callable[..., Any]) -> dict[str, Any]:
    """The parameters that have a default, and the default."""
    parameters = inspect.signature(function).parameters.values()
    return {each.name: each.default for each in parameters if each.default is not each.empty}


def spelt(default: object) -> str:
    """A default as the README spells it; a string in its quotes."""
    match default:
        case Environment():
            return f"`Environment.{NAMED[default]}`"
        case RetryPolicy():
            assert default == RetryPolicy()
            return "`RetryPolicy()`"
        case str():
            return f'`"{default}"`'
    return str(default)


def test_every_setting_of_a_client() -> None:
    """Each has a row, with the default of the code, and `from_env` has the same."""
    told = {names(name)[0]: default for name, default, _ in table("setting")}
    assert told.pop("AvePointClient(credential)") == ""
    code = options(AvePointClient)
    assert told.keys() == code.keys()
    for name, default in code.items():
        assert told[name] in NONE if default is None else told[name] == spelt(default)
    of_env = options(AvePointClient.from_env)
    assert of_env.items() - code.items() == {("environ", None)}
    assert code.keys() - of_env.keys() == {"environment"}


def test_every_setting_of_a_query() -> None:
    """Each has a row, which names the queries that take it and the default of the code."""
    told = {names(row[0])[0]: (row[1], set(names(row[2]))) for row in table("of a query")}
    # where a reference stands for both ids, the second is no setting
    taken = {(n, query) for query, each in QUERIES.items() for n in options(each)} - {
        ("tenant_id", "protected_users")
    }
    assert {(name, query) for name, (_, where) in told.items() for query in where} == taken
    for name, query in taken:
        default, text = options(QUERIES[query])[name], told[name][0]
        assert text in NONE if default is None else text == spelt(default)


def test_every_setting_of_the_retries() -> None:
    """Each field has its row or its part of one, with the default of the code and its unit."""
    told = [
        pair
        for fields, defaults, _ in table("`RetryPolicy`")
        for pair in zip(names(fields), defaults.split(", "), strict=True)
    ]
    policy = attrs.fields(RetryPolicy)
    assert told == [(f.name, f"{f.default:g}{' s' if f.type is float else ''}") for f in policy]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("`client.stats`", Stats),
        ("`fleet.progress`", Progress),
        ("`walk.outcome`, `fleet.outcomes[tenant]`", WalkOutcome),
    ],
)
def test_every_figure(head: str, kind: type[attrs.AttrsInstance]) -> None:
    """Each counter has its row or its part of one, and none is told that is not there."""
    told = [name for row in table(head) for name in names(row[0])]
    assert sorted(told) == sorted(field.name for field in attrs.fields(kind))


class Watched(dict[str, str]):
    """Variables that remember which of them were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def __contains__(self, name: object) -> bool:
        """Nothing is set."""
        self.asked.add(str(name))
        return False


def test_every_variable() -> None:
    """The table has the variables that are read, and the clouds that they may name."""
    variables = Watched()
    with pytest.raises(ConfigurationError):
        AvePointClient.from_env(environ=variables)
    told = {name: row for row in table("variable") for name in names(row[0])}
    assert told.keys() == variables.asked
    _, default, clouds = told["AVEPOINT_ENVIRONMENT"]
    assert Environment.named(default.strip("`")) is Environment.COMMERCIAL
    assert {Environment.named(name) for name in names(default + clouds)} == NAMED.keys()


def test_the_exit_statuses() -> None:
    """What the README says of them is what the command knows."""
    told = {int(number) for row in table("exit status") for number in row[0].split(", ")}
    known = {each for name, each in vars(exits).items() if name.isupper() and isinstance(each, int)}
    assert told == known


def test_the_proofs_that_nothing_is_shown() -> None:
    """The guarantee names all that looks for secrets and tokens in the life of a client."""
    told = dict(table("guarantee"))["no secret and no token is shown"]
    files = (ROOT / "tests" / "secrecy").glob("test_*.py")
    assert {str(file.relative_to(ROOT)) for file in files} <= set(names(told))
