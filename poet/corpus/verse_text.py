"""Plain text of Chinese verse: where each poem begins and ends, its title and its author.

A poem ends at a blank line. Rows above its verse that have no stops are its title and its author,
in a block of their own too. A block of unequal lines goes on the poem above, as the second half of
a ci does, where that poem has a title or where wider gaps separate the poems.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from poet.characters import FULL_STOPS, STOPS, is_chinese, is_han
from poet.corpus.headings import (
    attribution,
    is_author_row,
    is_label,
    parse_heading,
    title_and_author,
)
from poet.corpus.stanzas import has_wide_gaps, is_rule
from poet.corpus.text_lines import MAX_LINE, beginning, split_lines
from poet.poem import Poem
from poet.prosody.chinese.forms import form_of
from poet.prosody.chinese.verse import character_runs

_MAX_HEAD = 3  # rows of number, title and author above a poem
_MAX_TITLE = 60  # characters of one
_stop = re.compile(f"[{STOPS},.!?;:]")
_end = re.compile(f"[{STOPS},.!?;:…—][」』”’）)》\"']*$")
_full_end = re.compile(f"[{FULL_STOPS}.!?;…][」』”’）)》\"']*$")
_heading = re.compile(r"#{1,6}(?:\s+|(?=[^\s#\d]))(.*)")
_inline = re.compile(r"([^:：，。！？；、]{1,24}?)\s*[:：]\s*(?=\S)(.*)")
_speech = re.compile('[曰云道言問问答謂谓說说歌唱]$|[「『“"]')
_book = re.compile(
    r"(\s*[^\s《》，。]{0,8}《[^《》]{1,24}》\s*[^\s《》，。:：]{0,8}?)\s*[:：]?\s*(?=[^\s:：])(.*)"
)
_first_word = re.compile(r"(\S{1,16}?)(?:[ \t\u3000]+(\S{2,5}))?[ \t\u3000]+(\S.*)")
_number = re.compile(
    r"\s*[(（【\[]?(?:\d{1,5}|[一二三四五六七八九十百]{1,4})\s*[)）】\].、．:：]\s*(?=\S)|\d{1,5}\s+(?=\S)"
)
_item = re.compile(r"^[(（]?\d{1,4}(?:[)）]|[.．、](?!\d))\s*(?=\S)")
_part = re.compile(r"其[一二三四五六七八九十百]{1,4}|[(（]?[一二三四五六七八九十]{1,3}[)）、]?")
_PLAIN_LENGTHS = {20: 5, 28: 7, 40: 5, 56: 7}  # of a poem without stops -> of its lines


@dataclass(slots=True)
class _Block:
    """Rows without a blank line between them, the heading above and the blank lines before."""

    heading: str | None
    gap: int
    rows: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Open:
    """A poem that stanzas may still be added to."""

    stanzas: list[list[str]]
    title: str
    author: str

    @property
    def poem(self) -> Poem:
        text = "\n\n".join(map("\n".join, self.stanzas))
        return Poem(text, self.title, self.author)


def chinese_poems(text: Iterable[str], left_out: Counter[str]) -> Iterator[Poem]:
    """The poems of a text in pieces. `left_out` receives what is neither verse nor a title.

    >>> text = "夜雨\\n\\n春水連天碧，明月照大江。\\n\\n江上\\n某人\\n孤舟人不寐，\\n"
    >>> [(p.title, p.author, p.text) for p in chinese_poems([text], Counter())]
    [('夜雨', '', '春水連天碧，明月照大江。'), ('江上', '某人', '孤舟人不寐，')]
    """
    start, text = beginning(text)
    is_bare = not _stop.search(start)
    has_wide = has_wide_gaps(start)
    pending: list[str] = []  # headings whose poem has not come yet
    series = ""  # the title of poems that are numbered
    has_poems = False
    current: _Open | None = None
    for block in _blocks(text, left_out):
        if block.heading is not None:
            _drop(pending, left_out)
            pending = [block.heading]
        rows = block.rows
        if current and len(rows) == 1 and (found := attribution(rows[0])):
            current.title, current.author = current.title or found[0], current.author or found[1]
            continue
        if rows and _are_headings(rows, is_bare):
            if current:
                yield current.poem
                current = None
            if _is_part(rows):
                rows = [" ".join(filter(None, (series, rows[0])))]
            elif len(rows) == 1:
                series = parse_heading(rows[0])[0]
            if pending and not _may_follow(pending, rows):
                _drop(pending, left_out)
                pending = []
            pending += rows
            continue
        for head, verse in _entries(rows):
            has_poems = True
            if _is_part(head):
                series = parse_heading(pending[-1])[0] if pending else series
                pending, head = [], [" ".join(filter(None, (series, head[0])))]
            title, author = _named(pending + head)
            verse, below = _without_attribution(verse)
            title, author = title or below[0], author or below[1]
            verse = _without_preface(verse, title, left_out)
            pending, has_head = [], bool(pending or head)
            if not has_head and current and block.gap < 2 and _goes_on(current, verse, has_wide):
                current.stanzas.append(verse)
                continue
            if current:
                yield current.poem
                current = None
            for poem in _separate(verse, title, author):
                if current:
                    yield current.poem
                current = poem
    if current:
        yield current.poem
    if pending and (is_bare or not has_poems) and is_chinese("".join(pending)):
        yield Poem("\n".join(pending))  # a single line
        pending = []
    _drop(pending, left_out)


def _is_part(rows: list[str]) -> bool:
    """Whether the row above a poem is only its number among others of one title."""
    return len(rows) == 1 and _part.fullmatch(rows[0]) is not None


def _may_follow(pending: list[str], rows: list[str]) -> bool:
    """Whether rows belong to the same poem as headings above them: an author below a title."""
    if len(rows) > 1 or len(pending) > 1 or rows[0].startswith(pending[0]):
        return False
    return is_author_row(rows[0]) or len(rows[0]) <= 3


def chinese_lines(text: Iterable[str]) -> Iterator[Poem]:
    """One poem a row, with its title and author before it if most rows have them.

    >>> [(p.title, p.text) for p in chinese_lines(["夜雨：春水連天碧，明月照大江。\\n"])]
    [('夜雨', '春水連天碧，明月照大江。')]
    """
    start, text = beginning(text)
    rows = [row.strip() for row in split_lines([start]) if row.strip()]
    is_numbered = _share(rows, lambda row: _number.match(row) is not None)
    if is_numbered:
        rows = [_number.sub("", row, count=1) for row in rows]
    ways = (_at_book, _at_colon, _at_space)
    split = next((way for way in ways if _share(rows, way)), None)
    for row in split_lines(text):
        row = row.strip()
        if is_numbered:
            row = _number.sub("", row, count=1)
        if not row:
            continue
        title, verse = (split and split(row)) or ("", row)
        yield Poem(_in_lines(verse), *_named([title] if title else []))


def is_whole_poem(row: str) -> bool:
    """Whether a row by itself has the lines of a form, after a title if there is one."""
    return any(
        form_of(_lengths(verse)) is not None
        for _, verse in filter(None, (("", row), _at_book(row), _at_colon(row)))
    )


def is_heading_row(rows: list[str], i: int) -> bool:
    """Whether a row without stops among rows with them begins another poem."""
    row = rows[i]
    if is_label(row):
        return True
    if (
        _stop.search(row)
        or len(row) > _MAX_TITLE
        or not any(map(is_han, row))
        or i + 1 == len(rows)
    ):
        return False
    below = next((other for other in rows[i + 1 : i + _MAX_HEAD + 1] if _stop.search(other)), "")
    return len(_stop.findall(below)) > 1 or below.endswith(("，", ",", "、"))


def _share(rows: list[str], test: Callable[[str], object]) -> bool:
    """Whether a test holds for most rows."""
    return sum(bool(test(row)) for row in rows) > 0.6 * len(rows)


def _at_colon(row: str) -> tuple[str, str] | None:
    match = _inline.fullmatch(row)
    if not match or _speech.search(match[1]) or not _stop.search(match[2]):
        return None
    return match[1], match[2]


def _at_book(row: str) -> tuple[str, str] | None:
    match = _book.fullmatch(row)
    return (match[1], match[2]) if match and _stop.search(match[2]) else None


def _at_space(row: str) -> tuple[str, str] | None:
    match = _first_word.fullmatch(row)
    if not match or _stop.search(match[1]) or _stop.search(match[2] or ""):
        return None
    title, author, verse = match.groups()
    runs = [len(run) for run in character_runs(verse)]
    if len(runs) < 2 or not _stop.search(verse) or len(set(runs)) > 2:
        return None
    return " ".join(filter(None, (title, author))), verse


def _in_lines(verse: str) -> str:
    """A poem without stops or spaces in its lines, if it is as long as a regulated poem."""
    size = _PLAIN_LENGTHS.get(len(verse))
    if not size or not all(map(is_han, verse)):
        return verse
    return "\n".join(verse[at : at + size] for at in range(0, len(verse), size))


def _named(head: list[str]) -> tuple[str, str]:
    if len(head) == 1:
        return parse_heading(head[0])
    return title_and_author(head)


def _drop(headings: list[str], left_out: Counter[str]) -> None:
    if headings:
        left_out["headings without verse"] += len(headings)


def _blocks(text: Iterable[str], left_out: Counter[str]) -> Iterator[_Block]:
    block, gap, size = _Block(None, 2), 0, 0
    for line in split_lines(text):
        row = line.strip(" \t\u3000\ufeff")
        is_border = not row or is_rule(row)
        heading = _heading.fullmatch(row)
        if (is_border or heading or size + len(row) > MAX_LINE) and (block.rows or heading):
            if block.rows or block.heading is not None:
                yield block
            block, gap, size = _Block(None, 0), 0, 0
        if row and is_border:
            left_out["rows of marks between poems"] += 1
            gap += 2
        elif not row:
            gap += 1
        elif heading:
            block = _Block(heading[1].strip(), 2)
        else:
            row = _item.sub("", row, count=1)
            if not block.rows and block.heading is None:
                block.gap = max(block.gap, gap)
            block.rows.append(row)
            size += len(row) + 1
            gap = 0
    if block.rows or block.heading is not None:
        yield block


def _are_headings(rows: list[str], is_bare: bool) -> bool:
    """Whether the rows of a block are a title and an author, whose poem comes in the next one."""
    if len(rows) > _MAX_HEAD or any(len(row) > _MAX_TITLE for row in rows):
        return False
    if any(_stop.search(row) and not is_label(row) for row in rows):
        return False
    if is_bare and len(rows) > 1:
        return False
    return not _are_bare_verse(rows)


def _are_bare_verse(rows: list[str]) -> bool:
    """Whether rows without stops are lines of verse: words, or rows, of 4 to 7 characters each."""
    words = [word for row in rows for word in row.split()]
    sizes = set(map(len, words))
    return len(words) > 1 and len(sizes) == 1 and sizes <= {5, 6, 7}


def _entries(rows: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """The rows of title and author, and those of verse, of each poem in a block."""
    top = _head_rows(rows)
    head = rows[:top]
    verse: list[str] = []
    for i in range(top, len(rows)):
        ended = not verse or _full_end.search(verse[-1])
        if verse and ended and is_heading_row(rows, i):
            yield head, verse
            head, verse = [rows[i]], []
        elif not verse and head and i > top and is_heading_row(rows, i) and len(head) < _MAX_HEAD:
            head.append(rows[i])
        else:
            verse.append(rows[i])
    if verse:
        yield head, verse


def _head_rows(rows: list[str]) -> int:
    """How many rows at the top are title and author, not verse."""
    labels = 0
    for i, row in enumerate(rows[: _MAX_HEAD + 3]):
        if is_label(row):
            labels = i + 1
    if 0 < labels < len(rows):
        return labels
    for above in range(min(_MAX_HEAD, len(rows) - 1), 0, -1):
        head, rest = rows[:above], rows[above:]
        if any(_stop.search(row) or len(row) > _MAX_TITLE for row in head):
            continue
        stopped = all(_end.search(row) or attribution(row) for row in rest) or (
            _end.search(rest[0]) and is_heading_row(rows, above - 1)
        )
        if stopped or (_has_form(rest) and not _has_form(rows)) or _is_odd_one(head, rest):
            return above
    return 0


def _is_odd_one(head: list[str], rest: list[str]) -> bool:
    """Whether rows without stops are all of one length, except those above them."""
    if len(rest) < 2 or not _are_bare_verse(rest):
        return False
    return all(len(row) != len(rest[0]) for row in head)


def _without_attribution(verse: list[str]) -> tuple[list[str], tuple[str, str]]:
    found = attribution(verse[-1]) if len(verse) > 1 else None
    return (verse[:-1], found) if found else (verse, ("", ""))


def _without_preface(verse: list[str], title: str, left_out: Counter[str]) -> list[str]:
    """The verse below a sentence on the occasion of the poem."""
    if not title or len(verse) < 2 or not _is_preface(verse[0], verse[1:], title):
        return verse
    left_out["prefaces"] += 1
    return verse[1:]


def _is_preface(first: str, rest: list[str], title: str) -> bool:
    if first.startswith(("序", "并序", "並序", "小序")) and len(first) > 10:
        return True
    if len(set(_lengths(first))) < 2:
        return False
    if _has_form(rest):
        return not _has_form([first, *rest])
    sizes = _tune_sizes(title)
    size = _size(rest)
    return size in sizes and size + sum(_lengths(first)) not in sizes


def _size(rows: list[str]) -> int:
    """How many Chinese characters rows have."""
    return sum(len(run) for row in rows for run in character_runs(row))


def _tune_sizes(title: str) -> set[int]:
    """How many characters a ci of this title has in the lists of tunes; empty for other titles."""
    from poet.prosody.chinese.tunes import tunes

    name = re.split(r"[\s·・(（]", title)[0]
    return {sum(tune.lengths) for tune in tunes() if name in (tune.name, *tune.aliases)}


def _goes_on(current: _Open, verse: list[str], has_wide: bool) -> bool:
    """Whether rows go on the poem above: both are of unequal lines, as in ci and free verse."""
    if current.title and (sizes := _tune_sizes(current.title)):
        size, more = sum(map(_size, current.stanzas)), _size(verse)
        if size not in sizes and size + more in sizes:
            return True
    if not (has_wide or current.title or current.author):
        return False
    return _is_uneven(current.stanzas[-1]) and _is_uneven(verse)


def _is_uneven(verse: list[str]) -> bool:
    return len({len(run) for row in verse for run in character_runs(row)}) > 1


def _separate(verse: list[str], title: str, author: str) -> Iterator[_Open]:
    """The poems in rows of verse: one a row where each row has a form, if all together has none."""
    lengths = [_lengths(row) for row in verse]
    if len(verse) > 1 and all(form_of(row) for row in lengths) and not (title and _has_form(verse)):
        yield from (_Open([[row]], title, author) for row in verse)
        return
    inline = [_at_book(row) or _at_colon(row) for row in verse]
    if not title and all(found and form_of(_lengths(found[1])) for found in inline):
        yield from (_Open([[found[1]]], *_named([found[0]])) for found in inline if found)
        return
    yield _Open([[_in_lines(row) for row in verse]], title, author)


def _lengths(row: str) -> tuple[int, ...]:
    """The lengths of the lines of verse in a row of text; none where it has no stop."""
    return tuple(map(len, character_runs(row))) if _stop.search(row) else ()


def _has_form(rows: list[str]) -> bool:
    return form_of(tuple(len(run) for row in rows for run in character_runs(row))) is not None
