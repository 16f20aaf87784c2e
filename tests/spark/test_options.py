"""What a query is given is read and checked before anything is sent."""

import pytest

from avepoint_async import ConfigurationError
from avepoint_async.spark.options import Options, make_client, read_options
from tests.spark import providers
from tests.spark.conftest import Serve


def test_without_an_option_all_users_are_asked_for() -> None:
    """The defaults: one partition, the pace is found, failures are rows."""
    assert read_options({}) == Options()
    assert (Options().table, Options().partitions, Options().on_error) == ("users", 1, "record")


def test_options_are_read_without_regard_to_case() -> None:
    """Spark hands options on in whatever case they were given."""
    given = {
        "TABLE": "users",
        "customers": "c1, c2,,c1 ",
        "Tenants": "t1",
        "emails": "a@x.example,b@x.example",
        "partitions": " 4 ",
        "maxrequestspersecond": "12.5",
        "CONCURRENCY": "8",
        "onerror": "fail",
        "credential": "package.module:function",
    }
    assert read_options(given) == Options(
        customers=("c1", "c2"),
        tenants=("t1",),
        emails=("a@x.example", "b@x.example"),
        partitions=4,
        max_requests_per_second=12.5,
        concurrency=8,
        on_error="fail",
        credential="package.module:function",
    )


def test_a_history_may_be_read_in_parts_without_a_rate() -> None:
    """Nobody is asked, so that there is no limit to share."""
    options = read_options({"history": "/night", "run": "20261125T020000Z-7f3a", "partitions": "4"})
    assert (options.history, options.run) == ("/night", "20261125T020000Z-7f3a")


@pytest.mark.parametrize(
    "name",
    ["client_secret", "password", "access_token", "pfx", "PEM", "apiKey", "certificate", "bearer"],
)
def test_what_looks_like_a_secret_is_refused_and_not_repeated(name: str) -> None:
    """Spark shows options in plans and logs: the error says where a secret belongs."""
    with pytest.raises(ConfigurationError, match="looks like a secret") as caught:
        read_options({name: "s3cr3t-value"})
    assert name in str(caught.value)
    assert "AVEPOINT_" in str(caught.value)
    assert "s3cr3t-value" not in str(caught.value)


def test_what_stands_in_place_of_a_provider_is_not_repeated() -> None:
    """Somebody may have put a secret there."""
    with pytest.raises(ConfigurationError, match="must be env, or package") as caught:
        read_options({"credential": "s3cr3t-value"})
    assert "s3cr3t-value" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"foo": "1"}, "the option foo is not known: use table, customers"),
        ({"path": "/night"}, "takes no path: name a folder with the option history"),
        ({"table": "user"}, "table must be one of users, tenants, customers; got 'user'"),
        ({"onError": "skip"}, "onError must be one of record, fail; got 'skip'"),
        ({"customers": " , "}, "customers is empty: leave it out"),
        ({"history": " "}, "history is blank"),
        ({"partitions": "0"}, "partitions must be a whole number of at least 1; got '0'"),
        ({"partitions": "two"}, "whole number of at least 1; got 'two'"),
        ({"concurrency": "²"}, "concurrency must be a whole number"),
        ({"maxRequestsPerSecond": "0"}, "must be a number above 0; got '0'"),
        ({"maxRequestsPerSecond": "nan"}, "must be a number above 0; got 'nan'"),
        ({"maxRequestsPerSecond": "inf"}, "must be a number above 0; got 'inf'"),
        ({"maxRequestsPerSecond": "fast"}, "must be a number above 0; got 'fast'"),
        ({"partitions": "2"}, "more than one partition needs the option maxRequestsPerSecond"),
        ({"run": "20261125T020000Z-7f3a"}, "set the option history, too"),
        ({"table": "customers", "tenants": "t1"}, "tenants is not for the table customers"),
        ({"table": "tenants", "emails": "a"}, "emails is for the table users, not tenants"),
        ({"history": "/n", "emails": "a"}, "emails is for the service"),
        ({"history": "/n", "concurrency": "4"}, "concurrency is for the service"),
        ({"history": "/n", "credential": "env"}, "credential is for the service"),
        ({"history": "/n", "maxRequestsPerSecond": "4"}, "maxRequestsPerSecond is for the"),
    ],
)
def test_senseless_options_are_refused(given: dict[str, str], message: str) -> None:
    """The error names the option, what came, and what to do."""
    with pytest.raises(ConfigurationError) as caught:
        read_options(given)
    assert message in str(caught.value)


def test_a_provider_is_given_what_a_client_needs(serve: Serve) -> None:
    """Concurrency, whether to be strict, and its part of the rate of the whole query."""
    serve()
    options = read_options(
        {
            "credential": "tests.spark.providers:impatient",
            "partitions": "4",
            "maxRequestsPerSecond": "10",
            "concurrency": "3",
        }
    )
    make_client(options, strict=True, partitions=4)
    make_client(options, strict=False)
    assert providers.asked == [
        {"concurrency": 3, "max_requests_per_second": 2.5, "strict": True},
        {"concurrency": 3, "max_requests_per_second": 10.0, "strict": False},
    ]


@pytest.mark.parametrize("provider", ["tests.spark.nowhere:make", "tests.spark.providers:missing"])
def test_a_provider_that_is_not_there_is_told(provider: str) -> None:
    """The error names it, and why it cannot be imported."""
    with pytest.raises(ConfigurationError, match="cannot be imported") as caught:
        make_client(read_options({"credential": provider}), strict=False)
    assert provider in str(caught.value)


def test_a_provider_that_makes_no_client_is_told() -> None:
    """The error says what it returned."""
    options = read_options({"credential": "tests.spark.providers:forgetful"})
    with pytest.raises(ConfigurationError, match="must return an AvePointClient; got NoneType"):
        make_client(options, strict=False)
