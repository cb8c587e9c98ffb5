"""The patterns of the tunes, place by place, held against the ci that poets wrote to them.

Needs the corpus fetched: `poet corpus fetch ci`. A poem counts for a tune that its title
names, and for the pattern when its lines have exactly those lengths, or have them several
times over (望江南 is mostly sung twice), and when it does not rhyme in the other tone, as a
variant of some tunes does (憶秦娥, 柳梢青). Of a line with several settings the one is taken
that a poem keeps best.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

import click

from poet.characters import STOPS
from poet.corpus.read import read
from poet.dataset.prepare import Path_, locate
from poet.prosody.chinese.automaton import fits
from poet.prosody.chinese.forms import Form
from poet.prosody.chinese.patterns import Scheme, Section, schemes
from poet.prosody.chinese.readings import Tone, ci_rhyme_classes, readings, tone
from poet.prosody.chinese.tunes import tunes
from poet.scripts import to_traditional

from .common import launch, record, results_option, say, show

Lines = tuple[str, ...]
LEAST = 0.97  # of the bound places must fit; less means that the pattern is wrong
ENOUGH = 10  # stanzas to judge a pattern by
BOUND, FREE = 0.9, 0.98  # a bound place that fewer keep is doubtful; a free one that more agree in
_note = re.compile(r"（.*?）|\(.*?\)")
_after_name = re.compile(r"[·・].*|其[一二三四五六七八九十]+$")
_line = re.compile(f"([^{STOPS}]+)[{STOPS}]")


def songs(places: Sequence[Path_]) -> dict[str, list[Lines]]:
    """The lines of all ci by the name of their tune, in traditional characters."""
    found: dict[str, list[Lines]] = defaultdict(list)
    for poem in read(places, say=say).pieces:
        name = _after_name.sub("", _note.sub("", poem.title)).strip()
        text = _note.sub("", "".join(poem.text.split()))
        found[to_traditional(name)].append(tuple(_line.findall(to_traditional(text))))
    return found


@dataclass
class Tally:
    """Of one place: how many unambiguous characters were level, and how many kept its tone."""

    seen: int = 0
    level: int = 0
    bound: int = 0  # seen where the setting asks for a tone
    kept: int = 0

    def add(self, asked: str, character: str) -> None:
        found = tone(character)
        if found not in (Tone.LEVEL, Tone.OBLIQUE):
            return
        self.seen += 1
        self.level += found == Tone.LEVEL
        if asked != "中":
            self.bound += 1
            self.kept += fits(asked, found, strict=True)


@dataclass
class Held:
    """A tune held against its poems."""

    form: Form
    poems: int  # that have its name
    shaped: int = 0  # of these follow the pattern, in its lengths and the tone of its rhyme
    stanzas: list[Lines] = field(default_factory=list)
    fit: list[bool] = field(default_factory=list)  # of bound places, by lenient readings
    rhyme: list[bool] = field(default_factory=list)
    places: dict[tuple[int, int], Tally] = field(default_factory=lambda: defaultdict(Tally))

    def add(self, poem: Lines, scheme: Scheme) -> None:
        lengths = self.form.lengths
        times = len(poem) // len(lengths)
        if not times or tuple(map(len, poem)) != lengths * times:
            return
        parts = [poem[i * len(lengths) : (i + 1) * len(lengths)] for i in range(times)]
        if any(is_other_variant(part, scheme) for part in parts):
            return
        self.shaped += 1
        for stanza in parts:
            self.stanzas.append(stanza)
            self.rhyme.append(rhymes(stanza, scheme))
            for number, (line, passage) in enumerate(zip(stanza, scheme.sections, strict=True)):
                self._add_line(number, line, best_setting(line, passage))

    def _add_line(self, number: int, line: str, tones: str) -> None:
        for place, (asked, character) in enumerate(zip(tones, line, strict=True)):
            self.places[number, place].add(asked, character)
            if asked != "中" and tone(character):
                self.fit.append(fits(asked, tone(character), strict=False))

    def bound(self) -> Iterator[tuple[tuple[int, int], float]]:
        """The places that every setting binds, and how many poems keep them."""
        for place, tally in self.places.items():
            if tally.bound and "中" not in self._asked(*place):
                yield place, tally.kept / tally.bound

    def free(self) -> Iterator[tuple[tuple[int, int], float]]:
        """The places that the only setting leaves free, and how one-sided poems are there."""
        for place, tally in self.places.items():
            if tally.seen and self._asked(*place) == "中" and self._is_no_echo(place[0]):
                yield place, max(tally.level, tally.seen - tally.level) / tally.seen

    def _asked(self, line: int, place: int) -> str:
        (scheme,) = schemes(self.form)
        return "".join(setting.tones[place] for setting in scheme.sections[line].patterns)

    def _is_no_echo(self, line: int) -> bool:
        (scheme,) = schemes(self.form)
        return line not in scheme.echoes


def best_setting(line: str, passage: Section) -> str:
    """The tones of the setting that a line keeps best."""
    return max(
        (setting.tones for setting in passage.patterns),
        key=lambda tones: sum(
            fits(t, tone(c), strict=False) for t, c in zip(tones, line, strict=True)
        ),
    )


def is_other_variant(stanza: Lines, scheme: Scheme) -> bool:
    """Whether most lines that rhyme end in the other tone than the pattern asks for."""
    kept = [
        fits(passage.patterns[0].tones[-1], tone(line[-1]), strict=False)
        for line, passage, letter in zip(stanza, scheme.sections, scheme.rhymes, strict=True)
        if letter
    ]
    return 2 * sum(kept) < len(kept)


def rhymes(stanza: Lines, scheme: Scheme) -> bool:
    """Whether all lines of a letter share a rhyme class; an unknown character may have any."""
    left: dict[str, set[int]] = {}
    for line, passage, letter in zip(stanza, scheme.sections, scheme.rhymes, strict=True):
        if not letter or not readings(line[-1]):
            continue
        asked = passage.patterns[0].tones[-1]
        classes = {
            number
            for group in readings(line[-1])
            if _is_asked(asked, group.is_level)
            for number in ci_rhyme_classes(group)
        }
        left[letter] = left.get(letter, classes) & classes
    return all(left.values())


def _is_asked(asked: str, is_level: bool) -> bool:
    return asked == "中" or is_level == (asked == "平")


def hold(form: Form, found: dict[str, list[Lines]]) -> Held:
    """A tune against all poems that have one of its names."""
    names = {to_traditional(name) for name in (form.name, *form.aliases)}
    poems = [poem for name in sorted(names) for poem in found.get(name, ())]
    held = Held(form, len(poems))
    (scheme,) = schemes(form)
    for poem in poems:
        held.add(poem, scheme)
    return held


def figures(held: Held) -> dict[str, Any]:
    """What is written of a tune: shares, and the places that look wrong, counted from 1."""
    bound, free = dict(held.bound()), dict(held.free())
    judged = len(held.stanzas) >= ENOUGH
    return {
        "characters": sum(held.form.lengths),
        "poems": held.poems,
        "share_in_this_shape": held.shaped / max(1, held.poems),
        "bound_places_that_fit": fmean(held.fit) if held.fit else 0.0,
        "rhyme_as_the_pattern": fmean(held.rhyme) if held.rhyme else 0.0,
        "loosest_bound_place": min(bound.values(), default=1.0),
        "most_one_sided_free_place": max(free.values(), default=0.0),
        "doubtful_bound": _named({p: s for p, s in bound.items() if judged and s < BOUND}),
        "doubtful_free": _named({p: s for p, s in free.items() if judged and s > FREE}),
    }


def _named(places: dict[tuple[int, int], float]) -> dict[str, float]:
    return {f"{line + 1}.{place + 1}": round(share, 3) for (line, place), share in places.items()}


@click.command(help=__doc__)
@click.option("--corpus", type=click.Path(exists=True, path_type=Path),
              help="Folder of the ci; the fetched one by default.")  # fmt: skip
@results_option
def main(corpus: Path | None, results: Path) -> None:
    found = songs([corpus] if corpus else locate(["ci"]))
    say(f"{sum(map(len, found.values())):,} poems to {len(found):,} names of tunes")
    by_name = {form.name: figures(hold(form, found)) for form in tunes()}
    columns = list(next(iter(by_name.values())))[:-2]
    header = ("", "chars", "poems", "shape", "fit", "rhyme", "bound ≥", "free ≤")
    rows = [(name, *(tune[column] for column in columns)) for name, tune in by_name.items()]
    show("Shares of the poems that have the name of the tune", header, rows)
    for name, tune in by_name.items():
        for kind in ("doubtful_bound", "doubtful_free"):
            if tune[kind]:
                click.echo(f"{name} {kind.replace('_', ' ')}: {tune[kind]}")
    say(f"written: {record('tunes', {'tunes': by_name}, results).name}")
    wrong = [n for n, t in by_name.items() if t["poems"] and t["bound_places_that_fit"] < LEAST]
    if wrong:
        say(f"fewer than {LEAST:.0%} of the bound places fit: {' '.join(wrong)}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    launch(main)
