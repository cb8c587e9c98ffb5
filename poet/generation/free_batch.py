"""Free samples: unconstrained texts of a model, many in a batch, without torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poet.generation.conditioning import Condition
from poet.generation.engine import Floats, LSTMState, NumpyLSTM, TitleContext
from poet.generation.request import MAX_CHARACTERS
from poet.generation.sampling import Sampling, tempered
from poet.generation.writer import Writer
from poet.tokenizer import EOS, Ids

BATCH_SIZE = 64  # texts at a time


def free_samples(
    writer: Writer,
    count: int,
    temperature: float,
    *,
    form: str = "",
    titles: Sequence[str] = (),
    seed: int = 0,
    most: int = MAX_CHARACTERS,
    batch_size: int = BATCH_SIZE,
) -> Iterator[str]:
    """Texts conditioned on a form alone, or also on titles in turn, of at most `most` characters.

    Nothing is constrained or cut off, but no special tokens are written. A model that was trained
    on a stream begins after a line break and writes `most` characters. Raises `UsageError` for
    a temperature out of range.
    """
    sampling, tokenizer = Sampling(temperature), writer.tokenizer
    conditions = [writer.condition(form, title, "") for title in titles or ("",)]
    is_special = np.ones(len(tokenizer), dtype=np.bool_)  # what is never written
    is_special[tokenizer.first_character :] = False
    is_special[EOS] = writer.reads_stream
    for number, first in enumerate(range(0, count, batch_size)):
        rng = np.random.default_rng([seed, number])
        rows = range(first, min(first + batch_size, count))
        own = [conditions[i % len(conditions)] for i in rows]
        for ids in _write(writer.engine, own, sampling, is_special, rng, most):
            yield tokenizer.decode(ids)


def _write(
    engine: NumpyLSTM,
    conditions: Sequence[Condition],
    sampling: Sampling,
    is_special: NDArray[np.bool_],
    rng: np.random.Generator,
    most: int,
) -> Ids:
    """Ids (B, most) of B texts, padded with the end mark."""
    B, V, E = len(conditions), *engine.embedding.shape
    contexts = [one.title or TitleContext.empty(E, engine.hidden) for one in conditions]
    title = TitleContext.stack(contexts) if any(one.title for one in conditions) else None
    biased = any(one.bias is not None for one in conditions)
    zeros = np.zeros(V, np.float32)
    bias = np.stack([zeros if c.bias is None else c.bias for c in conditions]) if biased else None
    features, memory = _read(engine, [one.header for one in conditions], title)
    written = np.full((B, most), EOS, dtype=np.int64)
    unfinished = np.arange(B)
    for t in range(most):
        logits = engine.logits(features)
        if bias is not None:
            logits += bias[unfinished]
        logits[:, is_special] = -np.inf
        if t == 0:
            logits[:, EOS] = -np.inf  # a poem has at least one character
        ids = sample_batch(logits, sampling.temperature, rng)
        written[unfinished, t] = ids
        on = ids != EOS
        if not on.any():
            break
        unfinished, ids = unfinished[on], ids[on]
        features, memory = engine.step(ids, _rows(memory, on), _rows(title, unfinished))
    return written


def _rows(parts: Any, rows: NDArray[Any]) -> Any:
    """Some rows of a state, or of a batch of titles."""
    return parts and type(parts)(*(part[rows] for part in parts))


def _read(
    engine: NumpyLSTM, headers: Sequence[Ids], title: TitleContext | None
) -> tuple[Floats, LSTMState]:
    """Features (B, E) and state after B headers of any length, read in one batch."""
    sizes = np.array([len(header) for header in headers])
    features = np.empty((len(headers), engine.embedding.shape[1]), np.float32)
    memory = engine.initial_state(len(headers))
    for t in range(sizes.max()):
        (on,) = (sizes > t).nonzero()
        ids = np.array([headers[i][t] for i in on.tolist()])
        features[on], moved = engine.step(ids, _rows(memory, on), _rows(title, on))
        for whole, part in zip(memory, moved, strict=True):
            whole[on] = part
    return features, memory


def sample_batch(logits: Floats, temperature: float, rng: np.random.Generator) -> Ids:
    """Sample an id for each row of logits (B, V) at a temperature; 0 is greedy.

    >>> logits = np.array([[0, 9, 1], [5, -np.inf, -np.inf]], np.float32)
    >>> sample_batch(logits, 0, np.random.default_rng())
    array([1, 0])
    """
    if temperature == 0:
        return logits.argmax(1)
    probs = tempered(logits - logits.max(1, keepdims=True), temperature)
    cumulative = np.cumsum(probs, axis=1, dtype=np.float64)
    target = rng.random((len(logits), 1)) * cumulative[:, -1:]
    return (cumulative <= target).sum(1)  # one of probability 0 is never cumulative
