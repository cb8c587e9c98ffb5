"""The modern reading of Chinese characters, chosen by the words that they stand in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from poet.scripts import convert

# Readings that verse mostly has; speech has another one first
_IN_VERSE = {
    "长": "cháng", "相": "xiāng", "还": "huán", "重": "chóng", "更": "gèng", "乘": "chéng",
    "干": "gān", "尽": "jìn", "空": "kōng", "沈": "chén", "予": "yú", "薄": "bó",
}  # fmt: skip
_PHRASES = {
    "长相": "cháng xiāng", "不见": "bù jiàn", "朝朝": "zhāo zhāo", "空房": "kōng fáng",
    "中酒": "zhòng jiǔ", "校书": "jiào shū",
}  # fmt: skip


@cache
def _learn_verse() -> None:
    from pypinyin import load_phrases_dict, load_single_dict

    load_single_dict({ord(character): reading for character, reading in _IN_VERSE.items()})
    load_phrases_dict(
        {phrase: [[one] for one in readings.split()] for phrase, readings in _PHRASES.items()}
    )


def pinyin(characters: Sequence[str]) -> list[str]:
    """The modern reading of each character, chosen by the words of its line.

    Dictionaries of words are in simplified characters, so the line is looked up in these.

    >>> pinyin("長相思"), pinyin("銀行"), pinyin("雨未乾")
    (['cháng', 'xiāng', 'sī'], ['yín', 'háng'], ['yǔ', 'wèi', 'gān'])
    """
    import pypinyin

    _learn_verse()
    text = "".join(characters)
    simplified = convert(text, "t2s")
    readings = pypinyin.pinyin(simplified if len(simplified) == len(text) else text)
    if len(readings) != len(characters):  # pypinyin joins characters that it does not know
        readings = [pypinyin.pinyin(character)[0] for character in characters]
    return [reading[0] for reading in readings]
