"""From sources to an encoded store: clean, drop copies, split, choose the alphabet, encode."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import time
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poet.dataset.dataset import COLUMNS, FORMAT, TokenDataset
from poet.dataset.deduplication import exact_copies, near_copies
from poet.dataset.staging import Staging
from poet.errors import InputError
from poet.poem import Poem
from poet.prosody.chinese.forms import FORMS
from poet.tokenizer import OTHER_AUTHOR, UNK, CharTokenizer, by_frequency

STREAM_HELD_OUT = 0.1  # the field's custom for text without poems (tiny-shakespeare)
STALE = 86_400  # seconds after which a build that did not end is taken for dead
LEAST_COUNT = 2  # a character seen once is unknown
AUTHOR_POEMS = 150  # fewer, and an author shares the mark of the many
FEW = 400  # poems below which one in five is held out, and not one in twenty
LEAST_TEXT = 2_000  # characters below which there is nothing to learn


def build(
    folder: Path,
    texts: Mapping[str, Iterable[Poem]],
    *,
    stream: bool = False,
    counts: Counter[str] | None = None,
    base: CharTokenizer | None = None,
) -> TokenDataset:
    """Encode cleaned poems (or the pieces of one stream) into `folder`, whole or not at all.

    `texts` maps what each text is called to its poems; of copies the first stays. `counts`
    may hold what reading and cleaning counted; it is stored beside what is counted here. An
    alphabet given as `base` is kept, and what it lacks comes after it. Raises `InputError`
    when there is too little text to learn from.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob("*.part"):  # by a build that was killed
        if time.time() - left.stat().st_mtime > STALE:
            shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=folder.name + ".", suffix=".part", dir=folder.parent))
    try:
        with Staging(work) as spool:
            if stream:
                spool.add_stream(chain.from_iterable(texts.values()), STREAM_HELD_OUT)
            else:
                for source, poems in enumerate(texts.values()):
                    for poem in poems:
                        spool.add(poem, source)
            counts = counts if counts is not None else Counter()
            facts = {
                "names": [" ".join(texts)] if stream else list(texts),
                **_encode(spool, work, stream, counts, base),
            }
        _write_json(work / "store.json", facts)
        shutil.rmtree(folder, ignore_errors=True)
        work.replace(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return TokenDataset.open(folder)


def _encode(
    spool: Staging, folder: Path, stream: bool, counts: Counter[str], base: CharTokenizer | None
) -> dict[str, Any]:
    """Everything between the spool and the store; returns what `store.json` says."""
    if not stream:
        counts.setdefault("kept", len(spool))
    gone = np.zeros(len(spool), dtype=bool)
    if not stream and len(spool):
        gone = exact_copies(_array(spool.exact))
        counts["exact copies"] = int(gone.sum())
        near = near_copies(spool, gone)
        counts["near copies"] = int(near.sum())
        gone |= near
        spool.forget_hashes()
    kept = ~gone
    few = not stream and kept.sum() < FEW
    held = _array(spool.held) == 1 if len(spool) else gone
    if few and len(spool):
        held = _array(spool.held) > 0
    if kept.sum() > 1 and not (held & kept).any():
        held = _last_twentieth(kept)  # too few for the hash to have chosen one
    lengths = _array(spool.length)
    counts["characters"] = int(lengths[kept].sum())
    counts["held out"] = int(lengths[held].sum() if stream else (held & kept).sum())
    if counts["characters"] < LEAST_TEXT:
        raise InputError(
            f"there are {counts['characters']} characters of text, too few to learn from",
            f"give at least {LEAST_TEXT}; a few hundred thousand make a fair poet",
        )
    tokenizer = _choose_alphabet(spool, kept, held, stream)
    if base:
        tokenizer = base.extended(tokenizer)
    dtype = "<u2" if len(tokenizer) <= 1 << 16 else "<u4"
    digest = hashlib.sha256(json.dumps(tokenizer.to_json()).encode())
    for name, column in _columns(spool, tokenizer, kept, held):
        column.astype(COLUMNS[name]).tofile(folder / f"{name}.bin")
        digest.update(column.astype(COLUMNS[name]).data)
    for name, titles in (("ids.bin", False), ("titles.bin", True)):
        with (folder / name).open("wb") as file:
            for run, codes in spool.runs(titles=titles):
                of = spool.title_length if titles else spool.length
                ids = tokenizer.encode_codes(codes[_spread(kept, run, of, len(codes))])
                counts["unknown characters"] += 0 if titles else int((ids == UNK).sum())
                data = ids.astype(dtype).tobytes()
                digest.update(data)
                file.write(data)
    return {
        "format": FORMAT,
        "kind": "stream" if stream else "poems",
        "dtype": dtype,
        "fingerprint": digest.hexdigest()[:16],
        "counts": dict(counts),
        "alphabet": tokenizer.to_json(),
    }


def _last_twentieth(kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    held = np.zeros(len(kept), dtype=bool)
    alive = np.flatnonzero(kept)
    held[alive[-max(1, len(alive) // 20) :]] = True
    return held


def _spread(
    facts: NDArray[np.bool_], run: slice, lengths: array[int], size: int
) -> NDArray[np.bool_]:
    """A fact a poem, spread over the `size` characters of a run."""
    if run.stop - run.start == 1:
        return np.repeat(facts[run], size)
    return np.repeat(facts[run], _array(lengths)[run])


def _choose_alphabet(
    spool: Staging, kept: NDArray[np.bool_], held: NDArray[np.bool_], stream: bool
) -> CharTokenizer:
    """The characters, forms and authors of the training side; the held-out side has no say."""
    training = kept & ~held
    tally = np.zeros(0x110000, dtype=np.int64)
    for titles in (False, True):
        lengths = spool.title_length if titles else spool.length
        for run, codes in spool.runs(titles=titles):
            chosen = codes[_spread(training, run, lengths, len(codes))]
            part = np.bincount(chosen)
            tally[: len(part)] += part
    found = np.flatnonzero(tally)
    # In text of few different characters each one matters, however rare it is
    least = LEAST_COUNT if len(found) > 500 else 1
    characters = by_frequency(found, tally[found], least=least)
    if stream:
        return CharTokenizer(characters)
    forms = _marked(spool.forms, _array(spool.form), training, 1)
    authors = _marked(spool.authors, _array(spool.author), training, AUTHOR_POEMS)
    in_order = tuple(form.name for form in FORMS if form.name in forms)
    return CharTokenizer(characters, in_order, (OTHER_AUTHOR, *authors) if authors else ())


def _marked(
    names: dict[str, int], of: NDArray[Any], training: NDArray[np.bool_], least: int
) -> tuple[str, ...]:
    """The names that at least `least` training poems bear, commonest first."""
    tally = np.bincount(of[training], minlength=len(names))
    chosen = [name for name, i in names.items() if name and tally[i] >= least]
    return tuple(sorted(chosen, key=lambda name: (-tally[names[name]], name)))


def _columns(
    spool: Staging, tokenizer: CharTokenizer, kept: NDArray[np.bool_], held: NDArray[np.bool_]
) -> Iterator[tuple[str, NDArray[Any]]]:
    """The columns of the table, one at a time."""
    for name, lengths in (("start", spool.length), ("title", spool.title_length)):
        yield name, np.concatenate([[0], np.cumsum(_array(lengths)[kept], dtype=np.int64)])
    form_ids = [tokenizer.form_id(name) for name in spool.forms]
    author_ids = [tokenizer.author_id(name) for name in spool.authors]
    for name, ids, of in (("form", form_ids, spool.form), ("author", author_ids, spool.author)):
        yield name, np.array([-1 if i is None else i for i in ids])[_array(of)[kept]]
    yield "source", _array(spool.source)[kept]
    yield "held", held[kept]


def _array(values: array[int]) -> NDArray[Any]:
    return np.frombuffer(values, dtype=values.typecode)


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
