"""The panels of an evaluation: measures of verse, loss by place or distance, first poems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from textwrap import wrap

from poet.characters import is_chinese
from poet.evaluation.report import (
    KINDS,
    Bucket,
    EvalReport,
    HeldOutReport,
    Place,
    SampleReport,
    VerseKind,
    label,
)
from poet.poem import Poem
from poet.prosody.find import find_form
from poet.render.reports.svg import (
    MARGIN,
    WIDTH,
    Panel,
    circle,
    group,
    legend,
    polyline,
    rect,
    text,
)
from poet.render.vertical import column
from poet.sanitize import sanitize

# Sizes in the units of the picture, which is `WIDTH` wide
LABEL_WIDTH = 132.0  # of the names of measures
BAR_HEIGHT, BAR_STEP = 9.0, 12.5
BARS_TOP = 112.0  # of the first row, below the names of the forms
MEANINGS = {
    "shape": "lines of the right lengths",
    "rhyme": "all in one rhyme group",
    "tones": "every tone in its place",
    "all right": "no fault at all",
    "distinct-1": "of characters or words",
    "distinct-2": "of pairs of neighbours",
    "repeats": "a character occurs twice",
    "lines copied": "occur in the training text",
}
PLACE_STEP = 14.6  # between two characters
CHART_HEIGHT = 132
MIN_NATS = 8.0  # at the top of a chart; more only if some place is harder
NAME_WIDTH = 84.0  # of the names of kinds of verse
CELL, COLUMN = 23.0, 27.0  # height of a character, width of a column
MAX_GAP = 88.0  # between two poems
PROSE_ROWS, PROSE_LETTERS, PROSE_STEP = 8, 54, 18.0  # of a piece without a form
CUT = "︙"  # where a poem is longer than its form
WRITTEN: tuple[VerseKind, ...] = ("steered", "free")


def draw_measures(report: EvalReport) -> Panel:
    """A row for each measure and a column for each form, with a bar for each kind of verse.

    The full width of a cell is 100 %.
    """
    names = dict.fromkeys(name for verse in report.samples for name in verse.measures.shares)
    strokes = [
        text(MARGIN, 32, "Its verse, compared with human verse", "head"),
        text(MARGIN, 56, _counted(report), "soft"),
        *legend(WIDTH - MARGIN, 32, list(_kinds(report).items())),
    ]
    wide = (WIDTH - 2 * MARGIN - LABEL_WIDTH) / len(report.forms)
    top = BARS_TOP if all(report.forms) else BARS_TOP - 24
    high = BAR_STEP * max(3, len(_kinds(report))) + 14.5  # of a row
    for row, name in enumerate(names):
        y = top + row * high
        strokes += [
            polyline([(MARGIN, y - 9), (WIDTH - MARGIN, y - 9)], "rule", 0.6),
            text(MARGIN, y + 12, name),
            text(MARGIN, y + 28, MEANINGS[name], "soft small"),
        ]
        for i, form in enumerate(report.forms):
            x = MARGIN + LABEL_WIDTH + i * wide
            strokes += _bars(report.kinds_of(form), name, x, y, wide - 64)
    for i, form in enumerate(report.forms):
        strokes.append(text(MARGIN + LABEL_WIDTH + i * wide, 92, form, "head"))
    return Panel("measures", top + len(names) * high + 8, "\n".join(strokes))


def _bars(
    kinds: Mapping[VerseKind, SampleReport], name: str, x: float, y: float, wide: float
) -> Iterator[str]:
    for i, kind in enumerate(kind for kind in KINDS if kind in kinds):
        share = kinds[kind].measures.shares.get(name)
        if share is None:
            continue
        top = y + i * BAR_STEP
        yield rect(x, top, wide, BAR_HEIGHT, "band", 1.5)
        yield rect(x, top, wide * share, BAR_HEIGHT, kind, 1.5)
        value = f"{share:.3f}" if name.startswith("distinct") else f"{100 * share:.1f} %"
        yield text(x + wide + 7, top + BAR_HEIGHT - 0.5, value, "small")


def _kinds(report: EvalReport) -> dict[VerseKind, str]:
    """The kinds of verse in a report, and their labels."""
    labels = {sample.kind: label(sample) for sample in report.samples}
    labels |= {
        "free": f"free, temperature {report.settings['temperature']:g}",
        "titled": "free, on unread titles",
    }
    measured = {sample.kind for sample in report.samples}
    return {kind: labels[kind] for kind in KINDS if kind in measured}


def _counted(report: EvalReport) -> str:
    """How many poems there are of each kind, in a sentence."""
    counts = sorted({verse.measures.poems for verse in report.samples})
    number = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
    if all(report.forms):
        number += " poems of each form and kind; a character with two tones counts as either"
    else:
        number += " pieces of each kind"
    return f"{number}. The track behind a bar is 100 %."


def draw_loss_by_place(report: HeldOutReport) -> Panel:
    """A chart for each form, as many in a row as there is room for."""
    strokes = [
        text(MARGIN, 30, "How hard is each place to guess?", "head"),
        text(MARGIN, 52, "Mean nats of held-out poems, character by character.", "soft"),
    ]
    strokes += legend(
        WIDTH - MARGIN,
        52,
        [("steered", "a place that rhymes"), ("ink", "a character"), ("rule", "a stop, the end")],
    )
    most = max(MIN_NATS, *(place.nats for places in report.by_place.values() for place in places))
    x, y = float(MARGIN), 78.0
    for form, places in report.by_place.items():
        wide = len(places) * PLACE_STEP + 24
        if x > MARGIN and x + wide > WIDTH - MARGIN + 24:
            x, y = MARGIN, y + CHART_HEIGHT + 70
        strokes.append(group("\n".join(_chart(form, places, most)), x, y))
        x += wide + 26
    return Panel("loss by place", y + CHART_HEIGHT + 56, "\n".join(strokes))


def _chart(form: str, places: Sequence[Place], most: float) -> Iterator[str]:
    """One form: its lines side by side, each a curve, with the rhymes marked."""
    yield text(0, 12, form, "head")
    yield text(52, 12, f"{places[0].poems:,} poems", "soft small")
    left, top = 22.0, 24.0
    for nats in (0, 2, 4, 6, 8):
        y = _height(nats, top, most)
        yield polyline([(left, y), (left + len(places) * PLACE_STEP, y)], "rule", 0.7)
        yield text(left - 6, y + 4, str(nats), "soft small", "end")
    *verse, end = places
    x = left + PLACE_STEP / 2
    for number, line_places in groupby(verse, key=lambda place: place.line):
        yield from _verse_line(list(line_places), x, top, number, most)
        x += PLACE_STEP * sum(place.line == number for place in verse)
    yield circle(x, _height(end.nats, top, most), 2.4, "rule", f"the end: {end.nats:.2f} nats")


def _verse_line(
    places: Sequence[Place], x: float, top: float, number: int, most: float
) -> Iterator[str]:
    """A line of verse: its curve, a dot for each character, and one for the stop."""
    spots = [(x + i * PLACE_STEP, _height(place.nats, top, most)) for i, place in enumerate(places)]
    *characters, stop = zip(places, spots, strict=True)
    if number % 2 == 0:
        yield rect(x - PLACE_STEP / 2, top, len(places) * PLACE_STEP, CHART_HEIGHT, "band")
        for nats in (2, 4, 6):
            y = _height(nats, top, most)
            yield polyline(
                [(x - PLACE_STEP / 2, y), (x + (len(places) - 0.5) * PLACE_STEP, y)], "rule", 0.7
            )
    yield polyline(spots[:-1], "ink", 1.3)
    for place, (place_x, y) in characters:
        rhymes = number % 2 == 0 and place is characters[-1][0]
        tooltip = f"line {number}, character {place.place}: {place.nats:.2f} nats, "
        tooltip += f"best guess right {place.accuracy:.0%}"
        yield circle(place_x, y, 4.2 if rhymes else 2.2, "steered" if rhymes else "ink", tooltip)
        if rhymes:
            yield text(place_x, y + 17, f"{place.nats:.1f}", "steered small", "middle")
    place, (place_x, y) = stop
    yield circle(place_x, y, 2.4, "rule", f"line {number}, its stop: {place.nats:.2f} nats")
    middle = x + (len(places) - 2) * PLACE_STEP / 2
    yield text(
        middle, top + CHART_HEIGHT + 15, "一二三四五六七八"[number - 1], "soft small", "middle"
    )


def _height(nats: float, top: float, most: float) -> float:
    return top + CHART_HEIGHT * (1 - nats / most)


def draw_loss_by_distance(report: HeldOutReport) -> Panel:
    """For text without forms: the loss by distance from the beginning, in doubling steps."""
    strokes = [
        text(MARGIN, 30, "How much does more context help?", "head"),
        text(
            MARGIN,
            52,
            "Mean nats by how many characters were read before, from an empty state.",
            "soft",
        ),
    ]
    buckets = report.by_distance
    top, high, left = 84.0, 220.0, MARGIN + 30.0
    most = max(1.0, *(bucket.nats for bucket in buckets)) * 1.08
    wide = (WIDTH - MARGIN - left) / len(buckets)

    def height(nats: float) -> float:
        return top + high * (1 - nats / most)

    for nats in range(int(most) + 1):
        strokes.append(
            polyline([(left, height(nats)), (WIDTH - MARGIN, height(nats))], "rule", 0.7)
        )
        strokes.append(text(left - 8, height(nats) + 4, str(nats), "soft small", "end"))
    spots = [(left + (i + 0.5) * wide, height(bucket.nats)) for i, bucket in enumerate(buckets)]
    strokes.append(polyline(spots, "steered", 2))
    for bucket, (x, y) in zip(buckets, spots, strict=True):
        strokes.append(circle(x, y, 4, "steered", f"{bucket.characters:,} characters"))
        strokes.append(text(x, y - 11, f"{bucket.nats:.2f}", "", "middle"))
        strokes.append(text(x, top + high + 18, _span(bucket), "soft small", "middle"))
    if report.carried:
        y = height(report.carried.loss)
        strokes.append(polyline([(left, y), (WIDTH - MARGIN, y)], "human", 1.2))
        caption = f"{report.carried.loss:.3f} with the state carried on"
        strokes.append(text(left + 6, y + 15, caption, "human"))
    return Panel("loss by distance", top + high + 44, "\n".join(strokes))


def _span(bucket: Bucket) -> str:
    return f"{bucket.first}" if bucket.first == bucket.last else f"{bucket.first}–{bucket.last}"


def draw_verse(report: EvalReport) -> Panel:
    """The first poem of each form, steered and free; not chosen for being good."""
    strokes = [
        text(MARGIN, 32, "Read for yourself", "head"),
        text(MARGIN, 56, "The first poem of each kind, not the best.", "soft"),
    ]
    y = 84.0
    for kind in WRITTEN:
        samples = [sample for sample in report.samples if sample.kind == kind]
        if not samples:
            continue
        strokes += [
            polyline([(MARGIN, y), (WIDTH - MARGIN, y)], "rule", 0.6),
            circle(MARGIN + 4, y + 28, 4, kind),
            text(MARGIN + 14, y + 32, kind, "soft"),
        ]
        poems = [(sample.form, sample.examples[0]) for sample in samples if sample.form]
        if poems:
            tiers = [_columns(poem, form) for form, poem in poems]
            strokes += _row(tiers, y + 36)
            y += 46 + CELL * max(len(cells) for tier in tiers for cells in tier)
        else:
            strokes += _prose(samples[0].examples[:2], y + 32)
            y += 36 + PROSE_STEP * PROSE_ROWS
    return Panel("verse", y + 16, "\n".join(strokes))


def _columns(poem: str, form: str) -> list[list[str]]:
    """The cells of the columns of a poem, cut to the number and length that its form has."""
    lengths = verse_form.lengths if (verse_form := find_form(form)) else ()
    rows = max(lengths) + 1  # the stop
    lines = [line for line in Poem(sanitize(poem)).lines if line.strip()]
    tier = [column(line) for line in lines[: len(lengths)]]
    tier = [cells if len(cells) <= rows else [*cells[:rows], CUT] for cells in tier]
    if len(lines) > len(lengths):
        tier[-1].append(CUT)
    return tier


def _row(tiers: Sequence[list[list[str]]], top: float) -> Iterator[str]:
    """Poems side by side, the first at the left, each read from right to left."""
    room = WIDTH - 2 * MARGIN - NAME_WIDTH - COLUMN * sum(map(len, tiers))
    gap = min(MAX_GAP, room / max(1, len(tiers) - 1))
    left = MARGIN + NAME_WIDTH
    for tier in tiers:
        for i, cells in enumerate(reversed(tier)):
            x = left + (i + 0.5) * COLUMN
            for k, cell in enumerate(cells):
                yield text(x, top + k * CELL, cell.strip() or "\u3000", "verse", "middle")
        left += COLUMN * len(tier) + gap


def _prose(pieces: Sequence[str], top: float) -> Iterator[str]:
    """The beginnings of pieces, side by side."""
    wide = (WIDTH - 2 * MARGIN - NAME_WIDTH) / max(1, len(pieces))
    for i, piece in enumerate(pieces):
        letters = PROSE_LETTERS // 2 if is_chinese(piece) else PROSE_LETTERS
        rows = [row for line in sanitize(piece).split("\n") for row in wrap(line, letters) or [""]]
        rows = (
            rows
            if len(rows) <= PROSE_ROWS
            else [*rows[: PROSE_ROWS - 1], f"{rows[PROSE_ROWS - 1]} …"]
        )
        for k, row in enumerate(rows):
            yield text(MARGIN + NAME_WIDTH + i * wide, top + k * PROSE_STEP, row)
