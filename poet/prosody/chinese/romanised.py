"""Chinese names in Latin letters: how they are written so, and whom such a name can mean.

Pinyin is what is printed. Names are understood in Wade-Giles too, as older books spell them, with
or without marks, blanks and hyphens; and by the other names that poets are known by.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from poet.characters import is_han
from poet.prosody.chinese.pinyin import pinyin
from poet.scripts import convert

_DOUBLE = frozenset(  # family names of two characters
    re.findall(
        "..",
        "歐陽司馬司空皇甫上官諸葛夏侯尉遲令狐長孫獨孤宇文公孫慕容東方南宮鮮于淳于濮陽",
    )
)
_MONKS = frozenset(re.findall("..", "貫休皎然齊己寒山拾得無可靈一靈澈護國"))  # who have none
_IN_NAMES = {  # readings that characters have in names
    "曾": "zeng", "解": "xie", "仇": "qiu", "查": "zha", "任": "ren", "單": "shan", "葉": "ye",
    "翟": "zhai", "蓋": "ge", "种": "chong", "晁": "chao", "區": "ou", "員": "yun", "華": "hua",
    "适": "kuo", "說": "yue", "了": "liao", "鑰": "yue",
}  # fmt: skip
_OTHER_NAMES = {
    "太白": "李白", "李太白": "李白", "青蓮居士": "李白", "杜子美": "杜甫", "杜工部": "杜甫",
    "杜少陵": "杜甫", "少陵野老": "杜甫", "白樂天": "白居易", "香山居士": "白居易",
    "王摩詰": "王維", "孟襄陽": "孟浩然", "韋蘇州": "韋應物", "韓昌黎": "韓愈", "韓退之": "韓愈",
    "柳子厚": "柳宗元", "柳河東": "柳宗元", "劉夢得": "劉禹錫", "元微之": "元稹", "李長吉": "李賀",
    "杜樊川": "杜牧", "杜牧之": "杜牧", "李義山": "李商隱", "溫飛卿": "溫庭筠", "東坡": "蘇軾",
    "蘇東坡": "蘇軾", "東坡居士": "蘇軾", "蘇子瞻": "蘇軾", "歐陽永叔": "歐陽修", "醉翁": "歐陽修",
    "王荊公": "王安石", "王介甫": "王安石", "黃山谷": "黃庭堅", "黃魯直": "黃庭堅",
    "陸放翁": "陸游", "放翁": "陸游", "楊誠齋": "楊萬里", "范石湖": "范成大", "朱子": "朱熹",
    "朱晦庵": "朱熹", "姜白石": "姜夔", "秦少游": "秦觀", "文文山": "文天祥", "柳三變": "柳永",
    "李易安": "李清照", "易安居士": "李清照", "辛稼軒": "辛棄疾", "辛幼安": "辛棄疾",
}  # fmt: skip
_IN_ENGLISH = {"coldmountain": "寒山"}

_syllables = re.compile(
    r"(?:(?:[zcs]h|hs|t[sz]|[bpmfdtnlgkhjqxrzcsyw])?[aeiou]{1,3}(?:ng?|rh?|h)?)+"
)


def romanised(name: str) -> str:
    """A Chinese name in pinyin without tone marks, the family name first.

    >>> romanised("李白"), romanised("歐陽修"), romanised("寒山")
    ('Li Bai', 'Ouyang Xiu', 'Hanshan')
    """
    sounds = [_IN_NAMES.get(c, _plain(sound)) for c, sound in zip(name, pinyin(name), strict=True)]
    family = _family(name)
    return " ".join(
        "".join(part).capitalize() for part in (sounds[:family], sounds[family:]) if part
    )


def is_pinyin(name: str) -> bool:
    """Whether a name is made of syllables of pinyin or Wade-Giles alone.

    >>> is_pinyin("Du Fu"), is_pinyin("Po Chü-i"), is_pinyin("John Donne")
    (True, True, False)
    """
    return bool(_syllables.fullmatch(letters(name)))


def authors_called(name: str, authors: Iterable[str]) -> list[str]:
    """The authors whom a name can mean: all of that family where it is a family name alone.

    >>> authors = ["李白", "李賀", "白居易", "蘇軾"]
    >>> authors_called("Li Po", authors), authors_called("su-dongpo", authors)
    (['李白'], ['蘇軾'])
    >>> authors_called("Li", authors)
    ['李白', '李賀']
    """
    known = [author for author in authors if author and all(map(is_han, author))]
    typed = letters(name)
    if not typed:
        return [_OTHER_NAMES[name]] if _OTHER_NAMES.get(name) in known else []
    if _IN_ENGLISH.get(typed) in known:
        return [_IN_ENGLISH[typed]]
    other = {
        own for called, own in _OTHER_NAMES.items() if own in known and typed in _spelt(called)
    }
    found = [author for author in known if author in other or typed in _spelt(author)]
    return found or [author for author in known if typed in _spelt(author[: _family(author)])]


def letters(name: str) -> str:
    """The plain letters and digits of a name; ü is u, as which it is often typed. Else empty.

    >>> letters("Wǔ-Lǜ"), letters("wulv"), letters("五律")
    ('wulu', 'wulu', '')
    """
    plain = "".join(filter(str.isalnum, unicodedata.normalize("NFKD", name.lower())))
    return plain.replace("v", "u") if plain.isascii() else ""


def _family(name: str) -> int:
    """How many characters the family name has."""
    if name in _MONKS:
        return 0
    return 2 if name[:2] in _DOUBLE and len(name) > 2 else 1


@cache
def _spelt(name: str) -> frozenset[str]:
    """The plain letters of a name in pinyin and Wade-Giles; 白 is Bai or Bo."""
    from pypinyin import Style, lazy_pinyin

    modern = letters(romanised(name))
    older = letters("".join(lazy_pinyin(convert(name, "t2s"), Style.WADEGILES)))
    if "白" not in name:
        return frozenset((modern, older))
    return frozenset((modern, older, modern.replace("bai", "bo"), older.replace("pai", "po")))


def _plain(sound: str) -> str:
    """A syllable without its tone mark, which leaves the dots of ü."""
    marks = unicodedata.normalize("NFD", sound)
    return unicodedata.normalize("NFC", re.sub("[\u0300\u0301\u0304\u030c]", "", marks))
