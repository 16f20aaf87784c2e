"""A real browser: Debian's Chromium, headless, driven by Playwright."""

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright


def browser_path() -> str:
    """Where the browser is; a test that needs it fails without it, and is not skipped."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    return path or pytest.fail("these tests need a real browser: apt-get install chromium")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """The browser that is installed, for all tests of a module, which share a loop."""
    async with async_playwright() as playwright:
        # In a container, where tests run as root, Chromium has no sandbox of its own.
        browser = await playwright.chromium.launch(
            executable_path=browser_path(), args=["--no-sandbox"]
        )
        yield browser
        await browser.close()
