"""A pager: every way to read it, and every way to leave it."""

import asyncio
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from avepoint_async import ProtectedUser
from avepoint_async.errors import AvePointError, NotFoundError, PermissionDeniedError, ServerError
from avepoint_async.exchange.retry import RetryPolicy
from avepoint_async.paging.pager import Pager
from avepoint_async.testing import Dialect, Fault
from tests.conftest import CUSTOMER, TENANT, Serve


def emails(users: list[ProtectedUser]) -> list[str]:
    """The addresses of users, in order."""
    return [user.email for user in users]


async def take(pager: Pager[ProtectedUser], number: int) -> list[ProtectedUser]:
    """The first ``number`` users; the loop is left as soon as they are there."""
    taken: list[ProtectedUser] = []
    async for user in pager:
        if len(taken) == number:
            break
        taken.append(user)
    return taken


async def left_behind(before: "set[asyncio.Task[Any]]") -> "set[asyncio.Task[Any]]":
    """Tasks that were not there before, once what ends at once has ended."""
    for _ in range(3):  # a generator that is left is closed within two turns of the loop
        await asyncio.sleep(0)
    return asyncio.all_tasks() - before


async def test_250_users_take_three_requests(serve: Serve) -> None:
    """Pages of a hundred, asked for in order; the total spares the request past the end."""
    served = await serve(250)
    assert emails(await served.users().collect()) == served.emails
    assert served.asked == [1, 2, 3]
    assert {request.page_size for request in served.emulator.api_requests} == {100}
    assert len(served.emulator.token_requests) == 1


async def test_a_page_is_asked_for_when_the_one_before_is_used_up(serve: Serve) -> None:
    """A consumer that stops early costs no request that it did not need."""
    served = await serve(250)
    assert emails(await take(served.users(), 99)) == served.emails[:99]
    assert served.asked == [1]
    assert emails(await take(served.users(), 100)) == served.emails[:100]
    assert served.asked == [1, 1, 2]


async def test_a_pager_can_be_iterated_again(serve: Serve) -> None:
    """Each iteration starts at the start and sees the list as it is then."""
    served = await serve(5)
    pager = served.users(page_size=2)
    assert len(await take(pager, 3)) == 3
    assert emails(await pager.collect()) == served.emails
    served.insert(0, "new@x.example")
    assert emails(await pager.collect()) == served.emails
    assert len(served.emails) == 6


async def test_a_pager_can_be_iterated_side_by_side(serve: Serve) -> None:
    """Iterations share nothing but the client."""
    served = await serve(7)
    pager = served.users(page_size=2)
    for users in await asyncio.gather(*(pager.collect() for _ in range(5))):
        assert emails(users) == served.emails


async def test_pages_come_with_their_place(serve: Serve) -> None:
    """Pages in order, with index, size and total; the last one says so."""
    served = await serve(5, page_size_limit=2)
    pages = [page async for page in served.users().pages()]
    assert [user.email for page in pages for user in page.items] == served.emails
    assert [len(page.items) for page in pages] == [2, 2, 1]
    places = [(page.index, page.size, page.total_count, page.last) for page in pages]
    assert places == [(1, 2, 5, False), (2, 2, 5, False), (3, 2, 5, True)]


async def test_an_empty_tenant_has_one_empty_last_page(serve: Serve) -> None:
    """No users are no error, and one request."""
    served = await serve(0)
    (page,) = [page async for page in served.users().pages()]
    assert (page.items, page.total_count, page.last) == ((), 0, True)
    assert await served.users().collect() == []
    assert served.asked == [1, 1]


async def test_a_walk_can_start_at_a_later_page(serve: Serve) -> None:
    """What a walk that ended early did not deliver can be fetched from there."""
    served = await serve(250)
    assert emails(await served.users(start_page=2).collect()) == served.emails[100:]
    assert emails(await served.users(start_page=3).collect()) == served.emails[200:]
    assert await served.users(start_page=4).collect() == []
    assert served.asked == [2, 3, 3, 4]


@pytest.mark.parametrize("users", [0, 1, 250])
async def test_the_first_item_takes_one_request(serve: Serve, users: int) -> None:
    """The first, or None where there is none."""
    served = await serve(users)
    first = await served.users().first()
    assert emails([first] if first else []) == served.emails[:1]
    assert served.asked == [1]


@pytest.mark.parametrize("users", [0, 1, 250])
async def test_counting_takes_one_request(serve: Serve, users: int) -> None:
    """The first page tells the total."""
    served = await serve(users)
    assert await served.users().count() == users
    assert served.asked == [1]


async def test_without_a_total_all_are_counted(serve: Serve) -> None:
    """An early revision tells no total: the pages are walked twice, and each row counted once."""
    served = await serve(5, dialect=Dialect.bare_list())
    assert await served.users(page_size=2).count() == 5
    assert served.asked == [1, 2, 3, 4, 1, 2, 3, 4]


