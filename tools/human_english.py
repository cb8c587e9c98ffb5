"""What poet's English checker says of verse that people wrote: of its metre, and of its rhymes.

Rhymes are taken from works whose stanza fixes them, so that their author has said which lines
rhyme: no ear and no table has chosen the pairs. Files of annotated end words can be added.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from benchmarks.common import say, show
from benchmarks.stanzas import last_word
from poet.dataset.dataset import TokenDataset
from poet.dataset.prepare import prepare
from poet.prosody.english.label import fit
from poet.prosody.english.rhyme import rhymes
from tools.second_opinion import pairs_of

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEAR = 3  # lines apart are pairs that need not rhyme
MOST = 4000  # stanzas of a metre
SCHEMES = ("ABAB", "AABB", "ABBA", ".A.A")


@dataclass(frozen=True, slots=True)
class Work:
    """A work in stanzas of one scheme. A couplet is counted in stretches of any even length."""

    name: str
    scheme: str
    author: str = ""
    title: str = ""  # a regular expression
    least: int = 1  # stanzas of a poem that is taken for it


WORKS = (
    Work("Shakespeare, sonnets", "ABABCDCDEFEFGG", "William Shakespeare"),
    Work("Shakespeare, Lucrece", "ABABBCC", "William Shakespeare", least=10),
    Work("Spenser, Amoretti", "ABABBCBCCDCDEE", "Edmund Spenser"),
    Work("Spenser, stanzas of nine lines", "ABABBCBCC", "Edmund Spenser", least=10),
    Work("Byron, Don Juan", "ABABABCC", "George Gordon Byron", r"Canto the", least=10),
    Work("Byron, stanzas of nine lines", "ABABBCBCC", "George Gordon Byron", least=10),
    Work("Pope, couplets", "AA", "Alexander Pope"),
    Work("Gray, Elegy", "ABAB", title=r"Elegy Written in a Country Churchyard"),
)
PUBLISHED_RHYMES = (76.9, 92.5, 0.4, 1.6)  # on other texts: 48,013 pairs annotated by people
PUBLISHED_RATES = {  # strict, lenient
    "Pope, lines": (71.0, 95.0),
    "Shakespeare, lines": (54.0, 73.0),
    "pentameter quatrains": (14.9, 54.6),
    "tetrameter quatrains": (27.8, 63.3),
    "ballad quatrains": (36.3, 67.7),
}
QUATRAINS = {  # the token of the poem, and the metres of its lines
    "pentameter quatrains": ("iambic pentameter", ("iambic pentameter",)),
    "tetrameter quatrains": ("iambic tetrameter", ("iambic tetrameter",)),
    "ballad quatrains": ("common metre", ("iambic tetrameter", "iambic trimeter")),
}


@dataclass
class RhymeTally:
    """Pairs of different words that people rhymed, and others; and what the checker accepts."""

    pairs: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    missed: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, ends: Sequence[str], scheme: Sequence[str]) -> None:
        """Count the end words of a stanza, which has a letter of the scheme for each."""
        for i, j in pairs_of("".join(scheme)):
            if ends[i] != ends[j]:
                self._count(self.pairs, ends[i], ends[j])
                if not rhymes(ends[i], ends[j], strict=False):
                    self.missed[ends[i], ends[j]] += 1
        for j, letter in enumerate(scheme):
            for i in range(max(0, j - NEAR), j):
                if scheme[i] != letter and ends[i] != ends[j]:
                    self._count(self.others, ends[i], ends[j])

    def _count(self, counts: Counter[str], first: str, second: str) -> None:
        counts["all"] += 1
        counts["strict"] += rhymes(first, second)
        counts["lenient"] += rhymes(first, second, strict=False)

    def shares(self) -> tuple[float, ...]:
        """Per cent accepted: of pairs strictly and leniently, of others likewise."""
        return tuple(
            100 * counts[how] / max(1, counts["all"])
            for counts in (self.pairs, self.others)
            for how in ("strict", "lenient")
        )


def stanzas(dataset: TokenDataset, poem: int) -> list[list[str]]:
    """The lines of each stanza of a poem."""
    text = dataset.decode(dataset.verse(poem))
    return [[line for line in part.split("\n") if line] for part in text.split("\n\n")]


def stanzas_of(dataset: TokenDataset, work: Work) -> Iterator[list[str]]:
    """The stanzas of a work, as far as the corpus has it."""
    author = dataset.tokenizer.author_id(work.author) if work.author else None
    for poem in range(len(dataset)):
        if work.author and dataset.table["author"][poem] != author:
            continue
        if work.title and not re.search(work.title, dataset.decode(dataset.title(poem))):
            continue
        found = [one for one in stanzas(dataset, poem) if _has_its_length(one, work)]
        if len(found) >= work.least:
            yield from found


def _has_its_length(lines: Sequence[str], work: Work) -> bool:
    if work.scheme == "AA":
        return len(lines) % 2 == 0 and "iambic pentameter" in _metres(lines)
    return len(lines) == len(work.scheme)


def _metres(lines: Sequence[str]) -> set[str]:
    """The metres that more than half of some lines fit, at least leniently."""
    counts = Counter(name for line in lines if (found := fit(line)) for name in found.lenient)
    return {name for name, count in counts.items() if 2 * count > len(lines)}


def read_annotated(path: Path) -> Iterator[tuple[list[str], list[str]]]:
    """The end words and letters of a file that has, for each stanza, a line with a name and the
    words, and one with a number for each; a blank line comes before the next.
    """
    for part in re.split(r"\n\s*\n", path.read_text("utf-8")):
        rows = [row.split() for row in part.splitlines() if row.strip()]
        if len(rows) > 1 and len(rows[0]) - 1 == len(rows[1]):
            letters = {number: chr(0x4E00 + i) for i, number in enumerate(dict.fromkeys(rows[1]))}
            yield [word.lower() for word in rows[0][1:]], [letters[n] for n in rows[1]]


@click.command("rhymes")
@click.option("--annotated", multiple=True, type=FILE, help="A file of annotated end words.")
def rhymes_command(annotated: tuple[Path, ...]) -> None:
    """Which pairs that people rhymed poet's checker accepts, and which others it refuses.

    A pair is two lines of one rhyme, each with the one before; pairs of one word are left out.
    Other pairs are lines of one stanza, at most three apart, that the form does not rhyme. The
    works have other texts than the published figures, so that they need not agree.
    """
    dataset = prepare(["english"], notify=say)
    tallies: dict[str, RhymeTally] = {}
    for work in WORKS:
        tally = tallies[work.name] = RhymeTally()
        for lines in stanzas_of(dataset, work):
            ends = [last_word(line) for line in lines]
            if not all(ends):
                continue
            if work.scheme == "AA":
                for i in range(0, len(ends), 2):
                    tally.add(ends[i : i + 4], "AABB"[: len(ends[i : i + 4])])
            else:
                tally.add(ends, work.scheme)
    every = RhymeTally()
    for tally in tallies.values():
        every.pairs += tally.pairs
        every.others += tally.others
        every.missed += tally.missed
    tallies["all"] = every
    for path in annotated:
        tallies[path.stem] = RhymeTally()
        for ends, letters in read_annotated(path):
            tallies[path.stem].add(ends, letters)
    rows: list[tuple[object, ...]] = [
        (name, tally.pairs["all"], tally.others["all"], *tally.shares())
        for name, tally in tallies.items()
    ]
    rows.append(("published, other texts", 48_013, "", *PUBLISHED_RHYMES))
    header = ("", "pairs", "other pairs", "strict, %", "lenient, %", "others, strict",
              "others, lenient")  # fmt: skip
    show("accepted as rhymes", header, rows)
    missed = ", ".join(f"{a}/{b} {n}" for (a, b), n in every.missed.most_common(30))
    click.echo(f"refused even leniently, the commonest: {missed}")


@click.command("human")
def human_command() -> None:
    """How often people keep metre and rhyme, by poet's checker, beside published figures.

    Lines with a word that is in no dictionary are left out. A quatrain is right where its four
    lines keep the metre and rhyme as ABAB, AABB, ABBA or .A.A. The published figures were counted
    by another checker on other texts: on other editions, and on quatrains whose metre it had
    labelled itself, so that they need not agree.
    """
    dataset = prepare(["english"], notify=say)
    found = {
        name: (count, 100 * strict / max(1, count), 100 * lenient / max(1, count))
        for name, (count, strict, lenient) in {
            "Pope, lines": line_rates(_lines(dataset, "Alexander Pope")),
            "Shakespeare, lines": line_rates(_lines(dataset, "William Shakespeare")),
            **{name: quatrain_rates(dataset, *metre) for name, metre in QUATRAINS.items()},
        }.items()
    }
    rows = [
        (name, count, rates[0], PUBLISHED_RATES[name][0], rates[1], PUBLISHED_RATES[name][1])
        for name, (count, *rates) in found.items()
    ]
    header = ("", "counted", "strict, %", "published", "lenient, %", "published")
    show("people's verse, per cent right", header, rows)


def _lines(dataset: TokenDataset, author: str) -> Iterator[str]:
    """The lines of an author's poems in pentameters."""
    tokens = [dataset.tokenizer.form_id(name) for name in ("iambic pentameter", "sonnet")]
    own = dataset.table["author"] == dataset.tokenizer.author_id(author)
    for poem in range(len(dataset)):
        if own[poem] and dataset.table["form"][poem] in tokens:
            yield from (line for part in stanzas(dataset, poem) for line in part)


