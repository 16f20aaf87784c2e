"""What makes no sense is refused at once, and nothing is sent."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from avepoint_async import TenantRef
from avepoint_async.errors import ConfigurationError
from tests.fanout.conftest import ServeFleet, Site, all_of, strays


@pytest.fixture
async def site(serve_fleet: ServeFleet) -> AsyncIterator[Site]:
    """After each test the client still works, and has sent nothing before."""
    site = await serve_fleet(3)
    yield site
    assert not site.emulator.requests
    assert not strays()
    assert await all_of(site.across()) == site.whole


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"concurrency": 0}, "concurrency must be a whole number of at least 1; got 0"),
        ({"concurrency": -1}, "got -1"),
        ({"concurrency": True}, "got True"),
        ({"concurrency": "3"}, "got '3'"),
        ({"concurrency": 1.5}, "got 1.5"),
        ({"on_error": "ignore"}, "on_error must be one of defer, skip, raise; got 'ignore'$"),
        ({"on_error": None}, "got None"),
        ({"on_error": ["skip"]}, r"got \['skip'\]"),
        ({"page_size": 0}, "page_size"),
        ({"page_size": "100"}, "page_size"),
        ({"emails": []}, "emails"),
        ({"emails": [None]}, "emails"),
    ],
)
async def test_options_that_make_no_sense(site: Site, options: Any, said: str) -> None:
    """The error names the option and its value, when the fan-out is made."""
    with pytest.raises(ConfigurationError, match=said):
        site.across(**options)


@pytest.mark.parametrize("source", [None, 7, "c/t", TenantRef("c", "t"), object()])
async def test_a_source_that_cannot_be_iterated(site: Site, source: Any) -> None:
    """It is refused when the fan-out is made."""
    with pytest.raises(ConfigurationError, match="tenants must be an iterable"):
        site.client.protected_users_across(source)


async def test_iterated_before_it_was_entered(site: Site) -> None:
    """Outside of `async with` there is nobody to end the tasks, so none is started."""
    fleet = site.across()
    with pytest.raises(
        ConfigurationError, match=r"^a fan-out is iterated inside its `async with`$"
    ):
        aiter(fleet)
    with pytest.raises(
        ConfigurationError, match=r"^a fan-out is iterated inside its `async with`$"
    ):
        fleet.pages()


async def test_iterated_after_it_was_left(site: Site) -> None:
    """What was left is over."""
    async with site.across([]) as fleet:
        pass
    with pytest.raises(
        ConfigurationError, match=r"^a fan-out is iterated inside its `async with`$"
    ):
        aiter(fleet)


async def test_iterated_twice(site: Site) -> None:
    """A second iteration would get what the first one left, whichever way it is made."""
    async with site.across([]) as fleet:
        assert [page async for page in fleet.pages()] == []
        with pytest.raises(
            ConfigurationError, match=r"^a fan-out is iterated once: make a new one$"
        ):
            fleet.pages()
        with pytest.raises(
            ConfigurationError, match=r"^a fan-out is iterated once: make a new one$"
        ):
            aiter(fleet)


async def test_entered_twice(site: Site) -> None:
    """Neither inside itself nor again afterwards."""
    fleet = site.across([])
    async with fleet:
        with pytest.raises(
            ConfigurationError, match=r"^a fan-out is entered once: make a new one$"
        ):
            await fleet.__aenter__()
    with pytest.raises(ConfigurationError, match=r"^a fan-out is entered once: make a new one$"):
        await fleet.__aenter__()
