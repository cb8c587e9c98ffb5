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
from functools import lru_cache

from poet.prosody.english.pronunciation import Pronunciation, pronunciations

_FUNCTION_WORDS = """
in on at by for from with as but nor if than that this these those which who whom whose what
when where why how is am are was were be been do does did doth dost hath has have had hast
shall will would should could can may might must let not no so too such i me my thy his her
its our your their he she it we us you they them thou thee ye him there then yet though while
till ere through o'er 'tis 'twas 'neath 'mid 'gainst 'twere 'twill th' t' i' o' each both more
most all some shalt wilt art wert canst didst wouldst couldst i'll i've i'd i'm he's she's
it's 'twixt tho tho' thro thro' ne'er e'er out up down off
"""
_FUNCTION = frozenset(_FUNCTION_WORDS.split())
_ARTICLES = frozenset(["a", "an", "the", "th'", "of", "and", "'em", "or", "to"])
_token = re.compile(r"'?[A-Za-z]+(?:'[A-Za-z]+)*'?|[,;:.!?()—-]")
_PAUSES = frozenset(",;:.!?()—")


def tokens(line: str) -> list[str]:
    """The words of a line, as they are written, and its punctuation; hyphens part words.

    >>> tokens("O'er the wine-dark sea, 'tis")
    ["O'er", 'the', 'wine', '-', 'dark', 'sea', ',', "'tis"]
    """
    return _token.findall(line)


def is_pause(token: str) -> bool:
    """Whether a token is punctuation at which the voice rests."""
    return token in _PAUSES


def is_word(token: str) -> bool:
    """Whether a token is a word."""
    return token[-1] not in "-,;:.!?()—"


@lru_cache(maxsize=1 << 16)
def syllable_classes(word: str, strict: bool = True) -> tuple[str, ...]:
    """The readings of a lower-case word, described above; none where it is unknown.

    A lenient reader also hears what only verse says: heaven as one syllable, lovèd as two.

    >>> syllable_classes("the"), syllable_classes("heaven"), syllable_classes("heaven", False)
    (('A',), ('10',), ('10', 'C'))
    """
    return classes_of(word, pronunciations(word), strict)


def classes_of(
    word: str, sounds: tuple[Pronunciation, ...], strict: bool = True
) -> tuple[str, ...]:
    """The readings of a word that sounds so."""
    stresses = (sound.stresses for sound in sounds if not (strict and sound.poetic))
    return tuple(dict.fromkeys(_classes(word, each) for each in stresses))


def _classes(word: str, stresses: str) -> str:
    if len(stresses) <= 1:
        if not stresses:
            return ""
        return "A" if word in _ARTICLES else "F" if word in _FUNCTION else "C"
    if "1" not in stresses:
        stresses = stresses.replace("2", "1", 1) if "2" in stresses else "1" + stresses[1:]
    first = stresses.index("1") + 1
    return stresses[:first] + stresses[first:].replace("1", "2")
