"""The tasks of a fan-out: how they are started, and that they keep the first error."""

import asyncio
import contextvars
from itertools import count

from avepoint_async.paging.source import ReadAhead
from avepoint_async.paging.tasks import TaskGroup

seen_by = contextvars.ContextVar("seen_by", default="nobody")


async def test_the_first_error_is_kept() -> None:
    """Another that comes while the tasks are ended is not the reason why they are."""
    told: list[BaseException] = []
    tasks = TaskGroup(on_end=lambda: None, on_failure=told.append)
    first, second = LookupError("first"), LookupError("second")
    tasks.fail(first)
    tasks.fail(second)
    await tasks.end()
    assert tasks.error is first
    assert told == [first]


async def test_each_end_is_told_and_what_still_runs_is_cancelled() -> None:
    """A task that ended well makes room for another; one that was cancelled does not."""
    ended: asyncio.Queue[int] = asyncio.Queue()
    tasks = TaskGroup(on_end=lambda: ended.put_nowait(len(tasks)), on_failure=lambda _: None)
    tasks.enter_context()
    for seconds in (0, 0, 1000):
        tasks.start(asyncio.sleep(seconds))
    assert (len(tasks), tasks.ending) == (3, False)
    async with asyncio.timeout(60):
        assert [await ended.get(), await ended.get()] == [2, 1]
    await tasks.end()
    assert (len(tasks), tasks.ending, ended.qsize()) == (0, True, 0)
    assert tasks.error is None


async def test_a_task_runs_in_the_context_that_was_entered() -> None:
    """Each in a copy of its own, whoever starts it; its name tells whose it is."""
    ended: asyncio.Queue[None] = asyncio.Queue()
    tasks = TaskGroup(on_end=lambda: ended.put_nowait(None), on_failure=lambda _: None)
    found: list[tuple[str, str]] = []

    async def look(name: str) -> None:
        task = asyncio.current_task()
        found.append((seen_by.get(), task.get_name() if task else ""))
        seen_by.set(name)

    seen_by.set("who enters")
    tasks.enter_context()
    seen_by.set("who starts")
    for name in ("one", "two"):
        tasks.start(look(name))
    async with asyncio.timeout(60):
        await ended.get()
        await ended.get()
    assert found == [("who enters", "avepoint_async fan-out")] * 2
    assert seen_by.get() == "who starts"
    await tasks.end()


async def test_a_source_is_read_no_further_once_it_is_stopped() -> None:
    """Two references ahead, as they are taken, and none after that, though it has no end."""
    read = asyncio.Event()
    source = ReadAhead(count(), lambda item, _: str(item), most=2, on_read=read.set)
    async with asyncio.timeout(60):
        reading = asyncio.create_task(source.read())
        for expected in (["0", "1"], ["1", "2"]):
            while len(source.waiting) < 2:
                read.clear()
                await read.wait()
            assert list(source.waiting) == expected
            assert source.take() == expected[0]
        source.stop()
        await reading
    assert not source.exhausted
    assert list(source.waiting) in (["2"], ["2", "3"])
