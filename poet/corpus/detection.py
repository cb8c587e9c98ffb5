"""Detecting the format of a text from its beginning."""

from __future__ import annotations

import json
import re
import statistics
from itertools import pairwise

from poet.characters import STOPS, is_chinese
from poet.corpus.stanzas import HEADING, has_stanzas, is_rule

_blank_line = re.compile(r"\n[ \t\r　]*\n")
_clause = re.compile(f"[^{STOPS},.!?;:\\s]+")
_tei = re.compile(r"\s*(?:<\?xml\b[^>]*>)?\s*(?:<!--.*?-->\s*)*<TEI\b", re.DOTALL)
_speaker = re.compile(r"[A-Z][\w .'’-]{0,40}[:.]")


def detect_format(sample: str, name: str, *, whole: bool) -> str:
    """The format that a text most likely has; `stream` when no poems can be told apart.

    `whole` says that the sample is the whole file.

    >>> text = "春水連天碧，\\n明月照大江。\\n\\n孤舟人不寐，\\n燈影落寒窗。"
    >>> detect_format(text, "", whole=True)
    'poems'
    >>> detect_format("Ann:\\nWho knocks?\\n\\nA voice:\\nOnly the rain.", "play.txt", whole=True)
    'stream'
    """
    text = sample.replace("\r\n", "\n").replace("\r", "\n").strip("\ufeff")
    if _tei.match(text):
        return "tei"
    if json_format := _json_format(text.lstrip(), name):
        return json_format
    blocks = [block for block in _blank_line.split(text.strip()) if block.strip()]
    blocks = [block for block in blocks if not is_rule(block.strip("\n"))]
    if not whole and len(blocks) > 1:
        blocks.pop()  # the end of the sample may have cut it off
    has_headings = any(block.startswith(HEADING) for block in blocks)
    if is_chinese(text):
        return "poems" if has_headings else _chinese_format(blocks, whole)
    if not has_headings and not _are_verse(blocks, whole):
        return "stream"
    return "stanzas" if has_stanzas(text) else "poems"


def _json_format(start: str, name: str) -> str:
    """`json` or `jsonl`, or empty for other text."""
    first_line, _, rest = start.partition("\n")
    if first_line[:1] in ("{", '"') and _is_json(first_line):
        return "jsonl" if rest.strip() or name.endswith(".jsonl") else "json"
    if name.endswith(".jsonl"):
        return "jsonl"
    is_object = start.startswith("{") and '"' in start[:40]
    is_array = re.match(r'\[\s*[{"\]]', start) is not None
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
    is_verse = statistics.median(map(len, lines)) <= 20 or _evenness(clauses) >= 0.3
    if not is_verse:
        return "stream"
    if len(blocks) > 1:
        return "poems"
    if len(lines) > 1 and statistics.median(map(len, clauses)) >= 4:
        return "lines"
    return "poems" if whole and len(lines) <= 100 else "stream"


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
    return statistics.median(map(len, split)) >= 2
