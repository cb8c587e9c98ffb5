"""Plain texts as people have them: what stands in them beside verse, found and left out.

`find_marks` looks at the beginning of a text, and `plain_text` brings all of it into lines of
verse, headings as `# Title / Author`, and blank lines between.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from poet.characters import HAN, STOPS, is_chinese
from poet.corpus.markdown import is_markdown, markdown_lines
from poet.corpus.markup import plain_value
from poet.corpus.text_lines import split_lines

_line_end = re.compile("[\x0b\x0c\x85\u2028\u2029]")
_empty = re.compile(
    "[\\s\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2060-\u2064\u2800\u3164\ufeff]*"
)
_time = re.compile(r"\s*(?:\[\d{1,3}:\d{2}(?:[.:]\d{1,3})?\]\s*)+")
_word_time = re.compile(r"<\d{1,3}:\d{2}(?:[.:]\d{1,3})?>")
_time_fact = re.compile(
    r"\s*\[(ti|ar|al|by|offset|re|ve|au|length|la|tool|#):(.*)\]\s*", re.IGNORECASE
)
_subtitle = re.compile(r"\s*(?:\d+:)?\d{1,2}:\d{2}[,.]\d{3}\s*-->.*")
_spaced = re.compile(f"\\s*(?:[{HAN}{STOPS}][ \t\u3000]+){{3,}}[{HAN}{STOPS}]?\\s*")
_between = re.compile(f"(?<=[{HAN}{STOPS}])[ \t\u3000](?=[{HAN}{STOPS}])")
_han = re.compile(f"[{HAN}]")
_syllable = (
    "(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:i?ang|[ieu]?ong|[iu]?eng|[iuv]?an|uai|iao|ing|[aeo]ng|"
    "[eiuv]n|ai|ei|ao|ou|ia|ie|iu|ua|uo|ui|ue|ve|er|[aeiouv])r?"
)
_pinyin = re.compile(f"(?:{_syllable}[1-5]?['’]?)+")
_bopomofo = re.compile("[\u3105-\u312f\u31a0-\u31bf\u02ca\u02c7\u02cb\u02d9\\s，。、]+")
_NOTES = (
    "注釋|注释|註釋|註释|注解|註解|譯文|译文|翻譯|翻译|白話|白话|今譯|今译|韻譯|韵译|賞析|赏析|鑑賞|鉴赏|评析|評析|简析|簡析|"
    "點評|点评|集評|集评|作者簡介|作者简介|作者介紹|作者介绍|詩人簡介|诗人简介|創作背景|创作背景|寫作背景|写作背景|題解|题解|解說|解说|"
    "按語|按语|校記|校记|大意|參考譯文|参考译文|譯文及注釋|译文及注释"
)
_notes = re.compile(
    rf"\s*(?:[【〖\[［（(「◎■◆]\s*(?:{_NOTES}|注|註|譯|译|背景|說明|说明|簡介|简介)\s*[】〗\]］）)」]"
    rf"|(?:{_NOTES})\s*(?:[:：].*|[一二三四五六七八九\d]?$)|(?:注|註|譯|译)\s*[:：])"
)
_note = re.compile(
    r"\s*(?:[\[［〔](?:注|註)?[\d一二三四五六七八九十]{1,3}[\]］〕]|[①-⑳⑴-⒇])\s*"
    r"(?=[^，。]{1,15}[:：]|此[詩诗詞词句首]|一作|[指即])"
)
_mark = re.compile(
    f"(?<=[{HAN}{STOPS}」』”》])(?:[\\[［](?:注|註)?\\d{{1,3}}[\\]］]|[①-⑳⑴-⒇¹²³⁰⁴-⁹]+)"
)
_page = re.compile(r"\W*(?:第\s*)?\d{1,4}(?:\s*[页頁首])?\W*")
_DATE = r"(?:\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})"
_message = re.compile(  # the time of a message, its writer before or after it, and what was written
    rf"\s*\[?(?:[^\s:：\[\]]{{1,20}}\s+)?{_DATE}[,，]?\s+(?:[上下]午)?\d{{1,2}}:\d{{2}}(?::\d{{2}})?"
    r"(?:\s?[AP]M)?\]?\s*(?:-\s+)?(?:[^:：，。]{1,20}[:：]\s*)?",
    re.IGNORECASE,
)
_buttons = re.compile(
    r"\s*(?:(?:完善|分享|收藏|点赞|點贊|评论|評論|译文|注释|赏析|拼音|朗读|复制|下载|纠错|繁体|背诵|阅读全文"
    r"|展开阅读全文|展开|收起|上一篇|下一篇|返回顶部|∨|[×✕▲▼])\s*){2,}"
)
_address = re.compile(r"\s*(?:\S{0,12}[:：]\s*)?(?:https?://|www\.)\S+\s*", re.IGNORECASE)
_clause = re.compile(f"[^{STOPS}\\s]+")
_LONGEST_PINYIN = 400  # characters of a row of pinyin
_LONGEST_ROW = 30  # characters of a row of verse within notes; longer and uneven ones are prose


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands in a text beside verse."""

    is_markdown: bool = False
    has_times: bool = False  # of a song: [00:12.34]
    is_chat: bool = False  # messages with their times
    has_captions: bool = False  # of a film, with their times in rows of their own
    is_spaced: bool = False  # each character between spaces
    is_double_spaced: bool = False  # a blank line after each line, more after each poem
    is_chinese: bool = False

    def __str__(self) -> str:
        names = {
            "is_markdown": "Markdown",
            "has_times": "lines with times",
            "is_chat": "messages with their times",
            "has_captions": "subtitles",
            "is_spaced": "characters between spaces",
            "is_double_spaced": "a blank line after each line",
        }
        return ", ".join(
            names[f.name] for f in fields(self) if f.name in names and getattr(self, f.name)
        )


