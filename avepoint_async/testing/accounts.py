"""What customers bought and what their tenants are, made up from the fleet.

Microsoft assigns a seat to every user. Of the backup's seats a customer has a few to spare, or,
one in four, just as many as users are protected.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from avepoint_async.testing.delivery import Refusal
from avepoint_async.testing.dialect import NOT_AVAILABLE, Digits, Either, When
from avepoint_async.testing.fleet import Fleet
from avepoint_async.testing.generator import domain_of, seed_of, uuid_of
from avepoint_async.testing.records import Asked, Made, User

_CLOUD_BACKUP = 2048
_MICROSOFT_365 = 0
_TODAY = datetime(2026, 9, 15, tzinfo=UTC)
_CONSENT_PRODUCTS = frozenset(
    [
        "PartnerTenantSettingManagement",
        "PartnerWorkspaceOnboarding",
        "PartnerAzureSecurityManagement",
        "Office365Backup",
    ]
)
_DEPARTMENTS = ("Sales", "Finance", "Engineering", "Legal", None)
# rule, severity and recommendation by name and number
_ISSUES = (
    ("Idle virtual machine", ("Medium", 1), ("DeleteIdleResource", 2)),
    ("Oversized database", ("High", 2), ("RightSize", 1)),
    ("No savings plan", ("Low", 0), ("PurchaseSavingsPlan", 3)),
    ("Backups kept too long", ("Critical", 3), ("BackupOptimization", 18)),
)


def seats_of(fleet: Fleet, customer: str) -> int:
    """The seats of the backup that a customer bought."""
    tenants = fleet.tenants_of(customer) or ()
    protected = sum(tenant.tally.users for _, tenant in tenants)
    used_up = seed_of("seats", customer) % 4 == 0
    return protected if used_up else (protected // 10 + 1) * 10


def subscriptions(fleet: Fleet, asked: Asked) -> list[dict[str, Any]]:
    """Each customer with what it bought."""
    return [
        {
            "customerId": customer.id,
            "organization": customer.organization,
            "customer": customer.owner_email,
            "products": _products(fleet, customer.id),
        }
        for customer in fleet.customers()
        if asked.wants("customerIds", customer.id)
    ]


def microsoft_seats(fleet: Fleet, asked: Asked) -> list[dict[str, Any]]:
    """The seats that Microsoft assigned in each tenant; of other vendors none.

    Raises:
        Refusal: 400 for a type that is not 0 to 3.
    """
    if asked.parameters["type"] not in {"0", "1", "2", "3"}:
        raise Refusal(400, "type must be 0 to 3.", "type")
    if int(asked.parameters["type"]) != _MICROSOFT_365:
        return []
    names = _tenant_names(fleet, asked.customer)
    return [
        {
            "type": _MICROSOFT_365,
            "tenantId": ref.tenant_id,
            "tenantName": names.get(ref.tenant_id),
            "availableUserSeat": seed_of("spare", *ref) % 10,
            "assignedUserSeat": len(tenant.users),
        }
        for ref, tenant in fleet.tenants_of(asked.customer) or ()
        if asked.wants("tenantIds", ref.tenant_id)
    ]


def purchased_seats(fleet: Fleet, asked: Asked) -> list[dict[str, Any]]:
    """The seats of one product; 0 of what the customer did not buy.

    Raises:
        Refusal: 400 for a product that is no number.
    """
    product = asked.parameters["product"]
    if not (product.isascii() and product.isdecimal()):
        raise Refusal(400, "productType must be an integer.", "productType")
    seats = seats_of(fleet, asked.customer) if int(product) == _CLOUD_BACKUP else 0
    return [{"productType": Either(int(product), product), "purchasedUserSeat": seats}]


def tenant_info(fleet: Fleet, asked: Asked) -> list[dict[str, Any]]:
    """One tenant and the cloud it is in."""
    _, tenant = asked.ref
    name = _tenant_names(fleet, asked.customer).get(tenant)
    return [{"id": tenant, "name": name, "aadEnvironment": 0, "platformEnvironmentType": 1}]


def app_consent(fleet: Fleet, asked: Asked) -> list[dict[str, Any]]:
    """Whether a product's app is in the tenant: where nobody is protected, it is not.

    Raises:
        Refusal: 400 for an unknown product.
    """
    if asked.parameters["product"] not in _CONSENT_PRODUCTS:
        raise Refusal(400, "productName is unknown.", "productName")
    tenants = dict(fleet.tenants_of(asked.customer) or ())
    return [{"isConsent": tenants[asked.ref].tally.users > 0}]


def directory_users(fleet: Fleet, asked: Asked) -> Sequence[dict[str, Any]]:
    """The tenant's users as the directory has them; its order is another."""
    users = list(fleet.users(asked.ref))[::-1]
    wanted = [user for user in users if asked.wants("userIds", _id_of(user))]
    return Made(wanted, _directory_user)


