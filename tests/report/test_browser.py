"""The page in a real browser: narrow and wide, light, dark and on paper."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
from aiohttp import ClientSession, web
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page

from avepoint_async.report.model import build_report
from avepoint_async.report.page import render
from tests.report.conftest import browser_path
from tests.report.fleets import NAMES, fleet
from tests.snapshots.nights import Nights, Tenant, User, night

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
HOSTILE = (
    '<img src="http://127.0.0.1:9/x" onerror="document.title=1">',
    "<script>document.title=1</script>",
    "\"><svg onload='document.title=1'>",
    "</style><style>*{display:none}</style>",
    "{{ 7 * 7 }} & <b>bold</b> &amp; ' \u202e\u0000",
)

# The browser lives on the loop of the module.
pytestmark = pytest.mark.asyncio(loop_scope="module")

# the width tells where things stand, the scheme how they are coloured: neither changes the other
FORMATS = [
    (360, "light", "screen"),
    (768, "dark", "screen"),
    (1440, "light", "screen"),
    (768, "dark", "print"),
]
formats = pytest.mark.parametrize(("width", "scheme", "media"), FORMATS)


@attrs.frozen
class Window:
    """A window of the browser, and what its page has asked for and said since it was opened."""

    page: Page
    requests: list[str] = attrs.field(factory=list[str])
    messages: list[str] = attrs.field(factory=list[str])

    async def show(self, path: Path) -> Page:
        """Open a page in place of the one before."""
        self.requests.clear()
        self.messages.clear()
        await self.page.goto(path.as_uri())
        return self.page


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one file for each page that is looked at."""
    folder = tmp_path_factory.mktemp("pages")
    for name, history in PAGES.items():
        html = render(build_report(history(), NOW, addresses=True))
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    return folder


def hostile() -> Nights:
    """Two nights in which every text that the service tells is mark-up."""
    nights: list[dict[tuple[str, str], Tenant]] = [{}, {}]
    for number, text in enumerate(HOSTILE):
        ids = text.replace("\u0000", ""), f"{text} tenant"
        names: dict[str, Any] = {"customer_name": text, "tenant_name": f"{text} tenant"}
        users = [User(email=f"{text}@{n}", display_name=text, id=str(n)) for n in range(4)]
        nights[0][ids] = Tenant(users=users, **names)
        users[0] = attrs.evolve(users[0], mailbox=False)
        users[1] = attrs.evolve(users[1], email=f"new {text}", other_modules="7=false")
        nights[1][ids] = Tenant(users=users[:3], **names)
        failed = Tenant(state="failed", error=text, message=text, request_id=text, **names)
        nights[1][f"failed {number}", text] = failed
    return Nights([night(tenants, day=day) for day, tenants in enumerate(nights)])


PAGES: dict[str, Callable[[], Nights]] = {
    "empty": lambda: Nights([]),
    "single": lambda: fleet(tenants=1, nights=1),
    "fleet": lambda: fleet(tenants=20, nights=14),
    "hostile": hostile,
}


@asynccontextmanager
async def window(
    browser: Browser, width: int, scheme: Any, media: Any, *, bypass_csp: bool = False
) -> AsyncGenerator[Window]:
    """Open a window; a page looks the same in one that showed others before, and sooner."""
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=bypass_csp
    )
    page = await context.new_page()
    await page.emulate_media(media=media, color_scheme=scheme)
    seen = Window(page)
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("console", lambda message: seen.messages.append(message.text))
    page.on("pageerror", lambda error: seen.messages.append(str(error)))
    yield seen
    await context.close()


@formats
async def test_the_page_is_quiet_and_fits(
    chromium: Browser, folder: Path, width: int, scheme: str, media: str
) -> None:
    """It asks for nothing, the console stays empty, and nothing must be scrolled sideways."""
    async with window(chromium, width, scheme, media) as seen:
        for name in PAGES:
            path = folder / f"{name}.html"
            page = await seen.show(path)
            for details in await page.locator("details").all():
                await details.evaluate("each => each.open = true")
            assert (seen.requests, seen.messages) == ([path.as_uri()], [])
            assert await page.evaluate(OVERHANG) == 0, name
            # Nor is anything cut off inside its own box.
            assert await page.evaluate(CUT) == [], name


OVERHANG = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

CUT = """
[...document.querySelectorAll("body *:not(svg):not(svg *)")]
    .filter(each => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0)
    .filter(each => getComputedStyle(each).display != "inline")
    .map(each => `${each.tagName}.${each.className}: ${each.textContent.slice(0, 40)}`)
"""


