"""Tables of poems, one a row: CSV, TSV, and columns between | or ;."""

from __future__ import annotations

import csv
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

from poet.characters import STOPS
from poet.corpus.fields import is_known_name, is_name_of
from poet.corpus.text_lines import MAX_LINE, beginning, split_lines
from poet.errors import InputError

_DELIMITERS = "\t|｜,;"
_SAMPLE_ROWS = 200
_MAX_COLUMNS = 60
_END = "\ue000end of the table\ue001"  # no row: a quotation mark left open would swallow it
_stop = re.compile(f"[{STOPS}\n]")
_sentence = re.compile(r"[,.;:!?\n]")
_entity = re.compile(r"&#?\w{2,8};")
_ruling = re.compile(r"[\s|:+=-]+")  # a row of lines between the header and the rows below it


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the rows of a table are written. Without a header its columns are named by number."""

    delimiter: str
    is_quoted: bool
    is_strict: bool  # every quotation mark in the sample is where it has to be
    header: tuple[str, ...]
    has_header: bool


def find_dialect(sample: str, name: str, *, whole: bool) -> Dialect | None:
    """How a table is written; None for a text that is no table.

    `whole` says that the sample is the whole text.

    >>> find_dialect("title,text\\nRain,On the roof\\n", "", whole=True).header
    ('title', 'text')
    >>> find_dialect("The rain, the lamp,\\nthe road, the snow,\\n", "", whole=True) is None
    True
    """
    lines = list(islice(split_lines([sample]), 2 * _SAMPLE_ROWS))
    if not whole and len(lines) > 1 and len(lines) < 2 * _SAMPLE_ROWS:
        lines.pop()
    suffix = name.lower().rpartition(".")[2]
    for delimiter in _DELIMITERS:
        if delimiter not in sample or (delimiter == ";" and _entity.search(sample)):
            continue
        is_quoted = _is_quoted(sample, delimiter)
        rows, is_strict = _sample_rows(lines, delimiter, is_quoted)
        is_named = suffix == {",": "csv", ";": "csv", "\t": "tsv"}.get(delimiter)
        if len(rows) > 1 and (dialect := _dialect(rows, delimiter, is_quoted, is_named)):
            return replace(dialect, is_strict=is_strict)
    first = lines[0].strip(' "\ufeff') if lines else ""
    if suffix in ("csv", "tsv") and is_known_name(first) and len(lines) > 1:
        return Dialect(",", True, False, (first,), True)  # one column
    return None


def table_records(
    text: Iterable[str], name: str, left_out: Counter[str]
) -> Iterator[dict[str, str]]:
    """The rows of a table, by the names of its columns. Raises `InputError` where it is none."""
    start, pieces = beginning(text)
    dialect = find_dialect(start, name, whole=False) or find_dialect(start, name, whole=True)
    if not dialect:
        raise InputError(
            f"{name} is not a table whose columns can be told apart",
            "give it a first row with the names of the columns, such as title,author,text",
        )
    lines = split_lines(pieces)
    rows = _rows(lines, dialect.delimiter, dialect.is_quoted, dialect.is_strict, name)
    width = len(dialect.header)
    names = [is_name_of("text", column) for column in dialect.header]
    place = names.index(True) if True in names else width - 1
    for number, row in enumerate(rows):
        if number == 0 and dialect.has_header:
            continue
        if row is None or (len(row) < width and not any(row)):
            continue
        if len(row) < width:
            row += [""] * (width - len(row))
        elif surplus := len(row) - width:  # stops that are delimiters too, not quoted
            whole = dialect.delimiter.join(row[place : place + surplus + 1])
            row = [*row[:place], whole, *row[place + surplus + 1 :]]
        yield dict(zip(dialect.header, row, strict=True))
    if width == 0:
        left_out["rows without columns"] += 1


def _is_quoted(sample: str, delimiter: str) -> bool:
    """Whether cells stand between quotation marks, which then may hold delimiters and lines."""
    marked = re.escape(delimiter)
    opened = len(re.findall(rf'(?:^|{marked})[ ]?"', sample, re.MULTILINE))
    closed = len(re.findall(rf'"[ ]*(?:{marked}|\r|$)', sample, re.MULTILINE))
    return opened > 0 and 0.8 <= closed / opened <= 1.25


def _sample_rows(lines: list[str], delimiter: str, is_quoted: bool) -> tuple[list[list[str]], bool]:
    """The rows of a sample, and whether every quotation mark in it is where it has to be."""
    rows: list[list[str]] = []
    for is_strict in (True, False):
        rows = []
        try:
            rows.extend(filter(None, _rows(lines, delimiter, is_quoted, is_strict, "")))
        except InputError:
            continue
        return rows, is_strict
    return rows, False


def _rows(
    lines: Iterable[str], delimiter: str, is_quoted: bool, is_strict: bool, name: str
) -> Iterator[list[str] | None]:
    """The rows of a table; None for a line that is empty or only ruled.

    Raises `InputError` for a quotation mark that is opened and not closed.
    """
    csv.field_size_limit(MAX_LINE)
    reader = csv.reader(
        (f"{line.lstrip(chr(0xFEFF))}\n" for line in chain(lines, [_END])),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE,
        skipinitialspace=is_quoted,
        strict=is_strict,
    )
    begin = 1
    try:
        for row in reader:
            if row == [_END]:
                return
            last = reader.line_num
            is_odd = not is_strict and any("\n" in cell and '"' in cell for cell in row)
            if is_odd or (row and _END in row[-1]):
                raise _open_quotation(name, begin)
            if _ruling.fullmatch("".join(row)) or not "".join(row).strip():
                yield None
            else:
                yield _bare(row, delimiter)
            begin = last + 1
    except csv.Error:  # where no mark may stand, or a cell without end
        raise _open_quotation(name, begin) from None


def _open_quotation(name: str, line: int) -> InputError:
    return InputError(
        f"{name} is damaged: a quotation mark opened in line {line:,} is not closed",
        "close it, or read the file another way: --layout lines",
    )


def _bare(row: list[str], delimiter: str) -> list[str]:
    """The cells of a row without spaces around them and without empty ones of a Markdown table."""
    row = [cell.strip(" \r\n\u3000\xa0") for cell in row]
    if delimiter == "|" and len(row) > 2 and not row[0] and not row[-1]:
        return row[1:-1]
    return row


def _dialect(
    rows: list[list[str]], delimiter: str, is_quoted: bool, is_named: bool
) -> Dialect | None:
    width, usual = Counter(map(len, rows)).most_common(1)[0]
    header = rows[0]
    known = sum(map(is_known_name, header))
    if (
        2 <= len(header) <= _MAX_COLUMNS
        and known > 1
        and any(is_name_of("text", cell) for cell in header)
    ):
        return Dialect(delimiter, is_quoted, True, _unique(header), has_header=True)
    if not 2 <= width <= _MAX_COLUMNS or usual < 0.9 * len(rows):
        return None
    rows = [row for row in rows if len(row) == width]
    stop = _sentence if is_quoted else _stop
    text = _text_column(rows, stop)
    if text is None:
        return None
    is_sure = is_named or is_quoted or delimiter in "\t|｜" or (width > 2 and len(rows) > 4)
    if not is_sure:
        return None
    first, below = rows[0], [len(row[text]) for row in rows[1:]]
    has_header = known > 0 or (
        not stop.search(first[text].strip()[:-1])
        and 3 * len(first[text]) < statistics.median(below)
    )
    names = first if has_header else [f"column {number}" for number in range(1, width + 1)]
    return Dialect(delimiter, is_quoted, True, _unique(names), has_header)


def _text_column(rows: list[list[str]], stop: re.Pattern[str]) -> int | None:
    """The column of verse: the only one with stops within, in nearly every row below the first."""
    shares = [
        sum(stop.search(row[column].strip()[:-1]) is not None for row in rows[1:]) / (len(rows) - 1)
        for column in range(len(rows[0]))
    ]
    best = max(range(len(shares)), key=shares.__getitem__)
    others = max(share for column, share in enumerate(shares) if column != best)
    return best if shares[best] >= 0.8 and others <= 0.5 else None


def _unique(names: list[str]) -> tuple[str, ...]:
    """The names of columns, each different."""
    seen: Counter[str] = Counter()
    unique = []
    for number, name in enumerate(names, 1):
        name = name.strip(" \ufeff") or f"column {number}"
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return tuple(unique)
