"""Western texts as people type them, brought into the characters of a model step by step.

Only what a model does not know is replaced: one that was trained on text with accents keeps them.
The English corpus is written in a small alphabet, in which spaces and dashes stand in one way
only; for a model of that alphabet a text is brought into it whole.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from string import ascii_letters
from typing import TypeAlias

from poet.typography import HEADLESS

Known: TypeAlias = frozenset[str]  # the characters of a model
Step: TypeAlias = Callable[[str, Known], str]

ENGLISH = frozenset(ascii_letters + " \n',.;:!?-—")  # of the English corpus
# Words that stay small within a title
SMALL = "a an and as at but by for from in into nor of on or the to upon with"
_QUOTES = dict.fromkeys('"“”„‟«»‹›″', "")
_APOSTROPHES = dict.fromkeys("‘’‛ʼʻ′´`", "'")
_BRACKETS = dict.fromkeys("()[]{}<>*_", "")
_DASHES = {**dict.fromkeys("‐‑‒", "-"), **dict.fromkeys("–―−", "—")}
_LETTERS = {
    **{"æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ß": "ss", "þ": "th", "Þ": "Th", "ð": "th"},
    **{"Ð": "Th", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ł": "l", "Ł": "L", "ı": "i"},
}
_marks = re.compile("[\u0300-\u036f]")  # accents, where they are characters of their own
_initial = re.compile(r"^\W*\w")
_headless = rf"(?i:{HEADLESS.replace(' ', '|')})\b"
_quoted = re.compile(rf"(?<!\w)‘(?!{_headless})((?:[^‘’]|’(?=\w))*)’(?!\w)")
_all_quoted = re.compile(rf"\s*'(?!{_headless})([^']*(?:\w'\w[^']*)*)'\s*")
_stroke = re.compile(r"(?<![ \t])[ \t]+(//?)(?:[ \t]+|$)")
_ellipsis = re.compile(r"(?<![ \t])[ \t]*(?:…|\.(?: ?\.)+)[ \t]*")
_dash = re.compile(r"(?<![ \t])[ \t]*(?:(?:--+|—|(?<=\s)-(?=\s))[ \t]*)+")


def western_repairs(text: str, known: Known) -> Iterator[tuple[str, str]]:
    r"""What is done to the text for a model that knows these characters, and the text after it.

    >>> [*western_repairs("“It’s the café”", ENGLISH)][-1][1]
    "It's the cafe"
    >>> [*western_repairs("A moon / & a lamp...", ENGLISH)][-1][1]
    'A moon\nand a lamp'
    """
    steps, before = _ENGLISH_STEPS if known <= ENGLISH else _STEPS, ""
    while text != before:  # what one step leaves may be for an earlier one
        before = text
        for what, step in steps:
            text = step(text, known)
            yield what, text


def title_case(title: str) -> str:
    """A title that was typed in small letters in title case; any other as it is.

    >>> title_case("the fall of the leaf"), title_case("Ode to a nightingale")
    ('The Fall of the Leaf', 'Ode to a nightingale')
    """
    if title != title.lower():
        return title
    words = title.split(" ")
    return " ".join(
        word
        if word in SMALL.split() and 0 < i < len(words) - 1
        else _initial.sub(lambda match: match[0].upper(), word)
        for i, word in enumerate(words)
    )


def find_author(name: str, authors: Iterable[str]) -> list[str]:
    """The authors that a name as people type it can mean: part of it, or initials, will do.

    >>> find_author("keats", ["John Keats", "Mary Coleridge", "Samuel Taylor Coleridge"])
    ['John Keats']
    >>> find_author("S. T. Coleridge", ["Mary Coleridge", "Samuel Taylor Coleridge"])
    ['Samuel Taylor Coleridge']
    """
    typed = _name_words(name)
    found = [author for author in authors if _is_named(typed, _name_words(author))]
    same = [author for author in found if _name_words(author) == typed]
    return same or found


def _name_words(name: str) -> list[str]:
    plain = _marks.sub("", unicodedata.normalize("NFKD", name.lower()))
    return re.findall(r"\w+", plain.replace("'", ""))


def _is_named(typed: list[str], name: list[str]) -> bool:
    """Whether each word typed is one of the name's, or the initial of one or its whole."""
    return bool(typed) and all(
        any(word == part or (1 in (len(word), len(part)) and word[0] == part[0]) for part in name)
        for word in typed
    )


