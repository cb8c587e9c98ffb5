"""The text that a model is held against: its own by itself, read in the model's alphabet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poet.checkpoint import Checkpoint
from poet.corpus import catalogue
from poet.dataset.dataset import TokenDataset
from poet.dataset.prepare import prepare
from poet.errors import InputError, UsageError
from poet.evaluation.config import Say
from poet.poem import Poem
from poet.prosody.chinese.verse import HOLE
from poet.runs.config import RUN_FILE, read_run_json
from poet.tokenizer import UNK, CharTokenizer

Watch = Callable[[Iterator[Poem]], Iterable[Poem]]
ANOTHER = "name a text to read instead with --text"


@dataclass(frozen=True)
class ReencodedDataset(TokenDataset):
    """A store read in another alphabet than the one it is written in."""

    written_in: CharTokenizer

    def _map(self, name: str, dtype: Any) -> Any:
        column = super()._map(name, dtype)
        is_of_ids = name in ("ids.bin", "titles.bin", "form.bin", "author.bin")
        return self._translation[column] if is_of_ids else column

    @cached_property
    def _translation(self) -> NDArray[np.int32]:
        """id there -> id here; -1 is no id, at the end, where an index of -1 finds it."""
        table = self.tokenizer.id_map(self.written_in)
        characters = table[self.written_in.first_character :]
        characters[characters < 0] = UNK
        return np.r_[table, -1].astype(np.int32)


def with_tokenizer(dataset: TokenDataset, tokenizer: CharTokenizer) -> TokenDataset:
    """The store, its ids those of an alphabet; itself where that is its own."""
    if dataset.tokenizer == tokenizer:
        return dataset
    return ReencodedDataset(dataset.folder, tokenizer, dataset.facts, dataset.tokenizer)


def dataset_for_model(
    folder: Path, checkpoint: Checkpoint, asked: Sequence[str], say: Say, watch: Watch
) -> TokenDataset:
    """The store of the texts asked for, or else of the model's own.

    Every character that the model knows is in it, however rare it is in the text.
    Raises `InputError` where a text is not here, or holds no poems for a model of poems.
    """
    text: Mapping[str, Any] = checkpoint.facts.get("text", {})
    is_stream = text.get("kind") == "stream"
    layout = "stream" if is_stream else "auto"
    if asked:
        dataset = prepare(asked, layout=layout, say=say, watch=watch, base=checkpoint.tokenizer)
    else:
        dataset = _own(folder, checkpoint, layout, say, watch)
        trained_on = text.get("fingerprint", "")
        if dataset.fingerprint != trained_on:
            say(
                "the text here is not the one that was trained on "
                f"(fingerprint {dataset.fingerprint}, not {trained_on or 'known'}): "
                "what is held out of it may have been read"
            )
    if dataset.is_stream and not is_stream:
        raise InputError(
            f"the model reads poems, and {' '.join(dataset.names)} is one long text", ANOTHER
        )
    return dataset


def _own(folder: Path, checkpoint: Checkpoint, layout: str, say: Say, watch: Watch) -> TokenDataset:
    """The text that a model was trained on, found by what its run or its facts say of it."""
    encoding = "auto"
    names = _names(str(checkpoint.facts.get("text", {}).get("name", "")))
    if (folder / RUN_FILE).is_file():
        plan = read_run_json(folder)
        with suppress(InputError):  # gone, or of another version: read again
            return TokenDataset.open(Path(plan.get("store", "")))
        names = plan["names"]
        layout, encoding = plan.get("layout", layout), plan.get("encoding", encoding)
    if not names or "-" in names:
        raise InputError("the text that this model was trained on is not known any more", ANOTHER)
    read = partial(prepare, names, layout=layout, encoding=encoding, say=say, watch=watch)
    try:
        dataset = read()
        return (
            dataset
            if dataset.tokenizer == checkpoint.tokenizer
            else read(base=checkpoint.tokenizer)
        )
    except (InputError, UsageError) as error:
        missing = [n for n in names if n in catalogue.load() and not catalogue.is_fetched(n)]
        hint = f"poet corpus fetch {' '.join(missing)}; or " if missing else ""
        raise InputError(
            f"the text that the model was trained on cannot be read: {error.message}",
            hint + ANOTHER,
        ) from error


def text_of(dataset: TokenDataset, ids: NDArray[np.integer[Any]]) -> str:
    """The text of ids, every character in its place; □ stands for what the alphabet lacks."""
    codes = dataset.tokenizer.codes(ids.astype(np.int64))
    codes[codes == 0] = ord(HOLE)
    return codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def _names(said: str) -> tuple[str, ...]:
    """The texts that a model's facts name, apart by spaces, which a path may have too."""
    return (said,) if Path(said).exists() and said else tuple(said.split())
