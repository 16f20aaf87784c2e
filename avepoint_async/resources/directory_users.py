"""The users of one tenant as the directory has them: names, department, state.

Source: AvePoint Graph API, *Get information of users* (user management).
"""

from datetime import datetime
from operator import attrgetter

import attrs

from avepoint_async.paging.endpoint import Endpoint
from avepoint_async.wire.values import OpenEnum


class UserStatus(OpenEnum):
    """What user management says of a user."""

    MFA_DISABLED = 0
    SIGN_IN_BLOCKED = 1
    PASSWORD_EXPIRED = 2
    HIGH_RISK = 3
    MEDIUM_RISK = 4
    COMPLIANCE = 5
    INACTIVE = 6
    PENDING_DELETION = 7
    TEST_USER = 8


@attrs.frozen(kw_only=True)
class DirectoryUser:
    """One user of one tenant, without a word on backup or licences.

    Attributes:
        id: the user's id.
        user_principal_name: the name to sign in with.
        mail: the user's address.
        display_name: the user's name.
        first_name: the first name.
        last_name: the last name.
        employee_id: the number that the employer gave.
        location: where the user works.
        company: the user's company.
        department: the user's department.
        mobile: the user's mobile phone.
        job_title: what the user does.
        is_test_user: whether the user is marked as a test user.
        age: the age of the password in days.
        start_date: when the account begins; 1970 probably means that it is not set.
        end_date: when it ends, in the same way.
        country_or_region: the user's country or region.
        status: what user management says of the user.

    All but the id and the status are None where the service has no value.

    Source: AvePoint Graph API, *Get information of users* (user management).
    """

    id: str
    user_principal_name: str | None = None
    mail: str | None = None
    display_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    employee_id: str | None = None
    location: str | None = None
    company: str | None = None
    department: str | None = None
    mobile: str | None = None
    job_title: str | None = None
    is_test_user: bool | None = None
    age: int | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    country_or_region: str | None = None
    status: tuple[UserStatus, ...] = ()


DIRECTORY_USERS = Endpoint(
    path="/partner/external/v3/um/customers/{customer_id}/tenants/{tenant_id}/users/batch",
    scopes=frozenset({"elements.um.user.read.all"}),
    record=DirectoryUser,
    identity=attrgetter("id"),
)
