"""A picture of verse: the first of each kind that came; Chinese in columns from right to left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from poet.characters import is_chinese
from poet.evaluation.report import Report, Who
from poet.poem import Poem
from poet.prosody.find import find_form
from poet.render.svg import MARGIN, WIDTH, Panel, dot, joined, line, text
from poet.render.vertical import column
from poet.sanitize import sanitize

LABEL = 84.0
CELL, COLUMN = 23.0, 27.0  # a character's height, a column's width
GAP = 88.0  # between two poems, at most
PROSE, LETTERS, ROW = 8, 54, 18.0  # rows of a piece without a form, their length and height
GOES_ON = "︙"  # where a poem is longer than its form, and is cut
WRITTEN: tuple[Who, ...] = ("steered", "free")


def verses(report: Report) -> Panel:
    """The first poem of each form, steered and free; not chosen for being good."""
    strokes = [
        text(MARGIN, 32, "Read for yourself", "head"),
        text(MARGIN, 56, "The first of each that came, not the best.", "soft"),
    ]
    y = 84.0
    for who in WRITTEN:
        written = [verse for verse in report.samples if verse.who == who]
        if not written:
            continue
        strokes += [
            line([(MARGIN, y), (WIDTH - MARGIN, y)], "rule", 0.6),
            dot(MARGIN + 4, y + 28, 4, who),
            text(MARGIN + 14, y + 32, who, "soft"),
        ]
        poems = [(verse.form, verse.examples[0]) for verse in written if verse.form]
        if poems:
            tiers = [_columns(poem, form) for form, poem in poems]
            strokes += _row(tiers, y + 36)
            y += 46 + CELL * max(len(cells) for tier in tiers for cells in tier)
        else:
            strokes += _prose(written[0].examples[:2], y + 32)
            y += 36 + ROW * PROSE
    return Panel("verse", y + 16, joined(strokes))


def _columns(poem: str, form: str) -> list[list[str]]:
    """The cells of a poem's columns, as many and as long as its form has."""
    shape = found.lengths if (found := find_form(form)) else ()
    rows = max(shape) + 1  # the stop
    lines = [line for line in Poem(sanitize(poem)).lines if line.strip()]
    tier = [column(line) for line in lines[: len(shape)]]
    tier = [cells if len(cells) <= rows else [*cells[:rows], GOES_ON] for cells in tier]
    if len(lines) > len(shape):
        tier[-1].append(GOES_ON)
    return tier


def _row(tiers: Sequence[list[list[str]]], top: float) -> Iterator[str]:
    """Poems side by side, the first at the left, each read from its right."""
    room = WIDTH - 2 * MARGIN - LABEL - COLUMN * sum(map(len, tiers))
    gap = min(GAP, room / max(1, len(tiers) - 1))
    left = MARGIN + LABEL
    for tier in tiers:
        for i, cells in enumerate(reversed(tier)):
            x = left + (i + 0.5) * COLUMN
            for k, cell in enumerate(cells):
                yield text(x, top + k * CELL, cell.strip() or "\u3000", "verse", "middle")
        left += COLUMN * len(tier) + gap


def _prose(pieces: Sequence[str], top: float) -> Iterator[str]:
    """The beginnings of pieces, side by side."""
    wide = (WIDTH - 2 * MARGIN - LABEL) / max(1, len(pieces))
    for i, piece in enumerate(pieces):
        letters = LETTERS // 2 if is_chinese(piece) else LETTERS
        rows = [row for said in sanitize(piece).split("\n") for row in wrap(said, letters) or [""]]
        rows = rows if len(rows) <= PROSE else [*rows[: PROSE - 1], f"{rows[PROSE - 1]} …"]
        for k, row in enumerate(rows):
            yield text(MARGIN + LABEL + i * wide, top + k * ROW, row)
