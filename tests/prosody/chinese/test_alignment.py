"""The quick way to the best fit, against the obvious one: every order, every way to set it."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from poet.prosody.chinese import alignment
from poet.prosody.chinese.automaton import fits
from poet.prosody.chinese.couplet_patterns import Order, orders
from poet.prosody.chinese.readings import Tone

Lines = Sequence[tuple[Tone, ...]]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("count", [4, 8])
@pytest.mark.parametrize("length", [5, 7])
def test_a_fit_without_fault_is_found_exactly_where_an_order_holds(
    length: int, count: int, strict: bool
) -> None:
    rng = random.Random(length)
    held = 0
    for _ in range(150):
        lines = drawn(length, count, rng, either=0.02 if strict else 0.2)
        fit = alignment.fit(lines, length, rhymes_at_once=True, strict=strict)
        right = all(is_right(asked, own, strict) for asked, own in zip(fit, lines, strict=True))
        assert right == any(holds(order, lines, strict) for order in orders(length, count))
        held += right
    assert 15 < held < 135  # both answers were put to the test


def drawn(length: int, count: int, rng: random.Random, either: float) -> Lines:
    """The tones of a poem in some order, up to two of them changed."""
    order = rng.choice(orders(length, count))
    asked = [line for couplet in order.couplets for line in rng.choice(couplet)[:2]]
    lines = [[_tone(place, rng, either) for place in line] for line in asked]
    for _ in range(rng.choice((0, 0, 1, 2))):
        rng.choice(lines)[rng.randrange(length)] = rng.choice((Tone.LEVEL, Tone.OBLIQUE))
    return [tuple(line) for line in lines]


def _tone(asked: str, rng: random.Random, either: float) -> Tone:
    if rng.random() < either:
        return Tone.EITHER
    return {"平": Tone.LEVEL, "仄": Tone.OBLIQUE}.get(asked, rng.choice((Tone(1), Tone(2))))


def is_right(asked: alignment.Line, own: tuple[Tone, ...], strict: bool) -> bool:
    doubted = strict and alignment.doubts(asked.tones, own)
    return not (asked.broken or alignment.misfits(asked.tones, own) or doubted)


def holds(order: Order, lines: Lines, strict: bool) -> bool:
    return all(
        any(
            _fits(way.first, lines[2 * i], strict) and _fits(way.second, lines[2 * i + 1], strict)
            for way in couplet
        )
        for i, couplet in enumerate(order.couplets)
    )


def _fits(asked: str, line: tuple[Tone, ...], strict: bool) -> bool:
    return all(fits(place, own, strict=strict) for place, own in zip(asked, line, strict=True))
