"""How good do readers find poet's quatrains who do not know whose they are?

Four steps. `titles` chooses titles: everyday ones and those of Tang poems that were held out from
training. `write` has a model write a poem on each. `sheet` puts such poems, of several origins,
and human ones singly and in random order on a sheet, and who wrote which into a key apart.
Readers mark the sheet; `score` counts their marks (`benchmarks.blind_marks` tells the format).

Nothing but the verse differs: all poems have the same script and the stops ，。，。. Not every
title has as many poems, or one that a person wrote: each origin keeps a random three quarters of
its titles, and some human poems stand alone on theirs. So nothing can be told by counting.
Titles and sheet hold human poems and are not to be committed.

Poems of an older version come from a checkout of it into which these files are copied:

\b
    git worktree add ../old e7d80e3
    cp benchmarks/blind_*.py ../old/benchmarks/
    cd ../old && python -m benchmarks.blind_reading write TITLES OUT --origin old
"""

from __future__ import annotations

import json
import random
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import poet
from benchmarks.blind_marks import (
    HUMAN,
    MARKS,
    Titled,
    agreement,
    averages,
    in_lines,
    read_key,
    read_readers,
    read_titled,
    without_nan,
)
from benchmarks.common import ROOT, launch, record, results_option, say, show
from poet.dataset.dataset import TokenDataset
from poet.dataset.prepare import prepare
from poet.files import write_text
from poet.generation.sampling import Sampling
from poet.scripts import script_of, standard, to_traditional
from poet.tokenizer import MAX_TITLE, UNK

if TYPE_CHECKING:
    from poet.generation.writer import Writer

FORMS = ("五絕", "七絕")
EVERYDAY = Path(__file__).with_name("everyday_titles.txt")
APART = 8  # two poems on one title stand so many places apart, where that can be
INTRODUCTION = """\
# Quatrains to be marked

Some of these poems were written by people, some by machines. How many of each is not known; a title
may have one poem or several, by people, by machines or by both. Judge each poem by itself, as it
stands before you, and do not go back to compare. Rhyme and metre tell you nothing.

Give each poem five marks from 1 (bad) to 5 (as good as a good poem by a practised poet):

- **fluency**: each line reads as classical Chinese, its words go together, its grammar holds;
- **coherence**: the lines belong together, each leads on from the one before, the last one closes;
- **meaning**: the poem says something that can be told in other words;
- **relevance**: it is about what its title says;
- **poetic**: image, feeling, a turn, something that stays;

and a guess: **h** (a human wrote it) or **m** (a machine). Write a line for every poem and nothing
else:

    number,fluency,coherence,meaning,relevance,poetic,guess
    1,3,4,3,5,2,h
"""
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)


def quatrains(
    dataset: TokenDataset, form: str, *, held_out: bool, rng: random.Random
) -> Iterator[Titled]:
    """Tang poems of a form in random order: title and verse whole, every character known."""
    from poet.evaluation.references import (
        usable_title,  # which older versions, that write too, lack
    )

    tokenizer, mark = dataset.tokenizer, dataset.tokenizer.form_id(form)
    poems = [int(i) for i in dataset.poems(held_out=held_out, source=0)]
    rng.shuffle(poems := [i for i in poems if dataset.table["form"][i] == mark])
    for poem in poems:
        title, verse = dataset.title(poem), dataset.verse(poem)
        name = usable_title(tokenizer.decode(title))
        if UNK not in title and UNK not in verse and len(title) < MAX_TITLE and name:
            yield Titled(name, form, tokenizer.decode(verse))


