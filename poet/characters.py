"""Classes of characters: Chinese characters, letters, the stops that close a line, numerals."""

from __future__ import annotations

import re

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


def replace_surrogates(text: str) -> str:
    """The text with U+FFFD for every lone surrogate, which UTF-8 cannot encode.

    >>> replace_surrogates("春\\ud800水")
    '春\ufffd水'
    """
    return _surrogate.sub("\ufffd", text)
