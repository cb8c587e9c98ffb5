"""The titles, poems and sheet of a blind reading (`benchmarks.blind_reading`)."""

from __future__ import annotations

import json
import random
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import click

from benchmarks.blind_marks import Titled, in_lines
from poet.dataset.dataset import TokenDataset
from poet.evaluation.references import usable_title
from poet.generation.sampling import Sampling
from poet.generation.writer import Writer
from poet.prosody.find import find_form
from poet.scripts import script_of, standard, to_traditional
from poet.tokenizer import UNK

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


def quatrains(
    dataset: TokenDataset, form: str, *, held_out: bool, rng: random.Random
) -> Iterator[Titled]:
    """Tang poems of a form in random order: title and verse whole, every character known."""
    tokenizer, mark = dataset.tokenizer, dataset.tokenizer.form_id(form)
    poems = [int(i) for i in dataset.poems(held_out=held_out, source=0)]
    rng.shuffle(poems := [i for i in poems if dataset.table["form"][i] == mark])
    for poem in poems:
        title, verse = dataset.title(poem), dataset.verse(poem)
        name = usable_title(tokenizer.decode(title))
        if UNK not in title and UNK not in verse and len(title) < tokenizer.max_title and name:
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
    chosen = {name: settings[name] for name in boldness}
    for number, one in enumerate(titles):
        if chosen:
            default = Sampling.default(find_form(one.form), has_subject=True)
            asked["sampling"] = replace(default, **chosen)
        (writing,) = writer.poems(form=one.form, title=one.title, seeds=[(seed, number)], **asked)
        yield replace(one, text=writing.poem.text, origin=origin)


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
