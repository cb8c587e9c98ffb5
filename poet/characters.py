"""Classes of characters: Chinese characters, letters, the stops that close a line, numerals."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

STOPS = "，。！？；：、"  # what may close a line of classical verse
FULL_STOPS = "。！？；"  # what may close a couplet
HOLE = "□"  # stands for a missing or unknown character
NUMERALS = "一二三四五六七八九"
# Ranges for use inside the brackets of a regular expression
HAN = "\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Without the compatibility ideographs, most of which NFC replaces by another character
NORMAL_HAN = "\u3007\u3400-\u9fff\U00020000-\U0002f7ff\U0002fa20-\U0003ffff"

_han = re.compile(f"[{HAN}]")
_letter = re.compile(r"[^\W\d_]")
_surrogate = re.compile("[\ud800-\udfff]")


def is_han(character: str) -> bool:
    """Whether the character is a Chinese character.

    >>> is_han("月"), is_han("，"), is_han("a")
    (True, False, False)
    """
    return _han.match(character) is not None


def is_chinese(text: str) -> bool:
    """Whether most of the letters of a text are Chinese characters.

    >>> is_chinese("明月 (moon) 照大江春水"), is_chinese("the moon 月")
    (True, False)
    """
    return 2 * len(_han.findall(text)) > len(_letter.findall(text))


def writing_systems(text: str) -> Counter[str]:
    """How many letters of each writing system a text has: Han, kana, Latin, Greek …

    The name is that of the letters in Unicode. Han with kana, as in Japanese, counts as kana.

    >>> writing_systems("月 moon"), writing_systems("３ ①!")
    (Counter({'Latin': 4, 'Han': 1}), Counter())
    """
    found: Counter[str] = Counter()
    for character, count in Counter(unicodedata.normalize("NFKC", text)).items():
        if unicodedata.category(character)[0] == "L":
            found[_writing_system(character)] += count
    del found[""]
    if found["kana"]:
        found["kana"] += found.pop("Han", 0)
    return +found


def _writing_system(letter: str) -> str:
    """The writing system of a letter; empty for one that has none, such as a raised comma."""
    if is_han(letter) or letter == "々":
        return "Han"
    name = unicodedata.name(letter, "").split(" ")[0]
    if name.startswith(("HIRAGANA", "KATAKANA")):
        return "kana"
    return "" if name == "MODIFIER" else name.capitalize()


def replace_surrogates(text: str) -> str:
    """The text with U+FFFD for every lone surrogate, which UTF-8 cannot encode.

    >>> replace_surrogates("春\\ud800水")
    '春\ufffd水'
    """
    return _surrogate.sub("\ufffd", text)
