"""The identity service: an app registration, its tokens, and the check of bearers."""

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from enum import Enum
from typing import Any
from urllib.parse import parse_qsl

import attrs

from avepoint_async.testing.assertions import AssertionRefused, Assertions
from avepoint_async.testing.bounds import POSITIVE, SECONDS
from avepoint_async.testing.delivery import Answer, Refusal
from avepoint_async.testing.dialect import encode

USERS_SCOPE = "elements.cbprotected.read.all"
CUSTOMERS_SCOPE = "elements.customers.read.all"
LICENSE_SCOPE = "elements.license.read.all"
JOBS_SCOPE = "elements.jobs.read.all"
DIRECTORY_SCOPE = "elements.um.user.read.all"
COSTS_SCOPE = "elements.cm.read.all"
SCOPES = (
    USERS_SCOPE,
    CUSTOMERS_SCOPE,
    LICENSE_SCOPE,
    JOBS_SCOPE,
    DIRECTORY_SCOPE,
    COSTS_SCOPE,
)

# An IdentityServer refuses longer ones by default.
_LONGEST_SCOPE = 300
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def _names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(names)


class ExpiresIn(Enum):
    """What stands in the reply as ``expires_in``, if not a value of the tester's own."""

    HONEST = "the true lifetime"
    ABSENT = "no such member"


@attrs.frozen(kw_only=True)
class Tokens:
    """One app registration and how its tokens behave.

    Attributes:
        lifetime: seconds a token is really accepted, on the emulator's clock; above 0.
        delay: seconds the token address takes to answer.
        expires_in: what the reply claims: ``ExpiresIn.HONEST``, ``ExpiresIn.ABSENT``, or any
            value that JSON has, however absurd.
        client_id, client_secret: the credentials that are accepted.
        certificate: PEM of a certificate whose RS256 assertions are accepted too.
        granted_scopes: the scopes the app was granted; asking for another one fails whole.
        invalid_client_status: the status for refused credentials: 400 or 401.

    Raises:
        ValueError: a lifetime that is not above 0, a negative delay, another status.
    """

    lifetime: float = attrs.field(default=3600.0, validator=POSITIVE)
    delay: float = attrs.field(default=0.0, validator=SECONDS)
    expires_in: Any = ExpiresIn.HONEST
    client_id: str = "emulated-client"
    client_secret: str = attrs.field(default="emulated-secret", repr=False)
    certificate: bytes | None = attrs.field(default=None, repr=False)
    granted_scopes: Collection[str] = attrs.field(default=SCOPES, converter=_names)
    invalid_client_status: int = attrs.field(
        default=400, validator=attrs.validators.in_((400, 401))
    )


@attrs.frozen(eq=False)
class TokenRefused(Exception):
    """Raised for a token request that is refused, with the OAuth 2.0 error code and why."""

    error: str
    description: str

    def answer(self, invalid_client_status: int) -> Answer:
        """The refusal as RFC 6749, section 5.2, spells it."""
        status = invalid_client_status if self.error == "invalid_client" else 400
        body = {"error": self.error, "error_description": self.description}
        return Answer(status, encode(body), headers={"Cache-Control": "no-store"})


@attrs.frozen
class _Issued:
    scopes: frozenset[str]
    expires_at: float


