"""Can a reader tell poet's quatrains from human ones? A sheet to be marked, and its score.

`sheet` takes Tang quatrains that were held out from training, and for each title a poem that
the model writes with the same title and form at default settings, one for one, and shuffles them.
Both sides look alike: the same script and variants, and the stops ，。，。. Left out are human
poems with a character that the model does not know, and titles that are none (失題, 句, 偈) or
only name a place in a series. The sheet holds human poems and is not to be committed.

`score` reads marked sheets, one a reader. Every title stands there twice, once for each side.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

import poet
from poet.alphabet import MAX_TITLE, UNKNOWN
from poet.corpus.store import Store
from poet.corpus.texts import prepare
from poet.poem import STOPS
from poet.writing.writer import Writer

from .common import ROOT, launch, record, results_option, say, show

FORMS = ("五絕", "七絕")
SIDES = ("human", "machine")
Z = 1.959964  # of the normal distribution, for 95 %
INTRODUCTION = """\
# Which of these poems did a human write?

Put an x into one of the two boxes of each poem, `[x]`, and save this file. Leave both open where
you know the poem by heart. Every title stands here twice.
"""
_numeral = "[一二三四五六七八九十百]"
_series = re.compile(f"(?:[ 　]*(?:其|第|之)?{_numeral}+首?)$|[ 　]+[上中下]$")
_no_title = re.compile("失題|闕題|缺題|無題|絕句|雜詩|句|詩|偈頌?|頌|歌")
_heading = re.compile(r"## (\d+)\b")
_marked = re.compile(r"\[\s*[xX✓✔]\s*\]\s*(human|machine)")


@dataclass(frozen=True, slots=True)
class Quatrain:
    """A poem on the sheet."""

    side: str
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """How often a reader was right."""

    marked: int
    right: int
    humans_doubted: int  # human poems taken for the machine's
    machines_believed: int

    @property
    def share(self) -> float:
        return self.right / max(1, self.marked)

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.right, self.marked)


def wilson(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share, by Wilson's formula.

    >>> low, high = wilson(50, 100)
    >>> round(low, 3), round(high, 3)
    (0.404, 0.596)
    """
    if not of:
        return 0.0, 1.0
    share, extra = right / of, Z * Z / of
    middle = (share + extra / 2) / (1 + extra)
    half = Z * math.sqrt(share * (1 - share) / of + extra / (4 * of)) / (1 + extra)
    return max(0.0, middle - half), min(1.0, middle + half)


def usable_title(title: str) -> str:
    """The title without its number in a series; empty where that leaves none.

    >>> usable_title("漢宮詞三首 一"), usable_title("秋浦歌 十五"), usable_title("失題")
    ('漢宮詞', '秋浦歌', '')
    """
    while (shorter := _series.sub("", title)) != title:
        title = shorter
    if " " in title or len(title) < 2 or _no_title.fullmatch(title):
        return ""
    return title


def in_lines(text: str) -> tuple[str, ...]:
    """Four lines with the stops ，。，。, whatever stops they had."""
    lines = [line for line in re.split(f"[{STOPS}]", text) if line]
    return tuple(line + "，。"[i % 2] for i, line in enumerate(lines))


def human_quatrains(store: Store, rng: random.Random, count: int) -> list[Quatrain]:
    """Held-out Tang quatrains of different titles, half of each form, in random order.

    Raises `ClickException` where there are too few.
    """
    alphabet, found = store.alphabet, []
    seen: set[str] = set()
    for number, form in enumerate(FORMS):
        wanted = (count + number) // len(FORMS)
        mark = alphabet.form_id(form)
        poems = [int(i) for i in store.poems(held_out=True, source=0)]
        rng.shuffle(poems := [i for i in poems if store.table["form"][i] == mark])
        for poem in poems:
            title, verse = store.title(poem), store.verse(poem)
            name = usable_title(alphabet.decode(title))
            whole = UNKNOWN not in title and UNKNOWN not in verse and len(title) < MAX_TITLE
            if wanted and whole and name and name not in seen:
                seen.add(name)
                found.append(Quatrain("human", name, in_lines(alphabet.decode(verse))))
                wanted -= 1
        if wanted:
            raise click.ClickException(f"{wanted} {form} with a title are lacking: ask for fewer")
    return found


def machine_quatrains(writer: Writer, humans: Sequence[Quatrain], seed: int) -> Iterable[Quatrain]:
    """For each human poem one of the model's, with the same title and form."""
    for number, human in enumerate(humans):
        form = FORMS[len(human.lines[0]) == 8]
        (writing,) = writer.poems(form=form, title=human.title, seeds=[(seed, number)])
        yield Quatrain("machine", human.title, in_lines(writing.poem.text))


