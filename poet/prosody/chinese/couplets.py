"""Couplets (對聯): the tones that the second line must have to answer a given first line."""

from __future__ import annotations

from poet.characters import STOPS, is_han
from poet.errors import UsageError
from poet.prosody.chinese.automaton import fits
from poet.prosody.chinese.forms import MOST_CHARACTERS, CiForm
from poet.prosody.chinese.patterns import couplet_patterns
from poet.prosody.chinese.readings import OPPOSITE, TONE_SYMBOLS
from poet.prosody.chinese.rhyme_books import PINGSHUI, RhymeBook


def couplet_form(line: str, book: RhymeBook = PINGSHUI) -> CiForm:
    """The form of two lines of which this is the first and the second answers it.

    A regulated line is answered by the rules of regulated verse, any other by the opposite tone at
    every second place and at the end. Raises `UsageError` for anything but a line of Chinese.

    >>> couplet_form("春水連天碧").pattern
    ('中中中中中，', '平平中仄平|仄平平仄平。')
    >>> couplet_form("海闊").pattern
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
    answers = _regulated_answers(line, book) or (_opposite(line, book),)
    pattern = ("中" * n + "，", "|".join(answers) + "。")
    return CiForm(
        "對聯", (n, n), token={5: "五律", 7: "七律"}.get(n, ""), book=book, pattern=pattern
    )


def _regulated_answers(line: str, book: RhymeBook) -> tuple[str, ...]:
    """The patterns of the second line in all regulated couplets that the line can begin."""
    if len(line) not in (5, 7):
        return ()
    tones = [book.usual_tone(character) for character in line]
    answers = [
        pattern.second
        for couplet in ("aB", "bA")
        for pattern in couplet_patterns(couplet, len(line))
        if all(fits(*place, strict=False) for place in zip(pattern.first, tones, strict=True))
    ]
    return tuple(dict.fromkeys(answers))


def _opposite(line: str, book: RhymeBook) -> str:
    """Opposite tones at every second place and at the end; free where a character has two."""
    bound = {*range(1, len(line), 2), len(line) - 1}
    return "".join(
        OPPOSITE.get(TONE_SYMBOLS[book.usual_tone(character)], "中") if place in bound else "中"
        for place, character in enumerate(line)
    )
