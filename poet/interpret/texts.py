"""Text to explain a model with: what was held out of its corpus, or else what it writes itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from poet.dataset.dataset import TokenDataset
from poet.dataset.for_model import dataset_for_model
from poet.errors import InputError
from poet.generation.free_batch import free_samples
from poet.generation.writer import Writer
from poet.runs.config import text_source
from poet.tokenizer import Ids

SHORTEST, LONGEST = 8, 160  # characters of one
Watch: TypeAlias = Callable[[int], object]  # hears how many more are done
Bar: TypeAlias = Callable[[str, int], AbstractContextManager[Watch]]  # what is done, how much of it
Say: TypeAlias = Callable[[str], None]


def unwatched(done: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Text:
    """A poem, or a piece of a stream; its title, where there is one."""

    verse: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """Texts, and in words where they come from."""

    texts: tuple[Text, ...]
    source: str


def header(writer: Writer, title: str = "") -> Ids:
    """What the model reads before a text: a line break, where it knows no poems."""
    if writer.reads_stream:
        return writer.tokenizer.encode("\n")
    return writer.tokenizer.prefix_ids(title=title)


def corpus_of(writer: Writer, folder: Path, say: Say) -> TokenDataset | None:
    """The corpus that the model in a folder was trained on; None, said aloud, without a use."""
    try:
        info = writer.checkpoint.info.text
        dataset = dataset_for_model(writer.tokenizer, info, source=text_source(folder), notify=say)
        held = dataset.poems(held_out=True)
        sizes = np.diff(dataset.table["start"])[held]
        if dataset.is_stream != writer.reads_stream or sizes.max(initial=0) < SHORTEST:
            raise InputError(f"{' '.join(dataset.names)} has nothing held out for this model")
    except InputError as error:
        say(f"{error.message}: it reads what it writes itself, and no held-out text")
        return None
    return dataset


def held_out(
    dataset: TokenDataset, most: int, lengths: tuple[int, int] = (SHORTEST, LONGEST)
) -> Reading:
    """At most `most` held-out texts whose length lies between `lengths`, always the same ones.

    Where all are longer or shorter, the longer ones are cut.
    """
    if dataset.is_stream:
        texts, kind = tuple(_pieces(dataset, most, lengths[1])), "pieces"
    else:
        texts, kind = _poems(dataset, most, lengths)
    return Reading(texts, f"{len(texts)} held-out {kind} of {' and '.join(dataset.names)}")


def written(writer: Writer, most: int, watch: Watch = unwatched) -> Reading:
    """Texts that the model writes by its own odds, always the same ones.

    Raises `InputError` where it writes nothing but blanks.
    """
    texts = []
    for verse in free_samples(writer, most, 1.0, most=LONGEST):
        texts += [Text(verse)] if verse.strip() else []
        watch(1)
    if not texts:
        raise InputError("this model writes nothing but blanks", "train it for longer")
    return Reading(tuple(texts), f"{len(texts)} texts that the model wrote itself")


def _poems(
    dataset: TokenDataset, most: int, lengths: tuple[int, int]
) -> tuple[tuple[Text, ...], str]:
    """Held-out poems, and in words which."""
    shortest, longest = lengths
    held = dataset.poems(held_out=True)
    sizes = np.diff(dataset.table["start"])[held]
    chosen = held[(sizes >= shortest) & (sizes <= longest)]
    kind = f"poems of {shortest} to {longest} characters,"
    if not len(chosen):
        chosen, kind = held[sizes > longest], f"poems, cut to {longest} characters,"
    texts = [
        Text(dataset.decode(dataset.verse(i)[:longest]), dataset.decode(dataset.title(i)))
        for i in map(int, np.random.default_rng(0).permutation(chosen)[:most])
    ]
    return tuple(texts), kind


def _pieces(dataset: TokenDataset, most: int, size: int) -> Iterator[Text]:
    """Pieces of the held-out end of a stream, which is cut at the same places each time."""
    (held,) = dataset.poems(held_out=True)[:1]
    ids = dataset.verse(int(held))
    starts = np.arange(0, max(1, len(ids) - size + 1), size)
    for start in np.random.default_rng(0).permutation(starts)[:most]:
        yield Text(dataset.decode(ids[start : start + size]))
