"""A line laid out on its metre: which syllable stands where, and what does not fit.

Of all ways to read a line the one with the fewest faults is taken; of those, the one with the
fewest licences, which only a lenient reader grants. A line without either keeps its metre
strictly: `poet.prosody.english.metre` has the rules, and says the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from poet.prosody.english.metre import PLAIN, TURNED, Metre, State, advance
from poet.prosody.english.syllables import Word, classes_of, look_up, sound_out

# What a reading costs. No number of licences weighs as much as a fault.
_LICENCE, _STRESS, _MISSING = 1, 100, 120
_EXTRA = {"0": 110, "A": 110, "F": 112, "C": 125, "2": 130, "1": 140}  # by its stress
_UPBEAT = 105  # an extra light syllable before a line that begins on the beat

CONTRACTED, EXPANDED, ELIDED = "contraction", "expansion", "elision"
SHIFTED = "shifted stress"
LIGHT_BEAT, TURNED_FOOT, SHORT_FOOT = "light beat", "turned foot", "short foot"
EXTRA, MISSING, STRESS = "extra syllable", "missing syllable", "stress"


class Syllable(NamedTuple):
    """A syllable, or the lack of one, and the place where it stands.

    `problem` is empty, or the name of a licence or fault; `place` is empty for a syllable too
    many; `stress` is empty where a syllable is missing.
    """

    word: int  # the word that it is a part of, or that comes next; from 0
    stress: str  # 0, 1, 2, C, F or A
    place: str  # w, s or x
    foot: int  # from 0
    problem: str = ""

    @property
    def is_strong(self) -> bool:
        """Whether it stands on the beat; a turned foot has its beat first."""
        if self.problem in (STRESS, TURNED_FOOT) or self.stress == "1":
            return self.stress in ("1", "C") or self.place == "s"
        return self.place == "s"


class Alignment(NamedTuple):
    """The syllables of a line under a metre, and the licences of its words, by number."""

    syllables: tuple[Syllable, ...]
    licences: tuple[tuple[int, str], ...]
    faults: tuple[tuple[int, str], ...]


class _Path(NamedTuple):
    cost: int
    syllables: tuple[object, ...]  # linked: the last one, and those before it


_NOTHING = _Path(0, ())


def align(words: Sequence[Word], metre: Metre) -> Alignment:
    """The best way to read a line in a metre.

    >>> from poet.prosody.english.metre import metre
    >>> from poet.prosody.english.syllables import words_of
    >>> found = align(words_of("The moon is late"), metre("iambic dimeter"))
    >>> "".join(syllable.stress for syllable in found.syllables), found.faults
    ('ACFC', ())
    """
    paths: dict[State, _Path] = {(0, "", PLAIN): _NOTHING}
    for number, word in enumerate(words):
        after: dict[State, _Path] = {}
        for reading, licence in readings(word):
            each = paths
            if licence:
                each = {
                    state: _Path(path.cost + _LICENCE, ((number, licence), path.syllables))
                    for state, path in paths.items()
                }
            for i, stress in enumerate(reading):
                each = _after_syllable(metre, each, number, stress, i == 0, word.after_pause)
            _keep_best(after, each.items())
        paths = after
    _skip_places(metre, paths, len(words))
    ends = (path for (foot, _, _), path in paths.items() if foot >= len(metre.feet))
    return _alignment(min(ends, key=lambda path: path.cost))


@lru_cache(maxsize=1 << 14)
def _spoken(word: str) -> tuple[tuple[str, str], ...]:
    """The readings of a lower-case word, each with the licence that it takes."""
    sounds = look_up(word)
    plain = classes_of(word, sounds or sound_out(word))
    found = dict.fromkeys(plain, "")
    for reading in classes_of(word, sounds, strict=False):
        found.setdefault(reading, _licence_of(reading, plain))
    return tuple(found.items())


def _licence_of(reading: str, plain: Sequence[str]) -> str:
    """What a reader of verse does to hear a reading that is not one of the plain ones."""
    lengths = set(map(len, plain))
    if len(reading) in lengths:
        return SHIFTED
    return CONTRACTED if len(reading) < min(lengths) else EXPANDED


def readings(word: Word) -> tuple[tuple[str, str], ...]:
    """The readings of a word, each with the licence that it takes; one of a guess if unknown."""
    spoken = _spoken(word.text.lower())
    if not word.runs_on:
        return spoken
    known = {reading for reading, _ in spoken}
    short = dict.fromkeys(each[:-1] for each, _ in spoken if each[-1:] in ("0", "A", "F"))
    return (*spoken, *((each, ELIDED) for each in short if each not in known))


def _after_syllable(
    metre: Metre,
    paths: dict[State, _Path],
    word: int,
    stress: str,
    is_first: bool,
    after_pause: bool,
) -> dict[State, _Path]:
    _skip_places(metre, paths, word)
    after: dict[State, _Path] = {}
    for state, path in paths.items():
        opens = is_first and state[:2] == (0, "")
        strict = advance(metre, state, stress, True, opens)
        for then in strict:
            _put(after, then, path, 0, _stood(metre, state, then, word, stress))
        for then in advance(metre, state, stress, False, opens or (is_first and after_pause)):
            if then not in strict:
                problem = _licence(state, then, stress)
                _put(after, then, path, _LICENCE, _stood(metre, state, then, word, stress, problem))
        for then in _places_after(metre, state):
            _put(after, then, path, _STRESS, _stood(metre, state, then, word, stress, STRESS))
        extra = Syllable(word, stress, "", min(state[0], len(metre.feet) - 1), EXTRA)
        _put(after, state, path, _cost_of_extra(metre, state, stress), extra)
    return after


def _cost_of_extra(metre: Metre, state: State, stress: str) -> int:
    is_upbeat = state[:2] == (0, "") and metre.feet[0][0][0] == "s" and stress in "0AF"
    return _UPBEAT if is_upbeat else _EXTRA[stress]


def _licence(state: State, then: State, stress: str) -> str:
    if TURNED in (state[2], then[2]):
        return TURNED_FOOT
    return LIGHT_BEAT if stress in "AF" else SHORT_FOOT


def _skip_places(metre: Metre, paths: dict[State, _Path], word: int) -> None:
    """Add the states that are reached where syllables are missing before a word."""
    waiting = sorted(paths, key=_progress)
    while waiting:
        state = waiting.pop(0)
        for then in _places_after(metre, state):
            missing = _stood(metre, state, then, word, "", MISSING)
            is_new = then not in paths
            _put(paths, then, paths[state], _MISSING, missing)
            if is_new:
                waiting.append(then)
                waiting.sort(key=_progress)


def _progress(state: State) -> tuple[int, int]:
    return state[0], -len(state[1])


def _places_after(metre: Metre, state: State) -> list[State]:
    """The states after the next place, whatever stands in it."""
    foot, left, _ = state
    if foot >= len(metre.feet):
        return []
    is_last = foot + 1 == len(metre.feet)
    return [
        (foot, places[1:], PLAIN) if places[1:] else (foot + 1, places[0] if is_last else "", PLAIN)
        for places in ((left,) if left else metre.loose_feet[foot])
    ]


def _stood(
    metre: Metre, state: State, then: State, word: int, stress: str, problem: str = ""
) -> Syllable:
    """A syllable that leads from one state to another, and the place in which it stood."""
    foot, left, _ = state
    if foot >= len(metre.feet):
        return Syllable(word, stress, "w", len(metre.feet) - 1, problem)
    if left:
        return Syllable(word, stress, left[0], foot, problem)
    if then[0] == foot:  # one place of a foot is done, which had one more than are left
        places = next(each for each in metre.loose_feet[foot] if each[1:] == then[1])
        return Syllable(word, stress, places[0], foot, problem)
    places = next(each for each in metre.loose_feet[foot] if len(each) == 1)
    return Syllable(word, stress, places[0], foot, problem)


def _put(
    paths: dict[State, _Path], state: State, before: _Path, cost: int, syllable: Syllable
) -> None:
    total = before.cost + cost
    if state not in paths or total < paths[state].cost:
        paths[state] = _Path(total, (syllable, before.syllables))


def _keep_best(paths: dict[State, _Path], others: Iterable[tuple[State, _Path]]) -> None:
    for state, path in others:
        if state not in paths or path.cost < paths[state].cost:
            paths[state] = path


def _alignment(path: _Path) -> Alignment:
    steps: list[object] = []
    left = path.syllables
    while left:
        step, left = left  # type: ignore[assignment]
        steps.append(step)
    steps.reverse()
    syllables = tuple(step for step in steps if isinstance(step, Syllable))
    faults = tuple(
        (each.word, each.problem) for each in syllables if each.problem in (EXTRA, MISSING, STRESS)
    )
    licences = [
        (step[0], str(step[1])) if not isinstance(step, Syllable) else (step.word, step.problem)
        for step in steps
        if isinstance(step, tuple)
        and (not isinstance(step, Syllable) or step.problem not in ("", EXTRA, MISSING, STRESS))
    ]
    return Alignment(syllables, tuple(licences), faults)