def line_rates(lines: Iterable[str], metre: str = "iambic pentameter") -> tuple[int, int, int]:
    """How many lines have known words only, and how many of these fit strictly and leniently."""
    fits = [found for line in lines if (found := fit(line))]
    strict, lenient = (
        sum(metre in names for names in sets)
        for sets in ((one.strict for one in fits), (one.lenient for one in fits))
    )
    return len(fits), strict, lenient


def quatrain_rates(
    dataset: TokenDataset, token: str, metres: Sequence[str]
) -> tuple[int, int, int]:
    """How many stanzas of four lines there are, and how many are right strictly and leniently."""
    form = dataset.tokenizer.form_id(token)
    count = strict = lenient = 0
    own = [poem for poem in range(len(dataset)) if dataset.table["form"][poem] == form]
    for poem in random.Random(3).sample(own, len(own)):
        for lines in stanzas(dataset, poem):
            if len(lines) == 4 and count < MOST:
                count += 1
                strict += is_right(lines, metres, strict=True)
                lenient += is_right(lines, metres, strict=False)
    return count, strict, lenient


def is_right(lines: Sequence[str], metres: Sequence[str], *, strict: bool) -> bool:
    """Whether lines keep metres that come again and again, and rhyme as a quatrain does."""
    fits = [fit(line) for line in lines]
    ends = [last_word(line) for line in lines]
    return (
        all(
            found and metres[i % len(metres)] in (found.strict if strict else found.lenient)
            for i, found in enumerate(fits)
        )
        and all(ends)
        and any(
            all(rhymes(ends[i], ends[j], strict) for i, j in pairs_of(scheme)) for scheme in SCHEMES
        )
    )