# each width and each scheme once, and paper: axe reads every node, which takes a second for each
@pytest.mark.parametrize(
    ("width", "scheme", "media"),
    [(360, "light", "screen"), (1440, "dark", "screen"), (768, "dark", "print")],
)
async def test_everybody_can_read_it(
    chromium: Browser, folder: Path, width: int, scheme: str, media: str
) -> None:
    """Axe finds no violation: contrast, names of charts, order of headings, heads of tables.

    The page's policy admits no script, axe included: for this test alone the browser's developer
    tools are told to pass the policy by.
    """
    async with window(chromium, width, scheme, media, bypass_csp=True) as seen:
        for name in PAGES:
            results = await Axe().run(await seen.show(folder / f"{name}.html"))
            assert not results.violations_count, f"{name}: {results.generate_report()}"


async def test_every_value_is_text(chromium: Browser, folder: Path) -> None:
    """Mark-up in names, addresses and errors is shown as it is spelt, and does nothing."""
    async with window(chromium, 768, "light", "screen") as seen:
        page = await seen.show(folder / "hostile.html")
        text = await page.locator("body").inner_text()
        # HTML has no character 0: the parser leaves it out.
        for each in HOSTILE:
            shown = each.replace("\u0000", "")
            assert text.count(shown) > 5, each
        assert (
            await page.locator("img, script, style:not(head style), svg[onload], b b").count() == 0
        )
        assert await page.title() == "Backup coverage, 2 Nov 2026"
        assert seen.messages == []


async def test_names_keep_their_direction(chromium: Browser, folder: Path) -> None:
    """Right-to-left names run from right to left, and what stands beside them does not."""
    async with window(chromium, 768, "light", "screen") as seen:
        page = await seen.show(folder / "fleet.html")
        for name in (NAMES[2], NAMES[6], NAMES[0]):
            bdi = page.locator("bdi", has_text=name).first
            direction = await bdi.evaluate("each => getComputedStyle(each).direction")
            assert direction == ("ltr" if name == NAMES[0] else "rtl")
        assert await page.evaluate("getComputedStyle(document.body).direction") == "ltr"


async def test_the_policy_stops_what_would_be_injected(chromium: Browser, folder: Path) -> None:
    """Even if mark-up came through, no script would run, and nothing would be fetched."""
    asked: list[str] = []

    async def serve(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response()

    application = web.Application()
    application.router.add_get("/{any}", serve)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host = f"http://127.0.0.1:{runner.addresses[0][1]}"
    # The server would notice.
    async with ClientSession() as session, session.get(f"{host}/noticed") as answer:
        assert answer.status == 200
    html = (folder / "fleet.html").read_text(encoding="utf-8")
    injected = (
        f"<script>document.title = 1</script><img src='{host}/image' onerror='document.title = 1'>"
        f"<link rel='stylesheet' href='{host}/style'><style>body {{ display: none }}</style>"
        f"<iframe src='{host}/frame'></iframe><script src='{host}/script'></script>"
    )
    path = folder.parent / "injected.html"
    path.write_text(html.replace("<header>", f"<header>{injected}", 1), encoding="utf-8")
    async with window(chromium, 768, "light", "screen") as seen:
        page = await seen.show(path)
        assert await page.title() == "Backup coverage, 14 Nov 2026"
        assert await page.evaluate("getComputedStyle(document.body).display") == "block"
    await runner.cleanup()
    assert asked == ["/noticed"]
    assert len(seen.messages) >= 6


async def test_paper_gets_the_whole_page(chromium: Browser, folder: Path, tmp_path: Path) -> None:
    """Dark mode does not darken the paper, bars keep their colours, and heads of tables repeat."""
    async with window(chromium, 768, "dark", "print") as seen:
        page = await seen.show(folder / "fleet.html")
        style = "getComputedStyle(document.querySelector('{}')).{}"
        assert await page.evaluate(style.format("body", "backgroundColor")) == "rgb(255, 255, 255)"
        assert await page.evaluate(style.format("thead", "display")) == "table-header-group"
        assert await page.evaluate(style.format("rect", "printColorAdjust")) == "exact"
        pdf = await page.pdf(path=tmp_path / "report.pdf", format="A4")
        assert pdf.startswith(b"%PDF")


async def test_a_missing_browser_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not passed over, and the failure says what to install."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        browser_path()
