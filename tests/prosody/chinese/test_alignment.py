"""The quick alignment against the obvious one: every order, every pattern of its couplets."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from poet.prosody.chinese import alignment
from poet.prosody.chinese.automaton import fits
from poet.prosody.chinese.patterns import Order, orders
from poet.prosody.chinese.readings import Tone, Tones

Lines = Sequence[Tones]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("count", [4, 8])
@pytest.mark.parametrize("length", [5, 7])
def test_an_alignment_without_fault_is_found_exactly_where_an_order_holds(
    length: int, count: int, strict: bool
) -> None:
    rng = random.Random(length)
    held = 0
    for _ in range(150):
        lines = drawn(length, count, rng, either=0.02 if strict else 0.2)
        aligned = alignment.align(lines, length, can_rhyme_first=True, strict=strict)
        right = all(
            is_right(line, tones, strict) for line, tones in zip(aligned, lines, strict=True)
        )
        assert right == any(holds(order, lines, strict) for order in orders(length, count))
        held += right
    assert 15 < held < 135  # both answers were put to the test


def drawn(length: int, count: int, rng: random.Random, either: float) -> Lines:
    """The tones of a poem in some order, up to two of them changed."""
    order = rng.choice(orders(length, count))
    patterns = [line for couplet in order.couplets for line in rng.choice(couplet)[:2]]
    lines = [[_tone(symbol, rng, either) for symbol in pattern] for pattern in patterns]
    for _ in range(rng.choice((0, 0, 1, 2))):
        rng.choice(lines)[rng.randrange(length)] = rng.choice((Tone.LEVEL, Tone.OBLIQUE))
    return [tuple(line) for line in lines]


def _tone(symbol: str, rng: random.Random, either: float) -> Tone:
    if rng.random() < either:
        return Tone.EITHER
    return {"平": Tone.LEVEL, "仄": Tone.OBLIQUE}.get(symbol, rng.choice((Tone(1), Tone(2))))


def is_right(line: alignment.AlignedLine, tones: Tones, strict: bool) -> bool:
    doubtful = strict and alignment.doubts(line.pattern, tones)
    return not (line.broken or alignment.misfits(line.pattern, tones) or doubtful)


def holds(order: Order, lines: Lines, strict: bool) -> bool:
    return all(
        any(
            _fits(pattern.first, lines[2 * i], strict)
            and _fits(pattern.second, lines[2 * i + 1], strict)
            for pattern in couplet
        )
        for i, couplet in enumerate(order.couplets)
    )


def _fits(pattern: str, line: Tones, strict: bool) -> bool:
    return all(
        fits(symbol, tone, strict=strict) for symbol, tone in zip(pattern, line, strict=True)
    )
