"""Pictures of the held-out loss: place by place in a form, or by how much was read before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from poet.evaluation.report import Bucket, HeldOutReport, Place
from poet.render.svg import MARGIN, WIDTH, Panel, box, dot, joined, legend, line, shifted, text

STEP = 14.6  # between two characters
HIGH = 132  # of a chart
LEAST = 8.0  # nats at its top, more only where some place is harder


def loss_by_place(found: HeldOutReport) -> Panel:
    """A chart a form; as many in a row as find room."""
    strokes = [
        text(MARGIN, 30, "How hard is each place to guess?", "head"),
        text(MARGIN, 52, "Mean nats of held-out poems, character by character.", "soft"),
    ]
    strokes += legend(
        WIDTH - MARGIN,
        52,
        [("steered", "a place that rhymes"), ("ink", "a character"), ("rule", "a stop, the end")],
    )
    most = max(LEAST, *(place.nats for places in found.by_place.values() for place in places))
    x, y = float(MARGIN), 78.0
    for form, places in found.by_place.items():
        wide = len(places) * STEP + 24
        if x > MARGIN and x + wide > WIDTH - MARGIN + 24:
            x, y = MARGIN, y + HIGH + 70
        strokes.append(shifted(joined(_chart(form, places, most)), x, y))
        x += wide + 26
    return Panel("loss by place", y + HIGH + 56, joined(strokes))


def _chart(form: str, places: Sequence[Place], most: float) -> Iterator[str]:
    """One form: lines of verse side by side, each a curve; its rhymes marked."""
    yield text(0, 12, form, "head")
    yield text(52, 12, f"{places[0].poems:,} poems", "soft small")
    left, top = 22.0, 24.0
    for nats in (0, 2, 4, 6, 8):
        y = _height(nats, top, most)
        yield line([(left, y), (left + len(places) * STEP, y)], "rule", 0.7)
        yield text(left - 6, y + 4, str(nats), "soft small", "end")
    *verse, end = places
    x = left + STEP / 2
    for number, group in groupby(verse, key=lambda place: place.line):
        yield from _verse_line(list(group), x, top, number, most)
        x += STEP * sum(place.line == number for place in verse)
    yield dot(x, _height(end.nats, top, most), 2.4, "rule", f"the end: {end.nats:.2f} nats")


def _verse_line(
    places: Sequence[Place], x: float, top: float, number: int, most: float
) -> Iterator[str]:
    """A line of verse: its curve, a dot a character, the stop apart."""
    spots = [(x + i * STEP, _height(place.nats, top, most)) for i, place in enumerate(places)]
    *characters, stop = zip(places, spots, strict=True)
    if number % 2 == 0:
        yield box(x - STEP / 2, top, len(places) * STEP, HIGH, "band")
        for nats in (2, 4, 6):
            y = _height(nats, top, most)
            yield line([(x - STEP / 2, y), (x + (len(places) - 0.5) * STEP, y)], "rule", 0.7)
    yield line(spots[:-1], "ink", 1.3)
    for place, (at, y) in characters:
        rhymes = number % 2 == 0 and place is characters[-1][0]
        told = f"line {number}, character {place.place}: {place.nats:.2f} nats, "
        told += f"best guess right {place.accuracy:.0%}"
        yield dot(at, y, 4.2 if rhymes else 2.2, "steered" if rhymes else "ink", told)
        if rhymes:
            yield text(at, y + 17, f"{place.nats:.1f}", "steered small", "middle")
    place, (at, y) = stop
    yield dot(at, y, 2.4, "rule", f"line {number}, its stop: {place.nats:.2f} nats")
    middle = x + (len(places) - 2) * STEP / 2
    yield text(middle, top + HIGH + 15, "一二三四五六七八"[number - 1], "soft small", "middle")


def _height(nats: float, top: float, most: float) -> float:
    return top + HIGH * (1 - nats / most)


def loss_by_distance(found: HeldOutReport) -> Panel:
    """Where there are no forms: the loss by how much was read before, in doubling steps."""
    strokes = [
        text(MARGIN, 30, "What does it help to have read more?", "head"),
        text(
            MARGIN,
            52,
            "Mean nats by how many characters stand before, from an empty state.",
            "soft",
        ),
    ]
    buckets = found.by_distance
    top, high, left = 84.0, 220.0, MARGIN + 30.0
    most = max(1.0, *(one.nats for one in buckets)) * 1.08
    wide = (WIDTH - MARGIN - left) / len(buckets)

    def height(nats: float) -> float:
        return top + high * (1 - nats / most)

    for nats in range(int(most) + 1):
        strokes.append(line([(left, height(nats)), (WIDTH - MARGIN, height(nats))], "rule", 0.7))
        strokes.append(text(left - 8, height(nats) + 4, str(nats), "soft small", "end"))
    spots = [(left + (i + 0.5) * wide, height(one.nats)) for i, one in enumerate(buckets)]
    strokes.append(line(spots, "steered", 2))
    for one, (x, y) in zip(buckets, spots, strict=True):
        strokes.append(dot(x, y, 4, "steered", f"{one.characters:,} characters"))
        strokes.append(text(x, y - 11, f"{one.nats:.2f}", "", "middle"))
        strokes.append(text(x, top + high + 18, _span(one), "soft small", "middle"))
    if found.carried:
        y = height(found.carried.loss)
        strokes.append(line([(left, y), (WIDTH - MARGIN, y)], "human", 1.2))
        said = f"{found.carried.loss:.3f} with the state carried on"
        strokes.append(text(left + 6, y + 15, said, "human"))
    return Panel("loss by distance", top + high + 44, joined(strokes))


def _span(one: Bucket) -> str:
    return f"{one.first}" if one.first == one.last else f"{one.first}–{one.last}"
