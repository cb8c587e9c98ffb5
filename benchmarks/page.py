"""The page in Chromium: seconds from the click on Write to what the reader sees.

It drives the Chromium of the system (playwright) before a warm `poet serve` with both models, and
takes the time in the page itself: from the click to the next frame after the first text, the first
whole line and the finished poem are there. The exit code is 1 where the median of the first line
is above half a second.
"""

from __future__ import annotations

import itertools
import shutil
import statistics
import sys
from pathlib import Path
from typing import Any

import click

from benchmarks.common import launch, record, results_option, say, show
from benchmarks.web import BAR, CASES, server

STAGES = ("text", "line", "poem")
WATCH = """() => new Promise(done => {
    const seen = {};
    const poem = document.querySelector("#poem");
    let begun = 0;
    const frame = () => {
        const text = [...poem.querySelectorAll(".line")].map(line => line.textContent).join("\\n");
        const now = performance.now() - begun;
        if (text) seen.text ??= now;
        if (/[，。？！\\n]/.test(text)) seen.line ??= now;
        if (!document.querySelector("#after").hidden) seen.poem ??= now;
        if (seen.poem) done(seen);
        else requestAnimationFrame(frame);
    };
    const write = document.querySelector("#write");
    write.addEventListener("click", () => {
        begun = performance.now();
        requestAnimationFrame(frame);
    }, {once: true});
    write.click();
})"""


def seconds_of(page: Any, body: dict[str, Any]) -> dict[str, float]:
    """Seconds to each stage of a poem that is asked for by a click."""
    page.fill("#prompt", body.get("prompt", ""))
    page.select_option("#form", body.get("form", "free"))
    if not page.is_visible("#seed"):
        page.click("#more summary")
    page.fill("#seed", str(body["seed"]))
    found: dict[str, float] = page.evaluate(WATCH)
    return {stage: found[stage] / 1000 for stage in STAGES}


@click.command(help=__doc__)
@click.option("--times", type=click.IntRange(1), default=20, show_default=True)
@results_option
def main(times: int, results: Path) -> None:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chrome")
    found: dict[str, list[dict[str, float]]] = {name: [] for name in CASES}
    with server() as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"http://{served.host}:{served.port}/")
        page.wait_for_selector("#form optgroup", state="attached")
        for seed in range(times + 1):  # the first is not counted: the browser warms up
            for name, body in CASES.items():
                one = seconds_of(page, body | {"seed": seed})
                if seed:
                    found[name].append(one)
        browser.close()
    figures = {
        name: {stage: sorted(one[stage] for one in all_) for stage in STAGES}
        for name, all_ in found.items()
    }
    rows = [
        (name, *itertools.chain(*((statistics.median(f), f[-1]) for f in stages.values())))
        for name, stages in figures.items()
    ]
    header = ("", "text", "worst", "first line", "worst ", "poem", "worst  ")
    show(f"seconds after the click, medians of {times}", header, rows)
    say(f"written: {record('page', {'seconds': figures}, results).name}")
    slowest = max(statistics.median(stages["line"]) for stages in figures.values())
    sys.exit(0 if slowest <= BAR else 1)


if __name__ == "__main__":
    launch(main)
