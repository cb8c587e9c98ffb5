"""Labels of each character of a text: facts that a unit may represent.

A label has one value for each character: yes (1), no (0) or a number; nan where it does not apply.
It is compared with the state after that character was read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from poet.characters import STOPS, is_chinese
from poet.interpret.texts import Text
from poet.prosody.chinese.readings import Tone, is_certain, usual_tone
from poet.prosody.chinese.rhyme import Rhyme
from poet.prosody.chinese.scan import scan

COMMON_RHYMES = 3  # most common rhyme groups, which have labels
_line = re.compile(f"[^{STOPS}]*[{STOPS}]+|[^{STOPS}]+$")
_word = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
Values: TypeAlias = NDArray[np.floating[Any]]
Kind: TypeAlias = Literal["yes or no", "number"]


@dataclass(frozen=True, slots=True)
class Label:
    """A label of all N characters of some texts, one text after another."""

    name: str
    kind: Kind
    values: Values  # (N,)
    of_text: bool = False  # whether it is the same for a whole text


@dataclass(frozen=True, slots=True)
class _Position:
    """A character of Chinese verse and its position; lines and places count from 1."""

    character: str
    line: int
    place: int  # 0 for a stop
    is_last: bool  # of its line, stops apart

    @property
    def is_verse(self) -> bool:
        return self.place > 0


def labels_of(texts: Sequence[Text], titled: Sequence[bool]) -> list[Label]:
    """The labels of texts; `titled` says for each whether the model reads its title."""
    if is_chinese("".join(text.verse for text in texts)):
        return [*_of_verse(texts), _title_given(texts, titled)]
    return _of_prose(texts)


def _of_verse(texts: Sequence[Text]) -> list[Label]:
    poems = [_positions_in(text.verse) for text in texts]
    rhymes = [scan(text.verse).rhyme for text in texts]
    lengths = [_line_length(positions) for positions in poems]

    def label(name: str, kind: Kind, value: Callable[[_Position], float]) -> Label:
        return Label(
            name, kind, np.array([value(position) for positions in poems for position in positions])
        )

    return [
        label("place in the line", "number", lambda p: p.place if p.is_verse else np.nan),
        label("number of the line", "number", lambda p: p.line),
        label("second line of a couplet", "yes or no", lambda p: p.line % 2 == 0),
        label("the line ends here", "yes or no", lambda p: p.is_last if p.is_verse else np.nan),
        Label("rhyme place", "yes or no", _rhyme_places(poems, rhymes)),
        label("oblique tone (仄)", "yes or no", lambda p: _oblique(p.character)),
        Label("lines of 7, not 5", "yes or no", _sevens(poems, lengths), of_text=True),
        *_rhyme_groups(poems, rhymes),
    ]


def _positions_in(verse: str) -> list[_Position]:
    positions = []
    for number, line in enumerate(_line.findall(verse), 1):
        length = len(line.rstrip(STOPS))
        positions += [
            _Position(character, number, place if place <= length else 0, place == length)
            for place, character in enumerate(line, 1)
        ]
    return positions


def _oblique(character: str) -> float:
    certain_tone = usual_tone(character) if is_certain(character) else Tone.UNKNOWN
    return {Tone.LEVEL: 0.0, Tone.OBLIQUE: 1.0}.get(certain_tone, np.nan)


def _line_length(positions: Sequence[_Position]) -> int:
    """5 or 7 if all lines have that many characters; else 0."""
    lengths = {position.place for position in positions if position.is_last and position.is_verse}
    return lengths.pop() if len(lengths) == 1 and lengths <= {5, 7} else 0


def _rhyme_places(poems: Sequence[Sequence[_Position]], rhymes: Sequence[Rhyme | None]) -> Values:
    """Whether a character ends a line that rhymes; nan for stops and if nothing rhymes."""
    return np.array(
        [
            float(position.is_last and position.line in rhyme.lines)
            if rhyme and position.is_verse
            else np.nan
            for positions, rhyme in zip(poems, rhymes, strict=True)
            for position in positions
        ]
    )


def _sevens(poems: Sequence[Sequence[_Position]], lengths: Sequence[int]) -> Values:
    """Whether lines have seven characters; nan in first lines and poems of other lengths."""
    return np.array(
        [
            float(length == 7) if length and position.line > 1 else np.nan
            for positions, length in zip(poems, lengths, strict=True)
            for position in positions
        ]
    )


def _rhyme_groups(
    poems: Sequence[Sequence[_Position]], rhymes: Sequence[Rhyme | None]
) -> list[Label]:
    """For each common rhyme group, whether the poem rhymes in it, between its rhymes.

    This is from line 3 on, except at rhymes and stops: there the rhyme is remembered, not read.
    """
    counts = Counter(rhyme.name for rhyme in rhymes if rhyme)
    return [
        Label(
            f"rhyme in {group}, between rhymes",
            "yes or no",
            np.array(
                [
                    float(rhyme.name == group)
                    if rhyme and position.line > 2 and position.is_verse and not position.is_last
                    else np.nan
                    for positions, rhyme in zip(poems, rhymes, strict=True)
                    for position in positions
                ]
            ),
            of_text=True,
        )
        for group, _ in counts.most_common(COMMON_RHYMES)
    ]


def _title_given(texts: Sequence[Text], titled: Sequence[bool]) -> Label:
    labels = [
        float(is_titled) if text.title else np.nan
        for text, is_titled in zip(texts, titled, strict=True)
        for _ in text.verse
    ]
    return Label("a title was given", "yes or no", np.array(labels), of_text=True)


def _of_prose(texts: Sequence[Text]) -> list[Label]:
    """Labels of text in words: position in line and word, what comes next, capitals."""
    columns: dict[str, list[float]] = {
        name: []
        for name in ("place in the line", "place in the word", "the line ends here",
                     "the word ends here", "in a line of capitals")
    }  # fmt: skip
    for text in texts:
        for line in text.verse.splitlines(keepends=True):
            ends, places = _words(line)
            is_upper = line.isupper() and len(line) > 2
            for i, character in enumerate(line):
                is_break = character == "\n"
                is_letter = i in places
                columns["place in the line"].append(i + 1)
                columns["place in the word"].append(places[i] if is_letter else np.nan)
                is_last = line[i + 1 : i + 2] == "\n"
                columns["the line ends here"].append(np.nan if is_break else is_last)
                columns["the word ends here"].append(i in ends if is_letter else np.nan)
                columns["in a line of capitals"].append(np.nan if is_break else is_upper)
    return [
        Label(name, "number" if name.startswith("place") else "yes or no", np.array(labels, float))
        for name, labels in columns.items()
    ]


def _words(line: str) -> tuple[set[int], dict[int, int]]:
    """Where the words of a line end, and for each letter its place in its word, from 1."""
    spans = [match.span() for match in _word.finditer(line)]
    places = {i: i - start + 1 for start, stop in spans for i in range(start, stop)}
    return {stop - 1 for _, stop in spans}, places