def format_sheet(poems: Sequence[Quatrain]) -> str:
    """The sheet, in Markdown."""
    parts = [INTRODUCTION]
    for number, poem in enumerate(poems, 1):
        boxes = " ".join(f"[ ] {side}" for side in SIDES)
        parts.append(f"## {number} {poem.title}\n\n" + "  \n".join(poem.lines) + f"\n\n{boxes}\n")
    return "\n".join(parts)


def read_marks(text: str) -> dict[int, str]:
    """What a marked sheet says of each poem; a poem with no mark, or with two, is left out.

    >>> read_marks("## 1 江上\\n[x] human [ ] machine\\n## 2 江上\\n[ ] human [ ] machine")
    {1: 'human'}
    """
    marks: dict[int, str] = {}
    pieces = _heading.split(text)[1:]
    for number, piece in zip(pieces[::2], pieces[1::2], strict=True):
        found = set(_marked.findall(piece))
        if len(found) == 1:
            marks[int(number)] = found.pop()
    return marks


def score_marks(answers: dict[int, str], marks: dict[int, str]) -> Score:
    """What was marked, held against what is so."""
    known = {number: side for number, side in marks.items() if number in answers}
    wrong = [answers[number] for number, side in known.items() if answers[number] != side]
    return Score(len(known), len(known) - len(wrong), wrong.count("human"), wrong.count("machine"))


@click.group(help=__doc__)
def main() -> None:
    pass


@main.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=ROOT / "runs" / "blind-reading",
    help="runs/blind-reading by default.",
)
@click.option("--titles", type=click.IntRange(1), default=50, show_default=True)
@click.option("--model", default="tang", show_default=True, help="Name or folder.")
@click.option("--seed", type=int, default=1, show_default=True)  # fmt: skip
def sheet(folder: Path, titles: int, model: str, seed: int) -> None:
    """Make a sheet to be marked and, apart from it, its answers."""
    if (folder / "sheet.md").exists():  # it may be marked
        raise click.ClickException(f"{folder} holds a sheet already: name another --folder")
    store, writer = prepare(["tang", "song"], say=say), poet.open(model)
    trained_on = writer.checkpoint.facts.get("text", {}).get("fingerprint")
    if trained_on != store.fingerprint:
        say(f"{model} was trained on another text or split: it may have read these poems")
    rng = random.Random(seed)
    humans = human_quatrains(store, rng, titles)
    poems = [*humans, *machine_quatrains(writer, humans, seed)]
    rng.shuffle(poems)
    answers = {number: poem.side for number, poem in enumerate(poems, 1)}
    facts = {"seed": seed, "model": model, "answers": answers}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sheet.md").write_text(format_sheet(poems), "utf-8")
    (folder / "answers.json").write_text(json.dumps(facts, indent=1), "utf-8")
    say(f"written: sheet.md and answers.json in {folder}")


@main.command()
@click.argument("answers", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument(
    "marks", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@results_option  # fmt: skip
def score(answers: Path, marks: tuple[Path, ...], results: Path) -> None:
    """Score marked sheets: how often each reader was right."""
    twice = [name for name, n in Counter(path.stem for path in marks).items() if n > 1]
    if twice:
        raise click.ClickException(f"two readers are called {twice[0]}: rename one of the files")
    facts = json.loads(answers.read_text("utf-8"))
    right = {int(number): side for number, side in facts.pop("answers").items()}
    scores = {path.stem: score_marks(right, read_marks(path.read_text("utf-8"))) for path in marks}
    for reader, one in scores.items():
        if not one.marked:
            raise click.ClickException(f"{reader}: no poem is marked; a mark looks like [x] human")
    header = ("", "marked", "right", "share", "low", "high", "human doubted", "machine believed")
    rows = [(reader, *_columns(one)) for reader, one in scores.items()]
    show(f"{len(right)} poems; 0.5 is guessing; 95 % interval", header, rows)
    figures = {
        **facts,
        "poems": len(right),
        "readers": {
            reader: dict(zip(header[1:], _columns(one), strict=True))
            for reader, one in scores.items()
        },
    }
    say(f"written: {record('blind_reading', figures, results).name}")


def _columns(one: Score) -> tuple[Any, ...]:
    low, high = one.interval
    return (
        one.marked, one.right, one.share, low, high, one.humans_doubted, one.machines_believed
    )  # fmt: skip


if __name__ == "__main__":
    launch(main)
