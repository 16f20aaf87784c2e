"""The session manager: one call of the API, until it succeeds or is hopeless.

A call passes these functions, the outermost first:

* `send` checks that the client can be used, and ends the call when the client is closed
* `exchange.retry.retry` sends it again after errors that may pass; a pause holds no slot
* `_reauthenticate` sends it once more, with a new token, after a 401
* `_send_in_slot` takes a slot at the pace of the client, and gives it back
* `exchange.send.send` sends the request and reads the whole body

The body is decoded by the caller, when the slot is free again. What of an answer counts as a
refusal, how long a wait it may ask for, and the secrets of a request stand here, too.
"""

import asyncio
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext
from functools import partial
from http import HTTPStatus

import aiohttp
import attrs
from yarl import URL

from avepoint_async.auth.credentials import Credential
from avepoint_async.auth.environment import Environment
from avepoint_async.auth.token import AccessToken
from avepoint_async.auth.token_source import TokenSource
from avepoint_async.errors import AvePointError, bare
from avepoint_async.exchange.answer import Answer
from avepoint_async.exchange.connections import Connections, closed_error
from avepoint_async.exchange.retry import Attempts, RetryPolicy, retry
from avepoint_async.exchange.retry_after import retry_after
from avepoint_async.exchange.send import Request, send, time_outs
from avepoint_async.exchange.statuses import error_from_answer
from avepoint_async.transport.affinity import LoopAffinity
from avepoint_async.transport.call import Call
from avepoint_async.transport.circuit import Circuit
from avepoint_async.transport.quota import Quota, Tally
from avepoint_async.transport.refused_tokens import RefusedTokens
from avepoint_async.transport.stats import Stats
from avepoint_async.transport.throttle import Throttle

_THROTTLED = frozenset({429, 503})

_PATIENCE = 2
"""Deadlines of trying after which an API that answers nobody is given up."""


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
        self._connections = Connections(http)
        self._tokens = TokenSource(
            credential=credential,
            token_url=environment.token_url,
            policy=policy,
            connections=self._connections,
            clock=clock,
        )
        self._graph_url = environment.graph_url
        self._policy = policy
        self._throttle = throttle
        self._clock = clock
        self._tally = Tally()
        self._received = 0
        self._circuit = Circuit(_PATIENCE * policy.deadline, clock)
        self._refused_tokens = RefusedTokens()
        self._affinity = LoopAffinity()
        self._closed = False
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
            held_for=self._throttle.held_for,
        )

    def address(self, path: str) -> str:
        """Where a path of the API is; its ids are encoded already."""
        return self._graph_url + path

    async def send(self, call: Call) -> Answer:
        """A successful answer to the call.

        Raises:
            ClientClosedError: the client is closed, or is closed meanwhile.
            AuthenticationError, ApiError, TransportError: see their own texts.
            ResponseError: a body without an end.
            ConfigurationError: the client is used in another event loop, or the caller's session
                cannot send.
        """
        self._check_usable()
        # No time-out of its own: this is the handle by which `close` ends the call.
        scope = asyncio.timeout(None)
        self._under_way.add(scope)
        try:
            async with scope:
                return await retry(
                    partial(self._reauthenticate, call),
                    Attempts(self._policy, self._clock, call.about),
                    pausing=partial(self._pausing, call.quota),
                )
        except TimeoutError:
            pass  # raised below, where no context shows the frames of aiohttp and the token
        except AvePointError as error:
            raise bare(error) from error.__cause__
        finally:
            self._under_way.discard(scope)
            if not self._under_way:
                self._idle.set()
        raise closed_error()

    async def close(self) -> None:
        """End what is under way with `ClientClosedError` and close what we opened; repeatable."""
        can_wait, closed = self._affinity.can_wait(), self._closed
        self._closed = True
        if can_wait:
            await self._end_calls(begin=not closed)
            await self._tokens.close()
        if self._affinity.is_own_process:
            await self._connections.close()

    async def _end_calls(self, *, begin: bool) -> None:
        now = asyncio.get_running_loop().time()
        for scope in self._under_way if begin else ():
            scope.reschedule(now)
        while self._under_way:
            self._idle.clear()
            await self._idle.wait()

    def _check_usable(self) -> None:
        if self._closed:
            raise closed_error()
        self._connections.check_open()
        self._affinity.bind()

    @contextmanager
    def _pausing(self, quota: Quota | None) -> Generator[None]:
        with self._circuit.trying(), quota.pause() if quota else nullcontext():
            yield

    async def _reauthenticate(self, call: Call, attempts: Attempts) -> Answer:
        """One attempt, with one new token if the one at hand is refused."""
        answer, token = await self._send_in_slot(call, attempts)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._tokens.drop(call.scopes, token)
            attempts.uncount()
            answer, token = await self._send_in_slot(call, attempts)
        if answer.ok:
            return answer
        # A gateway may show what it was sent.
        error = error_from_answer(answer, secrets=[token.value.reveal()])
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._tokens.drop(call.scopes, token)
            raise self._refused_tokens.refused(token, error)
        raise error

    async def _send_in_slot(self, call: Call, attempts: Attempts) -> tuple[Answer, AccessToken]:
        """One send, in a slot of the fan-out and one of the client; its outcome sets the pace."""
        token = await self._tokens.get(call.scopes)
        stamp = await self._throttle.acquire(call.key, call.quota, attempts.held)
        try:
            if token.is_expired(self._clock()):  # the queue was longer than its life
                token = await self._tokens.get(call.scopes)
            request, seconds = self._next_request(call, attempts, token)
            with self._circuit.sending():
                answer = await send(self._connections.session_for(request.url), request, seconds)
            if answer.status in _THROTTLED:
                asked = retry_after(answer)
                # Nobody need wait for longer than a call lives.
                bound = None if asked is None else min(asked, self._policy.deadline)
                self._throttle.refused(bound, stamp, call.key)
            else:
                self._throttle.accepted(stamp, call.key)
        except AvePointError:
            self._throttle.unanswered(stamp)
            raise
        finally:
            self._throttle.release(call.quota)
        self._count_answer(call, answer)
        return answer, token

    def _next_request(
        self, call: Call, attempts: Attempts, token: AccessToken
    ) -> tuple[Request, aiohttp.ClientTimeout]:
        """What is sent next, and how long it may take; it is counted."""
        seconds = attempts.begin()
        for tally in self._tallies(call):
            tally.requests += 1
            tally.retries += attempts.sends > 1
        headers = {"Authorization": token.authorization, "Accept": "application/json"}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        request = Request(
            method=call.method,
            url=URL(f"{call.url}?{call.query}" if call.query else call.url, encoded=True),
            headers=headers,
            body=call.body,
            secrets=(token.value.reveal(),),
            about=call.about,
            attempt=attempts.sends,
        )
        policy = self._policy
        return request, time_outs(policy.connect_timeout, policy.read_timeout, seconds)

    def _count_answer(self, call: Call, answer: Answer) -> None:
        self._received += len(answer.body)
        if answer.status != HTTPStatus.UNAUTHORIZED:
            self._refused_tokens.accepted()
        for tally in self._tallies(call) if answer.status in _THROTTLED else ():
            tally.throttled += 1

    def _tallies(self, call: Call) -> tuple[Tally, ...]:
        return (self._tally, call.quota.tally) if call.quota else (self._tally,)