def cost_issues(_fleet: Fleet, asked: Asked) -> list[dict[str, Any]]:
    """Up to four issues of a tenant."""
    bits = seed_of("costs", *asked.ref)
    return [
        {
            "ruleId": uuid_of(seed_of(*asked.ref, name)),
            "ruleName": name,
            "policy": "Cost",
            "severity": Either(*severity),
            "affectedResources": 1 + bits % 7,
            "recommendation": Either(*recommendation),
            "potentialCostSaving": 100 * (1 + bits % 50),
            "description": f"{name}.",
            "recommendationTypeId": uuid_of(seed_of(name)),
        }
        for name, severity, recommendation in _ISSUES[: bits % (len(_ISSUES) + 1)]
    ]


def _products(fleet: Fleet, customer: str) -> list[dict[str, Any]]:
    assigned = sum(len(tenant.users) for _, tenant in fleet.tenants_of(customer) or ())
    bought = seats_of(fleet, customer)
    expiry = _TODAY + timedelta(days=seed_of("expiry", customer) % 365)
    products = [_product("Cloud Backup for Microsoft 365", Digits(bought), assigned, expiry)]
    if seed_of("second", customer) % 2:
        products.append(_product("Baseline management", NOT_AVAILABLE, assigned, expiry))
    return products


def _product(service: str, seats: Any, assigned: int, expiry: datetime) -> dict[str, Any]:
    return {
        "service": service,
        "subscriptionModel": "User seat",
        "purchasedUserSeats": seats,
        "purchasedUnits": NOT_AVAILABLE,
        "microsoftLicenseAssigned": Digits(assigned),
        "microsoftLicenseAvailable": Digits(assigned + 5),
        "purchasedCapacity": Either("0/1 GB", "1044 GB"),
        "protectedCapacity": Digits(0, " GB"),
        "storage": "AvePoint storage",
        "retention": "1 year",
        "consumedStorage": NOT_AVAILABLE,
        "expirationDate": Either(When(expiry, "dashes"), When(expiry, "iso")),
        "change": NOT_AVAILABLE,
        "source": "AvePoint subscription",
        "paymentType": "Prepaid",
        "subscriptionName": NOT_AVAILABLE,
        "package": "Standard",
        "contractEndDate": NOT_AVAILABLE,
    }


def _tenant_names(fleet: Fleet, customer_id: str) -> dict[str, str | None]:
    owned = [each for each in fleet.customers() if each.id == customer_id]
    return {tenant.id: tenant.name for customer in owned for tenant in customer.tenants}


def _id_of(user: User) -> str:
    return user.id or uuid_of(seed_of(user.email))


def _directory_user(user: User) -> dict[str, Any]:
    bits = seed_of(user.email)
    first, _, last = (user.display_name or "").partition(" ")
    return {
        "id": _id_of(user),
        "userPrincipalName": user.email,
        "mail": user.email,
        "displayName": user.display_name,
        "firstName": first or None,
        "lastName": last or None,
        "employeeId": str(bits % 100_000),
        "location": None,
        "company": domain_of(bits),
        "department": _DEPARTMENTS[bits % len(_DEPARTMENTS)],
        "mobile": None,
        "jobTitle": None,
        "isTestUser": bits % 64 == 0,
        "age": bits % 400,
        "startDate": When(datetime(1970, 1, 1, tzinfo=UTC)),
        "endDate": When(datetime(1970, 1, 1, tzinfo=UTC)),
        "countryOrRegion": None,
        "status": Either([8] if bits % 64 == 0 else [], 8 if bits % 64 == 0 else 5),
    }
