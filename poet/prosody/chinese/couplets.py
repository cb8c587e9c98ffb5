"""Couplets (對聯): which tones answer a line."""

from __future__ import annotations

from poet.characters import STOPS, is_han
from poet.errors import UsageError
from poet.prosody.chinese.automaton import fits
from poet.prosody.chinese.couplet_patterns import ways
from poet.prosody.chinese.forms import MOST_CHARACTERS, Form
from poet.prosody.chinese.readings import Tone, tone

_ANSWER = {Tone.LEVEL: "仄", Tone.OBLIQUE: "平"}


def answering(line: str) -> Form:
    """The form of two lines whose first is this one and whose second answers it.

    A regulated line is answered as regulated verse does; any other by the opposite tone at every
    second place and at the end. Raises `UsageError` for what is no line of Chinese.

    >>> answering("春水連天碧").pattern
    ('中中中中中，', '平平中仄平|仄平平仄平。')
    >>> answering("海闊").pattern
    ('中中，', '中平。')
    """
    line = line.strip().rstrip(STOPS)
    if not line or not all(map(is_han, line)):
        raise UsageError(
            "a couplet is answered line by line: give one line of Chinese characters",
            "for example: poet write --couplet 春水連天碧",
        )
    n = len(line)
    if not 2 <= n <= MOST_CHARACTERS:
        raise UsageError(
            f"a couplet has 2 to {MOST_CHARACTERS} characters a line, and this one has {n}",
            "give one line, for example 春水連天碧",
        )
    settings = _regulated(line) or (_opposite(line),)
    first = "中" * n
    mark = {5: "五律", 7: "七律"}.get(n, "")
    return Form("對聯", (n, n), "ci", (f"{first}，", f"{'|'.join(settings)}。"), mark=mark)


def _regulated(line: str) -> tuple[str, ...]:
    """The second lines of the couplets whose first line this may be, those saved ones only."""
    if len(line) not in (5, 7):
        return ()
    tones = [tone(character) for character in line]
    found = [
        way.second
        for couplet in ("aB", "bA")
        for way in ways(couplet, len(line))
        if all(fits(a, t, strict=False) for a, t in zip(way.first, tones, strict=True))
    ]
    return tuple(dict.fromkeys(found))


def _opposite(line: str) -> str:
    """The opposite at the second, fourth, … place and at the end; what can be both is free."""
    bound = {*range(1, len(line), 2), len(line) - 1}
    asked = (
        _ANSWER.get(tone(character), "中") if place in bound else "中"
        for place, character in enumerate(line)
    )
    return "".join(asked)
