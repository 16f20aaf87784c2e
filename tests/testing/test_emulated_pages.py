"""Pages as an honest service gives them: sizes, clamps, ends, filters, refusals."""

import pytest

from avepoint_async.testing import Customer, Dialect, Emulator, Fleet, Tenant, User
from tests.testing.raw import talking_to

REF = ("c1", "t1")
BATCH = "customers/c1/tenants/t1/cloud-backup-m365/users/batch"


async def test_pages_cover_a_tenant_in_order() -> None:
    """Three pages of a hundred hold 250 users: all of them, each once, in order."""
    fleet = Fleet.of({REF: 250, ("c2", "t2"): 0})
    async with talking_to(Emulator(fleet=fleet)) as raw:
        pages = [await raw.users(REF, pageIndex=index, pageSize=100) for index in (1, 2, 3)]
    assert [len(page.emails) for page in pages] == [100, 100, 50]
    assert [email for page in pages for email in page.emails] == [
        user.email for user in fleet.users(REF)
    ]
    metadata = {"pageIndex": 3, "pageSize": 100, "totalCount": 250}
    assert pages[2].json["metadata"] == metadata


async def test_a_row_holds_what_the_fleet_says() -> None:
    """Address, name, module statuses and id arrive as they are in the fleet."""
    user = User("a@x", "A", ((0, True), (2, False)), "id-1")
    async with talking_to(Emulator(fleet=Fleet.of({REF: [user]}))) as raw:
        (row,) = (await raw.users(REF)).json["data"]
    assert row == {
        "email": "a@x",
        "displayName": "A",
        "moduleStatus": [
            {"module": 0, "isProtected": True},
            {"module": 2, "isProtected": False},
        ],
        "userId": "id-1",
    }


async def test_without_a_query_the_first_page_of_default_size_comes() -> None:
    """Index 1, and a size of 50 unless the tester says otherwise."""
    fleet = Fleet.of({REF: 60})
    async with talking_to(Emulator(fleet=fleet)) as raw:
        assert (await raw.users(REF)).json["metadata"]["pageSize"] == 50
    async with talking_to(Emulator(fleet=fleet, default_page_size=7)) as raw:
        page = await raw.users(REF)
    assert (len(page.emails), page.json["metadata"]["pageIndex"]) == (7, 1)


async def test_a_large_page_is_clamped() -> None:
    """The size served is the limit, and the reply says so."""
    async with talking_to(Emulator(fleet=Fleet.of({REF: 60}), page_size_limit=40)) as raw:
        page = await raw.users(REF, pageIndex=2, pageSize=100)
    assert (len(page.emails), page.json["metadata"]["pageSize"]) == (20, 40)


async def test_a_large_page_may_be_refused() -> None:
    """A stricter revision answers 400 for a size over the limit."""
    strict = Emulator(fleet=Fleet.of({REF: 6}), dialect=Dialect(oversize="refuse"))
    async with talking_to(strict) as raw:
        assert (await raw.users(REF, pageSize=101)).status == 400
        assert (await raw.users(REF, pageSize=100)).status == 200


async def test_past_the_end_stands_an_empty_page() -> None:
    """The total stays what it was; an empty tenant has a total of 0."""
    async with talking_to(Emulator(fleet=Fleet.of({REF: 5, ("c2", "t2"): 0}))) as raw:
        past = await raw.users(REF, pageIndex=9, pageSize=5)
        empty = await raw.users(("c2", "t2"))
    assert (past.emails, past.json["metadata"]["totalCount"]) == ([], 5)
    assert (empty.emails, empty.json["metadata"]["totalCount"]) == ([], 0)


@pytest.mark.parametrize("name", ["pageIndex", "pageSize"])
@pytest.mark.parametrize("value", ["0", "-1", "1.0", "one", "", " 1", "1e2", "²", "99999999999"])
async def test_a_query_that_is_no_count_is_refused(name: str, value: str) -> None:
    """Whole numbers from 1, in plain digits, or a 400 that names the parameter."""
    async with talking_to(Emulator(fleet=Fleet.of({REF: 5}))) as raw:
        reply = await raw.users(REF, **{name: value})
    assert (reply.status, reply.json["errors"][0]["field"]) == (400, name)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"1", b'"email"'])
