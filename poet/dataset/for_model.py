"""The dataset that a model is evaluated on: by default its own text, read with its tokenizer."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poet.corpus import catalogue
from poet.corpus.fields import ANY_FIELDS, Fields
from poet.corpus.read import Notify
from poet.dataset.dataset import TextInfo, TokenDataset
from poet.dataset.prepare import Track, prepare
from poet.errors import InputError, UsageError
from poet.tokenizer import UNK, CharTokenizer

OTHER_TEXT = "name a text to read instead with --text"


@dataclass(frozen=True)
class TextSource:
    """Where the training text of a run came from, as its run folder records it."""

    names: tuple[str, ...]
    layout: str | None = None
    encoding: str = "auto"
    fields: Fields = ANY_FIELDS
    folder: str = ""  # of the encoded dataset


@dataclass(frozen=True)
class ReencodedDataset(TokenDataset):
    """A dataset whose ids are translated from the tokenizer it was written with."""

    written_with: CharTokenizer

    def _map(self, name: str, dtype: Any) -> Any:
        column = super()._map(name, dtype)
        holds_ids = name in ("ids.bin", "titles.bin", "form.bin", "author.bin")
        return self._translation[column] if holds_ids else column

    @cached_property
    def _translation(self) -> NDArray[np.int32]:
        """Old id -> new id. The last entry is -1, so that -1, which is no id, stays -1."""
        table = self.tokenizer.id_map(self.written_with)
        characters = table[self.written_with.first_character :]
        characters[characters < 0] = UNK
        return np.r_[table, -1].astype(np.int32)


def with_tokenizer(dataset: TokenDataset, tokenizer: CharTokenizer) -> TokenDataset:
    """The dataset with the ids of this tokenizer; itself where that is its own."""
    if dataset.tokenizer == tokenizer:
        return dataset
    return ReencodedDataset(dataset.folder, tokenizer, dataset.facts, dataset.tokenizer)


def dataset_for_model(
    tokenizer: CharTokenizer,
    text: TextInfo,
    names: Sequence[str] = (),
    *,
    source: TextSource | None = None,
    notify: Notify,
    track: Track = lambda poems: poems,
) -> TokenDataset:
    """The dataset of the texts named, or else of the text that the model was trained on.

    `tokenizer` and `text` are those of the model, `source` is what its run folder records, if
    there is one. Every character that the model knows is in the dataset, however rare it is in
    the text. Raises `InputError` where a text is missing, or holds no poems for a model of poems.
    """
    model_is_stream = text.kind == "stream"
    layout = "stream" if model_is_stream else "auto"
    if names:
        dataset = prepare(names, layout=layout, notify=notify, track=track, base=tokenizer)
    else:
        dataset = _training_text(tokenizer, text, source, layout, notify, track)
        if dataset.fingerprint != text.fingerprint:
            notify(
                "the text here is not the one that was trained on "
                f"(fingerprint {dataset.fingerprint}, not {text.fingerprint or 'known'}): "
                "what is held out of it may have been read"
            )
    if dataset.is_stream and not model_is_stream:
        raise InputError(
            f"the model reads poems, and {' '.join(dataset.names)} is one long text", OTHER_TEXT
        )
    return dataset


def _training_text(
    tokenizer: CharTokenizer,
    text: TextInfo,
    source: TextSource | None,
    layout: str,
    notify: Notify,
    track: Track,
) -> TokenDataset:
    """The text that a model was trained on, found by its run folder or by the text's name."""
    encoding, fields = "auto", ANY_FIELDS
    names = _split_names(text.name)
    if source:
        with suppress(InputError):  # gone, or of another version: read the text again
            return TokenDataset.open(Path(source.folder))
        names, encoding, fields = source.names, source.encoding, source.fields
        layout = source.layout or layout
    if not names or "-" in names:
        raise InputError(
            "the text that this model was trained on is not known any more", OTHER_TEXT
        )
    read = partial(
        prepare,
        names,
        layout=layout,
        encoding=encoding,
        fields=fields,
        notify=notify,
        track=track,
    )
    try:
        dataset = read()
        return dataset if dataset.tokenizer == tokenizer else read(base=tokenizer)
    except (InputError, UsageError) as error:
        missing = [n for n in names if n in catalogue.load() and not catalogue.is_fetched(n)]
        hint = f"poet corpus fetch {' '.join(missing)}; or " if missing else ""
        raise InputError(
            f"the text that the model was trained on cannot be read: {error.message}",
            hint + OTHER_TEXT,
        ) from error


def _split_names(name: str) -> tuple[str, ...]:
    """The texts in the name of a model's text: separated by spaces, or one path with spaces."""
    return (name,) if name and Path(name).exists() else tuple(name.split())