def unread(dataset: TokenDataset, rng: random.Random, counts: Mapping[str, int]) -> list[Titled]:
    """Held-out Tang quatrains of different titles, half of each form; `counts` of each kind.

    Raises `ClickException` where there are too few.
    """
    kinds = [kind for kind, count in counts.items() for _ in range(count)]
    rng.shuffle(kinds)
    found: dict[str, Titled] = {}
    coming = {form: quatrains(dataset, form, held_out=True, rng=rng) for form in FORMS}
    for number, kind in enumerate(kinds):
        form = FORMS[number % len(FORMS)]
        one = next((poem for poem in coming[form] if poem.title not in found), None)
        if one is None:
            lacking = len(kinds) - number
            raise click.ClickException(f"{lacking} {form} with a title are lacking: ask for fewer")
        found[one.title] = replace(one, kind=kind)
    return list(found.values())


def everyday(dataset: TokenDataset, rng: random.Random, count: int) -> list[Titled]:
    """Everyday titles, half of each form; with a Tang poem of that title and form, if there is one.

    The poem may be one that was trained on: it is there to be read. Raises `ClickException`
    where the list has fewer titles.
    """
    names = EVERYDAY.read_text("utf-8").split()
    if count > len(names):
        raise click.ClickException(f"there are {len(names)} everyday titles: ask for fewer")
    chosen = {name: FORMS[i % len(FORMS)] for i, name in enumerate(rng.sample(names, count))}
    texts: dict[tuple[str, str], str] = {}
    for form in FORMS:
        for held_out in (True, False):
            for poem in quatrains(dataset, form, held_out=held_out, rng=rng):
                texts.setdefault((poem.title, form), poem.text)
    return [
        Titled(name, form, texts.get((name, form), ""), kind="everyday")
        for name, form in chosen.items()
    ]


def machine_poems(
    writer: Writer, titles: Iterable[Titled], origin: str, seed: int, settings: Mapping[str, Any]
) -> Iterator[Titled]:
    """A poem of the model's on each title, in its form; `settings` go to `Writer.poems`.

    Those of `Sampling` (temperature, min_p and so on) may stand among them.
    """
    boldness = {field.name for field in fields(Sampling)} & settings.keys()
    asked = {name: value for name, value in settings.items() if name not in boldness}
    if boldness:
        default = Sampling.default(in_form=True)
        asked["sampling"] = replace(default, **{name: settings[name] for name in boldness})
    for number, one in enumerate(titles):
        (writing,) = writer.poems(form=one.form, title=one.title, seeds=[(seed, number)], **asked)
        yield replace(one, text=writing.poem.text, origin=origin)


def setting(given: str) -> tuple[str, int | float | str]:
    """A name and its value: a number where it is one.

    >>> setting("particles=8"), setting("min_p=.05"), setting("tones=lenient")
    (('particles', 8), ('min_p', 0.05), ('tones', 'lenient'))
    """
    name, sign, value = given.partition("=")
    if not name or not sign:
        raise click.BadParameter(f"{given}: write NAME=VALUE")
    kinds: tuple[Callable[[str], int | float], ...] = (int, float)
    for kind in kinds:
        try:
            return name, kind(value)
        except ValueError:
            pass
    return name, value


def kept(poems: Iterable[Titled], share: float, rng: random.Random) -> list[Titled]:
    """Of each origin a random share of its poems, one a title at most."""
    found = []
    origins: dict[str, dict[str, Titled]] = {}
    for poem in poems:
        origins.setdefault(poem.origin, {}).setdefault(poem.title, poem)
    for titles in origins.values():
        found += rng.sample(list(titles.values()), max(1, round(share * len(titles))))
    return found


def in_random_order(poems: Sequence[Titled], rng: random.Random) -> list[Titled]:
    """The poems in random order, two of one title never side by side, and seldom near.

    Raises `ClickException` where one title has more than half of them.
    """
    left, order = list(poems), list[Titled]()
    rng.shuffle(left)
    near: deque[str] = deque(maxlen=APART)
    while left:
        title, most = Counter(poem.title for poem in left).most_common(1)[0]
        if 2 * most > len(left) + (not order or order[-1].title != title):
            raise click.ClickException(f"more than half of the poems are on {title}")
        crowded = 2 * most > len(left)  # it has to come now
        choice = [i for i, poem in enumerate(left) if poem.title == title or not crowded]

        def since(i: int) -> int:
            """How many places ago its title stood last, the greatest where it is not near."""
            title = left[i].title
            return list(near)[::-1].index(title) if title in near else APART

        order.append(left.pop(max(choice, key=since)))  # the first of equals, and `left` is random
        near.append(order[-1].title)
    return order


