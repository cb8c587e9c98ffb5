"""What a text is, and whether it is worth training on, before an hour is spent on it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from poet.characters import is_chinese
from poet.corpus.clean import clean_all, clean_stream
from poet.corpus.read import Source
from poet.poem import Poem
from poet.scripts import script_of

LEAST = 2_000  # characters below which there is nothing to learn
FAIR = 100_000  # below it a model repeats what it has read
GOOD = 1_000_000  # about the size of the field's yardstick, and of a third of the Tang poems
_CONTEXT = 6  # characters shown on either side of a doubtful one

_KINDS = {
    "control": "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f",
    "private": "\ue000-\uf8ff\U000f0000-\U0010fffd",
    "replacement": "\ufffd",
    "hole": "□■○●◯◎",
    "latin": "0-9A-Za-z０-９Ａ-Ｚａ-ｚ",
    "note": "（(〔〖{\\[",
}
WHAT = {
    "control": "control characters",
    "private": "characters of a private code",
    "replacement": "replacement characters (U+FFFD): damage",
    "hole": "missing characters",
    "latin": "digits and Latin letters in Chinese text",
    "note": "brackets: perhaps an editor's notes",
}
_kinds = {kind: re.compile(f"[{characters}]") for kind, characters in _KINDS.items()}
_in_chinese = re.compile(f"[{''.join(_KINDS.values())}]")
_anywhere = re.compile(
    f"[{''.join(_KINDS[kind] for kind in ('control', 'private', 'replacement'))}]"
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A kind of character that seldom belongs in verse: how many, and the first place."""

    kind: str
    count: int
    piece: int  # of the poem, counted from 1; of a stream, always 1
    context: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. `characters` and what follows speak of the text after cleaning."""

    kind: str
    files: int
    encodings: tuple[str, ...]
    layouts: tuple[str, ...]
    poems: int
    fit: int
    copies: int
    characters: int
    distinct: int
    once: int
    script: str
    forms: tuple[tuple[str, int], ...]
    dropped: tuple[tuple[str, int], ...]
    doubts: tuple[Doubt, ...]

    @property
    def enough(self) -> bool:
        """Whether there is enough text to train on at all."""
        return self.characters >= LEAST


def check(source: Source) -> Report:
    """Read and clean a whole source, and count what is in it.

    Raises `InputError` where a file turns out to be damaged further inside.
    """
    doubts: dict[str, Doubt] = {}
    counts: Counter[str] = Counter()
    letters: Counter[str] = Counter()
    forms: Counter[str] = Counter()
    scripts: Counter[str] = Counter()
    texts: set[int] = set()
    pieces = _watched(source.pieces, doubts)
    stream = source.kind == "stream"
    for poem in clean_stream(pieces) if stream else clean_all(pieces, counts):
        letters.update(poem.text)
        scripts[script_of(poem.text)] += 1
        if not stream:
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
        characters=letters.total(),
        distinct=len(letters),
        once=sum(count == 1 for count in letters.values()),
        script=_script(scripts),
        forms=tuple(forms.most_common()),
        dropped=_reasons(counts),
        doubts=tuple(doubts[kind] for kind in WHAT if kind in doubts),
    )


def verdict(report: Report) -> str:
    """One line: whether to train on it.

    >>> verdict(check(Source("poems", iter([Poem("春水連天碧，明月照大江。")]), ())))
    'too little to train on: 12 characters; 2,000 are the least, 1,000,000 make a fair poet'
    """
    have = f"{report.characters:,} characters"
    if report.characters < LEAST:
        return f"too little to train on: {have}; {LEAST:,} are the least, {GOOD:,} make a fair poet"
    if report.characters < FAIR:
        return (
            f"enough to try: with {have} a model mostly repeats what it read; {GOOD:,} are better"
        )
    if 2 * report.fit < report.poems:
        return f"enough to train on ({have}), but most of the poems are left out: see above"
    return f"enough to train on: {have}" + ("" if report.characters < GOOD else ", plenty")


def _watched(pieces: Iterable[Poem], doubts: dict[str, Doubt]) -> Iterator[Poem]:
    """The pieces as they are, while doubtful characters are counted in what was read."""
    for number, piece in enumerate(pieces, 1):
        chinese = is_chinese(piece.text[:10_000])
        for match in (_in_chinese if chinese else _anywhere).finditer(piece.text):
            kind = next(kind for kind, characters in _kinds.items() if characters.match(match[0]))
            if seen := doubts.get(kind):
                doubts[kind] = Doubt(kind, seen.count + 1, seen.piece, seen.context)
            else:
                around = piece.text[max(match.start() - _CONTEXT, 0) : match.end() + _CONTEXT]
                doubts[kind] = Doubt(kind, 1, number, _visible(around))
        yield piece


def _visible(text: str) -> str:
    """The text on one line, with a name for every character that does not print."""
    return "".join(
        c if c.isprintable() else " " if c.isspace() else f"<U+{ord(c):04X}>" for c in text
    ).strip()


def _script(scripts: Counter[str]) -> str:
    """hans, hant, or mixed when more than one poem in twenty is in the other; else empty."""
    told = scripts["hans"] + scripts["hant"]
    if not told:
        return ""
    if 20 * min(scripts["hans"], scripts["hant"]) > told:
        return "mixed"
    return "hans" if scripts["hans"] > scripts["hant"] else "hant"


def _reasons(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    start = "dropped: "
    return tuple(
        (key.removeprefix(start), count)
        for key, count in counts.most_common()
        if key.startswith(start)
    )
