"""Every spelling and quirk of the service, on demand."""

import pytest

from avepoint_async.testing import Customer, Dialect, Emulator, Fleet, User
from tests.testing.raw import Reply, talking_to

REF = ("c1", "t1")


async def ask(dialect: Dialect, users: int = 5, index: int = 1, size: int = 2) -> Reply:
    """One page of a small tenant in this dialect."""
    async with talking_to(Emulator(fleet=Fleet.of({REF: users}), dialect=dialect)) as raw:
        return await raw.users(REF, pageIndex=index, pageSize=size)


async def test_the_seed_sample_is_told_word_for_word() -> None:
    """The documented sample: one item, a total of two, a page size of 50."""
    sample = Emulator(fleet=Fleet.seed_sample(), dialect=Dialect.seed_sample())
    async with talking_to(sample) as raw:
        (ref,) = sample.fleet.refs()
        reply = await raw.users(ref, pageSize=100)
        after = await raw.users(ref, pageSize=100, pageIndex=2)
    assert reply.json == {
        "data": [
            {
                "email": "admin@M365****.onmicrosoft.com",
                "displayName": "M365****",
                "moduleStatus": [
                    {"module": 0, "isProtected": False},
                    {"module": 2, "isProtected": True},
                ],
            }
        ],
        "metadata": {"pageIndex": 1, "pageSize": 50, "totalCount": 2},
    }
    assert after.json["data"] == []


async def test_a_bare_list_has_no_envelope() -> None:
    """An early revision sent the rows alone, and an empty list past the end."""
    assert len((await ask(Dialect.bare_list())).json) == 2
    assert (await ask(Dialect.bare_list(), index=9)).json == []


async def test_keys_are_spelled_as_told() -> None:
    """The tables of the document, and the envelope's keys of sibling endpoints."""
    dialect = Dialect.tables(metadata_key="metaData", data_key="items")
    page = (await ask(dialect)).json
    assert set(page) == {"items", "metaData"}
    assert set(page["items"][0]["moduleStatus"][0]) == {"Module", "IsProtected"}


@pytest.mark.parametrize(
    ("dialect", "key"),
    [
        (Dialect.current(), "userId"),
        (Dialect(user_id_key="id"), "id"),
        (Dialect.seed(), None),
    ],
)
async def test_the_user_id_comes_and_goes(dialect: Dialect, key: str | None) -> None:
    """Absent at first, then ``id``, then ``userId``."""
    row = (await ask(dialect)).json["data"][0]
    assert set(row) - {"email", "displayName", "moduleStatus"} == ({key} if key else set())


async def test_numbers_may_be_strings() -> None:
    """Everywhere: in the metadata, in the modules, in a customer."""
    dialect = Dialect(numbers_as_strings=True)
    async with talking_to(Emulator(fleet=Fleet.of({REF: 1}), dialect=dialect)) as raw:
        page = (await raw.users(REF)).json
        customer = (await raw.customers()).json["data"][0]
    assert page["metadata"] == {"pageIndex": "1", "pageSize": "50", "totalCount": "1"}
    assert page["data"][0]["moduleStatus"][0]["module"] == "0"
    assert {customer["jobStatus"], customer["managementMode"]} <= set("0123456")


async def test_null_strings_may_be_words() -> None:
    """``N/A`` stands where a string is null."""
    fleet = Fleet.of({REF: [User("a@x", None)]})
    async with talking_to(Emulator(fleet=fleet, dialect=Dialect(null_text="N/A"))) as raw:
        row = (await raw.users(REF)).json["data"][0]
    assert (row["displayName"], row["userId"]) == ("N/A", "N/A")


@pytest.mark.parametrize(("off", "claimed"), [(0, 5), (3, 8), (-3, 2), (-9, 0)])
async def test_the_total_may_lie(off: int, claimed: int) -> None:
    """Over- or underclaimed by a number, never below zero; the rows are the same."""
    page = (await ask(Dialect(total_off=off), size=5)).json
    assert (page["metadata"]["totalCount"], len(page["data"])) == (claimed, 5)


async def test_the_total_may_be_missing() -> None:
    """Metadata without a total."""
    assert "totalCount" not in (await ask(Dialect(total_sent=False))).json["metadata"]


@pytest.mark.parametrize(
    ("dialect", "asked", "echoed"),
    [
        (Dialect(), 2, 2),
        (Dialect(echoed_index="wrong"), 2, 3),
        (Dialect(echoed_index="absent"), 2, None),
        (Dialect(ignores_page_index=True), 2, 1),
        (Dialect(ignores_page_index=True, echoed_index="asked"), 2, 2),
        (Dialect(repeats_last_page=True), 9, 3),
        (Dialect(repeats_last_page=True, echoed_index="asked"), 9, 9),
    ],
)
async def test_the_index_is_echoed_as_told(
    dialect: Dialect, asked: int, echoed: int | None
) -> None:
    """The page served, the page asked for, another one, or none."""
    metadata = (await ask(dialect, index=asked)).json["metadata"]
    assert metadata.get("pageIndex") == echoed


@pytest.mark.parametrize(
    ("dialect", "echoed"),
    [
        (Dialect(), 3),
        (Dialect(echoed_size="asked"), 70),
        (Dialect(echoed_size="absent"), None),
        (Dialect(echoed_size=50), 50),
    ],
)
async def test_the_size_is_echoed_as_told(dialect: Dialect, echoed: int | None) -> None:
    """The size served after the clamp, the size asked for, a fixed one, or none."""
    clamped = Emulator(fleet=Fleet.of({REF: 9}), dialect=dialect, page_size_limit=3)
    async with talking_to(clamped) as raw:
        metadata = (await raw.users(REF, pageSize=70)).json["metadata"]
    assert metadata.get("pageSize") == echoed


