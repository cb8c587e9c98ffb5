"""Which fields of JSON objects, or columns of a table, hold a poem's text, title and author."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from typing import Any

from poet.characters import STOPS, replace_surrogates
from poet.corpus.markup import plain_value
from poet.errors import UsageError, did_you_mean

SAMPLE = 200  # records that fields are chosen by
# Names in small letters, simplified, without spaces; the likelier ones come first
_TEXT = (
    "paragraphs text lines content para verse verses poem body poetry lyrics lyric strophes stanzas"
    " 内容 正文 诗文 诗句 原文 全文 诗词 诗歌 诗 词 文本 诗词内容 诗歌内容 诗词正文 歌词 句子 verso"
    " versos texte texto testo gedicht poème poema output completion response target contents"
)
_TITLE = (
    "title rhythmic name heading poem_title poemtitle 题目 标题 诗题 诗名 篇名 题 名称 诗词名 词牌"
    " 词牌名 曲名 作品名 诗歌名 诗词名称 titre titulo título titolo titel headline subject"
)
_AUTHOR = (
    "author poet writer poet_name author_name by creator 作者 诗人 词人 作家 姓名 作者名 作者姓名"
    " auteur autor autore dichter artist"
)
_NAMES = {
    part: {name: rank for rank, name in enumerate(names.split())}
    for part, names in (("text", _TEXT), ("title", _TITLE), ("author", _AUTHOR))
}
_TRADITIONAL = str.maketrans("題標詩詞內標稱詞號", "题标诗词内标称词号")
_USUAL = frozenset(
    ("paragraphs", "text", "lines", "content", "para", "title", "rhythmic", "author", "")
)
_LINE = ("line", "text", "content", "verse", "words", "句", "句子", "诗句")
_DYNASTIES = frozenset(
    dynasty + ending
    for dynasty in (
        *("先秦", "秦", "漢", "汉", "魏晉", "魏晋", "南北朝", "隋", "唐", "五代", "宋"),
        *("金", "元", "明", "清", "近", "近现", "近現", "现", "現", "当", "當", "未知", "不详"),
    )
    for ending in ("", "代", "朝")
)
_stop = re.compile(f"[{STOPS},.!?;:\n]")
_number = re.compile(r"[\d\s.,:/+-]*")
_MAX_TITLE = 60  # characters, in the middle, of a field that may be a title
_MAX_AUTHOR = 30

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fields:
    """The names of the fields that hold a poem's parts; empty where one is to be found, or none."""

    text: str = ""
    title: str = ""
    author: str = ""

    def __str__(self) -> str:
        parts = ((part.name, getattr(self, part.name)) for part in fields(self))
        return ", ".join(f"{part} from {name!r}" for part, name in parts if name)

    @property
    def are_usual(self) -> bool:
        """Whether they are fields that corpora on the web and poet itself have."""
        return _USUAL.issuperset((self.text, self.title, self.author))

    @property
    def options(self) -> str:
        """The options of the command line that ask for these fields."""
        parts = ((part.name, getattr(self, part.name)) for part in fields(self))
        return " ".join(f"--{part}-field {name}" for part, name in parts if name)


ANY_FIELDS = Fields()  # to be found


def find_fields(records: Sequence[Record], wanted: Fields, name: str) -> Fields:
    """The fields of these records: those wanted, else by their names, else by what they hold.

    `text` is empty where no field holds text. Raises `UsageError` where a field that is wanted is
    in no record.

    >>> find_fields([{"诗名": "江上", "诗文": "春水連天碧，明月照大江。"}], Fields(), "")
    Fields(text='诗文', title='诗名', author='')
    """
    columns: dict[str, list[str]] = {}
    for record in records:
        for key, value in record.items():
            if value := joined(value).strip():
                columns.setdefault(key, []).append(value)
    keys = dict.fromkeys(chain.from_iterable(records))
    for field in fields(wanted):
        key = getattr(wanted, field.name)
        if key and key not in keys:
            raise UsageError(
                f"{name} has no field {key!r}",
                did_you_mean(key, {name: name for name in keys})
                or f"its fields are {' '.join(map(repr, keys))[:200]}",
            )
    text = wanted.text or _named(columns, "text", _is_text) or _longest(columns)
    left = {key: values for key, values in columns.items() if key != text}
    title = wanted.title or _named(left, "title", _is_title)
    left.pop(title, None)
    author = wanted.author or _named(left, "author", _is_author)
    left.pop(author, None)
    if not title or not author:
        title, author = _guessed(left, title, author)
    return Fields(text, title, author)