NO_MARKS = Marks()


def find_marks(sample: str, name: str) -> Marks:
    """What stands in a text beside verse, by its beginning.

    >>> str(find_marks("[00:01.00]春水連天碧，\\n[00:05.00]明月照大江。\\n", ""))
    'lines with times'
    """
    lines = list(split_lines(_with_line_ends([sample])))
    filled = [line for line in lines if not _empty.fullmatch(line)]
    chinese = is_chinese(
        "\n".join(line for line in filled if not (is_pinyin(line) or _bopomofo.fullmatch(line)))
    )

    def share(pattern: re.Pattern[str]) -> float:
        return sum(pattern.match(line) is not None for line in filled) / max(1, len(filled))

    return Marks(
        is_markdown=is_markdown(sample, name),
        has_times=share(_time) > 0.5,
        is_chat=share(_message) > 0.2,
        has_captions=share(_subtitle) > 0.2,
        is_spaced=chinese
        and sum(_spaced.fullmatch(line) is not None for line in filled) > 0.8 * len(filled),
        is_double_spaced=_is_double_spaced(lines),
        is_chinese=chinese,
    )


def plain_text(text: Iterable[str], marks: Marks, left_out: Counter[str]) -> Iterator[str]:
    """The text in lines of verse and headings, each with its line end.

    `left_out` receives the number of rows that are neither, by their kind.
    """
    lines = split_lines(_with_line_ends(text))
    lines = ("" if _empty.fullmatch(line) else line.replace("\xa0", " ") for line in lines)
    lines = _without_html(lines)
    if marks.has_captions:
        lines = _captions(lines, left_out)
    if marks.is_chat:
        lines = _messages(lines, left_out)
    if marks.is_markdown:
        lines = markdown_lines(lines, left_out)
    if marks.has_times:
        lines = _sung(lines, left_out)
    if marks.is_chinese:
        lines = _chinese(lines, marks.is_spaced, left_out)
    if marks.is_double_spaced:
        lines = _single_spaced(lines)
    return (f"{line}\n" for line in lines)


def _with_line_ends(text: Iterable[str]) -> Iterator[str]:
    for piece in text:
        yield (
            piece
            if piece.isascii() and "\x0b" not in piece and "\x0c" not in piece
            else (_line_end.sub("\n", piece))
        )


def _is_double_spaced(lines: list[str]) -> bool:
    gaps: list[int] = []
    blanks = 0
    for line in lines:
        if _empty.fullmatch(line):
            blanks += 1
        else:
            gaps.append(blanks)
            blanks = 0
    gaps = gaps[1:]  # the first is above the text
    wide = sum(gap > 1 for gap in gaps)
    return len(gaps) > 5 and gaps.count(0) <= 0.02 * len(gaps) and 0 < wide <= 0.6 * len(gaps)