async def test_the_page_index_may_be_ignored() -> None:
    """Every page is the first."""
    dialect = Dialect(ignores_page_index=True)
    assert (await ask(dialect, index=3)).emails == (await ask(dialect, index=1)).emails


async def test_the_last_page_may_stand_again() -> None:
    """Past the end comes the last page; an empty tenant has an empty one."""
    dialect = Dialect(repeats_last_page=True)
    last = await ask(dialect, index=3)
    assert (await ask(dialect, index=7)).emails == last.emails != []
    assert (await ask(dialect, users=0, index=7)).emails == []


async def test_pages_may_fall_short() -> None:
    """Every page lacks its last rows, and nobody makes up for them."""
    dialect = Dialect(short=1)
    full, short = await ask(Dialect(), index=2), await ask(dialect, index=2)
    assert short.emails == full.emails[:-1]
    assert (await ask(dialect, index=3)).emails == []
    assert short.json["metadata"]["totalCount"] == 5


@pytest.mark.parametrize(
    ("dialect", "honoured"),
    [
        (Dialect.seed(), {"email"}),
        (Dialect.current(), {"userEmails"}),
        (Dialect(), {"email", "userEmails"}),
        (Dialect(filters=[]), set[str]()),
    ],
)
async def test_filters_may_be_ignored(dialect: Dialect, honoured: set[str]) -> None:
    """Each revision knows its own filter, and answers unfiltered to the other."""
    fleet = Fleet.of({REF: ["a@x", "b@x"]})
    async with talking_to(Emulator(fleet=fleet, dialect=dialect)) as raw:
        one = await raw.users(REF, {"email": "a@x"})
        many = await raw.users(REF, {"userEmails": ["a@x"]})
    narrowed = {
        name for name, page in (("email", one), ("userEmails", many)) if "b@x" not in page.emails
    }
    assert narrowed == honoured


async def test_customers_may_come_unfiltered() -> None:
    """A revision that does not know ``customerIds`` lists them all."""
    fleet = Fleet.of({("c1", "t1"): 0, ("c2", "t2"): 0})
    async with talking_to(Emulator(fleet=fleet, dialect=Dialect(filters=["email"]))) as raw:
        assert len((await raw.customers({"customerIds": ["c1"]})).json["data"]) == 2


async def test_a_row_can_be_anything() -> None:
    """A mapping in the fleet is sent as it stands, whatever the dialect."""
    row = {"email": "a@x", "moduleStatus": [{"module": "2x", "isProtected": None}], "more": 1}
    fleet = Fleet.of({REF: [row, {"email": 5}]})
    async with talking_to(Emulator(fleet=fleet, dialect=Dialect.tables())) as raw:
        assert (await raw.users(REF)).json["data"] == [row, {"email": 5}]
        assert (await raw.users(REF, {"email": "A@x"})).json["data"] == [row]


async def test_a_lone_surrogate_is_sent_as_an_escape() -> None:
    """JSON can say what UTF-8 cannot."""
    fleet = Fleet.of({REF: [User("a@x", "half \ud83d"), {"email": "b\udc00@x"}]})
    async with talking_to(Emulator(fleet=fleet)) as raw:
        reply = await raw.users(REF)
    assert b"half \\ud83d" in reply.body
    assert reply.emails == ["a@x", "b\udc00@x"]


async def test_a_byte_order_mark_may_come_first() -> None:
    """In pages, in refusals, in the replies of the token address; not in a gateway's HTML."""
    async with talking_to(Emulator(fleet=Fleet.of({REF: 1}))) as raw:
        raw.emulator.dialect = Dialect(byte_order_mark=True)
        replies = [await raw.users(REF), await raw.users(("c", "t")), await raw.token()]
        assert {reply.body[:4] for reply in replies} == {b"\xef\xbb\xbf{"}
        raw.emulator.dialect = Dialect(byte_order_mark=True, errors="html")
        assert (await raw.users(("c", "t"))).body[:1] == b"<"


async def test_empty_lists_may_be_null() -> None:
    """The rows of an empty page, a user's modules, a customer's tenants."""
    fleet = Fleet.of({REF: [User("a@x", None, ())]}, customers=[Customer("c1")])
    async with talking_to(Emulator(fleet=fleet, dialect=Dialect(null_lists=True))) as raw:
        assert (await raw.users(REF)).json["data"][0]["moduleStatus"] is None
        assert (await raw.users(REF, pageIndex=2)).json["data"] is None
        assert (await raw.customers()).json["data"][0]["tenants"] is None


async def test_the_dialect_may_change_while_it_runs() -> None:
    """A revision is rolled out between two pages."""
    async with talking_to(Emulator(fleet=Fleet.of({REF: 1}))) as raw:
        assert isinstance((await raw.users(REF)).json, dict)
        raw.emulator.dialect = Dialect.bare_list()
        assert isinstance((await raw.users(REF)).json, list)
        assert raw.emulator.dialect.envelope == "bare"


def test_a_page_cannot_lack_less_than_nothing() -> None:
    """Nonsense is refused at construction."""
    with pytest.raises(ValueError, match="short"):
        Dialect(short=-1)
