"""Building a dataset: drop copies, split, choose the vocabulary, encode."""

from __future__ import annotations

import shutil
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poet.dataset.dataset import (
    COLUMNS,
    FORMAT,
    STORE_FILE,
    TokenDataset,
    fingerprint_of,
    shortened,
)
from poet.dataset.deduplication import exact_copies, near_copies
from poet.dataset.staging import HELD_OUT, PART, Staging
from poet.errors import InputError
from poet.files import fill, temporary
from poet.objects import to_json
from poet.poem import Poem
from poet.prosody.chinese.forms import FORMS
from poet.tokenizer import MAX_TITLE, OTHER_AUTHOR, UNK, CharTokenizer, by_frequency

STREAM_HELD_OUT = 0.1  # as is usual for text without poems (tiny-shakespeare)
MIN_COUNT = 2  # of a character in the vocabulary
MIN_AUTHOR_POEMS = 150  # of an author with a token of their own
SMALL = 400  # poems below which one in five is held out instead of one in twenty
MIN_TEXT = 2_000  # characters below which there is nothing to learn


def build(
    folder: Path,
    texts: Mapping[str, Iterable[Poem]],
    *,
    stream: bool = False,
    counts: Counter[str] | None = None,
    base: CharTokenizer | None = None,
    part: int = PART,
) -> TokenDataset:
    """Encode cleaned poems (or the pieces of one stream) into `folder`, whole or not at all.

    `texts` maps the name of each text to its poems; of copies the first stays. `counts` may hold
    the counts of reading and cleaning, which are stored with those made here. The ids of a
    tokenizer given as `base` are kept, and new entries come after them. `part` is how many bytes
    of text are processed at a time. Raises `InputError` when there is too little text.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with temporary(folder.parent, is_folder=True) as work:
        with Staging(work, part=part) as staging:
            if stream:
                staging.add_stream(chain.from_iterable(texts.values()), STREAM_HELD_OUT)
            else:
                for source, poems in enumerate(texts.values()):
                    for poem in poems:
                        staging.add(poem, source)
            counts = counts if counts is not None else Counter()
            facts = {
                "names": [" ".join(texts)] if stream else list(texts),
                **_encode(staging, work, stream, counts, base),
            }
        fill(work / STORE_FILE, to_json(facts))
        shutil.rmtree(folder, ignore_errors=True)
        work.replace(folder)
    return TokenDataset.open(folder)


def _encode(
    staging: Staging, folder: Path, stream: bool, counts: Counter[str], base: CharTokenizer | None
) -> dict[str, Any]:
    """Write the files of the dataset; returns the contents of `store.json`."""
    if staging.has_chinese:
        staging.cut_titles(MAX_TITLE)
    if not stream:
        counts.setdefault("kept", len(staging))
    dropped = np.zeros(len(staging), dtype=bool)
    if not stream and len(staging):
        dropped = exact_copies(_array(staging.exact))
        counts["exact copies"] = int(dropped.sum())
        near = near_copies(staging, dropped)
        counts["near copies"] = int(near.sum())
        dropped |= near
        staging.free_hashes()
    kept = ~dropped
    is_small = not stream and kept.sum() < SMALL
    held = np.zeros(len(staging), dtype=bool)
    if len(staging):
        values = _array(staging.held)
        held = values > 0 if is_small else values == HELD_OUT
    if kept.sum() > 1 and not (held & kept).any():
        held = _last_twentieth(kept)  # so few poems that the hashes chose none
    sizes = _array(staging.length)
    counts["characters"] = int(sizes[kept].sum())
    counts["held out"] = int(sizes[held].sum() if stream else (held & kept).sum())
    if counts["characters"] < MIN_TEXT:
        raise InputError(
            f"there are {counts['characters']} characters of text, too few to learn from",
            f"give at least {MIN_TEXT}; a few hundred thousand make a fair poet",
        )
    tokenizer = _build_tokenizer(staging, kept, held, stream)
    if base:
        tokenizer = base.extended(tokenizer)
    dtype = "<u2" if len(tokenizer) <= 1 << 16 else "<u4"
    digest = fingerprint_of(tokenizer)
    for name, column in _columns(staging, tokenizer, kept, held):
        column.astype(COLUMNS[name]).tofile(folder / f"{name}.bin")
        digest.update(column.astype(COLUMNS[name]).data)
    for name, titles in (("ids.bin", False), ("titles.bin", True)):
        with (folder / name).open("wb") as file:
            for poems, codes in staging.batches(titles=titles):
                lengths = staging.title_length if titles else staging.length
                ids = tokenizer.encode_codes(
                    codes[_per_character(kept, poems, lengths, len(codes))]
                )
                if not titles:
                    counts["unknown characters"] += int((ids == UNK).sum())
                data = ids.astype(dtype).tobytes()
                digest.update(data)
                file.write(data)
    return {
        "format": FORMAT,
        "kind": "stream" if stream else "poems",
        "dtype": dtype,
        "fingerprint": shortened(digest),
        "counts": dict(counts),
        "alphabet": tokenizer.to_json(),
    }


def _last_twentieth(kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    held = np.zeros(len(kept), dtype=bool)
    alive = np.flatnonzero(kept)
    held[alive[-max(1, len(alive) // 20) :]] = True
    return held


def _per_character(
    values: NDArray[np.bool_], poems: slice, lengths: array[int], size: int
) -> NDArray[np.bool_]:
    """Values of poems, repeated for each of the `size` characters of a batch of them."""
    if poems.stop - poems.start == 1:  # perhaps only part of a long poem
        return np.repeat(values[poems], size)
    return np.repeat(values[poems], _array(lengths)[poems])


def _build_tokenizer(
    staging: Staging, kept: NDArray[np.bool_], held: NDArray[np.bool_], stream: bool
) -> CharTokenizer:
    """The characters, forms and authors of the training side; held-out poems do not count."""
    training = kept & ~held
    occurrences = np.zeros(0x110000, dtype=np.int64)  # by codepoint
    for titles in (False, True):
        lengths = staging.title_length if titles else staging.length
        for poems, codes in staging.batches(titles=titles):
            chosen = codes[_per_character(training, poems, lengths, len(codes))]
            batch_counts = np.bincount(chosen)
            occurrences[: len(batch_counts)] += batch_counts
    present = np.flatnonzero(occurrences)
    # In an alphabetic script every character matters, however rare it is
    min_count = MIN_COUNT if len(present) > 500 else 1
    characters = by_frequency(present, occurrences[present], min_count=min_count)
    if stream:
        return CharTokenizer(characters)
    forms = _frequent(staging.forms, _array(staging.form), training, 1)
    authors = _frequent(staging.authors, _array(staging.author), training, MIN_AUTHOR_POEMS)
    in_order = tuple(form.name for form in FORMS if form.name in forms)
    if not staging.has_chinese:  # a few English poems among Chinese ones teach no metre
        in_order = (*in_order, *sorted(set(forms) - set(in_order)))
    return CharTokenizer(characters, in_order, (OTHER_AUTHOR, *authors) if authors else ())


def _frequent(
    names: dict[str, int], column: NDArray[Any], training: NDArray[np.bool_], min_count: int
) -> tuple[str, ...]:
    """The names of at least `min_count` training poems, commonest first."""
    counts = np.bincount(column[training], minlength=len(names))
    chosen = [name for name, i in names.items() if name and counts[i] >= min_count]
    return tuple(sorted(chosen, key=lambda name: (-counts[names[name]], name)))


def _columns(
    staging: Staging, tokenizer: CharTokenizer, kept: NDArray[np.bool_], held: NDArray[np.bool_]
) -> Iterator[tuple[str, NDArray[Any]]]:
    """The columns of the table, one at a time."""
    for name, lengths in (("start", staging.length), ("title", staging.title_length)):
        yield name, np.concatenate([[0], np.cumsum(_array(lengths)[kept], dtype=np.int64)])
    form_ids = [tokenizer.form_id(name) for name in staging.forms]
    author_ids = [tokenizer.author_id(name) for name in staging.authors]
    for name, ids, column in (
        ("form", form_ids, staging.form),
        ("author", author_ids, staging.author),
    ):
        yield name, np.array([-1 if i is None else i for i in ids])[_array(column)[kept]]
    yield "source", _array(staging.source)[kept]
    yield "held", held[kept]


def _array(values: array[int]) -> NDArray[Any]:
    return np.frombuffer(values, dtype=values.typecode)
