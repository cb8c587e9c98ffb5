"""Draw the pictures of the page in docs/web.md anew: docs/page-*.webp.

python -m tools.screenshots [NAME ...]

It needs playwright, and the Chromium and a Chinese serif font of the system. The poems are poet's
own, by seed.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

ROOT = Path(__file__).parents[1]
Page: TypeAlias = Any  # playwright's: it is imported only when it is used
RAIN = "/?title=夜雨&form=七絕&seed=7"
SCANNED = "春水連天碧，明月照大江。孤舟人不寐，燈影落寒窗。"
QUALITY = 80  # of WebP, 0 to 100
SCALE = 1.5  # pixels of the picture a CSS pixel


@dataclass(frozen=True)
class Picture:
    """A page as it is opened and what is done on it before it is drawn."""

    path: str
    do: Callable[[Page], None]
    width: int = 1240
    height: int = 820  # CSS pixels
    options: dict[str, Any] = field(default_factory=dict)  # of the browser's context


def finished(*layers: str) -> Callable[[Page], None]:
    """Wait for the poem, then switch on layers."""

    def do(page: Page) -> None:
        page.wait_for_selector("#after:not([hidden])")
        for name in layers:
            page.check(f"input[name={name}]")

    return do


def scanned(page: Page) -> None:
    """Scan a poem with a fault, and go to it."""
    page.fill("#text", SCANNED)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#fault-list button")
    page.click("#fault-list button")


def on_phone(page: Page) -> None:
    """Wait for the poem, and show it as a phone does."""
    finished()(page)
    page.eval_on_selector("#poem", "e => e.scrollIntoView()")


def proposed(page: Page) -> None:
    """Wait for three lines to choose from."""
    page.wait_for_selector("#proposals li:nth-child(3)")


PHONE = {"is_mobile": True, "has_touch": True}
PICTURES = {
    "write": Picture(RAIN, finished()),
    "layers": Picture(RAIN, finished("tones", "rhyme", "pinyin", "gloss"), height=880),
    "sonnet": Picture(
        "/?title=The+Garden+in+Autumn&form=sonnet&seed=5", finished("rhyme"), height=960
    ),
    "scan": Picture("/scan", scanned),
    "duet": Picture("/duet?form=五絕&title=春江&seed=4&lines=春水連天碧，", proposed),
    "dark": Picture(
        "/?title=秋山&form=五律&seed=4",
        finished(),
        options={"color_scheme": "dark", "locale": "zh-TW"},
    ),
    "phone": Picture(
        "/?title=雪夜&form=五絕&seed=3", on_phone, width=375, height=780, options=PHONE
    ),
}


def draw(browser: Any, address: str, picture: Picture) -> bytes:
    """A picture as WebP."""
    size = {"width": picture.width, "height": picture.height}
    options = {"locale": "en-GB", "viewport": size} | picture.options
    page = browser.new_page(**options)
    page.goto(address + picture.path)
    page.wait_for_selector("#form optgroup", state="attached")
    picture.do(page)
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)  # what fades in is there
    chromium = page.context.new_cdp_session(page)
    clip = {"x": 0, "y": page.evaluate("scrollY"), **size, "scale": SCALE}
    found = chromium.send(
        "Page.captureScreenshot", {"format": "webp", "quality": QUALITY, "clip": clip}
    )
    page.close()
    return base64.b64decode(found["data"])


def main(*names: str) -> None:
    from playwright.sync_api import sync_playwright

    command = [sys.executable, "-m", "poet", "serve", "--port", "0"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        address = server.stdout.readline().strip().rstrip("/")
        with sync_playwright() as playwright:
            chromium = shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for name in names or PICTURES:
                drawn = draw(browser, address, PICTURES[name])
                (ROOT / "docs" / f"page-{name}.webp").write_bytes(drawn)
                print(f"page-{name}.webp: {len(drawn) / 1000:.0f} kB")
            browser.close()
    finally:
        server.terminate()


if __name__ == "__main__":
    main(*sys.argv[1:])
