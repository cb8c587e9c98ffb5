"""What human poets score under the checker: the bar that machine poems are held against.

Two tables over the fetched Tang corpus. The famous poems are found in it by their first
characters, and each has to come out as the handbooks have it. Then the rates of all 絕句 and
律詩, characters with two tones read as is needed: counted are the poems with four or eight
lines of five or seven characters in which no editor's note stands, copies and all.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import click

from poet.corpus.clean import clean
from poet.corpus.read import read
from poet.dataset.prepare import Path_, locate
from poet.prosody.chinese.forms import form_of
from poet.prosody.chinese.readings import Tone, level_groups
from poet.prosody.chinese.scan import Scan, scan
from poet.prosody.chinese.verse import verse_lines
from poet.prosody.find import find_form

from .common import launch, record, results_option, say, show

FORMS = ("五絕", "七絕", "五律", "七律")
SAMPLE = 1_000  # poems that distinct-2 is of
PASS, MENDED, TONES, OLD = "strict", "strict, by 拗救", "rhyme holds, tones fail", "仄韻 古絕"
FAMOUS = {  # what has to come out: titles, each with how its poem begins
    PASS: "登鸛雀樓 白日依山盡 春望 國破山河在 山居秋暝 空山新雨後 早發白帝城 朝辭白帝彩雲間 "
    "楓橋夜泊 月落烏啼霜滿天 登高 風急天高猿嘯哀 錦瑟 錦瑟無端五十絃 旅夜書懷 細草微風岸 "
    "賦得古原草送別 離離原上草",
    MENDED: "送杜少府之任蜀州 城闕輔三秦 登樂遊原 向晚意不適",
    TONES: "靜夜思 床前看月光 黃鶴樓 昔人已乘白雲去 終南別業 中歲頗好道",
    OLD: "春曉 春眠不覺曉 江雪 千山鳥飛絕",
}
RHYME = ("出韻", "不押韻")
# What was found with another engine, per cent: rhyme, 2/4/6 and 粘對, strict, rhyme and strict,
# line 1 rhymes, lines found elsewhere; distinct-2.
EXPECTED = {
    "五絕": (4_016, 77.4, 48.7, 52.2, 50.6, 10.8, 10.2, 0.842),
    "七絕": (10_625, 94.5, 79.8, 85.4, 84.2, 72.1, 5.3, 0.805),
    "五律": (14_611, 89.8, 59.2, 66.8, 65.8, 18.6, 7.4, 0.820),
    "七律": (8_008, 93.4, 77.5, 86.6, 85.1, 75.5, 4.7, 0.772),
}
HEADER = ("form", "poems", "rhyme", "2/4/6", "strict", "both", "line 1", "elsewhere", "distinct-2")
STRICT = ("strict_without_三仄尾", "rhyme_and_strict_without_三仄尾")
FIGURES = (
    *("poems", "rhyme", "even_places", *STRICT),
    *("line_1_rhymes", "lines_elsewhere", "distinct_2"),
)


class Piece(NamedTuple):
    """A poem of the corpus: its text as it is scanned, and whether an editor's note stood in it."""

    text: str
    lines: tuple[str, ...]
    has_note: bool


@click.command(help=__doc__)
@results_option
def main(results: Path) -> None:
    say("reading the Tang corpus")
    pieces = list(_pieces(locate(["tang"])))
    famous = [row for must, poems in FAMOUS.items() for row in _famous(pieces, poems, must)]
    show("Poems that a checker must know", ("poem", "must be", "is"), [row[:3] for row in famous])
    distinct = {piece.lines for piece in pieces}  # a copy of a poem is no other poem
    known = Counter(line for lines in distinct for line in set(lines))
    table = {}
    for name in FORMS:
        lengths = find_form(name).lengths  # type: ignore[union-attr]
        shaped = [piece for piece in pieces if tuple(map(len, piece.lines)) == lengths]
        say(f"{name}: {len(shaped):,} poems")
        table[name] = _rates([piece for piece in shaped if not piece.has_note], known, name)
        table[name]["poems_with_notes_too"] = len(shaped)
    rows = [[name, *(found[key] for key in FIGURES)] for name, found in table.items()]
    rows += [[f"{name} expected", *EXPECTED[name]] for name in FORMS]
    show("Human poets, per cent; strict without 三仄尾", HEADER, rows)
    more = [key for key in table[FORMS[0]] if key not in FIGURES]
    show("And", ("figure", *FORMS), [[key, *(table[f][key] for f in FORMS)] for key in more])
    allowed = {(must, must) for must in FAMOUS} | {(PASS, MENDED)}
    wrong = [title for title, must, found, _ in famous if (must, found) not in allowed]
    names = ("title", "must be", "is", "verdict")
    facts = {
        "counted": "poems of the shape without an editor's note in （） or 〖〗, copies included",
        "famous": [dict(zip(names, row, strict=True)) for row in famous],
        "rates": table,
        "expected": {name: dict(zip(FIGURES, EXPECTED[name], strict=True)) for name in FORMS},
    }
    say(f"written: {record('human_prosody', facts, results)}")
    if wrong:
        raise SystemExit(f"not as they must be: {' '.join(wrong)}")


