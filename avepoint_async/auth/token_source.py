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
from typing import Any, cast
from urllib.parse import parse_qs

import attrs
from yarl import URL

from avepoint_async.auth.credentials import Credential
from avepoint_async.auth.token import (
    NOTHING_ISSUED,
    AccessToken,
    Scopes,
    join_scopes,
    token_from_reply,
)
from avepoint_async.errors import AuthenticationError, AvePointError, ResponseError, bare
from avepoint_async.exchange.answer import Answer
from avepoint_async.exchange.connections import Connections
from avepoint_async.exchange.redaction import redact
from avepoint_async.exchange.retry import (
    RETRYABLE_STATUSES,
    Attempts,
    RetryPolicy,
    may_retry,
    retry,
)
from avepoint_async.exchange.send import Request, send, time_outs
from avepoint_async.exchange.statuses import error_from_answer, parse_json, shorten

logger = logging.getLogger(__name__)

_PASSING = frozenset({"temporarily_unavailable", "slow_down"})
"""Refusals that pass (RFC 6749, section 4.1.2.1; RFC 8628, section 3.5)."""


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
        connections: the sessions to ask through.
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
        connections: Connections,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.refreshes = 0
        self._credential = credential
        self._token_url = URL(token_url)
        self._audience = token_url
        self._policy = policy
        self._connections = connections
        self._clock = clock
        self._leases: dict[Scopes, _Lease] = {}

    async def get(self, scopes: Scopes) -> AccessToken:
        """A token that works, at once while there is one.

        Raises:
            AuthenticationError: the token address refused; so it would every other caller.
            TransportError, ApiError: it stayed unusable over all attempts.
            ConfigurationError: the scopes together are too long.
        """
        lease = self._leases.get(scopes)
        if lease is None:
            lease = self._leases[scopes] = _Lease()
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
            own, cause = copy.copy(error), error.__cause__
        raise own from cause  # here, where no context holds the shared one

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
        attempts = Attempts(self._policy, self._clock, may_retry=_may_pass)
        try:
            return await retry(lambda attempts: self._ask(scope, attempts), attempts)
        except ResponseError:
            # A body without an end; its message suggests a smaller page_size.
            refusal = AuthenticationError(NOTHING_ISSUED)
        except AvePointError as error:
            # Whoever asks next would meet the same.
            error.fatal = True
            raise bare(error) from error.__cause__
        raise refusal

    async def _ask(self, scope: str, attempts: Attempts) -> AccessToken:
        # Imported here, since authlib takes a while and nobody needs it before the first token.
        from authlib.oauth2.rfc6749.parameters import (  # noqa: PLC0415
            prepare_token_request,
        )

        body = prepare_token_request("client_credentials", scope=scope)
        # Signed anew each time: an assertion is good for one request.
        form = self._credential.sign(self._audience, body).reveal()
        asked_at, seconds = self._clock(), attempts.begin()
        request = Request(
            method="POST",
            url=self._token_url,
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            },
            body=form.encode(),
            secrets=_secrets(form),
            about={},
            attempt=attempts.sends,
        )
        policy = self._policy
        answer = await send(
            self._connections.session_for(request.url),
            request,
            time_outs(policy.connect_timeout, policy.read_timeout, seconds),
        )
        if not answer.ok:
            raise _refusal(answer, request.secrets)
        return token_from_reply(_parse(answer.body), asked_at=asked_at)


def _may_pass(error: AvePointError) -> bool:
    if isinstance(error, AuthenticationError):
        return error.error in _PASSING
    return may_retry(error)


def _refusal(answer: Answer, secrets: tuple[str, ...]) -> AvePointError:
    """The error of RFC 6749, section 5.2, or what any other status stands for."""
    if answer.status in RETRYABLE_STATUSES or answer.status < 400 or answer.status >= 500:
        return error_from_answer(answer, secrets=secrets)
    error, description = _words(answer.body, secrets)
    said = ": ".join(filter(None, (error, description))) or "it does not say why"
    message = f"the token endpoint refused the credential ({answer.status}): {said}"
    return AuthenticationError(message, error=error, description=description)


def _words(body: bytes, secrets: tuple[str, ...]) -> tuple[str | None, str | None]:
    """``error`` and ``error_description`` of a refusal, as far as it has them."""
    reply = _parse(body)
    members = cast("dict[str, Any]", reply) if isinstance(reply, dict) else {}
    error, description = (
        shorten(redact(said, secrets)) if isinstance(said := members.get(name), str) else None
        for name in ("error", "error_description")
    )
    return error, description


def _parse(body: bytes) -> object:
    try:
        return parse_json(body)
    except ValueError:
        return None


def _secrets(form: str) -> tuple[str, ...]:
    """What of the form a server must not repeat."""
    fields = parse_qs(form)
    names = ("client_secret", "client_assertion")
    return tuple(value for name in names for value in fields.get(name, ()))
