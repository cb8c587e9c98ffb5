"""Classes of characters: Chinese ones, letters, and the stops that close a line."""

from __future__ import annotations

import re

STOPS = "，。！？；：、"  # what may close a line of classical verse
FULL_STOPS = "。！？；"  # what may close a couplet
HAN = "\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_han = re.compile(f"[{HAN}]")
_letter = re.compile(r"[^\W\d_]")


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