def _replaced(text: str, known: Known, table: Mapping[str, str]) -> str:
    """The text with the characters of a table replaced, where that makes unknown ones known."""
    found = {c: table[c] for c in set(text) - known if c in table}
    better = {c: new for c, new in found.items() if known >= set(new)}
    return "".join(better.get(c, c) for c in text)


def _without_fullwidth(text: str, known: Known) -> str:
    """Unknown punctuation in its ASCII form, even if that is unknown too: a later step takes it."""
    unknown = {c for c in set(text) - known if unicodedata.category(c)[0] == "P"}
    plain = {c: unicodedata.normalize("NFKC", c) for c in unknown}
    ascii_ = {c: new for c, new in plain.items() if len(new) == 1 and new.isascii()}
    return "".join(ascii_.get(c, c) for c in text)


def _with_line_breaks(text: str, known: Known) -> str:
    r"""Line breaks for the strokes that verse is quoted with, and for \n as typed in a shell."""
    if "\n" not in known:
        return text
    if "\\" not in known:
        text = text.replace("\\n", "\n")
    return text if "/" in known else _stroke.sub(lambda stroke: "\n" * len(stroke[1]), text)


def _unquoted(text: str, known: Known) -> str:
    if '"' not in known and (whole := _all_quoted.fullmatch(text)):
        text = whole[1]
    if "‘" not in known:
        text = _quoted.sub(r"\1", text)
    return _replaced(text, known, _QUOTES)


def _plain_letters(text: str, known: Known) -> str:
    table = dict(_LETTERS)
    for c in set(text) - known - table.keys():
        if unicodedata.category(c)[0] in "LNS":
            compatible = unicodedata.normalize("NFKC", c)
            bare = _marks.sub("", unicodedata.normalize("NFKD", c))
            table[c] = compatible if known >= set(compatible) else bare
    return _replaced(_marks.sub(lambda m: m[0] if m[0] in known else "", text), known, table)


def _without_ellipses(text: str, _known: Known) -> str:
    """An ellipsis within a line becomes a dash; beside a line's end or a stop it goes."""

    def plain(match: re.Match[str]) -> str:
        before, after = text[: match.start()][-1:], text[match.end() :][:1]
        return "—" if before.strip() and after not in ("", *"\n,;:!?-—") else ""

    return _ellipsis.sub(plain, text)


def _dashed(text: str, known: Known) -> str:
    return _dash.sub("—", _replaced(text, known, _DASHES))


def _plain_spaces(text: str, known: Known) -> str:
    spaces = {c for c in text if c == "\t" or unicodedata.category(c) == "Zs"}
    return _replaced(text, known, dict.fromkeys(spaces, " "))


def _evenly_spaced(text: str, _known: Known) -> str:
    """The text with single spaces, none of them beside a line break or before a stop."""
    text = re.sub(" *\n *", "\n", re.sub(" +", " ", text))
    return re.sub("\n{3,}", "\n\n", re.sub(" (?=[,;:.!?])", "", text)).lstrip().rstrip(" ")


_STEPS: tuple[tuple[str, Step], ...] = (
    ("fullwidth punctuation made plain", _without_fullwidth),
    ("other spaces made plain", _plain_spaces),
    ("strokes made line breaks", _with_line_breaks),
    ("quotation marks left out", _unquoted),
    ("apostrophes made straight", partial(_replaced, table=_APOSTROPHES)),
    ("brackets left out", partial(_replaced, table=_BRACKETS)),
    ("& written out", partial(_replaced, table={"&": "and"})),
    ("letters made plain (accents, ligatures)", _plain_letters),
    ("ellipsis written as stops", partial(_replaced, table={"…": "..."})),
    ("dashes replaced by the model's own", partial(_replaced, table=_DASHES)),
)
_ENGLISH_STEPS: tuple[tuple[str, Step], ...] = (
    *_STEPS[:-2],
    ("ellipses replaced", _without_ellipses),
    ("dashes set without spaces", _dashed),
    ("spaces evened out", _evenly_spaced),
)
