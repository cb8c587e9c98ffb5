"""Make `poet/prosody/chinese/usual_tones.txt`: characters whose second tone poets hardly used.

    python -m tools.usual_tones

Dictionaries give both tones to many characters that verse reads in one of them, such as 三 深 如.
Counted is how often the regulated poems of Tang and Song need either tone of a character: only
poems without a fault are counted, and only places where the other tone would be one. Needs `poet
corpus fetch tang song`; takes four minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from poet.corpus.clean import clean
from poet.corpus.read import read
from poet.dataset.prepare import locate
from poet.prosody.chinese.alignment import AlignedLine, align, misfits
from poet.prosody.chinese.forms import form_of
from poet.prosody.chinese.readings import OPPOSITE, SYMBOL_TONES, Tone, Tones, tone
from poet.prosody.chinese.verse import verse_lines
from poet.scripts import standard

CORPORA = ("tang", "song")
LEAST_USES = 100
MOST_OF_THE_OTHER = 0.005  # above this share, the other tone is one that poets used
# Read as 平 in 1.4 % of its places, mostly where 仄 would only be discouraged; the handbooks count
# 百歲老翁不種田 as 孤平, which a 平 would save.
BY_HAND = {"不": Tone.OBLIQUE}
OUT = Path(__file__).resolve().parent.parent / "poet/prosody/chinese/usual_tones.txt"
HEADER = f"""\
# The characters that poets read in one tone, though dictionaries give them both: of the places in
# regulated verse where only one tone keeps the rules, {LEAST_USES} or more, at most {{share}}
# need the other. In rhyme both tones count. Added by hand: {" ".join(BY_HAND)}.
# Made by: python -m tools.usual_tones
# {{poems:,}} poems without a fault, of {" and ".join(CORPORA)}; {{uses:,}} places.
"""
Counts = dict[str, dict[Tone, int]]


@click.command(help=__doc__)
def main() -> None:
    counts: Counts = {}
    poems = 0
    for lines in regulated_poems():
        all_tones = [tuple(map(tone, line)) for line in lines]
        if aligned := faultless(all_tones):
            poems += 1
            count(lines, all_tones, aligned, counts)
    usual = BY_HAND | {
        character: max(uses, key=lambda one: uses[one])
        for character, uses in counts.items()
        if sum(uses.values()) >= LEAST_USES
        and min(uses.values()) <= MOST_OF_THE_OTHER * sum(uses.values())
    }
    uses = sum(sum(each.values()) for each in counts.values())
    share = f"{MOST_OF_THE_OTHER:.1%}".replace("%", " %")
    rows = [
        f"{one.name}\t{''.join(sorted(c for c in usual if usual[c] == one))}\n"
        for one in (Tone.LEVEL, Tone.OBLIQUE)
    ]
    OUT.write_text(HEADER.format(share=share, poems=poems, uses=uses) + "".join(rows), "utf-8")
    click.echo(OUT.read_text("utf-8"))


def regulated_poems() -> Iterable[tuple[str, ...]]:
    """The lines of the quatrains and eight-line poems of the corpora, each poem once."""
    seen = set()
    for name in CORPORA:
        for raw in read(locate([name]), notify=click.echo).pieces:
            poem = clean(raw)
            lines = verse_lines(poem.text) if poem else ()
            if 0 < len(lines) <= 8 and form_of(tuple(map(len, lines))) and lines not in seen:
                seen.add(lines)
                yield lines


def faultless(tones: Sequence[Tones]) -> tuple[AlignedLine, ...] | None:
    """The alignment of a poem with the patterns of its form; None where it breaks a rule."""
    aligned = align(tones, len(tones[0]), can_rhyme_first=True)
    wrong = (
        line.broken or misfits(line.pattern, own) for line, own in zip(aligned, tones, strict=True)
    )
    return None if any(wrong) else aligned


def count(
    lines: Sequence[str], tones: list[Tones], aligned: Sequence[AlignedLine], counts: Counts
) -> None:
    """Count the characters with two tones of which only one keeps the rules; not line ends."""
    for i, (line, own, pattern) in enumerate(
        zip(lines, tones, (each.pattern for each in aligned), strict=True)
    ):
        for place, character in enumerate(map(standard, line[:-1])):
            if own[place] == Tone.EITHER and (needed := pattern[place]) != "中":
                other = SYMBOL_TONES[OPPOSITE[needed]]
                changed = (*own[:place], other, *own[place + 1 :])
                if not faultless([*tones[:i], changed, *tones[i + 1 :]]):
                    uses = counts.setdefault(character, {Tone.LEVEL: 0, Tone.OBLIQUE: 0})
                    uses[SYMBOL_TONES[needed]] += 1


if __name__ == "__main__":
    main()
