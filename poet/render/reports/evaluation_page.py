"""An evaluation as one picture (SVG) or one page (HTML) without external files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from poet import files
from poet.evaluation.report import EvalReport, bits
from poet.render.reports.evaluation_panels import (
    draw_loss_by_distance,
    draw_loss_by_place,
    draw_measures,
    draw_verse,
)
from poet.render.reports.evaluation_tables import format_report
from poet.render.reports.svg import MARGIN, WIDTH, Panel, group, rect, style, text
from poet.sanitize import sanitize

if TYPE_CHECKING:
    from poet.dataset.held_out import HeldOut

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ margin: 0; background: #fbf8f1; color: #2a2622; }}
main {{ max-width: {width}px; margin: 0 auto; overflow-x: auto; }}
svg {{ display: block; width: 100%; min-width: 800px; height: auto; }}
details {{ margin: 1em {margin}px 4em; }}
pre {{ overflow-x: auto; font-size: 12px; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #191816; color: #ece6da; }} }}
{style}
</style>
</head>
<body>
<main>
{pictures}
<details><summary>The same figures as tables</summary><pre>{tables}</pre></details>
</main>
</body>
</html>
"""


def panels(report: EvalReport) -> Iterator[Panel]:
    """The panels of a report, top to bottom."""
    yield head(report)
    if held_out := report.held_out:
        draw = draw_loss_by_place if held_out.by_place else draw_loss_by_distance
        yield draw(held_out)
    if report.samples:
        yield draw_measures(report)
        yield draw_verse(report)


def head(report: EvalReport) -> Panel:
    """The model's name, and the held-out figures in large type."""
    model, texts = report.model, " and ".join(Path(name).name for name in report.text["names"])
    about = f"{model['parameters'] / 1e6:.1f} M parameters, "
    if report.text["is_own"]:
        about += f"trained on {texts}"
    else:
        about += f"evaluated on {texts}, on which it was not trained"
    strokes = [text(MARGIN, 90, str(model["name"]), "name"), text(MARGIN, 118, about, "soft")]
    if not report.held_out:
        return Panel("the model", 140, "\n".join(strokes))
    shown = list(report.held_out.by_text.items())[:3]
    if report.held_out.carried:
        shown.append(("the state carried on", report.held_out.carried))
    for i, (name, figures) in enumerate(shown):
        strokes += _headline(MARGIN + i * (WIDTH - 2 * MARGIN) / 3, 184, Path(name).name, figures)
    return Panel("held-out figures", 244, "\n".join(strokes))


def _headline(x: float, y: float, name: str, figures: HeldOut) -> Iterator[str]:
    yield text(x, y, f"{figures.loss:.3f}", "figure")
    yield text(x + 92, y - 14, f"nats per character, {name}")
    yield text(
        x + 92, y + 2, f"{bits(figures.loss):.3f} bits, perplexity {figures.perplexity:,.1f}"
    )
    accuracy = f"best guess right for {figures.accuracy:.1%} of {figures.characters:,} characters"
    yield text(x, y + 26, accuracy, "soft")


def svg_page(report: EvalReport) -> str:
    """All pictures one below another, as an SVG file."""
    y, drawn = 0.0, []
    for panel in panels(report):
        drawn.append(group(panel.body, 0, y))
        y += panel.height + 28
    body = "\n".join(drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y:g}" role="img" '
        f'width="{WIDTH}" height="{y:g}" xml:lang="zh-Hant">\n<title>{escape(_title(report))}'
        f"</title>\n<style>\n{style()}\n</style>\n{rect(0, 0, WIDTH, y, 'paper')}\n"
        f"{body}\n</svg>\n"
    )


def html_page(report: EvalReport) -> str:
    """The pictures in a page that follows the light or dark theme, with the tables below."""
    pictures = [
        f'<svg viewBox="0 0 {WIDTH} {panel.height + 28:g}" role="img" lang="zh-Hant" '
        f'aria-label="{escape(panel.label)}">\n{panel.body}\n</svg>'
        for panel in panels(report)
    ]
    return _PAGE.format(
        title=escape(_title(report)),
        width=WIDTH,
        margin=MARGIN,
        style=style(),
        pictures="\n".join(pictures),
        tables=escape(format_report(report, 140)),
    )


def _title(report: EvalReport) -> str:
    return f"{report.model['name']}: evaluation"


_WRITERS: dict[str, Callable[[EvalReport], str]] = {".svg": svg_page, ".html": html_page}


def check_path(path: Path) -> None:
    """Raise, before anything is measured, if the suffix is unknown or the folder missing."""
    files.check_place(path, _WRITERS, "a report is not written as", "; --json prints it as data")


def save(path: Path, report: EvalReport) -> None:
    """Write the report, whole or not at all, in the format that the suffix names."""
    page = _WRITERS[path.suffix.lower()](report)
    files.write_text(path, sanitize(page))  # XML lacks some of the characters that a name may have
