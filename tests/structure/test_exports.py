"""What the package root offers, and nothing beside it."""

import re
import subprocess
import sys
import tomllib
from inspect import cleandoc
from operator import attrgetter

import pytest

import avepoint_async
from avepoint_async import AvePointClient, AvePointError
from tests.structure.source import PACKAGE, ROOT

PUBLIC = [
    "AadEnvironment",
    "ApiError",
    "AppConsent",
    "AuthenticationError",
    "AvePointClient",
    "AvePointError",
    "BackupJob",
    "BackupOverview",
    "BadRequestError",
    "ClientCertificate",
    "ClientClosedError",
    "ClientSecret",
    "ConfigurationError",
    "ConsentProduct",
    "Customer",
    "CustomerRef",
    "CustomerSubscriptions",
    "DirectoryUser",
    "Environment",
    "FanOut",
    "IncompleteError",
    "JobModule",
    "JobReportRow",
    "JobStatus",
    "JobType",
    "MicrosoftSeats",
    "Module",
    "ModuleStatus",
    "NotFoundError",
    "ObjectModule",
    "Page",
    "Pager",
    "PaginationError",
    "PermissionDeniedError",
    "PlatformEnvironment",
    "Product",
    "Progress",
    "ProtectedObject",
    "ProtectedUser",
    "PurchasedSeats",
    "RateLimitError",
    "ReportedStatus",
    "ReportedType",
    "ResponseError",
    "RetryPolicy",
    "SeatVendor",
    "ServerError",
    "Stats",
    "Subscription",
    "Tenant",
    "TenantFailuresError",
    "TenantInfo",
    "TenantRef",
    "Tenants",
    "TransportError",
    "UserStatus",
    "Walk",
    "WalkOutcome",
]


def test_all_is_pinned_and_sorted() -> None:
    """A public name comes or goes on purpose only."""
    assert list(avepoint_async.__all__) == PUBLIC
    assert sorted(PUBLIC) == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_each_public_name_is_there(name: str) -> None:
    """What `__all__` promises can be imported."""
    assert getattr(avepoint_async, name).__name__ == name


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    """Importing the package loads none of its modules, and so nothing that they need."""
    program = (
        "import sys, avepoint_async\n"
        "print([name for name in sys.modules if name.startswith('avepoint_async.')])\n"
        "print('aiohttp' in sys.modules, set(dir(avepoint_async)) >= set(avepoint_async.__all__))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == ["[]", "False True"]


def test_a_client_loads_no_more_than_it_needs() -> None:
    """Certificates, the token request and the emulator are imported when they are used."""
    later = {"cryptography", "authlib", "joserfc", "avepoint_async.testing"}
    program = (
        "import sys; from avepoint_async import AvePointClient; "
        f"print({later!r}.intersection(sys.modules), 'aiohttp' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set() True\n"


# what speaks for the service: the client's questions but those of our own, and the records
OUR_OWN = {"close", "from_env", "stats", "environment", "pager", "fan_out"}
ASKED = {name for name in dir(AvePointClient) if not name.startswith("_")} - OUR_OWN
RECORDS = {
    n
    for n in PUBLIC
    if getattr(avepoint_async, n).__module__.startswith("avepoint_async.resources.")
} - {"Tenants"}
FROM_THE_SERVICE = ["AvePointClient", *RECORDS, *(f"AvePointClient.{n}" for n in ASKED)]


def explained(path: str) -> str:
    """The docstring of a public name, or of a method of one."""
    text: str = attrgetter(path)(avepoint_async).__doc__
    return text


@pytest.mark.parametrize("path", sorted(FROM_THE_SERVICE))
def test_what_the_service_says_names_its_page(path: str) -> None:
    """A reader finds the page of the service that a record or a query rests on.

    Codes stand beside the record that they belong to, and their module names the page.
    """
    module = sys.modules[attrgetter(path)(avepoint_async).__module__].__doc__
    source = r"Source: AvePoint Graph API, \*\w.*\*"
    assert re.search(source, f"{explained(path)}\n{module}")


@pytest.mark.parametrize("method", ["collect", "count", "first", "pages"])
def test_what_a_pager_raises_is_said_where_it_is_asked(method: str) -> None:
    """Each way to read says that it raises, and the class says what."""
    assert "Raises:\n    AvePointError: see the class." in cleandoc(explained(f"Pager.{method}"))
    raised = re.findall(r"`(\w+Error)`", explained("Pager"))
    assert all(issubclass(getattr(avepoint_async, each), AvePointError) for each in raised)
    assert len(raised) == 6


def test_the_version_is_the_one_in_pyproject() -> None:
    """The version is written once."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert avepoint_async.__version__ == project["version"]


def test_the_version_is_read_when_asked_for() -> None:
    """Importing the package reads no metadata: the root assigns no version."""
    text = (PACKAGE / "__init__.py").read_text(encoding="utf-8")
    assert not re.search(r"^__version__.*=", text, re.MULTILINE)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """The lazy version does not swallow a misspelt name."""
    misspelt = "AvePointCleint"
    with pytest.raises(AttributeError, match=misspelt):
        getattr(avepoint_async, misspelt)
