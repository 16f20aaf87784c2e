"""Asks the token address for tokens: one for each set of scopes, one refresh at a time.

Built and parsed with authlib, sent through the same aiohttp session as the API's requests, so
that proxies and certificate authorities hold for both. While a token works nobody waits for the
next one: it is renewed in the background from when it is stale.
"""

import asyncio
import copy
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import parse_qs

import aiohttp
import attrs
import orjson
from authlib.oauth2.rfc6749.parameters import prepare_token_request

from avepoint_async.auth.credentials import Credential
from avepoint_async.auth.secret import Secret
from avepoint_async.auth.token import NOTHING_ISSUED, AccessToken, join_scopes, token_from_reply
from avepoint_async.errors import (
    ApiError,
    AuthenticationError,
    AvePointError,
    ResponseError,
    TransportError,
)
from avepoint_async.transport.answer import error_from_answer, redact, shorten
from avepoint_async.transport.attempts import Attempts
from avepoint_async.transport.exchange import Answer, answer_to, time_outs
from avepoint_async.transport.retry import RETRYABLE_STATUSES, RetryPolicy

logger = logging.getLogger(__name__)

Scopes = frozenset[str]


@attrs.define(eq=False)
class _Lease:
    """The token of one set of scopes, and the refresh that is under way for it."""

    token: AccessToken | None = None
    refresh: "asyncio.Task[AccessToken] | None" = None
    quiet_until: float = 0.0


class TokenSource:
    """Keeps a working token for each set of scopes.

    Args:
        credential: who asks.
        token_url: the token address.
        policy: how often and how long a token is asked for.
        http: the session to ask through.
        clock: monotonic, in seconds.

    Attributes:
        refreshes: tokens asked for so far, retries not counted.
    """

    def __init__(
        self,
        *,
        credential: Credential,
        token_url: str,
        policy: RetryPolicy,
        http: Callable[[], aiohttp.ClientSession],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.refreshes = 0
        self._credential = credential
        self._token_url = token_url
        self._policy = policy
        self._http = http
        self._clock = clock
        self._leases: dict[Scopes, _Lease] = {}

    async def get(self, scopes: Scopes) -> AccessToken:
        """A token that works, at once while there is one.

        Raises:
            AuthenticationError: the token address refused; so it would every other caller.
            TransportError, ApiError: it stayed unusable over all attempts.
            ConfigurationError: the scopes together are too long.
        """
        lease = self._leases.setdefault(scopes, _Lease())
        now = self._clock()
        token = lease.token
        if token is not None and not token.is_expired(now):
            if token.is_stale(now) and lease.refresh is None and now >= lease.quiet_until:
                self._start_refresh(scopes, lease)
            return token
        return await self._join_refresh(scopes, lease)

    def drop(self, scopes: Scopes, token: AccessToken) -> None:
        """Forget ``token``, which was refused; a newer one stays."""
        lease = self._leases[scopes]
        if lease.token is token:
            lease.token = None

    async def close(self) -> None:
        """End the refreshes that are under way."""
        tasks = [lease.refresh for lease in self._leases.values() if lease.refresh is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._leases.clear()

    async def _join_refresh(self, scopes: Scopes, lease: _Lease) -> AccessToken:
        task = lease.refresh or self._start_refresh(scopes, lease)
        try:
            # Shielded: a waiter that is cancelled leaves the refresh to those who still wait.
            return await asyncio.shield(task)
        except AvePointError as error:
            # Each waiter gets an error of its own, to which its own traceback is attached.
            own = copy.copy(error)
            raise own from error.__cause__

    def _start_refresh(self, scopes: Scopes, lease: _Lease) -> "asyncio.Task[AccessToken]":
        scope = join_scopes(scopes)
        self.refreshes += 1
        task = asyncio.create_task(self._refresh(scope), name="avepoint_async token refresh")
        lease.refresh = task
        task.add_done_callback(lambda done: self._settle(lease, done))
        return task

    def _settle(self, lease: _Lease, task: "asyncio.Task[AccessToken]") -> None:
        lease.refresh = None
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            lease.token = task.result()
        elif lease.token is not None:
            # The old token still works. Nobody is told yet; the next try waits for half of what
            # is left, so that a dead token address is not asked anew for every call.
            now = self._clock()
            lease.quiet_until = now + (lease.token.expires_at - now) / 2
            logger.warning("token refresh failed, the old token is used on: %s", error)

    async def _refresh(self, scope: str) -> AccessToken:
        attempts = Attempts(self._policy, self._clock)
        while True:
            try:
                return await self._ask(scope, attempts.begin())
            except (ApiError, TransportError) as error:
                pause = attempts.pause_after(error)
                if pause is None:
                    error.fatal = True
                    raise
                logger.info("token request is sent again in %.1f s: %s", pause, error)
                await attempts.pause(pause)
            except ResponseError:  # whose advice is for pages
                raise AuthenticationError(NOTHING_ISSUED) from None

    async def _ask(self, scope: str, seconds: float) -> AccessToken:
        body = prepare_token_request("client_credentials", scope=scope)
        # Signed anew each time: an assertion is good for one request.
        form = self._credential.sign(self._token_url, body)
        asked_at = self._clock()
        answer = await self._post(form, seconds)
        if not answer.ok:
            raise _refusal(answer, form)
        return token_from_reply(Secret(_parse(answer.body)), asked_at=asked_at)

    async def _post(self, form: Secret[str], seconds: float) -> Answer:
        return await answer_to(
            self._http().post(
                self._token_url,
                data=form.reveal().encode(),
                headers={
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Accept": "application/json",
                },
                allow_redirects=False,
                raise_for_status=False,
                timeout=time_outs(self._policy.connect_timeout, self._policy.read_timeout, seconds),
            )
        )


def _parse(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _refusal(answer: Answer, form: Secret[str]) -> AvePointError:
    """The error of RFC 6749, section 5.2, or whatever else a status that is no success means."""
    secrets = _secrets(form)
    if answer.status in RETRYABLE_STATUSES or answer.status < 400 or answer.status >= 500:
        return error_from_answer(
            answer.status,
            answer.headers,
            answer.body,
            now=datetime.now(UTC),
            secrets=secrets.reveal(),
        )
    reply = _words(answer.body)
    error, description = (
        shorten(redact(reply[name], secrets.reveal())) if name in reply else None
        for name in ("error", "error_description")
    )
    said = ": ".join(filter(None, (error, description))) or "it does not say why"
    message = f"the token endpoint refused the credential ({answer.status}): {said}"
    return AuthenticationError(message, error=error, description=description)


def _words(body: bytes) -> dict[str, str]:
    """The members of a JSON object that are strings; none if it is no object."""
    reply = _parse(body)
    members = cast("dict[str, Any]", reply) if isinstance(reply, dict) else {}
    return {name: value for name, value in members.items() if isinstance(value, str)}


def _secrets(form: Secret[str]) -> Secret[list[str]]:
    """What of the form a server must not repeat."""
    names = ("client_secret", "client_assertion")
    return Secret([value for name in names for value in parse_qs(form.reveal()).get(name, ())])
