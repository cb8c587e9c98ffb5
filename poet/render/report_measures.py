"""A picture of what was counted: a row a measure, a column a form, a bar a kind of verse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import get_args

from poet.evaluation.report import Report, Verse, Who, named
from poet.render.svg import MARGIN, WIDTH, Panel, box, joined, legend, line, text

KINDS: tuple[Who, ...] = get_args(Who)
LABEL = 132.0  # the width of the measures' names
BAR, PITCH = 9.0, 12.5
TOP = 112.0  # of the first row, below the names of the forms
MEANT = {
    "shape": "lines as they must be",
    "rhyme": "one group, none without",
    "tones": "every tone in its place",
    "all right": "no fault at all",
    "distinct-1": "of characters or words",
    "distinct-2": "of pairs of neighbours",
    "repeats": "a character stands twice",
    "lines copied": "stand in the training text",
}


def measures(report: Report) -> Panel:
    """A bar for each kind in a cell; the whole width of a cell is 100 %."""
    names = dict.fromkeys(name for verse in report.samples for name in verse.measures.shares)
    strokes = [
        text(MARGIN, 32, "What it writes, beside what people wrote", "head"),
        text(MARGIN, 56, _counted(report), "soft"),
        *legend(WIDTH - MARGIN, 32, [(who, said) for who, said in _kinds(report).items()]),
    ]
    wide = (WIDTH - 2 * MARGIN - LABEL) / len(report.forms)
    top = TOP if all(report.forms) else TOP - 24
    high = PITCH * max(3, len(_kinds(report))) + 14.5  # of a row
    for row, name in enumerate(names):
        y = top + row * high
        strokes += [
            line([(MARGIN, y - 9), (WIDTH - MARGIN, y - 9)], "rule", 0.6),
            text(MARGIN, y + 12, name),
            text(MARGIN, y + 28, MEANT[name], "soft small"),
        ]
        for i, form in enumerate(report.forms):
            x = MARGIN + LABEL + i * wide
            strokes += _bars(report.of(form), name, x, y, wide - 64)
    for i, form in enumerate(report.forms):
        strokes.append(text(MARGIN + LABEL + i * wide, 92, form, "head"))
    return Panel("measures", top + len(names) * high + 8, joined(strokes))


def _bars(kinds: Mapping[Who, Verse], name: str, x: float, y: float, wide: float) -> Iterator[str]:
    for i, who in enumerate(who for who in KINDS if who in kinds):
        share = kinds[who].measures.shares.get(name)
        if share is None:
            continue
        at = y + i * PITCH
        yield box(x, at, wide, BAR, "band", 1.5)
        yield box(x, at, wide * share, BAR, who, 1.5)
        told = f"{share:.3f}" if name.startswith("distinct") else f"{100 * share:.1f} %"
        yield text(x + wide + 7, at + BAR - 0.5, told, "small")


def _kinds(report: Report) -> dict[Who, str]:
    """The kinds of verse there are, and what they are called."""
    found = {verse.who: named(verse) for verse in report.samples}
    said: dict[Who, str] = {
        "free": f"free, temperature {report.settings['temperature']:g}",
        "titled": "free, on unread titles",
    }
    return {who: said.get(who, found[who]) for who in KINDS if who in found}


def _counted(report: Report) -> str:
    """How many there are of each kind."""
    counts = sorted({verse.measures.poems for verse in report.samples})
    each = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
    things = "poems of each form and kind" if all(report.forms) else "pieces of each kind"
    lenient = "; a character with two tones may be read as is needed" if all(report.forms) else ""
    return f"{each} {things}{lenient}. The track behind a bar is 100 %."