async def test_rows_that_shift_arrive_once(serve: Serve) -> None:
    """A user who comes before the cursor moves another to the next page, and is seen at last."""
    served = await serve(6)
    users = aiter(served.users(page_size=2))
    taken = [await anext(users), await anext(users)]
    before = served.emails
    served.insert(0, "new@x.example")
    taken += [user async for user in users]
    assert emails(taken) == [*before, "new@x.example"]


@pytest.mark.parametrize("number", [0, 1, 2, 3, 4, 5, 6])
async def test_a_pager_can_be_left_at_any_item(serve: Serve, number: int) -> None:
    """Nothing is left behind: no task, no request, no warning."""
    served = await serve(5)
    pager = served.users(page_size=2)
    await pager.collect()
    before = asyncio.all_tasks()
    assert emails(await take(pager, number)) == served.emails[:number]
    asked = len(served.asked)
    assert not await left_behind(before)
    assert (len(served.asked), served.emulator.in_flight) == (asked, 0)


async def test_a_consumer_s_own_error_comes_out_as_it_is(serve: Serve) -> None:
    """An error in the loop's body ends the loop and nothing else."""
    served = await serve(5)
    pager = served.users(page_size=2)
    await pager.collect()
    before = asyncio.all_tasks()
    wrong = ValueError("the consumer's own")

    def broken(_: ProtectedUser) -> NoReturn:
        raise wrong

    with pytest.raises(ValueError, match="own") as caught:
        [broken(user) async for user in pager]
    assert caught.value is wrong
    assert not await left_behind(before)
    assert emails(await pager.collect()) == served.emails


@pytest.mark.parametrize(
    "read", [Pager[ProtectedUser].collect, Pager[ProtectedUser].first, Pager[ProtectedUser].count]
)
@pytest.mark.parametrize("kind", ["token", "users"])
async def test_a_pager_can_be_cancelled_in_a_request(
    serve: Serve, kind: Any, read: Callable[[Pager[ProtectedUser]], Any]
) -> None:
    """A cancelled reader leaves no request and no slot behind, and the pager can be used on."""
    served = await serve(5, client={"concurrency": 1})
    served.emulator.hold(kind)
    reading = asyncio.create_task(read(served.users(page_size=2)))
    await served.emulator.arrived(1, kind)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await served.emulator.idle()
    served.emulator.release()
    assert emails(await served.users().collect()) == served.emails
    assert len(served.emulator.token_requests) == 1


async def test_a_pager_can_be_cancelled_on_any_page(serve: Serve) -> None:
    """Wherever it is cancelled, the pages before were delivered."""
    served = await serve(6)
    for number in (1, 2, 3):
        done = len(served.asked)
        served.emulator.script(*[Fault.delay(0)] * (number - 1), Fault.stall())
        taken: list[ProtectedUser] = []
        reading = asyncio.create_task(hand_over(served.users(page_size=2), taken.append))
        await served.emulator.arrived(done + number)
        reading.cancel()
        await asyncio.wait([reading])
        await served.emulator.idle()
        assert (reading.cancelled(), emails(taken)) == (True, served.emails[: 2 * number - 2])


async def hand_over(pager: Pager[ProtectedUser], deliver: Callable[[ProtectedUser], None]) -> None:
    """A consumer that is given what came before an error."""
    async for user in pager:
        deliver(user)


@pytest.mark.parametrize(
    ("status", "kind"), [(403, PermissionDeniedError), (404, NotFoundError), (500, ServerError)]
)
async def test_an_error_names_tenant_and_page(
    serve: Serve, status: int, kind: type[AvePointError]
) -> None:
    """What came before the page that failed was delivered."""
    served = await serve(250, client={"retry": RetryPolicy(attempts=1)})
    served.emulator.script(Fault.status(status), page=3)
    taken: list[ProtectedUser] = []
    with pytest.raises(kind) as caught:
        await hand_over(served.users(), taken.append)
    error = caught.value
    assert (error.customer_id, error.tenant_id, error.page_index) == (CUSTOMER, TENANT, 3)
    assert str(error).startswith(f"customer {CUSTOMER}, tenant {TENANT}, page 3: {status}")
    assert emails(taken) == served.emails[:200]
    # it can be resumed at the page that failed
    await hand_over(served.users(start_page=3), taken.append)
    assert emails(taken) == served.emails


async def test_a_pager_shows_what_it_asks_for(serve: Serve) -> None:
    """Its repr names record, tenant and page size."""
    served = await serve()
    assert repr(served.users(page_size=7)) == (
        f"Pager(ProtectedUser, customer_id='{CUSTOMER}', tenant_id='{TENANT}', page_size=7)"
    )
