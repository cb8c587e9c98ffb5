"""Cleaning: what stands in files becomes verse that a model can learn from.

Cleaning a clean poem changes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

from poet.characters import is_chinese, is_han
from poet.corpus.chinese import HOLES, Rejected, clean_verse, is_ready
from poet.poem import Poem
from poet.scripts import script_of, standard

# Control characters (a tab is a space), zero-width space, word joiner, soft hyphen, byte
# order mark, halves of surrogate pairs. Joiners (U+200C, U+200D) spell words and stay.
_DROPPED = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u2060\ufeff\ud800-\udfff"
_dropped = re.compile(f"[{_DROPPED}]")
_newline = re.compile("\r\n?|[\x85\u2028\u2029]")
_line_end = re.compile(r"[ \u3000\xa0]+(?=\n|$)")
_blank_lines = re.compile(r"\n{4,}")
_kana = re.compile("[\u3041-\u30ff]")
_note = re.compile("[（(〔\\[][^（(〔\\[\\]〕)）]*[\\]〕)）]")
_hole = re.compile(f"[{HOLES}]")
_FAR = 1_000  # characters without a plain one among them; no text has that many
_PASSES = 8  # far more than any text needs until cleaning it again changes nothing


def clean(poem: Poem) -> Poem | None:
    """The poem as the model reads it; None when nothing of it is fit to learn from.

    >>> clean(Poem("春水連天碧，（一作「綠」）\\n明月照大江", title="江 (二首)"))
    Poem(text='春水連天碧，明月照大江。', title='江', author='')
    >>> clean(Poem("春水□天碧。")) is None
    True
    """
    return _clean(poem, Counter())


def clean_all(poems: Iterable[Poem], counts: Counter[str]) -> Iterator[Poem]:
    """The poems that are fit, cleaned. `counts` tells what was done.

    Its keys: `read`, `kept`, `notes removed`, and `dropped: …` with each reason.
    """
    for poem in poems:
        counts["read"] += 1
        cleaned = _clean(poem, counts)
        if cleaned:
            counts["kept"] += 1
            yield cleaned


def clean_stream(pieces: Iterable[Poem]) -> Iterator[Poem]:
    """The pieces of one long text, in NFC: newlines of any system become \\n, a tab a space.

    Control and invisible characters go; all else comes through character for character. A
    line end or an accent that lies across two pieces is held back for the next one.
    """
    held = ""
    for piece in pieces:
        text, held = _split_safely(held + piece.text)
        if text := _normalised(text):
            yield Poem(text)
    if held := _normalised(held):
        yield Poem(held)


def _split_safely(text: str) -> tuple[str, str]:
    """Text, and its end that may still change with what follows: a cut before a plain character.

    abc e | \u0301 f   ->   abc, e\u0301 f
    """
    for at in range(len(text) - 1, max(len(text) - _FAR, 0), -1):
        if " " <= text[at] <= "~" or is_han(text[at]):
            return text[:at], text[at:]
    return ("", text) if len(text) < _FAR else (text, "")


def _clean(poem: Poem, counts: Counter[str]) -> Poem | None:
    try:
        text = _clean_text(poem.text, counts)
    except Rejected as reason:
        counts[f"dropped: {reason}"] += 1
        return None
    title, author = _clean_title(poem.title), _clean_title(poem.author)
    # Simplified text has standard forms of its own: see `scripts.to_traditional`
    if not in_chinese(text) or script_of(text) == "hans":
        return Poem(text, title, author)
    return Poem(standard(text), standard(title), standard(author))


def _clean_text(text: str, counts: Counter[str]) -> str:
    """Clean until nothing changes: what one note hid may be another."""
    if is_ready(text):
        return text.replace("\n", "")
    for _ in range(_PASSES):
        before = text
        text = _normalised(text)
        text = clean_verse(text, counts) if in_chinese(text) else _clean_lines(text)
        if text == before:
            break
    if not any(map(str.isalpha, text)):
        raise Rejected("empty")
    return text


def in_chinese(text: str) -> bool:
    """Chinese, and not Japanese: a stray kana in Chinese is damage."""
    return is_chinese(text) and 10 * len(_kana.findall(text)) <= len(text)


def _normalised(text: str) -> str:
    if not text.isascii() or not text.isprintable():
        text = _newline.sub("\n", text)
        text = _dropped.sub("", text).replace("\t", " ")
    return unicodedata.normalize("NFC", text)


def _clean_lines(text: str) -> str:
    """Any other text: its line breaks stay, spaces at line ends and wide gaps go."""
    return _blank_lines.sub("\n\n\n", _line_end.sub("", text)).strip("\n")


def _clean_title(title: str) -> str:
    """One line, without notes when it is Chinese; nothing when characters are missing."""
    title = " ".join(_normalised(title).split())
    if not title or not is_chinese(title):
        return title
    while (shorter := _note.sub("", title)) != title:
        title = shorter
    return "" if _hole.search(title) else " ".join(title.split())
