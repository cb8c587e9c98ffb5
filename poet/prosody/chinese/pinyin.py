"""The modern reading of Chinese characters, chosen by the words that they stand in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from poet.scripts import convert

# Readings that verse mostly has, where no word decides; speech has another one first
_IN_VERSE = {"长": "cháng", "相": "xiāng", "还": "huán", "重": "chóng", "更": "gèng", "乘": "chéng"}

_LONGING = {"思": "sī", "忆": "yì", "守": "shǒu"}


@cache
def _learn_verse() -> None:
    from pypinyin import load_phrases_dict, load_single_dict

    load_single_dict({ord(character): reading for character, reading in _IN_VERSE.items()})
    load_phrases_dict(  # elsewhere 長相 are looks
        {f"长相{last}": [["cháng"], ["xiāng"], [reading]] for last, reading in _LONGING.items()}
    )


def pinyin(characters: Sequence[str]) -> list[str]:
    """The modern reading of each character, chosen by the words of its line.

    Dictionaries of words are in simplified characters, so the line is looked up in these.

    >>> pinyin("長相思"), pinyin("銀行")
    (['cháng', 'xiāng', 'sī'], ['yín', 'háng'])
    """
    import pypinyin

    _learn_verse()
    text = "".join(characters)
    simplified = convert(text, "t2s")
    readings = pypinyin.pinyin(simplified if len(simplified) == len(text) else text)
    if len(readings) != len(characters):  # pypinyin joins characters that it does not know
        readings = [pypinyin.pinyin(character)[0] for character in characters]
    return [reading[0] for reading in readings]
