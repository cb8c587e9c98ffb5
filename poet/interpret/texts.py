"""Texts to explain a model with: held-out ones of its corpus, or else texts that it writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from poet.dataset.dataset import TokenDataset
from poet.dataset.for_model import dataset_for_model
from poet.errors import InputError
from poet.generation.free_batch import free_samples
from poet.generation.writer import Writer
from poet.progress import ProgressCallback, SilentProgress
from poet.runs.config import text_source
from poet.tokenizer import Ids

MIN_LENGTH, MAX_LENGTH = 8, 160  # characters of a text


@dataclass(frozen=True, slots=True)
class Text:
    """A poem with its title, if any, or a piece of a stream."""

    verse: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class TextSet:
    """Texts, and a description of where they come from."""

    texts: tuple[Text, ...]
    source: str


def prefix_of(writer: Writer, title: str = "") -> Ids:
    """The ids that come before a text: a line break if the model was trained on a stream."""
    if writer.reads_stream:
        return writer.tokenizer.encode("\n")
    return writer.tokenizer.prefix_ids(title=title)


def corpus_of(writer: Writer, folder: Path, note: Callable[[str], None]) -> TokenDataset | None:
    """The corpus of the model in a folder; None, with a note, if it cannot be used."""
    try:
        info = writer.checkpoint.info.text
        dataset = dataset_for_model(writer.tokenizer, info, source=text_source(folder), notify=note)
        sizes = np.diff(dataset.table["start"])[dataset.poems(held_out=True)]
        if dataset.is_stream != writer.reads_stream or sizes.max(initial=0) < MIN_LENGTH:
            raise InputError(f"{' '.join(dataset.names)} has nothing held out for this model")
    except InputError as error:
        note(f"{error.message}: texts that the model writes itself are used instead")
        return None
    return dataset


def held_out(
    dataset: TokenDataset, limit: int, lengths: tuple[int, int] = (MIN_LENGTH, MAX_LENGTH)
) -> TextSet:
    """At most `limit` held-out texts of lengths in this range, always the same ones.

    If there are none, longer ones are cut.
    """
    if dataset.is_stream:
        texts, kind = tuple(_pieces(dataset, limit, lengths[1])), "pieces"
    else:
        texts, kind = _poems(dataset, limit, lengths)
    return TextSet(texts, f"{len(texts)} held-out {kind} of {' and '.join(dataset.names)}")


def written(writer: Writer, count: int, progress: ProgressCallback | None = None) -> TextSet:
    """At most `count` texts that the model writes at temperature 1, always the same ones.

    Raises `InputError` if it writes nothing but blanks.
    """
    progress = progress or SilentProgress()
    samples = free_samples(writer, count, 1.0, most=MAX_LENGTH)
    verses = progress.track(samples, "writing", count)
    texts = [Text(verse) for verse in verses if verse.strip()]
    if not texts:
        raise InputError("this model writes nothing but blanks", "train it for longer")
    return TextSet(tuple(texts), f"{len(texts)} texts that the model wrote itself")


def _poems(
    dataset: TokenDataset, limit: int, lengths: tuple[int, int]
) -> tuple[tuple[Text, ...], str]:
    """Held-out poems, and a description of them."""
    shortest, longest = lengths
    indices = dataset.poems(held_out=True)
    sizes = np.diff(dataset.table["start"])[indices]
    chosen = indices[(sizes >= shortest) & (sizes <= longest)]
    kind = f"poems of {shortest} to {longest} characters,"
    if not len(chosen):
        chosen, kind = indices[sizes > longest], f"poems, cut to {longest} characters,"
    texts = [
        Text(dataset.decode(dataset.verse(i)[:longest]), dataset.decode(dataset.title(i)))
        for i in map(int, np.random.default_rng(0).permutation(chosen)[:limit])
    ]
    return tuple(texts), kind


def _pieces(dataset: TokenDataset, limit: int, size: int) -> Iterator[Text]:
    """Pieces of the held-out end of a stream, which is always cut at the same places."""
    (index,) = dataset.poems(held_out=True)[:1]
    ids = dataset.verse(int(index))
    starts = np.arange(0, max(1, len(ids) - size + 1), size)
    for start in np.random.default_rng(0).permutation(starts)[:limit]:
        yield Text(dataset.decode(ids[start : start + size]))
