"""An asynchronous generator is iterated by synchronous code, and leaves nothing behind."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator

import pytest

from avepoint_async.spark.thread import iterate


@pytest.fixture(autouse=True)
def nothing_is_left(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """After each test the threads are those of before, and nobody complained."""
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before
    assert capfd.readouterr().err == ""


async def count(to: int, seen: list[str]) -> AsyncGenerator[int, None]:
    """Numbers, each after a turn of the loop; notes how it ends."""
    try:
        for number in range(to):
            await asyncio.sleep(0)
            yield number
        seen.append("end")
    finally:
        await asyncio.sleep(0)
        seen.append("closed")


def test_items_come_in_order() -> None:
    """Everything that the generator gives, and its end."""
    seen: list[str] = []
    assert list(iterate(count(5, seen))) == [0, 1, 2, 3, 4]
    assert seen == ["end", "closed"]


def test_an_error_comes_as_it_is() -> None:
    """What the generator raises is raised where it is iterated, after what came before."""

    async def failing() -> AsyncGenerator[int, None]:
        yield 1
        message = "no more"
        raise LookupError(message)

    items = iterate(failing())
    assert next(items) == 1
    with pytest.raises(LookupError, match="no more"):
        next(items)


def test_closing_early_closes_the_generator() -> None:
    """Its own `finally` has run, to the end, when closing returns."""
    seen: list[str] = []
    items = iterate(count(1000, seen))
    assert next(items) == 0
    items.close()
    assert seen == ["closed"]


def test_closing_ends_a_generator_that_waits() -> None:
    """A generator in the middle of an await is cancelled there."""
    seen: list[str] = []
    waiting = threading.Event()

    async def stuck() -> AsyncGenerator[int, None]:
        yield 1
        try:
            waiting.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    items = iterate(stuck())
    assert next(items) == 1
    assert waiting.wait(60)
    items.close()
    assert seen == ["cancelled"]


def test_an_error_that_nobody_asked_for_any_more_is_no_noise() -> None:
    """The item ahead failed, and the consumer stops before it hears of it."""
    failed = threading.Event()

    async def failing() -> AsyncGenerator[int, None]:
        yield 1
        failed.set()
        raise LookupError

    items = iterate(failing())
    assert next(items) == 1
    assert failed.wait(60)
    items.close()


def test_an_iterator_that_was_never_begun_needs_no_loop() -> None:
    """Nothing is started before the first item is wanted."""
    seen: list[str] = []
    generator = count(1, seen)
    iterate(generator).close()
    assert seen == []
    asyncio.run(generator.aclose())


def test_the_loop_goes_on_while_an_item_is_consumed() -> None:
    """What the generator has started makes progress, though nobody asks for the next item."""
    beats = threading.Semaphore(0)

    async def beating() -> AsyncGenerator[int, None]:
        async def beat() -> None:
            for _ in range(50):
                beats.release()
                await asyncio.sleep(0)

        task = asyncio.create_task(beat())
        yield 1
        await asyncio.wait([task])

    items = iterate(beating())
    assert next(items) == 1
    for _ in range(50):
        assert beats.acquire(timeout=60)
    assert list(items) == []
