"""What a query is given by ``option``: read and checked in planning, before anything is sent. Pure.

No secret is ever an option: Spark shows options in plans, logs and its event log, and hides only
those whose names it knows.
"""

import math
import re
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, NoReturn, cast

import attrs

from avepoint_async import AvePointClient, ConfigurationError

TABLES = ("users", "tenants", "customers")
ON_ERROR = ("record", "fail")

_FIELDS = {
    "table": "table",
    "customers": "customers",
    "tenants": "tenants",
    "emails": "emails",
    "partitions": "partitions",
    "maxRequestsPerSecond": "max_requests_per_second",
    "concurrency": "concurrency",
    "onError": "on_error",
    "credential": "credential",
    "history": "history",
    "run": "run",
}
_OF_THE_SERVICE = ("emails", "maxRequestsPerSecond", "concurrency", "credential")
# Spark hands options on without regard to case.
_FOLDED = {name.casefold(): field for name, field in _FIELDS.items()}

_SECRET = re.compile(
    r"secret|passw|token|pfx|pem|key|certificate|bearer|authorization", re.IGNORECASE
)
_PROVIDER = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", re.ASCII)

ENVIRONMENT = "env"
"""The credential that stands in the environment variables of the worker."""


@attrs.frozen(kw_only=True)
class Options:
    """What a query asks for. It is sent to the workers, and holds ids and numbers alone.

    Attributes:
        table: ``users``, ``tenants`` or ``customers``.
        customers: ids of the customers; empty: all.
        tenants: ids of the tenants; empty: all of the customers.
        emails: addresses of the users; empty: all.
        partitions: parts that are read at once.
        max_requests_per_second: of the whole query; None: the pace is found.
        concurrency: requests in flight at most, of each partition.
        on_error: ``record`` makes a row of a tenant that fails, ``fail`` raises.
        credential: ``env``, or ``module:function`` that makes a client.
        history: the folder of a history to read instead of the service.
        run: the id of a run of that history; None: the latest.
    """

    table: str = "users"
    customers: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    partitions: int = 1
    max_requests_per_second: float | None = None
    concurrency: int = 16
    on_error: str = "record"
    credential: str = ENVIRONMENT
    history: str | None = None
    run: str | None = None


def read_options(given: Mapping[str, str]) -> Options:
    """The options of a query, checked.

    Raises:
        ConfigurationError: one is unknown, senseless, contradicts another, or looks like a secret.
    """
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name.casefold() in ("path", "paths"):
            _refuse("load() takes no path: name a folder with the option history")
        field = _FOLDED.get(name.casefold())
        if field is None:
            if _SECRET.search(name):
                _refuse(
                    f"the option {name} looks like a secret, and Spark shows options in plans and "
                    "logs: set AVEPOINT_… in the environment of driver and executors, or name a "
                    "provider with the option credential"
                )
            _refuse(f"the option {name} is not known: use {', '.join(_FIELDS)}")
        values[field] = _READERS[field](name, value)
    if "history" in values:
        _check_service_options(values)
    options = Options(**values)
    _check_together(options)
    return options


def _check_service_options(values: Mapping[str, Any]) -> None:
    for name in _OF_THE_SERVICE:
        if _FIELDS[name] in values:
            _refuse(
                f"the option {name} is for the service, and with the option history nothing is "
                "asked there: leave one of them out"
            )


def _check_together(options: Options) -> None:
    if options.partitions > 1 and options.max_requests_per_second is None and not options.history:
        _refuse(
            "more than one partition needs the option maxRequestsPerSecond: each part finds its "
            "own pace, and they would hurt each other under the limit that they share"
        )
    if options.run is not None and options.history is None:
        _refuse("the option run names a run of a history: set the option history, too")
    if options.table == "customers" and options.tenants:
        _refuse("the option tenants is not for the table customers: use the option customers")
    if options.table != "users" and options.emails:
        _refuse(f"the option emails is for the table users, not {options.table}")


def _one_of(*choices: str) -> Callable[[str, str], str]:
    def read(name: str, value: str) -> str:
        if value not in choices:
            _refuse(f"the option {name} must be one of {', '.join(choices)}; got {value!r}")
        return value

    return read


def _list(name: str, value: str) -> tuple[str, ...]:
    items = tuple(dict.fromkeys(each.strip() for each in value.split(",") if each.strip()))
    if not items:
        _refuse(f"the option {name} is empty: leave it out to ask for all")
    return items


def _count(name: str, value: str) -> int:
    if not (value.strip().isascii() and value.strip().isdigit() and int(value) >= 1):
        _refuse(f"the option {name} must be a whole number of at least 1; got {value!r}")
    return int(value)


def _rate(name: str, value: str) -> float:
    try:
        rate = float(value)
    except ValueError:
        rate = math.nan
    if not 0 < rate < math.inf:
        _refuse(f"the option {name} must be a number above 0; got {value!r}")
    return rate


def _text(name: str, value: str) -> str:
    if not value.strip():
        _refuse(f"the option {name} is blank")
    return value


def _provider(name: str, value: str) -> str:
    if value != ENVIRONMENT and not _PROVIDER.fullmatch(value):
        # It is not repeated: somebody may have put a secret here.
        _refuse(f"the option {name} must be env, or package.module:function")
    return value


_READERS: Mapping[str, Callable[[str, str], Any]] = {
    "table": _one_of(*TABLES),
    "customers": _list,
    "tenants": _list,
    "emails": _list,
    "partitions": _count,
    "max_requests_per_second": _rate,
    "concurrency": _count,
    "on_error": _one_of(*ON_ERROR),
    "credential": _provider,
    "history": _text,
    "run": _text,
}


def make_client(options: Options, *, strict: bool, partitions: int = 1) -> AvePointClient:
    """A client of one of so many partitions, with its share of the rate; whoever asks closes it.

    A provider is called with ``concurrency``, ``max_requests_per_second`` and ``strict`` as
    keywords, and returns an `AvePointClient`.

    Raises:
        ConfigurationError: the environment's variables or the provider are wrong.
    """
    rate = options.max_requests_per_second
    settings: dict[str, Any] = {
        "concurrency": options.concurrency,
        "max_requests_per_second": None if rate is None else rate / partitions,
        "strict": strict,
    }
    if options.credential == ENVIRONMENT:
        return AvePointClient.from_env(**settings)
    client = _load(options.credential)(**settings)
    if not isinstance(client, AvePointClient):
        _refuse(f"{options.credential} must return an AvePointClient; got {type(client).__name__}")
    return client


def _load(provider: str) -> Callable[..., object]:
    module, _, name = provider.partition(":")
    try:
        return cast("Callable[..., object]", getattr(import_module(module), name))
    except (ImportError, AttributeError) as error:
        message = f"the credential's provider {provider} cannot be imported: {error}"
        raise ConfigurationError(message) from error


def _refuse(message: str) -> NoReturn:
    raise ConfigurationError(message)
