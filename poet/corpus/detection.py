"""Detecting the format of a text from its beginning."""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Callable
from itertools import pairwise

from poet.characters import STOPS, is_chinese, is_han
from poet.corpus.headings import attribution
from poet.corpus.plain_text import NO_MARKS, Marks
from poet.corpus.stanzas import HEADING, has_stanzas, is_rule, is_title_line
from poet.corpus.tables import find_dialect
from poet.corpus.verse_text import is_heading_row, is_whole_poem

_blank_line = re.compile(r"\n[ \t\r　]*\n")
_stop = re.compile(f"[{STOPS},.!?;:]")
_clause = re.compile(f"[^{STOPS},.!?;:\\s]+")
_tei = re.compile(r"\s*(?:<\?xml\b[^>]*>)?\s*(?:<!--.*?-->\s*)*<TEI\b", re.DOTALL)
_kana = re.compile("[\u3041-\u30ff]")
_speaker = re.compile(r"[A-Z][\w .'’-]{0,40}[:.]")


def structured_format(sample: str, name: str, *, whole: bool) -> str:
    """The format of a text whose poems are marked: TEI, JSON, a table; empty for plain text.

    `whole` says that the sample is the whole file.
    """
    text = _with_newlines(sample)
    if _tei.match(text):
        return "tei"
    if json_format := _json_format(text.lstrip(), name):
        return json_format
    return "table" if find_dialect(text, name, whole=whole) else ""


def detect_format(sample: str, name: str, *, whole: bool, marks: Marks = NO_MARKS) -> str:
    """The format that a text most likely has; `stream` when no poems can be told apart.

    `whole` says that the sample is the whole file. `marks` are what was left out of it.

    >>> text = "春水連天碧，\\n明月照大江。\\n\\n孤舟人不寐，\\n燈影落寒窗。"
    >>> detect_format(text, "", whole=True)
    'poems'
    >>> detect_format("Ann:\\nWho knocks?\\n\\nA voice:\\nOnly the rain.", "play.txt", whole=True)
    'stream'
    """
    if structured := structured_format(sample, name, whole=whole):
        return structured
    text = _with_newlines(sample)
    lines = ("" if is_rule(line) else line for line in text.split("\n"))
    blocks = [block for block in _blank_line.split("\n".join(lines).strip()) if block.strip()]
    if not whole and len(blocks) > 1:
        blocks.pop()  # the end of the sample may have cut it off
    if marks.has_times or marks.has_captions:
        return "poems"
    has_headings = any(block.startswith(HEADING) for block in blocks)
    if is_chinese(text):
        if _is_free_verse(blocks) and has_stanzas(text):
            return "stanzas"
        return "poems" if has_headings else _chinese_format(blocks, whole)
    if not has_headings and _are_single_lines(blocks):
        return "lines"
    if not has_headings and not _are_verse(blocks, whole):
        return "stream"
    return "stanzas" if has_stanzas(text) else "poems"


def _with_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\ufeff")


def _json_format(start: str, name: str) -> str:
    """`json` or `jsonl`, or empty for other text."""
    first_line, _, rest = start.partition("\n")
    if first_line[:1] in ("{", '"') and _is_json(first_line):
        return "jsonl" if rest.strip() or name.endswith(".jsonl") else "json"
    if name.endswith(".jsonl"):
        return "jsonl"
    is_object = start.startswith("{") and '"' in start[:40]
    is_array = re.match(r'\[\s*(?:[{"\]]|\[\s*[\[{"])', start) is not None
    return "json" if is_object or is_array or name.endswith(".json") else ""


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _chinese_format(blocks: list[str], whole: bool) -> str:
    lines = [line for block in blocks for line in block.split("\n") if line.strip()]
    clauses = [[len(clause) for clause in _clause.findall(line)] for line in lines]
    if not lines:
        return "stream"
    is_verse = statistics.median(map(len, lines)) <= 20 or _evenness(clauses) >= 0.3
    if not is_verse:
        return "stream"
    titles = sum(is_heading_row(lines, i) for i in range(len(lines) - 1))
    if len(blocks) > 1 or titles > len(lines) / 20:
        return "poems"
    if len(lines) > 1 and (
        statistics.median(map(len, clauses)) >= 4
        or _share(lines, is_whole_poem)
        or _share(lines, _is_plain_poem)
    ):
        return "lines"
    if len(lines) > 100 and _share(lines, _is_bare_line):  # first halves of couplets
        return "lines"
    return "poems" if whole and len(lines) <= 100 else "stream"


def _share(lines: list[str], test: Callable[[str], bool]) -> bool:
    """Whether a test holds for most lines."""
    return sum(map(test, lines)) > 0.6 * len(lines)


def _is_plain_poem(line: str) -> bool:
    """Whether a line is a poem without stops or spaces, as long as a regulated one."""
    return len(line.strip()) in (20, 28, 40, 56) and all(map(is_han, line.strip()))


def _is_bare_line(line: str) -> bool:
    return 4 <= len(line.strip()) <= 16 and all(map(is_han, line.strip()))


def _is_free_verse(blocks: list[str]) -> bool:
    """Whether Chinese lines have hardly any stops and many lengths."""
    lines = [line.strip() for block in blocks for line in block.split("\n") if line.strip()]
    stopped = sum(_stop.search(line) is not None for line in lines)
    return 5 * stopped < len(lines) and len({len(line) for line in lines}) > 3


def _are_single_lines(blocks: list[str]) -> bool:
    """Whether each line is a poem: haiku in one line, or lines with ` / ` between their parts."""
    lines = [line.strip() for block in blocks for line in block.split("\n") if line.strip()]
    if len(lines) < 2:
        return False
    if _share(lines, lambda line: " / " in line):
        return True
    is_japanese = _share(lines, lambda line: _kana.search(line) is not None)
    return (
        is_japanese
        and all("\n" not in block.strip("\n") for block in blocks) | (len(blocks) == 1)
        and 9 <= statistics.median(map(len, lines)) <= 40
        and not _share(lines, lambda line: line.endswith("。"))
    )


def _evenness(clauses: list[list[int]]) -> float:
    """The share of neighbouring clauses of equal length: verse 0.4 to 1, prose about 0.15."""
    pairs = [pair for line in clauses for pair in pairwise(line)]
    return sum(a == b for a, b in pairs) / len(pairs) if pairs else 0.0


def _are_verse(blocks: list[str], whole: bool) -> bool:
    """Whether blocks are poems: several short lines each, and neither speeches nor paragraphs."""
    split = [block.strip("\n").split("\n") for block in blocks]
    lengths = [len(line) for lines in split for line in lines]
    if not lengths or statistics.median(lengths) > 60:
        return False
    speeches = sum(_speaker.fullmatch(lines[0].strip()) is not None for lines in split)
    if 3 * speeches > len(split):
        return False
    if len(split) == 1:
        return whole and len(lengths) <= 100
    if statistics.median(map(len, split)) >= 2:
        return True
    single = [lines[0] for lines in split if len(lines) == 1]
    return 5 * (len(split) - len(single)) >= 2 * len(split) and all(
        is_title_line(line) or attribution(line) for line in single
    )
