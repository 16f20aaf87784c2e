"""A client made of the wrong things, and a service that names a tenant nothing."""

from typing import Any

import pytest

from avepoint_async import TenantRef
from avepoint_async.auth.credentials import ClientSecret
from avepoint_async.client import AvePointClient
from avepoint_async.errors import ConfigurationError
from avepoint_async.testing import Customer, Emulator, Fleet, Tenant

SECRET = ClientSecret(client_id="id", client_secret="secret")


@pytest.mark.parametrize(
    ("credential", "options", "named"),
    [
        ("secret", {}, "credential must be a ClientSecret or a ClientCertificate"),
        (SECRET, {"environment": 3}, "environment must be an Environment or the name of a cloud"),
        (SECRET, {"retry": 3}, "retry must be of type RetryPolicy; got int"),
    ],
)
def test_made_of_the_wrong_things(credential: Any, options: dict[str, Any], named: str) -> None:
    """What a client is made of is checked when it is made, and the error names it."""
    with pytest.raises(ConfigurationError, match=named):
        AvePointClient(credential, **options)


async def test_a_tenant_without_an_id(caplog: pytest.LogCaptureFixture) -> None:
    """A tenant that the service names nothing is left out with a warning; the others come."""
    customer = Customer(
        id="c",
        organization="Contoso",
        owner_email=None,
        job_status=0,
        country_or_region=None,
        management_mode=0,
        tenants=(Tenant(""), Tenant("t")),
    )
    fleet = Fleet.of({("c", "t"): 1}, customers=[customer])
    async with (
        Emulator(fleet=fleet) as emulator,
        AvePointClient(emulator.credential, environment=emulator.environment) as client,
    ):
        assert [tenant async for tenant in client.tenants()] == [TenantRef("c", "t")]
    (message,) = caplog.messages
    assert message.startswith("a tenant of Contoso is left out: tenant_id must be")
