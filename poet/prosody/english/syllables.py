"""The syllables of a line as the metre sees them.

Of a word of several syllables its stresses are known: `1` primary, `2` secondary, `0` none. A word
of one syllable takes its stress from its place and its meaning:

    C    content (moon, sleep): on the beat or off it
    F    function (in, should, my): on the beat, unless a content word has just been put off it
    A    article-like (the, of): never on the beat in a strict reading

A word may have several readings: a string of these each, such as `10`, `F` or `010`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from poet.prosody.english.pronunciation import Pronunciation, guess, pronunciations

_WORDS_OF_FUNCTION = """
in on at by for from with as but nor if than that this these those which who whom whose what
when where why how is am are was were be been do does did doth dost hath has have had hast
shall will would should could can may might must let not no so too such i me my thy his her
its our your their he she it we us you they them thou thee ye him there then yet though while
till ere through o'er 'tis 'twas 'neath 'mid 'gainst 'twere 'twill th' t' i' o' each both more
most all some shalt wilt art wert canst didst wouldst couldst i'll i've i'd i'm he's she's
it's 'twixt tho tho' thro thro' ne'er e'er out up down off
"""
FUNCTION_WORDS = frozenset(_WORDS_OF_FUNCTION.split())
ARTICLES = frozenset(["a", "an", "the", "th'", "of", "and", "'em", "or", "to"])
# Words of two syllables so light that a lenient reader hears no stress in them
_WORDS_OF_TWO = """
before into unto upon over under after without within among amid above about against beyond beside
between because until
"""
_LIGHT_WORDS = frozenset(_WORDS_OF_TWO.split())
_MUTE_H = frozenset(["hour", "hours", "heir", "heirs", "honest", "honour", "honor", "honours"])
_PUNCTUATION = frozenset("-,;:.!?()…–—")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "ð": "d"})
_LATIN = "[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f]+"
_token = re.compile(f"'?{_LATIN}(?:'{_LATIN})*'?|[,;:.!?()…–—-]")


class Word(NamedTuple):
    """A word of a line."""

    text: str  # as it is written, with a plain apostrophe
    start: int  # where it begins in the line
    runs_on: bool  # its last syllable may be lost in the vowel that follows: the eternal, many a
    after_pause: bool  # punctuation stands before it


def words_of(line: str) -> list[Word]:
    """The words of a line in order; hyphens part words.

    >>> [word.text for word in words_of("O’er the wine-dark sea, 'tis")]
    ["O'er", 'the', 'wine', 'dark', 'sea', "'tis"]
    >>> words_of("the eternal")[0].runs_on, words_of("Hail, light")[1].after_pause
    (True, True)
    """
    words: list[Word] = []
    after_pause = False
    for match in _token.finditer(line.replace("’", "'")):
        token = match[0]
        if token in _PUNCTUATION:
            after_pause = after_pause or token != "-"
            continue
        if words and not after_pause and _runs_on(words[-1].text.lower(), token.lower()):
            words[-1] = words[-1]._replace(runs_on=True)
        words.append(Word(token, match.start(), False, after_pause))
        after_pause = False
    return words


def _runs_on(word: str, following: str) -> bool:
    if following[0] not in "aeiou" and following not in _MUTE_H:
        return False
    return word in ("the", "to") or (word[-1] == "y" and following in FUNCTION_WORDS | ARTICLES)


@lru_cache(maxsize=1 << 16)
def syllable_classes(word: str, strict: bool = True, runs_on: bool = False) -> tuple[str, ...]:
    """The readings of a lower-case word, described above; none where it is unknown.

    A lenient reader also hears what only verse says: heaven as one syllable, lovèd as two, and
    a word that `runs_on` without its last one.

    >>> syllable_classes("the"), syllable_classes("heaven"), syllable_classes("heaven", False)
    (('A',), ('10',), ('10', 'C'))
    """
    return classes_of(word, look_up(word), strict, runs_on)


@lru_cache(maxsize=1 << 16)
def look_up(word: str) -> tuple[Pronunciation, ...]:
    """The pronunciations of a lower-case word, which may have accents or quotation marks.

    >>> [said.stresses for said in look_up("belovèd")], look_up("'moon") == look_up("moon")
    (['010'], True)
    """
    if said := pronunciations(word):
        return said
    plain = _plain(word)
    said = pronunciations(plain) or pronunciations(plain.strip("'"))
    if plain.endswith("ed") and word[-2] in "èé":  # the accent says that it is a syllable
        longest = max((len(each.stresses) for each in said), default=0)
        said = tuple(replace(each, poetic=False) for each in said if len(each.stresses) == longest)
    return said


@lru_cache(maxsize=1 << 12)
def sound_out(word: str) -> tuple[Pronunciation, ...]:
    """The pronunciations of a lower-case word that is in no dictionary, by its letters."""
    return guess(re.sub("[^a-z']", "", _plain(word)) or "a")


def _plain(word: str) -> str:
    """A lower-case word in letters of English: fiancée -> fiancee, cœur -> coeur."""
    letters = unicodedata.normalize("NFKD", word.translate(_LIGATURES))
    return "".join(c for c in letters if not unicodedata.combining(c))


def classes_of(
    word: str, sounds: tuple[Pronunciation, ...], strict: bool = True, runs_on: bool = False
) -> tuple[str, ...]:
    """The readings of a word that sounds so."""
    stresses = (sound.stresses for sound in sounds if not (strict and sound.poetic))
    readings = dict.fromkeys(reading_of(word, each) for each in stresses)
    if not strict:
        readings |= dict.fromkeys(_shifted(each) for each in readings)
        if word in _LIGHT_WORDS:
            readings["00"] = None
    if runs_on and not strict:
        readings |= dict.fromkeys(each[:-1] for each in readings if each[-1:] in ("0", "A", "F"))
    return tuple(readings)


def _shifted(reading: str) -> str:
    """A reading whose primary stress changes places with a secondary one beside it.

    >>> _shifted("12"), _shifted("120"), _shifted("10")  # sometime, forefathers, water
    ('21', '210', '10')
    """
    return reading.replace("12", "21", 1) if "12" in reading else reading.replace("21", "12", 1)


def reading_of(word: str, stresses: str) -> str:
    """The syllables of a lower-case word with these stresses, described at the head of this module.

    Of several primary stresses the first counts.

    >>> reading_of("should", "1"), reading_of("moon", "1"), reading_of("half-hearted", "110")
    ('F', 'C', '120')
    """
    if len(stresses) <= 1:
        if not stresses:
            return ""
        return "A" if word in ARTICLES else "F" if word in FUNCTION_WORDS else "C"
    if "1" not in stresses:
        stresses = stresses.replace("2", "1", 1) if "2" in stresses else "1" + stresses[1:]
    first = stresses.index("1") + 1
    return stresses[:first] + stresses[first:].replace("1", "2")