async def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    """The body is a JSON object, at either endpoint."""
    async with talking_to(Emulator(fleet=Fleet.of({REF: 5}))) as raw:
        assert (await raw.users(REF, body)).status == 400
        assert (await raw.customers(body)).status == 400


async def test_a_body_that_is_not_called_json_is_refused() -> None:
    """The content type is application/json, or it is a 415."""
    async with talking_to(Emulator(fleet=Fleet.of({REF: 5}))) as raw:
        (token,) = set(raw.bearers.values()) - {raw.bearers["elements.customers.read.all"]}
        headers = {"Authorization": f"Bearer {token}"}
        path = f"/partner/external/v3/general/{BATCH}"
        assert (await raw.send("POST", path, data="{}", headers=headers)).status == 415


async def test_an_unknown_tenant_is_not_found() -> None:
    """A stranger, and another customer's tenant, are a 404 in the gateway's form."""
    fleet = Fleet.of({REF: 5, ("c2", "t2"): 5})
    async with talking_to(Emulator(fleet=fleet)) as raw:
        reply = await raw.users(("c1", "t2"))
        assert reply.status == 404
        assert reply.json["errors"] == [
            {
                "code": "NotFound",
                "field": "tenantId",
                "message": "The tenant of this customer was not found.",
            }
        ]
        assert reply.json["requestId"] == reply.headers["request-id"]
        assert (await raw.users(("nobody", "t1"))).status == 404


@pytest.mark.parametrize("errors", ["brief", "html"])
async def test_refusals_come_in_other_forms_too(errors: str) -> None:
    """The gateway was seen with a brief body, and any gateway may answer HTML."""
    dialect = Dialect(errors="brief" if errors == "brief" else "html")
    async with talking_to(Emulator(fleet=Fleet.of({}), dialect=dialect)) as raw:
        reply = await raw.users(REF)
    assert reply.status == 404
    if errors == "brief":
        assert reply.json["statusCode"] == 404
    else:
        assert b"<title>404 Not Found</title>" in reply.body


@pytest.mark.parametrize("ids", [("a/b", "c d"), ("é", "100%"), ("..%2f", "?&#"), ("a%2Fb", "+")])
async def test_ids_are_one_segment_each_whatever_they_hold(ids: tuple[str, str]) -> None:
    """Percent-encoded ids are decoded once, and never split."""
    async with talking_to(Emulator(fleet=Fleet.of({ids: 1}))) as raw:
        assert (await raw.users(ids)).status == 200
        recorded = raw.emulator.requests[-1]
    assert (recorded.customer_id, recorded.tenant_id) == ids


@pytest.mark.parametrize(
    "path",
    ["/", "/connect", "/partner/external/v3/general/customers/c1/tenants/t1/", "/connect/token/"],
)
async def test_other_paths_are_not_found(path: str) -> None:
    """The service has the addresses it has, and no other."""
    async with talking_to(Emulator(fleet=Fleet.of({REF: 1}))) as raw:
        assert (await raw.send("POST", path)).status == 404
        assert raw.emulator.requests[-1].kind == "other"


async def test_the_endpoints_take_post_alone() -> None:
    """A GET is a 405, as for any query sent by POST."""
    async with talking_to(Emulator(fleet=Fleet.of({REF: 1}))) as raw:
        reply = await raw.send("GET", f"/partner/external/v3/general/{BATCH}")
    assert (reply.status, reply.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"email": "B@X"}, ["b@x"]),
        ({"email": "nobody@x"}, []),
        ({"email": ""}, ["a@x", "b@x", "c@x"]),
        ({"email": None}, ["a@x", "b@x", "c@x"]),
        ({"userEmails": ["c@x", "A@x", "nobody@x"]}, ["a@x", "c@x"]),
        ({"userEmails": []}, ["a@x", "b@x", "c@x"]),
        ({"email": "a@x", "userEmails": ["a@x"]}, ["a@x"]),
        ({"email": "a@x", "userEmails": ["b@x"]}, []),
        ({"unknown": "a@x"}, ["a@x", "b@x", "c@x"]),
    ],
)
async def test_filters_narrow_without_regard_to_case(
    body: dict[str, object], found: list[str]
) -> None:
    """Either spelling of the filter works; an empty one filters nothing; the total is theirs."""
    async with talking_to(Emulator(fleet=Fleet.of({REF: ["a@x", "b@x", "c@x"]}))) as raw:
        page = await raw.users(REF, body)
    assert (page.emails, page.json["metadata"]["totalCount"]) == (found, len(found))


