"""Which form a poem has: found by how its lines scan and rhyme, not by their number alone.

Each form that could have as many lines is scored by its metres and its rhymes; the best is taken
if enough of it is kept. A poem in none of them still has a metre and a rhyme scheme.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from poet.prosody.english.alignment import align, readings
from poet.prosody.english.faults import NEAR, NO_RHYME, REPEATED
from poet.prosody.english.forms import UNRHYMED, EnglishForm, forms, forms_by_name
from poet.prosody.english.label import METRES
from poet.prosody.english.line_ends import PERFECT, WINDOW, LineEnd, find_scheme, rhyme_between
from poet.prosody.english.metre import Metre, endings, start, step
from poet.prosody.english.syllables import Word
from poet.prosody.english.verse import Verse

MOST_LINES = 48  # that are read of a poem to find its form
_LEAST_METRE = 0.45  # what the lines of a form count for on average
_LEAST_METRE_UNNAMED = 0.5
_LEAST_SYLLABIC = 0.8  # many lines have some number of syllables by chance
_LEAST_RHYME = 0.4  # the same of its rhymes
_MOST_RHYMED = 0.2  # of the lines of an unrhymed form: in couplets a half
_MOST_UNRHYMED = 0.25  # of the lines of a sonnet in no usual scheme
_BETTER = 1.15  # times: so much better must several metres fit than one
# What a line counts for that only lenient readers hear, who hear threes in most lines
_LENIENT_TWOS, _LENIENT_THREES = 0.6, 0.25
_NEARLY = 0.25  # a line with one fault
_RHYME_WORTH = {PERFECT: 1.0, NEAR: 0.6, REPEATED: 0.3, NO_RHYME: -1.0}
_STANZAS, _OWN_SCHEME, _FEW_SCHEMES = 0.1, 0.02, 0.05  # what else speaks for a form


class Fits:
    """How well the lines of a poem fit metres; each is worked out once."""

    def __init__(self, lines: Sequence[Sequence[Word]]) -> None:
        self.words = lines
        self.lines = [_read(words) for words in lines]
        self._syllables = [_syllables(line) for line in self.lines]
        self._found: dict[tuple[int, Metre], float] = {}

    def score(self, line: int, metre: Metre) -> float:
        """1 for a line that keeps a metre strictly, less if leniently, 0 if it does not."""
        key = (line, metre)
        if key not in self._found:
            words = self.lines[line]
            lenient = _LENIENT_TWOS if metre.can_promote else _LENIENT_THREES
            kept = 1.0 if _keeps(words, metre, True) else lenient * _keeps(words, metre, False)
            self._found[key] = kept or self._nearly(line, metre)
        return self._found[key]

    def _nearly(self, line: int, metre: Metre) -> float:
        """What a line counts for that has a single fault."""
        shortest, longest = self._syllables[line]
        if metre.is_syllabic or not metre.can_promote:
            return 0.0
        if longest < metre.syllables - 2 or shortest > metre.syllables + 2:
            return 0.0
        return _NEARLY * (len(align(self.words[line], metre).faults) == 1)

    def mean(self, metres: Sequence[Metre]) -> float:
        """The mean score of all lines, which have these metres."""
        pairs = zip(range(len(self.lines)), metres, strict=False)
        return sum(self.score(line, metre) for line, metre in pairs) / len(self.lines)


_ReadWord = tuple[tuple[str, ...], tuple[str, ...], bool]  # strictly, leniently, after a pause


def _read(words: Sequence[Word]) -> list[_ReadWord]:
    read = []
    for word in words:
        ways = readings(word)
        strict = tuple(way for way, licence in ways if not licence)
        read.append((strict, tuple(way for way, _ in ways), word.after_pause))
    return read


def _syllables(words: Sequence[_ReadWord]) -> tuple[int, int]:
    """The smallest and the greatest number of syllables that a line can have."""
    shortest, longest = (sum(least(map(len, word[1])) for word in words) for least in (min, max))
    return shortest, longest


def _keeps(words: Sequence[_ReadWord], metre: Metre, strict: bool) -> bool:
    states = start(metre)
    for strictly, leniently, after_pause in words:
        ways = strictly if strict else leniently
        states = step(metre, states, ways, strict=strict, after_pause=after_pause)
        if not states:
            return False
    return bool(endings(metre, states))


def find_form_of(verse: Verse) -> EnglishForm | None:
    """The form that a poem has, or was meant to have; None where it has none that has a name."""
    count = len(verse.lines)
    candidates = [found for form in forms() if (found := form.of(count))]
    fits = Fits(verse.words[:MOST_LINES])
    ends = [LineEnd.simple(words) for words in verse.words[:MOST_LINES]]
    rhymed = _rhymed_share(ends)
    best, highest = None, 0.0
    for form in candidates:
        score = _score(form, verse, fits, ends, rhymed)
        if score > highest:
            best, highest = form, score
    return best or _sonnet(verse, fits)


def _sonnet(verse: Verse, fits: Fits) -> EnglishForm | None:
    """The form of a sonnet with a rhyme scheme of its own; None if the poem is none."""
    form = forms_by_name().get("sonnet")
    if not form or len(verse.lines) != len(form.metres) or fits.mean(form.metres) < _LEAST_METRE:
        return None
    scheme = find_scheme([LineEnd.simple(words) for words in verse.words])
    if scheme.count(UNRHYMED) > _MOST_UNRHYMED * len(scheme):
        return None
    return replace(form, schemes=(scheme,))


def _score(
    form: EnglishForm, verse: Verse, fits: Fits, ends: Sequence[LineEnd], rhymed: float
) -> float:
    """How well a form fits a poem; 0 if it does not."""
    if len(form.stanzas) > 1 and not _breaks(verse.stanzas) <= _breaks(form.stanzas):
        return 0.0
    metre = fits.mean(form.metres)
    if metre < (_LEAST_SYLLABIC if form.metres[0].is_syllabic else _LEAST_METRE):
        return 0.0
    worths = [_rhyme_worth(scheme[: len(ends)], ends) for scheme in form.schemes]
    worth, answers = max(worths, key=lambda each: each[0])
    if answers and worth < _LEAST_RHYME * answers:
        return 0.0
    if not answers and rhymed > _MOST_RHYMED and len(verse.lines) > 3:
        return 0.0
    score = metre + worth / len(ends) + _FEW_SCHEMES / len(form.schemes)
    if form.stanzas == verse.stanzas:
        score += _STANZAS
    return score + _OWN_SCHEME * (worths[0][0] == worth)


def _rhyme_worth(scheme: str, ends: Sequence[LineEnd]) -> tuple[float, int]:
    """What the rhymes count for that a scheme asks for, and how many lines are to answer."""
    worth, answers = 0.0, 0
    for i, letter in enumerate(scheme):
        before = [j for j in range(max(0, i - 2 * WINDOW), i) if scheme[j] == letter]
        if letter == UNRHYMED or not before:
            continue
        worth += max(_RHYME_WORTH.get(rhyme_between(ends[j], ends[i]), 0.0) for j in before)
        answers += 1
    return worth, answers


def find_metres(verse: Verse) -> tuple[Metre, ...]:
    """The metre of each line of a poem, which comes again from stanza to stanza; () for none."""
    count = len(verse.lines)
    fits = Fits(verse.words[:MOST_LINES])
    candidates = dict.fromkeys([*METRES, *(m for form in forms() for m in form.metres)])
    metrical = [metre for metre in candidates if not metre.is_syllabic]
    length = verse.stanzas[0]
    is_regular = set(verse.stanzas) == {length} and length > 2 and len(verse.stanzas) > 1
    best: tuple[Metre, ...] = ()
    highest = _LEAST_METRE_UNNAMED / _BETTER
    for period in (1, 2, length) if is_regular else (1, 2):
        if period > count:
            continue
        places = [
            max(metrical, key=lambda m, at=at: _sum(fits, m, at, period))  # type: ignore[misc]
            for at in range(period)
        ]
        metres = tuple(places[line % period] for line in range(count))
        if (mean := fits.mean(metres)) >= highest * _BETTER:
            best, highest = metres, mean
    return best


def _sum(fits: Fits, metre: Metre, first: int, period: int) -> float:
    return sum(fits.score(line, metre) for line in range(first, len(fits.lines), period))


def _rhymed_share(ends: Sequence[LineEnd]) -> float:
    """The share of lines that rhyme perfectly with one of the three before them."""
    return sum(
        any(rhyme_between(ends[j], end) == PERFECT for j in range(max(0, i - 3), i))
        for i, end in enumerate(ends)
    ) / len(ends)


def _breaks(stanzas: Sequence[int]) -> set[int]:
    """After how many lines a stanza ends."""
    return set(accumulate(stanzas))
