"""The three tables: for each its columns, once as Spark writes them and once as Arrow does.

Spark takes Arrow batches only if they equal its schema to the letter: plain strings, timestamps in
microseconds of UTC, and columns in this order.
"""

import pyarrow as pa

_ARROW: dict[str, pa.DataType] = {
    "string": pa.string(),
    "boolean": pa.bool_(),
    "bigint": pa.int64(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}

_USERS = {
    "customer_id": "string",
    "customer_name": "string",
    "tenant_id": "string",
    "tenant_name": "string",
    "email": "string",
    "display_name": "string",
    "id": "string",
    "mailbox": "boolean",
    "onedrive": "boolean",
    "other_modules": "string",
    "observed_at": "timestamp",
    "error": "string",
}

_TENANTS = {
    "customer_id": "string",
    "customer_name": "string",
    "tenant_id": "string",
    "tenant_name": "string",
    "state": "string",
    "users": "bigint",
    "pages": "bigint",
    "total_count": "bigint",
    "duplicates": "bigint",
    "drifted": "bigint",
    "unreadable": "bigint",
    "passes": "bigint",
    "error": "string",
    "status": "bigint",
    "message": "string",
    "request_id": "string",
}

_CUSTOMERS = {
    "customer_id": "string",
    "organization": "string",
    "owner_email": "string",
    "country_or_region": "string",
    "job_status": "bigint",
    "management_mode": "bigint",
    "tenants": "bigint",
    "error": "string",
}

_TABLES = {"users": _USERS, "tenants": _TENANTS, "customers": _CUSTOMERS}


def spark_schema(table: str) -> str:
    """The schema of a table as a DDL string."""
    return ", ".join(f"{name} {kind}" for name, kind in _TABLES[table].items())


def arrow_schema(table: str) -> pa.Schema:
    """The same schema for Arrow."""
    return pa.schema([(name, _ARROW[kind]) for name, kind in _TABLES[table].items()])