def _pieces(places: Sequence[Path_]) -> Iterator[Piece]:
    for raw in read(places, say=lambda remark: None).pieces:
        poem = clean(raw)
        if poem:
            yield Piece(poem.text, verse_lines(poem.text), any(c in raw.text for c in "（〖("))


def _famous(pieces: Sequence[Piece], poems: str, must: str) -> Iterator[tuple[str, ...]]:
    """Title, what must come out, what does, and the verdict; of several versions the best."""
    words = poems.split()
    for title, start in zip(words[::2], words[1::2], strict=True):
        found = [scan(piece.text) for piece in pieces if piece.lines[:1] == (start,)]
        shaped = [one for one in found if form_of(tuple(map(len, one.lines)))]
        best = max(shaped, key=lambda one: _class(one) == must, default=scan(""))
        yield title, must, _class(best), best.summary()


def _class(found: Scan) -> str:
    if not found.lines:
        return "not in the corpus"
    if found.is_old:
        return OLD if found.rhyme and not level_groups(found.rhyme.characters[-1]) else "古絕"
    if found.keeps():
        named = {remark.name for remark in found.findings.remarks}
        mended = named & {"特拗", "大拗對句救", "孤平拗救"}
        return MENDED if mended else PASS
    return "rhyme fails" if any(f.name in RHYME for f in found.faults) else TONES


def _rates(pieces: Sequence[Piece], known: Counter[str], name: str) -> dict[str, float]:
    """The rates of poems of one form, per cent."""
    counts: Counter[str] = Counter()
    form = find_form(name)
    for piece in pieces:
        found = scan(piece.text, form)
        counts.update(key for key, holds in _facts(found, piece).items() if holds)
    rates = {key: round(100 * n / len(pieces), 1) for key, n in sorted(counts.items())}
    lines = [line for piece in pieces for line in piece.lines]
    elsewhere = sum(known[line] > 1 for line in lines) / len(lines)
    sample = random.Random(0).sample(list(pieces), min(SAMPLE, len(pieces)))
    return {
        "poems": len(pieces),
        **rates,
        "lines_elsewhere": round(100 * elsewhere, 1),
        "distinct_2": round(distinct_2([piece.lines for piece in sample]), 3),
    }


def _facts(found: Scan, piece: Piece) -> dict[str, bool]:
    names = {fault.name for fault in found.faults}
    off = any(fault.name in RHYME and fault.line > 1 for fault in found.faults)
    tones = not names - {*RHYME, "重韻"}
    named = {remark.name for remark in found.findings.remarks}
    ends = {group.name for group in level_groups(found.lines[0][-1])}
    return {
        "rhyme": not off,
        "even_places": even_places(found.tones),
        "strict": tones,
        "strict_without_三仄尾": tones and not found.findings.warnings,
        "rhyme_and_strict": tones and not off,
        "rhyme_and_strict_without_三仄尾": tones and not off and not found.findings.warnings,
        "keeps_all_rules": found.keeps(),
        "keeps_all_rules_however_read": found.keeps(strict=True),
        "line_1_rhymes": found.rhyme is not None and found.rhyme.name in ends,
        "rhyme_character_twice": "重韻" in names,
        "拗救": bool(named & {"特拗", "大拗對句救", "孤平拗救"}),
        "character_twice": repeats(piece.lines),
        "character_twice_but_for_doubled": repeats(piece.lines, doubled=True),
    }


def even_places(tones: Sequence[Sequence[Tone]]) -> bool:
    """Whether 2, 4 and 6 alternate in each line, by 對 in couplets, by 粘 between; ends 平."""
    return all(line[-1] != Tone.OBLIQUE for line in tones[1::2]) and any(
        all(
            own in (Tone.UNKNOWN, Tone.EITHER) or own == (Tone.LEVEL, Tone.OBLIQUE)[turned]
            for i, line in enumerate(tones)
            for k, own in enumerate(line[1::2])
            for turned in [(start + k + (i % 4 in (1, 2))) % 2]
        )
        for start in (0, 1)
    )


def repeats(lines: Sequence[str], *, doubled: bool = False) -> bool:
    """Whether a character stands twice; `doubled`: side by side in a line it counts once."""
    found = [
        c for line in lines for i, c in enumerate(line) if not (doubled and i and line[i - 1] == c)
    ]
    return len(set(found)) < len(found)


def distinct_2(poems: Sequence[Sequence[str]]) -> float:
    """The share of different pairs among all pairs of neighbours within lines."""
    pairs = [pair for lines in poems for line in lines for pair in pairwise(line)]
    return len(set(pairs)) / len(pairs)


if __name__ == "__main__":
    launch(main)
