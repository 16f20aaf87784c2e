"""How counts, times, tenants, shortfalls and codes are put into words; pure."""

from enum import IntEnum

from avepoint_async import CustomerRef, TenantRef, WalkOutcome


def counted(number: int, noun: str) -> str:
    """``1 user``, ``1,234 users``; for nouns whose plural is an s or, after y, ies."""
    if number == 1:
        return f"1 {noun}"
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {plural}"


def duration(seconds: float) -> str:
    """``0:07``, ``12:34`` or ``1:02:03``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def per_second(users: int, elapsed: float) -> str:
    """``4,210 users/s``; of a first moment that is too short to tell, 0."""
    return f"{users / elapsed if elapsed >= 0.1 else 0:,.0f} users/s"


def name_of(ref: CustomerRef | TenantRef) -> str:
    """What people call it: ``Contoso``, ``Contoso / contoso.onmicrosoft.com``, or the ids."""
    customer = ref.customer_name or ref.customer_id
    if isinstance(ref, CustomerRef):
        return customer
    return f"{customer} / {ref.tenant_name or ref.tenant_id}"


def shortfall(outcome: WalkOutcome, noun: str) -> str:
    """``5 promised, 3 users shown in 2 passes, 1 unreadable``."""
    promised = "" if outcome.total_count is None else f"{outcome.total_count:,} promised, "
    unreadable = f", {outcome.unreadable:,} unreadable" if outcome.unreadable else ""
    passes = "pass" if outcome.passes == 1 else "passes"
    return (
        f"{promised}{counted(outcome.items, noun)} shown in {outcome.passes} {passes}{unreadable}"
    )


def words_of(code: IntEnum) -> str:
    """A code in words: ``finished with exception``; one without a name by its number."""
    named = code.name in type(code).__members__
    return code.name.replace("_", " ").lower() if named else str(int(code))
