"""Checking a text before training: what is in it, and whether there is enough of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from poet.characters import is_chinese
from poet.corpus.clean import clean_source
from poet.corpus.read import Source
from poet.poem import Poem
from poet.scripts import script_of, to_traditional

LEAST = 2_000  # characters; with fewer there is nothing to learn
FAIR = 100_000  # with fewer a model mostly repeats its training text
GOOD = 1_000_000  # about the size of tiny-shakespeare, and a third of the Tang poems
SHOWN = 3  # poems of a text that are shown as they will be learnt
_DROPPED = "dropped: "  # begins the keys of such counts
_BEGINNING = 20  # characters shown of a poem that is dropped
_CONTEXT = 6  # characters shown on either side of a suspicious one

_SUSPICIOUS = {
    "control": "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f",
    "private": "\ue000-\uf8ff\U000f0000-\U0010fffd",
    "replacement": "\ufffd",
    "hole": "□■○●◯◎",
    "latin": "0-9A-Za-z０-９Ａ-Ｚａ-ｚ",
    "note": "（(〔〖{\\[",
}
MEANING = {
    "control": "control characters",
    "private": "private-use characters",
    "replacement": "replacement characters (U+FFFD): damage",
    "hole": "missing characters",
    "latin": "digits and Latin letters in Chinese text",
    "note": "brackets: possibly an editor's notes",
}
_patterns = {kind: re.compile(f"[{characters}]") for kind, characters in _SUSPICIOUS.items()}
_latin = re.compile("[A-Za-z\u00c0-\u024f]")
_in_chinese = re.compile(f"[{''.join(_SUSPICIOUS.values())}]")
_anywhere = re.compile(
    f"[{''.join(_SUSPICIOUS[kind] for kind in ('control', 'private', 'replacement'))}]"
)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A kind of character that seldom belongs in verse: its count and first occurrence."""

    kind: str
    count: int
    piece: int  # number of the poem, or piece of a stream, counted from 1
    context: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """Poems that are left out for one reason: their number, and the beginning of the first."""

    reason: str
    count: int
    piece: int  # number of the first one, counted from 1
    beginning: str


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a check. `characters` and the fields after it describe the cleaned text.

    `first` are the first poems as they will be learnt. `left_out` are rows and records of the
    files that were taken for no poems, by their kind.
    """

    kind: str
    files: int
    encodings: tuple[str, ...]
    layouts: tuple[str, ...]
    poems: int
    fit: int
    copies: int
    stanzas: int  # of the usable poems
    characters: int
    distinct: int
    once: int
    script: str
    forms: tuple[tuple[str, int], ...]
    dropped: tuple[Dropped, ...]
    left_out: tuple[tuple[str, int], ...]
    titles: int  # of the usable poems: how many have one
    authors: int
    doubts: tuple[Suspicion, ...]
    first: tuple[Poem, ...]

    @property
    def enough(self) -> bool:
        """Whether there is enough text to train on at all."""
        return self.characters >= LEAST


def check(source: Source) -> Report:
    """Read and clean a whole source, and count what is in it.

    Raises `InputError` if a file turns out to be damaged beyond its beginning.
    """
    doubts: dict[str, Suspicion] = {}
    counts: Counter[str] = Counter()
    letters: Counter[str] = Counter()
    forms: Counter[str] = Counter()
    scripts: Counter[str] = Counter()
    texts: set[int] = set()
    dropped: dict[str, Dropped] = {}
    first: list[Poem] = []
    titles = authors = 0
    pieces = _inspected(source.pieces, doubts, counts, dropped)
    stream = source.kind == "stream"
    stanzas = 0
    for poem in clean_source(source, pieces, counts):
        if len(first) < SHOWN:
            first.append(poem)
        titles += bool(poem.title)
        authors += bool(poem.author)
        letters.update(poem.text)
        scripts[script_of(poem.text)] += 1
        if not stream:
            stanzas += poem.text.count("\n\n") + 1
            forms[poem.form] += 1
            texts.add(hash(poem.text))
    return Report(
        kind=source.kind,
        files=len(source.files),
        encodings=tuple(dict.fromkeys(file.encoding for file in source.files)),
        layouts=tuple(dict.fromkeys(file.layout for file in source.files)),
        poems=counts["read"],
        fit=counts["kept"],
        copies=counts["kept"] - len(texts),
        stanzas=stanzas,
        characters=letters.total(),
        distinct=len(letters),
        once=sum(count == 1 for count in letters.values()),
        script=_script(scripts) or ("latin" if _is_latin(letters) else ""),
        forms=tuple(forms.most_common()),
        dropped=tuple(
            replace(dropped[reason], count=count)
            for reason, count in counts.most_common()
            if reason in dropped
        ),
        left_out=tuple(source.left_out.most_common()),
        titles=titles,
        authors=authors,
        doubts=tuple(doubts[kind] for kind in MEANING if kind in doubts),
        first=_as_learnt(first),
    )


def _as_learnt(poems: list[Poem]) -> tuple[Poem, ...]:
    """The poems in the script that a model learns Chinese in."""
    if script_of("".join(poem.text for poem in poems)) != "hans":
        return tuple(poems)
    return tuple(
        Poem(*map(to_traditional, (poem.text, poem.title, poem.author)))
        if is_chinese(poem.text)
        else poem
        for poem in poems
    )


def verdict(report: Report) -> str:
    """Whether the text is enough to train on, in one line.

    >>> verdict(check(Source("poems", iter([Poem("春水連天碧，明月照大江。")]), ())))
    'too little to train on: 12 characters; 2,000 is the minimum, 1,000,000 or more work well'
    """
    size = f"{report.characters:,} characters"
    if report.characters < LEAST:
        return (
            f"too little to train on: {size}; {LEAST:,} is the minimum, {GOOD:,} or more work well"
        )
    if report.characters < FAIR:
        return f"enough to try: with {size} a model mostly repeats its text; {GOOD:,} are better"
    if 2 * report.fit < report.poems:
        return f"enough to train on ({size}), but most of the poems are left out: see above"
    return f"enough to train on: {size}" + ("" if report.characters < GOOD else ", plenty")


def _inspected(
    pieces: Iterable[Poem],
    doubts: dict[str, Suspicion],
    counts: Counter[str],
    dropped: dict[str, Dropped],
) -> Iterator[Poem]:
    """Pass the pieces on unchanged while counting suspicious characters in `doubts`.

    `dropped` receives the first of those that cleaning, whose `counts` these are, drops.
    """
    for number, piece in enumerate(pieces, 1):
        pattern = _in_chinese if is_chinese(piece.text[:10_000]) else _anywhere
        for match in pattern.finditer(piece.text):
            kind = next(
                kind for kind, characters in _patterns.items() if characters.match(match[0])
            )
            if known := doubts.get(kind):
                doubts[kind] = replace(known, count=known.count + 1)
            else:
                around = piece.text[max(match.start() - _CONTEXT, 0) : match.end() + _CONTEXT]
                doubts[kind] = Suspicion(kind, 1, number, _visible(around))
        yield piece
        for key in counts:  # cleaning is done with the piece by now
            if key.startswith(_DROPPED) and key not in dropped:
                reason = key.removeprefix(_DROPPED)
                beginning = _visible(f"{piece.title} {piece.text[:_BEGINNING]}")
                dropped[key] = Dropped(reason, 1, number, beginning)


def _visible(text: str) -> str:
    """The text on one line, with U+ codes for characters that cannot be printed."""
    return "".join(
        c if c.isprintable() else " " if c.isspace() else f"<U+{ord(c):04X}>" for c in text
    ).strip()


def _script(scripts: Counter[str]) -> str:
    """hans or hant; mixed when over one poem in twenty differs; empty when none is clear."""
    total = scripts["hans"] + scripts["hant"]
    if not total:
        return ""
    if 20 * min(scripts["hans"], scripts["hant"]) > total:
        return "mixed"
    return "hans" if scripts["hans"] > scripts["hant"] else "hant"


def _is_latin(letters: Counter[str]) -> bool:
    latin = sum(count for letter, count in letters.items() if _latin.match(letter))
    return 2 * latin > letters.total()
