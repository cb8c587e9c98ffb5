"""What breaks a rule of English verse, or only a strict reader's: each as a value and a sentence.

Faults of metre come from the alignment of a line (`poet.prosody.english.alignment`), faults of
rhyme from the words at the ends of lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from poet.prosody.english.alignment import (
    CONTRACTED,
    ELIDED,
    EXPANDED,
    EXTRA,
    LIGHT_BEAT,
    MISSING,
    SHIFTED,
    SHORT_FOOT,
    STRESS,
    TURNED_FOOT,
    Alignment,
    Syllable,
)
from poet.prosody.english.metre import Metre
from poet.prosody.english.syllables import Word

TOO_LONG, TOO_SHORT = "too long", "too short"
HEADLESS, UPBEAT, ANAPAEST, DACTYL = "headless line", "upbeat", "anapaest", "dactyl"
LINES, REFRAIN = "lines", "refrain"
NO_RHYME, SLANT, NEAR, REPEATED = "no rhyme", "slant rhyme", "near rhyme", "repeated rhyme word"

_LICENCES = {
    CONTRACTED: "{word} has to be said with a syllable less than usual",
    EXPANDED: "{word} has to be said with a syllable more than usual",
    SHIFTED: "{word} has to be stressed otherwise than usual",
    ELIDED: "the last vowel of {word} has to run into the next word",
    LIGHT_BEAT: "{word}, a word without weight, stands on the beat",
    TURNED_FOOT: "foot {foot} is turned around at {word}",
    SHORT_FOOT: "foot {foot} has a syllable less, at {word}",
}
_FEET = {
    HEADLESS: "foot 1: the line is headless, it begins on the beat ({word})",
    UPBEAT: "foot 1: the line has an upbeat ({word}), a syllable before its first beat",
    ANAPAEST: "foot {foot}: an anapaest stands for an iamb (at {word})",
    DACTYL: "foot {foot}: a dactyl stands for a trochee (at {word})",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that breaks a rule: its name, where it is, and a sentence that says it.

    Lines and words count from 1; 0 where there is none. `found` and `needed` are words, numbers of
    syllables, or `stressed` and `unstressed`.
    """

    name: str
    line: int = 0
    word: int = 0
    text: str = ""
    found: str = ""
    needed: str = ""
    sentence: str = ""

    @property
    def is_of_metre(self) -> bool:
        """Whether the metre of a line is at fault, and not its rhyme."""
        return self.name not in (LINES, REFRAIN, NO_RHYME, SLANT, NEAR, REPEATED)


def faults_of_metre(
    line: int, words: Sequence[Word], metre: Metre, alignment: Alignment
) -> Iterator[Fault]:
    """What is wrong with a line, numbered from 1, by its alignment with a metre."""
    wrong = [each for each in alignment.syllables if each.problem in (EXTRA, MISSING)]
    names = [_name_of_foot(each, metre, alignment) for each in wrong]
    if not all(names):
        yield _wrong_length(line, words, metre, alignment)
    else:
        for each, name in zip(wrong, names, strict=True):
            word, text = _word(words, each.word)
            sentence = f"line {line}, {_FEET[name].format(foot=each.foot + 1, word=text)}"
            yield Fault(name, line, word, text, sentence=sentence)
    for each in alignment.syllables:
        if each.problem == STRESS:
            word, text = _word(words, each.word)
            found_, needed_ = "stressed", "unstressed"
            if each.place == "s":
                found_, needed_ = needed_, found_
            syllable = _which_syllable(alignment, each.word, each)
            sentence = (
                f"line {line}, word {word}: {syllable}{text} is {found_}, where {metre.name} "
                f"needs {'a stress' if needed_ == 'stressed' else 'none'}"
            )
            yield Fault(STRESS, line, word, text, found_, needed_, sentence)


def _name_of_foot(syllable: Syllable, metre: Metre, alignment: Alignment) -> str:
    """What handbooks call a foot with this syllable too many or too few; empty if nothing."""
    is_first = syllable is alignment.syllables[0]
    if syllable.problem == MISSING:
        return HEADLESS if is_first and metre.kind == "iambic" else ""
    if syllable.stress not in "0AF":
        return ""
    if is_first and metre.kind in ("trochaic", "dactylic"):
        return UPBEAT
    return {"iambic": ANAPAEST, "trochaic": DACTYL}.get(metre.kind, "")


def _wrong_length(line: int, words: Sequence[Word], metre: Metre, alignment: Alignment) -> Fault:
    wrong = [each for each in alignment.syllables if each.problem in (EXTRA, MISSING)]
    found = sum(each.problem != MISSING for each in alignment.syllables)
    over = sum(1 if each.problem == EXTRA else -1 for each in wrong)
    name = TOO_LONG if over > 0 else TOO_SHORT if over < 0 else STRESS
    word, text = _word(words, wrong[0].word)
    what = f"one is missing before {text}" if text else "one is missing at the end"
    if wrong[0].problem == EXTRA:
        what = f"{text} has one too many"
    if len(wrong) > 1:
        what = f"the first trouble is at {text or 'the end'}"
    syllables = "1 syllable" if found == 1 else f"{found} syllables"
    sentence = f"line {line} has {syllables}, {metre.name} needs {metre.syllables}: {what}"
    if name == STRESS:
        sentence = f"line {line} does not scan as {metre.name}: {what}"
    return Fault(name, line, word, text, str(found), str(metre.syllables), sentence)


def doubts_of_metre(line: int, words: Sequence[Word], alignment: Alignment) -> Iterator[Fault]:
    """What only a lenient reader grants in a line, numbered from 1."""
    feet = {each.word: each.foot for each in reversed(alignment.syllables)}
    for number, licence in dict.fromkeys(alignment.licences):
        word, text = _word(words, number)
        said = _LICENCES[licence].format(word=text, foot=feet.get(number, 0) + 1)
        yield Fault(licence, line, word, text, sentence=f"line {line}, word {word}: {said}")


def _word(words: Sequence[Word], number: int) -> tuple[int, str]:
    """A word's number from 1 and its text; the number after the last, and no text, at the end."""
    return number + 1, words[number].text if number < len(words) else ""


def _which_syllable(alignment: Alignment, word: int, wanted: object) -> str:
    """Which syllable of its word is meant, in words; empty where it has only one."""
    syllables = [each for each in alignment.syllables if each.word == word and each.stress]
    if len(syllables) < 2:
        return ""
    number = next(i for i, each in enumerate(syllables, 1) if each is wanted)
    return f"syllable {number} of "