class Identity:
    """Issues tokens to one app registration and knows which of them still work.

    Attributes:
        tokens: the registration and the tokens' behaviour; may be replaced at any time.
        token_url: the address that assertions must name as their audience.
    """

    def __init__(
        self, tokens: Tokens, clock: Callable[[], float], wall_clock: Callable[[], float]
    ) -> None:
        self.tokens = tokens
        self.token_url = ""
        self._clock = clock
        self._assertions = Assertions(wall_clock)
        self._issued: dict[str, _Issued] = {}

    def revoke(self) -> None:
        """Forget every token issued so far."""
        self._issued.clear()

    def answer(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer to one POST to the token address."""
        try:
            form = _read_form(headers, body)
            self._authenticate(headers, form)
            scopes = self._granted(form.get("scope", ""))
        except TokenRefused as refused:
            return refused.answer(self.tokens.invalid_client_status)
        return self._issue(scopes)

    def check_bearer(self, headers: Mapping[str, str], scope: str) -> None:
        """Let a request with a working token for ``scope`` pass.

        Raises:
            Refusal: 401 for a token that is missing, unknown, revoked or expired; 403 for one
                without the scope.
        """
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        issued = self._issued.get(token) if scheme.lower() == "bearer" else None
        if issued is None or self._clock() >= issued.expires_at:
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            raise Refusal(401, "The access token is missing, invalid or expired.", None, challenge)
        if scope not in issued.scopes:
            raise Refusal(403, f"The access token lacks the permission {scope}.")

    def _authenticate(self, headers: Mapping[str, str], form: Mapping[str, str]) -> None:
        if "Authorization" in headers:
            raise TokenRefused("invalid_client", "Credentials belong in the body.")
        if form.get("grant_type") != "client_credentials":
            raise TokenRefused("unsupported_grant_type", "Only client_credentials is supported.")
        if "client_assertion" in form:
            self._check_assertion(form)
        elif (form.get("client_id"), form.get("client_secret")) != (
            self.tokens.client_id,
            self.tokens.client_secret,
        ):
            raise TokenRefused("invalid_client", "The client id or secret is wrong.")

    def _check_assertion(self, form: Mapping[str, str]) -> None:
        if form.get("client_assertion_type") != _ASSERTION_TYPE:
            raise TokenRefused("invalid_client", "The client_assertion_type is wrong.")
        if "client_secret" in form:
            raise TokenRefused("invalid_request", "Both a secret and an assertion were sent.")
        if form.get("client_id", self.tokens.client_id) != self.tokens.client_id:
            raise TokenRefused("invalid_client", "The client id is not the assertion's.")
        try:
            self._assertions.check(
                form["client_assertion"],
                self.tokens.certificate,
                self.tokens.client_id,
                self.token_url,
            )
        except AssertionRefused as refused:
            raise TokenRefused("invalid_client", str(refused)) from refused

    def _granted(self, scope: str) -> frozenset[str]:
        asked = frozenset(scope.split())
        if not asked or len(scope) > _LONGEST_SCOPE:
            raise TokenRefused("invalid_scope", "The scope is missing or too long.")
        if not asked <= frozenset(self.tokens.granted_scopes):
            raise TokenRefused("invalid_scope", "A scope is unknown or was not granted.")
        return asked

    def _issue(self, scopes: frozenset[str]) -> Answer:
        token = secrets.token_urlsafe(32)
        now, lifetime = self._clock(), self.tokens.lifetime
        # Only what still works is kept, so that months of short lives cost no memory.
        self._issued = {key: kept for key, kept in self._issued.items() if kept.expires_at > now}
        self._issued[token] = _Issued(scopes, now + lifetime)
        reply: dict[str, Any] = {"access_token": token, "token_type": "Bearer"}
        claimed = self.tokens.expires_in
        if claimed is ExpiresIn.HONEST:
            # What is said is what holds: half a second is no 0.
            reply["expires_in"] = int(lifetime) if lifetime == int(lifetime) else lifetime
        elif claimed is not ExpiresIn.ABSENT:
            reply["expires_in"] = claimed
        reply["scope"] = " ".join(sorted(scopes))
        return Answer(200, encode(reply), headers={"Cache-Control": "no-store"})


def _read_form(headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    content_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if content_type != "application/x-www-form-urlencoded":
        raise TokenRefused("invalid_request", "The body must be a URL-encoded form.")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body))
    except ValueError as error:
        raise TokenRefused("invalid_request", "The form cannot be read.") from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise TokenRefused("invalid_request", "A parameter is repeated.")
    return form
