"""The session manager: one request of the API, until it succeeds or is hopeless.

The only file that talks to the API. Each send takes a slot, sends, reads the whole body, and
gives the slot back; decoding is somebody else's work, and waiting to retry holds no slot.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from http import HTTPStatus

import aiohttp
import attrs
from yarl import URL

from avepoint_async.auth.credentials import Credential
from avepoint_async.auth.environment import Environment
from avepoint_async.auth.token import AccessToken
from avepoint_async.auth.token_source import TokenSource
from avepoint_async.errors import (
    ApiError,
    AuthenticationError,
    ClientClosedError,
    TransportError,
)
from avepoint_async.transport.answer import error_from_answer
from avepoint_async.transport.attempts import Attempts
from avepoint_async.transport.call import Call
from avepoint_async.transport.exchange import Answer, answer_to, time_outs
from avepoint_async.transport.home import Home
from avepoint_async.transport.lane import Tally
from avepoint_async.transport.retry import RetryPolicy, parse_retry_after
from avepoint_async.transport.stats import Stats
from avepoint_async.transport.throttle import Throttle

logger = logging.getLogger(__name__)

_THROTTLED = frozenset({429, 503})

_MOST_REFUSED = 3
"""Fresh tokens refused in a row after which no other is tried."""


class SessionManager:
    """Sends calls with a working token, at the pace of the service, and again if that may help.

    Args:
        credential: who asks.
        environment: which cloud is asked.
        throttle: the slots and the pace of the client.
        policy: how often and how long a call is tried.
        http: the caller's session, used and never closed; None: one of our own.
        clock: monotonic, in seconds.

    """

    def __init__(
        self,
        *,
        credential: Credential,
        environment: Environment,
        throttle: Throttle,
        policy: RetryPolicy,
        http: aiohttp.ClientSession | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tally = Tally()
        self._received = 0
        self._throttle = throttle
        self._tokens = TokenSource(
            credential=credential,
            token_url=environment.token_url,
            policy=policy,
            http=self._open_http,
            clock=clock,
        )
        self._graph_url = environment.graph_url
        self._policy = policy
        self._http = http
        self._owns_http = http is None
        self._clock = clock
        self._home = Home()
        self._closed = self._ever_accepted = False
        self._in_a_row = 0
        self._refused: AccessToken | None = None
        self._under_way: set[asyncio.Timeout] = set()
        self._idle = asyncio.Event()

    @property
    def stats(self) -> Stats:
        """The counters of now."""
        return Stats(
            **attrs.asdict(self._tally),
            refreshes=self._tokens.refreshes,
            received_bytes=self._received,
            in_flight=self._throttle.in_flight,
            waiting=self._throttle.waiting,
            pace=self._throttle.rate,
        )

    def address(self, path: str) -> URL:
        """Where a path of the API is; its ids are encoded already."""
        return URL(self._graph_url + path, encoded=True)

    async def send(self, call: Call) -> bytes:
        """The body of a successful answer.

        Raises:
            ClientClosedError: the client is closed, or is closed meanwhile.
            AuthenticationError, ApiError, TransportError: see their own texts.
        """
        self._check_usable()
        # No time-out of its own: this is the handle by which `close` ends the call.
        scope = asyncio.timeout(None)
        self._under_way.add(scope)
        try:
            async with scope:
                return await self._persist(call)
        except TimeoutError:
            pass  # raised below, where no context shows the frames of aiohttp and the token
        finally:
            self._under_way.discard(scope)
            if not self._under_way:
                self._idle.set()
        raise _closed_error()

    async def close(self) -> None:
        """End what is under way with `ClientClosedError` and close what we opened; repeatable."""
        here, closed = self._home.is_here(), self._closed
        self._closed = True
        if here:
            await self._end_calls(begin=not closed)
            await self._tokens.close()
        if self._owns_http and self._http is not None and self._home.is_ours:
            await self._http.close()

    async def _end_calls(self, *, begin: bool) -> None:
        now = asyncio.get_running_loop().time()
        for scope in self._under_way if begin else ():
            scope.reschedule(now)
        while self._under_way:
            self._idle.clear()
            await self._idle.wait()

    def _check_usable(self) -> None:
        if self._closed:
            raise _closed_error()
        if self._http is not None:
            self._open_http()
        self._home.settle()

    def _open_http(self) -> aiohttp.ClientSession:
        if self._http is not None and self._http.closed:  # by its owner, meanwhile
            raise _closed_error()
        if self._http is None:
            # The throttle bounds the connections; cookies would tie requests to each other.
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._http

    async def _persist(self, call: Call) -> bytes:
        attempts = Attempts(self._policy, self._clock)
        while True:
            try:
                return await self._authorized(call, attempts)
            except (ApiError, TransportError) as error:
                # What the token source gives up on, it has tried often enough.
                pause = None if error.fatal else attempts.pause_after(error)
                if pause is None:
                    raise
                logger.info("sent again in %.1f s: %s", pause, error)
            with call.lane.pause() if call.lane else nullcontext():
                await attempts.pause(pause)

    async def _authorized(self, call: Call, attempts: Attempts) -> bytes:
        """One attempt, with one new token if the one at hand is refused."""
        answer, token = await self._take_turn(call, attempts)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._tokens.drop(call.scopes, token)
            attempts.uncount()
            answer, token = await self._take_turn(call, attempts)
        if answer.ok:
            return answer.body
        error = _error(answer, token)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._tokens.drop(call.scopes, token)
            raise self._refusal(error, token)
        raise error

    def _refusal(self, error: ApiError, token: AccessToken) -> AuthenticationError:
        """The error for a fresh token that was refused.

        Fatal, unless the API took other tokens lately: one tenant, or a moment in which tokens
        were revoked, must not end the night of all the others. So does only the third fresh
        token in a row that is refused, or the first if none was ever taken.
        """
        message = f"the API refuses a token that was just issued: {error}"
        refusal = AuthenticationError(message, description=error.detail)
        self._in_a_row += token is not self._refused
        self._refused = token
        refusal.fatal = self._in_a_row >= _MOST_REFUSED or not self._ever_accepted
        return refusal

    async def _take_turn(self, call: Call, attempts: Attempts) -> tuple[Answer, AccessToken]:
        token = await self._tokens.get(call.scopes)
        async with call.lane.slots if call.lane else nullcontext():
            stamp = await self._throttle.acquire()
            try:
                if token.is_expired(self._clock()):  # the queue was longer than its life
                    token = await self._tokens.get(call.scopes)
                answer = await self._exchange(call, token, attempts)
                self._tell_throttle(call, answer, stamp)
            finally:
                self._throttle.release()
        return answer, token

    async def _exchange(self, call: Call, token: AccessToken, attempts: Attempts) -> Answer:
        seconds = attempts.begin()
        self._count(call, attempts)
        answer = await answer_to(
            self._open_http().post(
                call.url.with_query(call.query),
                data=call.body,
                headers={
                    "Authorization": token.authorization,
                    "Content-Type": "application/json",
                    "Accept": "application/json",
                },
                allow_redirects=False,
                raise_for_status=False,
                timeout=time_outs(self._policy.connect_timeout, self._policy.read_timeout, seconds),
                trace_request_ctx={**call.about, "attempt": attempts.sends},
            )
        )
        self._received += len(answer.body)
        if answer.status != HTTPStatus.UNAUTHORIZED:
            self._ever_accepted, self._in_a_row = True, 0
        return answer

    def _count(self, call: Call, attempts: Attempts) -> None:
        for tally in self._tallies(call):
            tally.requests += 1
            tally.retries += attempts.sends > 1

    def _tell_throttle(self, call: Call, answer: Answer, stamp: int) -> None:
        if answer.status not in _THROTTLED:
            self._throttle.accepted(stamp)
            return
        for tally in self._tallies(call):
            tally.throttled += 1
        asked = parse_retry_after(answer.headers.get("Retry-After"), now=datetime.now(UTC))
        # Who met a longer wait gives up; the others need not wait longer than they live.
        self._throttle.refused(None if asked is None else min(asked, self._policy.deadline), stamp)

    def _tallies(self, call: Call) -> tuple[Tally, ...]:
        return (self._tally, call.lane.tally) if call.lane else (self._tally,)


def _closed_error() -> ClientClosedError:
    return ClientClosedError("the client is closed: make a new one")


def _error(answer: Answer, token: AccessToken) -> ApiError:
    return error_from_answer(
        answer.status,
        answer.headers,
        answer.body,
        now=datetime.now(UTC),
        secrets=[token.value.reveal()],  # a gateway may show what it was sent
    )