def _single_spaced(lines: Iterable[str]) -> Iterator[str]:
    """The lines with one blank line fewer between each two."""
    blanks = 0
    for line in lines:
        if line:
            yield from [""] * (blanks - 1)
            blanks = 0
            yield line
        else:
            blanks += 1


def _without_html(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if "<" in line or "&" in line:
            yield from plain_value(line).split("\n")
        else:
            yield line


def _captions(lines: Iterable[str], left_out: Counter[str]) -> Iterator[str]:
    for line in lines:
        if _subtitle.fullmatch(line) or line.strip().isdecimal() or line.strip() == "WEBVTT":
            left_out["rows of times"] += 1
        elif line:
            yield line


def _messages(lines: Iterable[str], left_out: Counter[str]) -> Iterator[str]:
    for line in lines:
        match = _message.match(line)
        if match:
            left_out["times of messages"] += 1
            yield ""
            line = line[match.end() :]
        if line or not match:
            yield line


def _sung(lines: Iterable[str], left_out: Counter[str]) -> Iterator[str]:
    """The lines of a song without the times before them; its title and singer as a heading."""
    facts: dict[str, str] = {}
    for line in lines:
        if fact := _time_fact.fullmatch(line):
            facts[fact[1].lower()] = fact[2].strip()
            left_out["rows of facts about a song"] += 1
            continue
        sung = _word_time.sub("", _time.sub("", line, count=1) if _time.match(line) else line)
        if facts and sung.strip():
            heading = " / ".join(filter(None, (facts.get("ti"), facts.get("ar"))))
            if facts.get("ti"):
                yield ""
                yield f"# {heading}"
            facts = {}
        yield sung


def _chinese(lines: Iterable[str], is_spaced: bool, left_out: Counter[str]) -> Iterator[str]:
    """Rows of Chinese verse, without those of pinyin, notes, numbers and addresses."""
    in_notes, is_after_blank = False, False
    for line in lines:
        if not line:
            is_after_blank = True
            yield line
            continue
        kind = _kind(line)
        if in_notes and is_after_blank and not kind and not _is_prose(line):
            in_notes = False
        if kind == "notes" or in_notes:
            in_notes = True
            is_after_blank = False
            left_out["rows of notes"] += 1
            continue
        is_after_blank = False
        if kind:
            left_out[f"rows of {kind}"] += 1
            if kind == "numbers":
                yield ""
            continue
        line = _mark.sub("", line)
        yield _between.sub("", line) if is_spaced else line


def _kind(line: str) -> str:
    """What a row of a Chinese text is if it is no verse; else empty."""
    if not _han.search(line):
        if is_pinyin(line) or _bopomofo.fullmatch(line):
            return "pinyin"
        if _page.fullmatch(line):
            return "numbers"
        return "addresses" if _address.fullmatch(line) else ""
    if _notes.match(line):
        return "notes"
    if _note.match(line):
        return "footnotes"
    if _page.fullmatch(line):
        return "numbers"
    if _buttons.fullmatch(line):
        return "buttons"
    return "addresses" if _address.fullmatch(line) else ""


def is_pinyin(line: str) -> bool:
    """Whether a row is Chinese in Latin letters, with or without the marks of tones.

    >>> is_pinyin("yè yǔ tīng shān xiǎng"), is_pinyin("chun2 shui3"), is_pinyin("the rain")
    (True, True, False)
    """
    if len(line) > _LONGEST_PINYIN:
        return False
    letters = "".join(
        c for c in unicodedata.normalize("NFD", line.lower()) if not unicodedata.combining(c)
    )
    words = re.findall(r"[^\W_]+(?:['’][^\W_]+)?", letters.replace("ü", "v"))
    return len(words) > 0 and all(map(_pinyin.fullmatch, words)) and not letters.strip().isdecimal()


def _is_prose(line: str) -> bool:
    """Whether a row is a sentence of notes rather than verse or a heading."""
    clauses = [len(clause) for clause in _clause.findall(line)]
    return len(line.strip()) > _LONGEST_ROW and len(set(clauses)) > 1
