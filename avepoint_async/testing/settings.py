"""The settings of an emulator that may be changed while it runs."""

from collections.abc import Callable, Iterable, Mapping

from avepoint_async.testing.chaos import Chaos, RandomFaults
from avepoint_async.testing.dialect import Dialect
from avepoint_async.testing.drift import Drift, Drifter, Edit
from avepoint_async.testing.fleet import Fleet
from avepoint_async.testing.gateway import Gateway
from avepoint_async.testing.identity import Tokens
from avepoint_async.testing.journal import Recorded, check_kinds
from avepoint_async.testing.latency import Latency
from avepoint_async.testing.limits import Limiters, RateLimit
from avepoint_async.testing.outages import Trouble, Troubles
from avepoint_async.testing.pages import PageLimits, Pages, Rows

Quotas = Mapping[tuple[str, str], RateLimit]
OnPage = Callable[[Recorded], object]


class Settings:
    """What an emulator does from the next request on; each attribute may be set at any time."""

    def __init__(
        self,
        gateway: Gateway,
        fleet: Fleet,
        limits: PageLimits,
        page_cache: int,
        clock: Callable[[], float],
    ) -> None:
        self._gateway = gateway
        self._fleet = fleet
        self._page_limits = limits
        self._page_cache = page_cache
        self._clock = clock
        self._chaos: Chaos | None = None
        self._rate_limit: RateLimit | None = None
        self._quotas: Quotas = {}
        self._edits: list[Edit] = []

    @property
    def tokens(self) -> Tokens:
        """The app registration; tokens issued before a change keep their lifetime."""
        return self._gateway.identity.tokens

    @tokens.setter
    def tokens(self, tokens: Tokens) -> None:
        self._gateway.identity.tokens = tokens

    @property
    def dialect(self) -> Dialect:
        """The wire spelling."""
        return self._gateway.pages.dialect

    @dialect.setter
    def dialect(self, dialect: Dialect) -> None:
        self._set_pages(dialect, self.rows)

    @property
    def rows(self) -> Rows:
        """Rows sent as they stand in the place of an endpoint's own, by its kind."""
        return self._gateway.pages.rows

    @rows.setter
    def rows(self, rows: Rows) -> None:
        check_kinds(rows)
        self._set_pages(self.dialect, rows)

    def _set_pages(self, dialect: Dialect, rows: Rows) -> None:
        self._gateway.pages = Pages(self._fleet, dialect, self._page_limits, self._page_cache, rows)

    @property
    def rate_limit(self) -> RateLimit | None:
        """The rate limit; a change starts it and the quotas anew."""
        return self._rate_limit

    @rate_limit.setter
    def rate_limit(self, rate_limit: RateLimit | None) -> None:
        self._rate_limit = rate_limit
        self._gateway.limiters = Limiters(rate_limit, self._quotas)

    @property
    def quotas(self) -> Quotas:
        """Rate limits of single tenants; a change starts them and the rate limit anew."""
        return self._quotas

    @quotas.setter
    def quotas(self, quotas: Quotas) -> None:
        self._quotas = dict(quotas)
        self._gateway.limiters = Limiters(self._rate_limit, self._quotas)

    @property
    def latency(self) -> Latency | None:
        """The latency; may be set to seconds, too."""
        return self._gateway.latency

    @latency.setter
    def latency(self, latency: float | Latency | None) -> None:
        if isinstance(latency, int | float):
            latency = Latency.constant(latency) if latency else None
        self._gateway.latency = latency

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """Refusals, outages and silence; may be set to any iterable of them."""
        return self._gateway.troubles.settings

    @troubles.setter
    def troubles(self, troubles: Iterable[Trouble]) -> None:
        self._gateway.troubles = Troubles(troubles, self._clock())

    @property
    def chaos(self) -> Chaos | None:
        """Troubles left to chance; a change starts the draws anew."""
        return self._chaos

    @chaos.setter
    def chaos(self, chaos: Chaos | None) -> None:
        self._chaos = chaos
        self._gateway.random_faults = RandomFaults(chaos) if chaos else None

    @property
    def drift(self) -> Drift | None:
        """Rows that come, go and move; a change starts the draws anew."""
        return self._gateway.drifter.drift if self._gateway.drifter else None

    @drift.setter
    def drift(self, drift: Drift | None) -> None:
        self._gateway.drifter = Drifter(drift, self._fleet, self._edits) if drift else None

    @property
    def on_page(self) -> OnPage | None:
        """Called with each request just before its page is made, and nothing is awaited between.

        So a test edits the fleet between any two answers. What it raises becomes a 500.
        """
        return self._gateway.on_page

    @on_page.setter
    def on_page(self, on_page: OnPage | None) -> None:
        self._gateway.on_page = on_page