def joined(value: Any) -> str:
    r"""A string, a list of lines, or a list of stanzas as one text; empty for other JSON.

    An empty line stands between stanzas too.

    >>> joined([["Rain.", "A lamp."], ["Snow."]]) == joined(["Rain.", "A lamp.", "", "Snow."])
    True
    """
    if isinstance(value, str):
        return plain_value(replace_surrogates(value))  # only a JSON escape can bring them in
    if not isinstance(value, list):
        return ""
    if any(isinstance(part, list) for part in value):
        return "\n\n".join(filter(None, map(joined, value)))
    lines = (_line(part) if isinstance(part, dict) else part for part in value)
    return "\n".join(joined(line) for line in lines if isinstance(line, str))


def _line(value: Mapping[str, Any]) -> Any:
    """A line of verse that is an object by itself, as lyrics with their times are."""
    return next((value[key] for key in value if _plain(key) in _LINE), None)


def is_name_of(part: str, key: str) -> bool:
    """Whether a field of this name usually holds this part of a poem: text, title or author.

    >>> is_name_of("title", "Title "), is_name_of("text", "詩文"), is_name_of("text", "id")
    (True, True, False)
    """
    return _plain(key) in _NAMES[part]


def is_known_name(key: str) -> bool:
    """Whether a field of this name usually holds some part of a poem, or its dynasty."""
    plain = _plain(key)
    return any(plain in names for names in _NAMES.values()) or plain in ("朝代", "年代", "dynasty")


def _plain(key: str) -> str:
    return key.strip(" \ufeff").lower().translate(_TRADITIONAL)


def _named(columns: Mapping[str, list[str]], part: str, fits: Callable[[list[str]], bool]) -> str:
    ranks = _NAMES[part]
    known = [key for key, values in columns.items() if _plain(key) in ranks and fits(values)]
    return min(known, key=lambda key: ranks[_plain(key)], default="")


def _is_text(values: list[str]) -> bool:
    return any(not _number.fullmatch(value) for value in values)


def _is_title(values: list[str]) -> bool:
    return _usual_size(values) <= 2 * _MAX_TITLE


def _is_author(values: list[str]) -> bool:
    return _usual_size(values) <= 2 * _MAX_AUTHOR


def _usual_size(values: list[str]) -> int:
    """The length of the value in the middle, in characters."""
    return sorted(map(len, values))[len(values) // 2]


def _longest(columns: Mapping[str, list[str]]) -> str:
    """The field with most text in it that has stops or lines, as verse has; else none."""
    sizes = {
        key: sum(map(len, values))
        for key, values in columns.items()
        if _is_text(values) and _stopped(values) >= 0.5
    }
    return max(sizes, key=sizes.__getitem__, default="")


def _stopped(values: list[str]) -> float:
    """The share of values with a stop or a line break in them."""
    return sum(_stop.search(value) is not None for value in values) / len(values)


def _guessed(left: Mapping[str, list[str]], title: str, author: str) -> tuple[str, str]:
    """Title and author where no name tells: the first field of short texts, and one of names.

    A title is nearly always another one; an author, a short name, comes back.
    """
    short = [
        key
        for key, values in left.items()
        if _usual_size(values) <= _MAX_TITLE
        and _stopped(values) < 0.3
        and not all(map(_number.fullmatch, values))
        and not _DYNASTIES.issuperset(values)
        and not key.lower().endswith(("id", "url", "link"))
    ]
    unnamed = [key for key in short if key.startswith("column ")]
    if not title and unnamed:
        title = max(unnamed, key=lambda key: (len(set(left[key])), -unnamed.index(key)))
        unnamed.remove(title)
    if not author and unnamed:
        names = [key for key in unnamed if max(map(len, left[key])) <= _MAX_AUTHOR]
        author = names[0] if names else ""
    return title, author
