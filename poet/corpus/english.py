"""Cleaning English verse: from a tokenised edition to lines that a model learns letter by letter.

The editions of Project Gutenberg that GutenTag has marked up are split into tokens: a blank before
every comma, and before the 's of a possessive. Here they are put together again and brought into
one small alphabet: letters without accents, the apostrophe, and , . ; : ! ? - — between words.
Quotation marks go, since no printed convention is kept by all these books. What is not verse in
modern spelling is dropped: notes, lists, prose, dialect, old spelling.
"""

from __future__ import annotations

import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from poet.poem import Poem
from poet.prosody.english.pronunciation import pronunciations

MIN_LINES = 4  # of a poem, and of a part of it that remains
MIN_KNOWN = 0.86  # of a poem's words: less is another language, dialect or old spelling
LINE_LENGTHS = (14, 60)  # characters that the median line of a poem has
LONGEST_LINE, SHORTEST_LINE = 85, 6  # characters
MAX_ODD = 0.1  # of a poem's lines: more with digits or foreign letters is no verse
MIN_CAPITALS = 0.9  # of a poem's lines begin with a capital
MIN_COMMONEST = 0.05  # of the words of English verse are of the commonest; usual are 0.15 to 0.2
MAX_TITLE_LENGTH = 60  # characters; longer headings are summaries

