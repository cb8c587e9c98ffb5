"""Cleaning: turning the text of files into verse that a model can learn from.

Cleaning is idempotent: a clean poem is left unchanged.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from poet.characters import is_chinese, is_han, normalise
from poet.corpus.read import Source
from poet.poem import Poem
from poet.prosody.chinese.clean import HOLES, Rejected, clean_verse, is_ready
from poet.scripts import script_of, standard

# Control characters (a tab becomes a space), zero-width space, word joiner, soft hyphen, byte
# order mark, lone surrogates. Joiners (U+200C, U+200D) are part of spelling and stay.
_DROPPED = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u2060\ufeff\ud800-\udfff"
_dropped = re.compile(f"[{_DROPPED}]")
_newline = re.compile("\r\n?|[\x85\u2028\u2029]")
_line_end = re.compile(r"[ \u3000\xa0]+(?=\n|$)")
_blank_lines = re.compile(r"\n{3,}")
_note = re.compile("[（(〔\\[][^（(〔\\[\\]〕)）]*[\\]〕)）]")
_hole = re.compile(f"[{HOLES}]")
_MAX_LOOK_BACK = 1_000  # characters searched for a safe place to cut; one is always nearer
_TEI_SAMPLE = 50  # poems of an edition by which its language is told
_MAX_PASSES = 8  # far more than any text needs until cleaning it again changes nothing


def clean(poem: Poem) -> Poem | None:
    """The poem as the model reads it; None when it is unusable.

    >>> clean(Poem("春水連天碧，（一作「綠」）\\n明月照大江", title="江 (二首)"))
    Poem(text='春水連天碧，明月照大江。', title='江', author='')
    >>> clean(Poem("春水□天碧。")) is None
    True
    """
    return _clean(poem, Counter())


def clean_all(poems: Iterable[Poem], counts: Counter[str]) -> Iterator[Poem]:
    """The usable poems, cleaned.

    `counts` receives the number of poems `read` and `kept`, of `notes removed`, and of poems
    `dropped: …` for each reason.
    """
    for poem in poems:
        counts["read"] += 1
        cleaned = _clean(poem, counts)
        if cleaned:
            counts["kept"] += 1
            yield cleaned


def clean_source(source: Source, pieces: Iterable[Poem], counts: Counter[str]) -> Iterator[Poem]:
    """The pieces of a source, cleaned as its kind asks for.

    Editions in TEI whose language is English are brought into its alphabet. `counts` is filled as
    by `clean_all`, except by a stream.
    """
    if source.kind == "stream":
        yield from clean_stream(pieces)
        return
    if any(file.layout == "tei" for file in source.files):
        from poet.corpus.english import clean_english, is_english, is_word

        pieces = iter(pieces)
        first = list(islice(pieces, _TEI_SAMPLE))
        pieces = chain(first, pieces)
        if is_english(first):
            yield from clean_english(pieces, counts, is_word)
            return
    yield from clean_all(pieces, counts)


def clean_stream(pieces: Iterable[Poem]) -> Iterator[Poem]:
    """The pieces of one long text in NFC: line ends become \\n, tabs become spaces.

    Control characters and invisible ones are removed; everything else stays character for
    character. The end of a piece that could still combine with the next one is held back.
    """
    rest = ""
    for piece in pieces:
        text, rest = _split_safely(rest + piece.text)
        if text := _normalised(text):
            yield Poem(text)
    if rest := _normalised(rest):
        yield Poem(rest)


def _split_safely(text: str) -> tuple[str, str]:
    """Cut before the last character that cannot combine with the one before it.

    The second part may still change with what follows.

    abc e | \u0301 f   ->   abc, e\u0301 f
    """
    for i in range(len(text) - 1, max(len(text) - _MAX_LOOK_BACK, 0), -1):
        if " " <= text[i] <= "~" or is_han(text[i]):
            return text[:i], text[i:]
    return ("", text) if len(text) < _MAX_LOOK_BACK else (text, "")


def _clean(poem: Poem, counts: Counter[str]) -> Poem | None:
    try:
        text = _clean_text(poem.text, counts)
    except Rejected as reason:
        counts[f"dropped: {reason}"] += 1
        return None
    title, author = _clean_title(poem.title), _clean_title(poem.author)
    # Simplified text is standardised when it is converted: see `scripts.to_traditional`
    if not is_chinese(text) or script_of(text) == "hans":
        return Poem(text, title, author)
    return Poem(standard(text), standard(title), standard(author))


def _clean_text(text: str, counts: Counter[str]) -> str:
    """Clean until nothing changes: removing one note may reveal another."""
    if is_ready(text):
        return text.replace("\n", "")
    for _ in range(_MAX_PASSES):
        before = text
        text = _normalised(text)
        text = clean_verse(text, counts) if is_chinese(text) else _clean_lines(text)
        if text == before:
            break
    if not any(map(str.isalpha, text)):
        raise Rejected("empty")
    return text


def _normalised(text: str) -> str:
    if not text.isascii() or not text.isprintable():
        text = _newline.sub("\n", text)
        text = _dropped.sub("", text).replace("\t", " ")
    return normalise(text)


def _clean_lines(text: str) -> str:
    """Any other text: keep lines and stanzas, remove spaces at line ends and shorten wide gaps."""
    return _blank_lines.sub("\n\n", _line_end.sub("", text)).strip("\n")


def _clean_title(title: str) -> str:
    """The title on one line, without notes if Chinese; empty when a character is missing."""
    title = " ".join(_normalised(title).split())
    if not title or not is_chinese(title):
        return title
    while (shorter := _note.sub("", title)) != title:
        title = shorter
    return "" if _hole.search(title) else " ".join(title.split())
