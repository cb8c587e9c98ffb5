"""How many syllables a word has, in any language that `pyphen` hyphenates.

A word has as many syllables as it has nuclei: vowels, and groups of vowels that are said in one.
Where two vowels meet, spelling seldom says whether they are one nucleus. Patterns of hyphenation
often do (be-enden), so nuclei are counted in the pieces between hyphens. Hyphens alone would not
do: printers leave no single letter on a line (Abend).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from poet.errors import UsageError

if TYPE_CHECKING:
    from pyphen import Pyphen

_BASES = frozenset("aeiouyæøœıаеёиоуыэюяіїєαεηιουω")
_CONSONANTS = "йў"  # that Unicode takes for vowels with a mark
_LETTERS = [chr(code) for block in ((0x41, 0x250), (0x370, 0x530)) for code in range(*block)]
VOWELS = frozenset(
    c
    for c in (letter.lower() for letter in _LETTERS if letter.isalpha())
    if unicodedata.normalize("NFD", c)[0] in _BASES and c not in _CONSONANTS
)
_V = f"[{''.join(sorted(VOWELS))}]"
# A group of weak vowels and a strong one is said in one syllable; two strong ones are two
_ROMANCE = "[iuyü]*[aeoáéóíúàèìòùâêôãõ][iuyü]*|[iuyü]+"
_NUCLEI = {
    "de": f"ei|ey|ai|ay|au|eu|äu|ie|aa|ee|oo|{_V}",
    **dict.fromkeys(("es", "gl", "it"), f"{_ROMANCE}|{_V}+"),
    "pt": f"ão|ãe|õe|{_ROMANCE}|{_V}+",
    **dict.fromkeys(("be", "bg", "ru", "uk"), _V),
}
# Scripts that write vowels as marks, or none
_OTHER_SCRIPTS = frozenset(["as", "kn", "mr", "or", "pa", "sa", "te", "th"])
word_pattern = re.compile(r"[^\W\d_]+")


def check_language(language: str) -> None:
    """Raise `UsageError` where syllables of a language cannot be counted."""
    try:
        from pyphen import LANGUAGES
    except ImportError:
        raise UsageError(
            "the syllables of this form are counted with pyphen, which is not installed",
            "pip install 'poet[syllables]'",
        ) from None
    known = sorted({name.partition("_")[0] for name in LANGUAGES} - _OTHER_SCRIPTS)
    if language not in known:
        raise UsageError(
            f"syllables of a language called {language!r} cannot be counted",
            f"those of {' '.join(known)} can",
        )


@lru_cache(maxsize=8)
def _hyphenator(language: str) -> Pyphen:
    from pyphen import Pyphen

    return Pyphen(lang=language, left=1, right=1, cache=False)


@lru_cache(maxsize=8)
def _nucleus(language: str) -> re.Pattern[str]:
    return re.compile(_NUCLEI.get(language, f"{_V}+"))


@lru_cache(maxsize=1 << 17)
def count_syllables(word: str, language: str) -> int:
    """The syllables of a word of letters alone; 0 for one without a vowel, such as Russian в.

    >>> [count_syllables(word, "de") for word in ("Abend", "beenden", "Freude", "neue", "z")]
    [2, 3, 2, 2, 0]
    """
    lower = word.lower().replace("qu", "q")
    pieces = _hyphenator(language).inserted(lower).split("-")
    return sum(len(_nucleus(language).findall(piece)) for piece in pieces)


def line_syllables(line: str, language: str) -> tuple[tuple[str, int], ...]:
    """The words of a line, each with its syllables. Hyphens and apostrophes part words.

    >>> line_syllables("L'amour, c'est lui.", "fr")
    (('L', 0), ('amour', 2), ('c', 0), ('est', 1), ('lui', 1))
    """
    return tuple((word, count_syllables(word, language)) for word in word_pattern.findall(line))
