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

# Radicals (U+2E80 to U+2FDF) that PDF files have in place of the characters they look like
_RADICALS = str.maketrans(
    {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}
    | dict(
        zip(
            "⺟⺠⺩⻁⻄⻅⻆⻉⻋⻑⻓⻔⻗⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻪⻬⻮⻰⻱⻳",
            "母民王虎西见角贝车長长门雨青韦页风飞食马骨鬼鱼鸟卤麦黄黾齐齿龙龜龟",
            strict=True,
        )
    )
)
_radical = re.compile("[\u2e80-\u2fdf]")
_selectors = re.compile(f"(?<=[{HAN}])[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_kana = re.compile("[\u3041-\u30ff\uff66-\uff9f]")
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
    """Whether most of the letters of a text are Chinese characters, and few of them kana.

    A single kana in Chinese is damage; more of them are Japanese.

    >>> is_chinese("明月 (moon) 照大江春水"), is_chinese("the moon 月"), is_chinese("古池や水の音")
    (True, False, False)
    """
    han = len(_han.findall(text))
    if 2 * han <= len(_letter.findall(text)):
        return False
    return 10 * len(_kana.findall(text)) <= len(text)


def normalise(text: str) -> str:
    """NFC, the form in which poet keeps every text, and one codepoint for each Chinese character.

    Radicals become the characters that they look like, and variation selectors, which choose among
    the shapes of one character, are removed after Chinese characters.

    >>> normalise("\\u2f49\\u843d\\U000e0100烏啼")
    '月落烏啼'
    """
    if text.isascii():
        return text
    if _radical.search(text):
        text = text.translate(_RADICALS)
    return unicodedata.normalize("NFC", _selectors.sub("", text))


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
