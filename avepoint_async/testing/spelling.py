"""Rows and envelopes in the spelling of a dialect."""

from collections.abc import Mapping
from typing import Any

import attrs
import orjson

from avepoint_async.testing.dialect import Dialect
from avepoint_async.testing.records import Customer, Modules, User


@attrs.frozen
class PagePlace:
    """Where a page stands: what was asked for, what is served, and the honest total."""

    asked_index: int
    served_index: int
    asked_size: int
    served_size: int
    total: int


class Speller:
    """Spells rows and envelopes in one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._modules: dict[Modules, orjson.Fragment] = {}

    def user(self, user: User) -> Mapping[str, Any]:
        """One row of users/batch."""
        if user.wire is not None:
            return user.wire
        row: dict[str, Any] = {
            "email": user.email,
            "displayName": user.display_name or self.dialect.null_text,
            "moduleStatus": self._spelled(user.modules),
        }
        if self.dialect.user_id_key is not None:
            row[self.dialect.user_id_key] = user.id or self.dialect.null_text
        return row

    def customer(self, customer: Customer) -> Mapping[str, Any]:
        """One row of customers/batch."""
        null = self.dialect.null_text
        return {
            "id": customer.id,
            "organization": customer.organization or null,
            "ownerEmail": customer.owner_email or null,
            "jobStatus": self._number(customer.job_status),
            "countryOrRegion": customer.country_or_region or null,
            "managementMode": self._number(customer.management_mode),
            "tenants": [
                {"id": tenant.id, "name": tenant.name or null} for tenant in customer.tenants
            ],
        }

    def page(self, rows: list[Mapping[str, Any]], place: PagePlace) -> bytes:
        """The body of one page."""
        if self.dialect.envelope == "bare":
            return orjson.dumps(rows)
        metadata = {name: self._number(value) for name, value in self._claims(place).items()}
        return orjson.dumps({self.dialect.data_key: rows, self.dialect.metadata_key: metadata})

    def _claims(self, place: PagePlace) -> dict[str, int]:
        dialect, claims = self.dialect, dict[str, int]()
        if dialect.echoed_index != "absent":
            claims["pageIndex"] = {
                "served": place.served_index,
                "asked": place.asked_index,
                "wrong": place.asked_index + 1,
            }[dialect.echoed_index]
        if isinstance(dialect.echoed_size, int):
            claims["pageSize"] = dialect.echoed_size
        elif dialect.echoed_size != "absent":
            asked = dialect.echoed_size == "asked"
            claims["pageSize"] = place.asked_size if asked else place.served_size
        if dialect.total_sent:
            claims["totalCount"] = max(0, place.total + dialect.total_off)
        return claims

    def _spelled(self, modules: Modules) -> orjson.Fragment:
        # Users share a handful of combinations, so each is encoded once.
        known = self._modules.get(modules)
        if known is None:
            dialect = self.dialect
            rows = [
                {dialect.module_key: self._number(module), dialect.protected_key: protected}
                for module, protected in modules
            ]
            known = self._modules[modules] = orjson.Fragment(orjson.dumps(rows))
        return known

    def _number(self, value: int) -> int | str:
        return str(value) if self.dialect.numbers_as_strings else value