async def test_made_up_users_are_filtered_like_others() -> None:
    """Of a million users the asked ones are found, in their order, and strangers are not."""
    fleet = Fleet.of({REF: 1_000_000})
    users = fleet.users(REF)
    asked = [users[900_000].email.upper(), users[5].email, "nobody@x", "ada.ito5@x", "a2000000@x"]
    async with talking_to(Emulator(fleet=fleet)) as raw:
        page = await raw.users(REF, {"userEmails": asked})
    assert page.emails == [users[5].email, users[900_000].email]


@pytest.mark.parametrize(
    "body", [{"email": 5}, {"email": ["a@x"]}, {"userEmails": "a@x"}, {"userEmails": [None]}]
)
async def test_a_filter_of_the_wrong_type_is_refused(body: dict[str, object]) -> None:
    """``email`` is a string, ``userEmails`` a list of strings."""
    async with talking_to(Emulator(fleet=Fleet.of({REF: ["a@x"]}))) as raw:
        assert (await raw.users(REF, body)).status == 400


async def test_customers_are_listed_with_their_tenants() -> None:
    """Every documented member is there, and names may be null."""
    acme = Customer("c1", "Acme", "o@acme", 5, None, 1, (Tenant("t1", "One"), Tenant("t2")))
    async with talking_to(Emulator(fleet=Fleet.of({}, customers=[acme]))) as raw:
        reply = await raw.customers()
    assert reply.json == {
        "data": [
            {
                "id": "c1",
                "organization": "Acme",
                "ownerEmail": "o@acme",
                "jobStatus": 5,
                "countryOrRegion": None,
                "managementMode": 1,
                "tenants": [{"id": "t1", "name": "One"}, {"id": "t2", "name": None}],
            }
        ],
        "metadata": {"pageIndex": 1, "pageSize": 50, "totalCount": 1},
    }


async def test_customers_page_and_filter_like_users() -> None:
    """The same query, the same envelope, and ``customerIds`` without regard to case."""
    fleet = Fleet.generate(seed=3, customers=7)
    ids = [customer.id for customer in fleet.customers()]
    async with talking_to(Emulator(fleet=fleet)) as raw:
        second = (await raw.customers(pageIndex=2, pageSize=5)).json
        asked = (await raw.customers({"customerIds": [ids[3].upper(), ids[1]]})).json
        wrong = await raw.customers({"customerIds": ids[0]})
    assert [row["id"] for row in second["data"]] == ids[5:]
    assert [row["id"] for row in asked["data"]] == [ids[1], ids[3]]
    assert wrong.status == 400


async def test_an_edit_shows_on_the_next_page() -> None:
    """Rows may come and go between two requests, and pages made before are not served again."""
    fleet = Fleet.of({REF: ["a@x", "b@x"]})
    async with talking_to(Emulator(fleet=fleet)) as raw:
        assert (await raw.users(REF)).emails == ["a@x", "b@x"]
        fleet.insert(REF, 1, "new@x")
        assert (await raw.users(REF)).emails == ["a@x", "new@x", "b@x"]
        assert fleet.remove(REF, 0).email == "a@x"
        assert (await raw.users(REF)).emails == ["new@x", "b@x"]


async def test_only_so_many_encoded_pages_are_kept() -> None:
    """The oldest page leaves first, and pages are the same whether kept or made anew."""
    fleet = Fleet.of({REF: 6})
    async with talking_to(Emulator(fleet=fleet, page_cache=2)) as raw:
        order = [1, 2, 1, 3, 2, 1]
        seen = [(await raw.users(REF, pageIndex=index, pageSize=2)).emails for index in order]
    whole = [user.email for user in fleet.users(REF)]
    assert seen == [whole[2 * index - 2 : 2 * index] for index in order]
