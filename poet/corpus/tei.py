"""Reading verse from TEI, the XML of text editions (tei-c.org).

A poem is an `lg` (line group) of type `poem`, with its title in `head`, its stanzas in `lg` of
type `stanza` and its lines in `l`. A part of a poem, such as a sonnet of a sequence, is a poem of
its own, but for one that is a single numbered stanza. Notes, figures, prose and everything outside
of poems are passed over.

The files come from outside, so they are parsed by defusedxml: it refuses declarations of entities,
which could read files of this machine or grow without bound.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from xml.etree.ElementTree import Element, ParseError

from poet.errors import InputError
from poet.poem import Poem

SONNET = 14  # lines
_LONGEST_TAG = 100_000  # characters; more without a tag's end is text
_UNREAD = frozenset({"note", "figure", "span", "ref", "fw"})  # not part of the text of a line
_illegal = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # in any XML
# Editors of anthologies and of the works of others, whom the editions name as authors
_EDITORS = frozenset(
    {"Burton Egbert Stevenson", "George Gilfillan", "Allan Cunningham", "Carolyn Wells"}
)
_note_attributes = re.compile(r"<note\b[^<>]*>")
_SEVERAL = re.compile(r"\W*(various|anonymous|unknown|anon)\b.*", re.IGNORECASE)
_number = re.compile(
    r"(?:(?:no|part|canto|book|act|scene|sonnet|stanza)\W*)?(?:[ivxlcdm]+|\d+)\W*", re.IGNORECASE
)
_in_brackets = re.compile(r"\s*[(\[][^)\]]*[)\]]")


def tei_poems(text: Iterable[str], name: str, notify: Callable[[str], None]) -> Iterator[Poem]:
    """The poems of one TEI document, given in pieces; lines are as the file has them.

    `name` is that of the file, for messages. Some editions hold a line that is not XML: the poems
    before it are read, and `notify` receives a message. Raises `InputError` for XML that is not
    safe to read, or damaged before its first poem.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    found, author, depth = False, "", 0  # how many poems and parts the parser is inside of
    parents: list[Element] = []
    try:
        for event, element in iterparse(_Mended(text), events=("start", "end")):
            tag = _tag(element)
            is_poem = tag == "lg" and element.get("type") == "poem"
            if event == "start":
                depth += is_poem
                parents.append(element)
                continue
            depth -= is_poem
            parents.pop()
            if tag == "author" and not author:
                author = _author(_text(element))
            if is_poem and not depth:
                found = True
                yield from _poems(element, "", author)
            if parents and not depth and _tag(parents[-1]) != "author":
                parents[-1].remove(element)  # what has been read is not held
    except RecursionError as error:
        raise InputError(
            f"{name} is not safe to read: its elements are nested too deeply", "leave the file out"
        ) from error
    except ParseError as error:
        if not found:
            raise InputError(
                f"{name} is damaged: it is not XML ({error})", "mend the file, or fetch it again"
            ) from error
        notify(f"{name}: not whole XML ({error}); the poems before that are read")
    except DefusedXmlException as error:
        raise InputError(
            f"{name} is not safe to read: it declares entities",
            "remove these declarations; verse needs none",
        ) from error


class _Mended:
    """Pieces of text as the file that an XML parser reads, without what no XML may hold.

    Some editions have text of notes in the attributes of notes, unescaped. A tag may come in
    several pieces, so each piece is cut after its last tag.
    """

    def __init__(self, text: Iterable[str]) -> None:
        self._parts = self._mended(text)

    def read(self, _size: int = -1) -> str:
        return next(filter(None, self._parts), "")

    def _mended(self, text: Iterable[str]) -> Iterator[str]:
        rest = ""
        for piece in text:
            whole, tag_end, rest = (rest + piece).rpartition(">")
            yield _mend(whole + tag_end)
            if len(rest) > _LONGEST_TAG:
                yield _mend(rest)
                rest = ""
        yield _mend(rest)


def _mend(piece: str) -> str:
    return _note_attributes.sub("<note>", _illegal.sub("", piece))


def _poems(group: Element, title: str, author: str) -> Iterator[Poem]:
    """A poem and the parts of it that are poems of their own."""
    title = _title(group) or title
    stanzas: list[list[str]] = []
    loose: list[str] = []  # lines that stand outside of stanzas
    for child in group:
        tag, kind = _tag(child), child.get("type")
        if tag == "l":
            loose.append(_text(child))
            continue
        if loose:
            stanzas.append(loose)
            loose = []
        if tag == "lg" and kind == "part" and (stanza := _numbered_stanza(child)):
            stanzas.append(stanza)
        elif tag == "lg" and kind in ("poem", "part"):
            yield from _made(stanzas, title, author)
            stanzas = []
            yield from _poems(child, title, author)
        elif tag == "lg":
            stanzas.append([_text(line) for line in child if _tag(line) == "l"])
    if loose:
        stanzas.append(loose)
    yield from _made(stanzas, title, author)


def _numbered_stanza(part: Element) -> list[str]:
    """The lines of a part that is one stanza with a number above it; empty for any other part.

    Fourteen lines under a number are a sonnet of a sequence.
    """
    groups = [child for child in part if _tag(child) == "lg"]
    if _title(part) or len(groups) != 1 or any(_tag(child) == "l" for child in part):
        return []
    lines = [_text(line) for line in groups[0] if _tag(line) == "l"]
    return lines if len(lines) < SONNET else []


def _made(stanzas: list[list[str]], title: str, author: str) -> Iterator[Poem]:
    text = "\n\n".join("\n".join(filter(None, stanza)) for stanza in stanzas if any(stanza))
    if text:
        yield Poem(text, title, author)


def _title(group: Element) -> str:
    """The first heading of a poem that says more than a number."""
    headings = [_text(child) for child in group if _tag(child) == "head"]
    return next((h for h in headings if any(map(str.isalpha, h)) and not _number.fullmatch(h)), "")


def _author(name: str) -> str:
    """The name of an author; empty where a book has several, or none is known.

    >>> _author("T. C. (Thomas Charles) Bridges"), _author("Various")
    ('T. C. Bridges', '')
    """
    words = _in_brackets.sub("", name).removeprefix("Baron ").split()
    name = " ".join(words[:-1] if words[-2:-1] == words[-1:] else words)  # … Gordon Byron Byron
    return "" if _SEVERAL.fullmatch(name) or name in _EDITORS else name


def _text(element: Element) -> str:
    """The text of an element in one line, without notes."""
    return " ".join("".join(_parts(element)).split())


def _parts(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if _tag(child) not in _UNREAD:
            yield from _parts(child)
        yield child.tail or ""


def _tag(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
