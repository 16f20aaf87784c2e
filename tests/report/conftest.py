"""A real browser: Debian's Chromium, headless, driven by Playwright."""

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """The browser that is installed, for all tests of a module, which share a loop."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("the page is looked at in a real browser: apt-get install chromium")
    async with async_playwright() as playwright:
        # In a container, where tests run as root, Chromium has no sandbox of its own.
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        await browser.close()
