"""Text to explain a model with: what was held out of its corpus, or else what it writes itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..alphabet import END, Ids
from ..corpus.store import Store
from ..corpus.texts import prepare
from ..errors import InputError, PoetError
from ..writing.engine import Memory
from ..writing.writer import Writer

LONGEST = 160  # characters of one
SIDE_BY_SIDE = 64  # poems written at a time
HOLE = "□"  # a character outside the alphabet, which is read as the unknown mark
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
        return writer.alphabet.encode("\n")
    return writer.alphabet.header(title=title)


def corpus_of(writer: Writer, say: Say) -> Store | None:
    """The corpus that a model was trained on; None, said aloud, where it is not at hand."""
    known = writer.checkpoint.facts.get("text", {})
    names = str(known.get("name", "")).split()
    try:
        if not names or "-" in names:
            raise InputError("it is not said what the model was trained on")
        store = prepare(names, say=say)
        if store.is_stream != writer.reads_stream or not len(store.poems(held_out=True)):
            raise InputError(f"{' '.join(names)} has nothing held out for this model")
    except PoetError as error:
        say(f"{error.message}: it reads what it writes itself, and no held-out text")
        return None
    if known.get("fingerprint") not in (None, store.fingerprint):
        say("the corpus has changed since the model was trained; what is held out now is read")
    return store


def held_out(store: Store, most: int, lengths: tuple[int, int] = (8, LONGEST)) -> Reading:
    """At most `most` held-out texts whose length lies between `lengths`, always the same ones."""
    found = tuple((_pieces if store.is_stream else _poems)(store, most, lengths))
    kind = "pieces" if store.is_stream else f"poems of {lengths[0]} to {lengths[1]} characters,"
    return Reading(found, f"{len(found)} held-out {kind} of {' and '.join(store.names)}")


def written(writer: Writer, most: int, watch: Watch = unwatched) -> Reading:
    """Texts that the model writes by its own odds, always the same ones."""
    rng = np.random.default_rng(0)
    texts = []
    for start in range(0, most, SIDE_BY_SIDE):
        rows = min(SIDE_BY_SIDE, most - start)
        verses = map(writer.alphabet.decode, _sampled(writer, rows, rng))
        texts += [Text(verse) for verse in verses if verse.strip()]
        watch(rows)
    return Reading(tuple(texts), f"{len(texts)} texts that the model wrote itself")


def _poems(store: Store, most: int, lengths: tuple[int, int]) -> Iterator[Text]:
    held = store.poems(held_out=True)
    sizes = np.diff(store.table["start"])[held]
    held = held[(sizes >= lengths[0]) & (sizes <= lengths[1])]
    for poem in map(int, np.random.default_rng(0).permutation(held)[:most]):
        yield Text(_decoded(store, store.verse(poem)), _decoded(store, store.title(poem)))


def _pieces(store: Store, most: int, lengths: tuple[int, int]) -> Iterator[Text]:
    """Pieces of the held-out end of a stream, which is cut at the same places each time."""
    (held,) = store.poems(held_out=True)[:1]
    ids, size = store.verse(int(held)), lengths[1]
    starts = np.arange(0, max(1, len(ids) - size + 1), size)
    for start in np.random.default_rng(0).permutation(starts)[:most]:
        yield Text(_decoded(store, ids[start : start + size]))


def _decoded(store: Store, ids: NDArray[np.integer[Any]]) -> str:
    """The text, with a hole for what the alphabet lacks, so that no place is lost."""
    codes = store.alphabet.codes(ids.astype(np.int64))
    codes = np.where(codes == 0, ord(HOLE), codes)
    return codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def _sampled(writer: Writer, rows: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """Ids of texts written side by side at temperature 1, each cut at its end mark."""
    first = writer.alphabet.first_character
    memory = writer.engine.empty(rows)
    for i in header(writer):
        features, memory = writer.engine.step(np.full(rows, i), memory)
    ids = np.full((rows, LONGEST), END, np.int64)
    going = np.arange(rows)  # the texts that have not ended
    for t in range(LONGEST):
        logits = writer.engine.logits(features).astype(np.float64)
        # Marks are never written, and no text is empty; a stream has no end
        may_end = t > 0 and not writer.reads_stream
        logits[:, [i for i in range(first) if i != END or not may_end]] = -np.inf
        chosen = (logits + rng.gumbel(size=logits.shape)).argmax(1)  # drawn by their odds
        goes_on = chosen != END
        going, chosen = going[goes_on], chosen[goes_on]
        if not len(going):
            break
        ids[going, t] = chosen
        kept = Memory(*(part[goes_on] for part in memory))
        features, memory = writer.engine.step(chosen, kept)
    return [row[row != END] for row in ids]