def alike(text: str) -> str:
    """Text in traditional characters and standard forms."""
    return to_traditional(text) if script_of(text) == "hans" else standard(text)


def format_sheet(poems: Mapping[int, Titled]) -> str:
    """The sheet of some numbered poems, in Markdown; nothing in it hangs on their origin."""
    parts = [INTRODUCTION]
    for number, poem in poems.items():
        lines = "  \n".join(in_lines(alike(poem.text)))
        parts.append(f"## {number} {alike(poem.title)}\n\n{lines}\n")
    return "\n".join(parts)


def jsonl(poems: Iterable[Titled]) -> str:
    """One object a line, without what is empty."""
    facts = ({name: value for name, value in asdict(one).items() if value} for one in poems)
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in facts)


@click.group(help=__doc__)
def main() -> None:
    pass


@main.command("titles")
@click.argument("out", type=OUT)
@click.option("--everyday", "ordinary", type=click.IntRange(0), default=25, show_default=True)
@click.option("--unread", "held", type=click.IntRange(0), default=25, show_default=True)
@click.option(
    "--humans",
    type=click.IntRange(0),
    default=15,
    show_default=True,
    help="Titles besides that only the human poem has.",
)
@click.option("--seed", type=int, default=1, show_default=True)
def titles_(out: Path, ordinary: int, held: int, humans: int, seed: int) -> None:
    """Choose titles, with the human poems that there are, into the JSON lines OUT."""
    dataset, rng = prepare(["tang", "song"], notify=say), random.Random(seed)
    common = everyday(dataset, rng, ordinary)
    others = unread(dataset, rng, {"unread": held, "human": humans})
    names = {one.title for one in common}
    chosen = [*common, *(one for one in others if one.title not in names)]
    write_text(out, jsonl(chosen))
    counts = Counter(one.kind for one in chosen)
    say(f"written: {out}, {', '.join(f'{n} {kind}' for kind, n in counts.items())}")


@main.command()
@click.argument("titles", type=FILE)
@click.argument("out", type=OUT)
@click.option("--model", default="tang", show_default=True, help="Name or folder.")
@click.option("--origin", help="What the sheet's key calls these. [default: the model's name]")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="A setting of Writer.poems other than its default, e.g. temperature=0.8.",
)
def write(
    titles: Path, out: Path, model: str, origin: str | None, seed: int, settings: tuple[str, ...]
) -> None:
    """Write a poem on each of TITLES into the JSON lines OUT, at default settings."""
    asked = [one for one in read_titled(titles) if one.kind != "human"]
    writer = poet.load(model)
    name = origin or Path(model).name
    made = list(machine_poems(writer, asked, name, seed, dict(map(setting, settings))))
    write_text(out, jsonl(made))
    say(f"written: {out}, {len(made)} poems by {name}")


