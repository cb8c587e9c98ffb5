"""The page in Chromium, before a server of its own with the models that ship.

No page may log an error, break its own Content-Security-Policy or ask another host for anything:
`open_page` holds every test to that.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[3]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), "")
QUATRAIN = "/?title=夜雨&form=七絕&seed=7"
BALLAD = "/?prompt=The moon&title=The Sea at Night&form=ballad&seed=11"
REFUSED = re.compile(r"the server responded with a status of (400|503)")
PATIENCE = 30  # seconds
Open = Callable[..., "Page"]


@contextmanager
def serving(*options: str) -> Iterator[str]:
    """The address of a server on a free port."""
    command = [sys.executable, "-m", "poet", "serve", "--port", "0", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            yield server.stdout.readline().strip().rstrip("/")
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def address(browser: Browser) -> Iterator[str]:
    with serving() as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("chromium is not installed")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Open]:
    """Open a path in a browser without a past; at the end no page may have complained."""
    complaints: list[str] = []
    contexts = []

    def open_(path: str, *, of: str = address, **options: Any) -> Page:
        options.setdefault("locale", "en-GB")
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()

        def said(message: Any) -> None:
            # Chromium logs every answer that is not a success; the page has to show it
            if message.type == "error" and not REFUSED.search(message.text):
                complaints.append(message.text)

        def asked(request: Any) -> None:
            if not request.url.startswith((of, "blob:")):
                complaints.append(request.url)

        page.on("console", said)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", asked)
        page.goto(of + path)
        page.wait_for_selector("#form optgroup, .prose", state="attached")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not complaints


def finished(page: Page) -> list[str]:
    """The lines of the poem, once it is finished."""
    page.wait_for_selector("#after:not([hidden])")
    return lines(page)


def lines(page: Page) -> list[str]:
    """The lines that stand on the page, without their marks."""
    found: list[str] = page.eval_on_selector_all(
        "#poem .line",
        """lines => lines.map(line => {
            const copy = line.cloneNode(true);
            copy.querySelectorAll("rt, .gloss, .group").forEach(mark => mark.remove());
            return copy.textContent;
        })""",
    )
    return found


def until(page: Page, condition: str, argument: object = None) -> None:
    """Wait until a JavaScript condition holds; the page's own policy forbids to wait inside it."""
    end = time.monotonic() + PATIENCE
    while not page.evaluate(condition, argument):
        assert time.monotonic() < end, condition
        page.wait_for_timeout(20)


def style(page: Page, selector: str, name: str) -> str:
    """A property of an element as the browser computed it."""
    found: str = page.eval_on_selector(selector, f"e => getComputedStyle(e)['{name}']")
    return found