ALPHABET = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',.;:!?-— ")
_NOT_VERSE = re.compile(
    r"footnote|\bnotes?\b|lesson|contents|\bindex|preface|glossary|errata|transcriber|appendix"
    r"|advertisement|illustration|dramatis|exercise|bibliograph",
    re.IGNORECASE,
)
_SCHOOL_BOOK = re.compile(
    r"mcguffey|bartlett|\breader\b|ida c\. bender|james baldwin|stratton d?\.? ?brooks|holbrook",
    re.IGNORECASE,
)
# Words that begin with an apostrophe, and words that end in one before a blank
_HEADLESS = (
    "tis twas twere twill twould twixt gainst neath mid midst mong mongst scape em gan gins fore "
    "tween bout pon"
)
_TAILLESS = "thro tho altho o i th t an wi a ha fro"
_SUFFIXES = "s d ll ve re m t st rt lt dst n r rs er en ry ring rous"
_KEPT = "\N{SOFT HYPHEN}"  # stands for an apostrophe that stays
_headless = re.compile(rf"[‘’'`]\s?({_HEADLESS.replace(' ', '|')})\b", re.IGNORECASE)
_tailless = re.compile(rf"\b({_TAILLESS.replace(' ', '|')})\s?[’'](?![A-Za-z])\s?", re.IGNORECASE)
_suffix = re.compile(rf"(?<=[A-Za-z'])\s?[’']\s?({_SUFFIXES.replace(' ', '|')})\b", re.IGNORECASE)
_inner = re.compile(r"(?<=[A-Za-z])[’'](?=[A-Za-z])")
_not = re.compile(r"(?i)n? n[’']t\b")
_brackets = re.compile(r"\[[^\]]*\]")
_line_number = re.compile(r"\s+\d+\W*$")
_dash = re.compile(r"\s*(?:(?:--+|[—―–]|(?<= )-(?= ))\s*)+")
_dots = re.compile(r"[.…](?:\s*[.…])+|…")
_before_stop = re.compile(r"\s+(?=[,;:.!?])")
_doubled = re.compile(r"([!?])[.,!?]+|([,;:])[,;:.]+|[,;:](?=—)")
_removed = re.compile(r"[“”\"„«»‘’'`´()_*|~^<>{}]")
_COMMONEST = frozenset({"the", "and", "of", "to", "with", "that"})
_words = re.compile(r"[a-z']+")
_SMALL = "a an and as at but by for from in into of on or the to upon with"  # in a title
_roman = re.compile(r"(?=[ivxl])(?:xl|l?x{0,3})(?:ix|iv|v?i{0,3})[.,:;]?")
_item_number = re.compile(r"[IVXLC]+\.[—\s]*(?=\w)")
_initial = re.compile(r"(?:^|(?<=[-—]))'?[a-z]")
_shouted = re.compile(r"([A-Z]['A-Z]*[A-Z][,.;:!?]?|[AIO])(?=\s|$)")
_capitals = re.compile(r"\b[A-Z]['A-Z]+(?<=\w\w)\b")  # a name set in capitals
_LETTERS = str.maketrans({"æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "&": "and", "\x92": "’"})


def clean_english(
    poems: Iterable[Poem], counts: Counter[str], is_known: Callable[[str], bool]
) -> Iterator[Poem]:
    """The verse of an edition, cleaned; a poem with odd stanzas comes in the parts around them.

    `is_known` tells whether a lower-case word is one of modern English. `counts` receives the
    number of poems `read` and `kept`, and of poems `dropped: …` for each reason.
    """
    for poem in poems:
        counts["read"] += 1
        stanzas = [list(filter(None, map(clean_line, s.split("\n")))) for s in _stanzas(poem.text)]
        stanzas = [stanza for stanza in stanzas if stanza]
        if reason := _fault(poem, stanzas, is_known):
            counts[f"dropped: {reason}"] += 1
            continue
        parts = list(_regular_parts(stanzas))
        counts["kept"] += len(parts)
        if not parts:
            counts["dropped: too few regular stanzas"] += 1
        for part in parts:
            text = "\n\n".join(map("\n".join, part))
            yield Poem(text, clean_title(poem.title), poem.author)


@lru_cache(maxsize=1 << 16)
def is_word(word: str) -> bool:
    """Whether a lower-case word is one of modern English verse."""
    return bool(pronunciations(word))


def is_english(poems: Iterable[Poem]) -> bool:
    """Whether poems are English, in old spelling too, told by the commonest words of the language.

    The table of pronunciations does not tell: it knows names and words of many languages.

    >>> is_english([Poem("The lowing herd wind slowly o'er the lea, and leave the world to me")])
    True
    >>> is_english([Poem("Wer reitet so spät durch Nacht und Wind?")])
    False
    """
    words = [word for poem in poems for word in _words.findall(poem.text.lower())]
    return sum(word in _COMMONEST for word in words) > MIN_COMMONEST * len(words)


def clean_line(line: str) -> str:
    """One line of verse in the alphabet of the model; empty for a heading or an editor's mark.

    >>> clean_line("‘ Tis heav'n 's own light , I do n't deny ;")
    "'Tis heav'n's own light, I don't deny;"
    >>> clean_line("Thro ’ night -- and day -- “ he cried ! ” [ 12 ] 45")
    "Thro' night—and day—he cried!"
    """
    line = unicodedata.normalize("NFKC", line).translate(_LETTERS).replace("hyppphen", "-")
    line = _line_number.sub("", _brackets.sub("", line))
    # Apostrophes are told from quotation marks: what is neither marked nor a letter's goes
    line = _not.sub(f"n{_KEPT}t", line)
    line = _headless.sub(rf"{_KEPT}\1", line)
    line = _suffix.sub(rf"{_KEPT}\1", line)
    line = _tailless.sub(rf"\1{_KEPT} ", line)
    line = _inner.sub(_KEPT, line)
    line = _removed.sub("", line).replace(_KEPT, "'")
    is_heading = len(line) > 3 and line.isupper()
    line = _unshouted(line)
    decomposed = unicodedata.normalize("NFD", line)
    line = "".join(c for c in decomposed if not unicodedata.combining(c))
    line = _dash.sub("—", _dots.sub(".", line))
    line = _doubled.sub(r"\1\2", _before_stop.sub("", line))
    line = _capitals.sub(lambda match: match[0].capitalize(), line)
    line = " ".join(line.split()).lstrip("—,.;:!? ")
    return "" if is_heading or re.fullmatch(r"[IVXLC]*\W*", line) else line


def clean_title(title: str) -> str:
    """A heading as a title; empty where it is none.

    >>> clean_title("TO THE MOON .")
    'To the Moon'
    >>> clean_title("THE BROWNIE 'S CELL [ 13 ]")
    "The Brownie's Cell"
    """
    is_shouted = title.isupper()
    title = clean_line(title.lower() if is_shouted else title).strip(" .,;:—-")
    if is_shouted:
        words = re.split(r"([ —])", title)
        title = "".join(_titled(word, is_first=not i) for i, word in enumerate(words))
    title = _item_number.sub("", title)
    return title if len(title) <= MAX_TITLE_LENGTH and set(title) <= ALPHABET else ""


def _titled(word: str, *, is_first: bool) -> str:
    """A lower-case word as it stands in a title."""
    if _roman.fullmatch(word):
        return word.upper()
    if word in _SMALL.split(" ") and not is_first:
        return word
    return _initial.sub(lambda match: match[0].upper(), word)


def _stanzas(text: str) -> list[str]:
    return [stanza for stanza in re.split(r"\n\s*\n", text) if stanza.strip()]


def _fault(poem: Poem, stanzas: list[list[str]], is_known: Callable[[str], bool]) -> str:
    """Why a poem is of no use; empty where it is."""
    lines = [line for stanza in stanzas for line in stanza]
    if _NOT_VERSE.search(poem.title) or _SCHOOL_BOOK.search(poem.author):
        return "notes, contents or a school reader"
    if len(lines) < MIN_LINES:
        return f"fewer than {MIN_LINES} lines"
    if sum(not set(line) <= ALPHABET for line in lines) > MAX_ODD * len(lines):
        return "digits or foreign letters"
    if sum(line.lstrip("'")[:1].isupper() for line in lines) < MIN_CAPITALS * len(lines):
        return "lines that begin small"
    lengths = [len(line) for line in lines]
    if not LINE_LENGTHS[0] <= statistics.median(lengths) <= LINE_LENGTHS[1]:
        return "line lengths of prose or lists"
    words = [word for line in lines for word in _words.findall(line.lower())]
    if sum(map(is_known, words)) < MIN_KNOWN * len(words):
        return "not modern English"
    return ""


def _regular_parts(stanzas: list[list[str]]) -> Iterator[list[list[str]]]:
    """The runs of stanzas between those that have an odd line."""
    run: list[list[str]] = []
    for stanza in (*stanzas, [""]):
        is_single = len(stanza) == 1 and len(stanzas) > 1  # a stray line: a heading, a note
        if is_single or any(_is_odd(line) for line in stanza):
            if sum(map(len, run)) >= MIN_LINES:
                yield run
            run = []
        else:
            run = [*run, stanza]


def _is_odd(line: str) -> bool:
    return not SHORTEST_LINE <= len(line) <= LONGEST_LINE or not set(line) <= ALPHABET


def _unshouted(line: str) -> str:
    """A line whose first words are set in capitals, as in old books at the start of a poem.

    >>> _unshouted("THE CURFEW tolls for me")
    'The curfew tolls for me'
    """
    words = line.split(" ")
    for i, word in enumerate(words):
        if not _shouted.fullmatch(word):
            break
        if word not in ("I", "O"):
            is_name = i == 0 or word in ("GOD", "LORD")
            words[i] = word.capitalize() if is_name else word.lower()
    return " ".join(words)