@main.command()
@click.argument("titles", type=FILE)
@click.option(
    "--origin",
    "origins",
    multiple=True,
    metavar="NAME=FILE",
    help="Poems in JSON lines with a title and a text each, such as poet write --jsonl prints.",
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=ROOT / "runs" / "blind-reading",
    help="runs/blind-reading by default.",
)
@click.option(
    "--keep",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.75,
    show_default=True,
    help="The share of its titles that each origin keeps.",
)
@click.option("--parts", type=click.IntRange(1), default=1, show_default=True, help="Files.")
@click.option("--seed", type=int, default=1, show_default=True)
def sheet(
    titles: Path, origins: tuple[str, ...], folder: Path, keep: float, parts: int, seed: int
) -> None:
    """Make a sheet to be marked of human poems on TITLES and those of the origins; and its key."""
    if (folder / "key.json").exists():  # a sheet of it may be marked
        raise click.ClickException(f"{folder} holds a sheet already: name another --folder")
    chosen, rng = read_titled(titles), random.Random(seed)
    kinds = {one.title: one.kind for one in chosen}
    poems = [replace(one, origin=HUMAN) for one in chosen if one.text]
    for given in origins:
        name, _, file = given.partition("=")
        if not name or name == HUMAN or not Path(file).is_file():
            raise click.BadParameter(
                f"{given}: write NAME=FILE, a file that is here", param_hint="--origin"
            )
        for one in read_titled(Path(file)):
            if not one.text:
                raise click.ClickException(f"{file}: the poem on {one.title} has no text")
            poems.append(replace(one, origin=name, kind=kinds.get(one.title, one.kind)))
    order = in_random_order(kept(poems, keep, rng), rng)
    numbered = dict(enumerate(order, 1))
    folder.mkdir(parents=True, exist_ok=True)
    for part in range(parts):
        first, last = (round(k * len(order) / parts) for k in (part, part + 1))
        own = {number: numbered[number] for number in range(first + 1, last + 1)}
        name = "sheet.md" if parts == 1 else f"sheet-{part + 1}.md"
        write_text(folder / name, format_sheet(own))
    key = {"seed": seed, "keep": keep, "poems": [asdict(one) for one in order]}
    write_text(folder / "key.json", json.dumps(key, ensure_ascii=False, indent=1) + "\n")
    counts = Counter(one.origin for one in order)
    say(f"written to {folder}: {', '.join(f'{n} {name}' for name, n in sorted(counts.items()))}")


@main.command()
@click.argument("key", type=FILE)
@click.argument("marks", nargs=-1, required=True, type=FILE)
@click.option("--variant", default="", help="Ending of the name of the JSON file.")
@results_option
def score(key: Path, marks: tuple[Path, ...], variant: str, results: Path) -> None:
    """Mean marks of each origin, and how often it was taken for human; a file of MARKS a reader."""
    poems, facts = read_key(key)
    readers = read_readers(marks, len(poems))
    everyone = list(readers.values())
    rows = averages([poem.origin for poem in poems], everyone)
    header = ("", *MARKS, "taken for human", "poems")
    show(
        f"{len(poems)} poems, marks of {len(everyone)} readers from 1 to 5, ± standard error",
        header,
        [
            (
                row.origin,
                *(
                    f"{mean:.2f} ±{error:.2f}"
                    for mean, error in zip(row.marks, row.errors, strict=True)
                ),
                f"{row.believed} of {row.readings}",
                row.poems,
            )
            for row in rows
        ],
    )
    alike_ = agreement(everyone)
    if alike_:
        show("How far readers agree", ("", *alike_), [("correlation", *alike_.values())])
    figures = {
        **facts,
        "readers": list(readers),
        "poems": len(poems),
        "origins": {
            row.origin: {
                "poems": row.poems,
                "marks": without_nan(dict(zip(MARKS, row.marks, strict=True))),
                "standard_errors": without_nan(dict(zip(MARKS, row.errors, strict=True))),
                "taken_for_human": row.believed / row.readings,
                "readings": row.readings,
            }
            for row in rows
        },
        "by_reader": {
            name: {
                row.origin: without_nan(dict(zip(MARKS, row.marks, strict=True)))
                for row in averages([poem.origin for poem in poems], [one])
            }
            for name, one in readers.items()
        },
        "agreement": without_nan(alike_),
    }
    say(f"written: {record('blind_reading', figures, results, variant).name}")


if __name__ == "__main__":
    launch(main)
