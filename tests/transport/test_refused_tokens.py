"""Tokens that the API refuses: which of them are sent again, and when it is the end of all."""

import pytest

from avepoint_async.errors import AuthenticationError, NotFoundError
from avepoint_async.testing import Fault
from tests.conftest import Served


async def refused(served: Served) -> bool:
    """Let a call meet two refusals; whether its error is the end of all others, too."""
    served.emulator.script(Fault.status(401), times=2)
    with pytest.raises(AuthenticationError) as caught:
        await served.users().count()
    return caught.value.fatal


async def test_a_token_that_was_refused_is_never_sent_again(served: Served) -> None:
    """Neither the one at hand nor the fresh one: each of three requests has its own."""
    assert await refused(served)
    assert await served.users().count() == 3
    bearers = [request.headers["Authorization"] for request in served.emulator.api_requests]
    assert len(set(bearers)) == len(bearers) == 3
    assert len(served.emulator.token_requests) == served.client.stats.refreshes == 3


async def test_a_token_that_is_taken_ends_the_row(served: Served) -> None:
    """Only the third refusal in a row ends all: whatever is accepted in between begins anew."""
    for _ in range(3):
        assert await served.users().count() == 3
        assert [await refused(served), await refused(served)] == [False, False]
    assert await refused(served)


async def test_an_error_takes_the_token_too(served: Served) -> None:
    """Whoever answers anything but 401 has let the token in, be it with an error."""
    for _ in range(2):
        served.emulator.script(Fault.status(404))
        with pytest.raises(NotFoundError):
            await served.users().count()
        assert [await refused(served), await refused(served)] == [False, False]
