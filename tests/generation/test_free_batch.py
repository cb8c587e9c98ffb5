"""Free samples are the model's own: many at a time is the same as one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from poet.checkpoint import Checkpoint, ModelInfo, weight_shapes
from poet.dataset.dataset import TextInfo
from poet.errors import UsageError
from poet.generation.free_batch import free_samples, sample_batch
from poet.generation.sampling import Sampling, probabilities
from poet.generation.writer import Writer
from poet.tokenizer import EOS, UNK, CharTokenizer


@pytest.fixture
def writer(tiny: Path) -> Writer:
    return Writer(Checkpoint.read(tiny))


def a_writer(tokenizer: CharTokenizer, kind: str = "poems", **liked: float) -> Writer:
    """A model that hopes for some characters, whatever it has read."""
    shapes = weight_shapes(len(tokenizer), 2, 3)
    weights = {name: np.zeros(shape) for name, shape in shapes.items()}
    for character, logit in liked.items():
        weights["bias"][tokenizer.encode(character)] = logit
    return Writer(Checkpoint(tokenizer, weights, ModelInfo(text=TextInfo(kind=kind))))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_ids_are_drawn_by_the_odds_of_choosing(temperature: float) -> None:
    logits = np.array([0.0, 1.0, -1.0, 2.5], np.float32)
    found = sample_batch(np.tile(logits, (20_000, 1)), temperature, np.random.default_rng(1))
    shares = np.bincount(found, minlength=4) / 20_000
    assert shares == pytest.approx(probabilities(logits, Sampling(temperature)), abs=0.015)


def test_what_cannot_be_is_never_drawn() -> None:
    logits = np.array([-np.inf, 0.0, -np.inf], np.float32)

    class Edges:  # the least and the greatest that a generator gives
        def random(self, shape: tuple[int, int]) -> NDArray[Any]:
            return np.array([[0.0], [1 - 2**-53]])

    edges: np.random.Generator = Edges()  # type: ignore[assignment]
    assert sample_batch(np.tile(logits, (2, 1)), 1.0, edges).tolist() == [1, 1]


def test_many_are_written_as_one_would_be(writer: Writer) -> None:
    """At temperature 0 every sample is the poem that the writer itself writes."""
    alone = writer.write(sampling=Sampling(0), max_characters=30).poem.text
    found = list(free_samples(writer, 3, 0, most=30))
    assert {text.rstrip("\n") for text in found} == {alone}


def test_each_is_written_on_its_own_title(writer: Writer) -> None:
    """Headers of other lengths, read side by side, leave what each alone would have."""
    titles = ["", "春水", "江上別友人"]
    alone = [
        writer.write(sampling=Sampling(0), max_characters=30, title=title, guidance=1.0).poem.text
        for title in titles
    ]
    found = list(free_samples(writer, 5, 0, titles=titles, most=30))
    assert [text.rstrip("\n") for text in found] == [*alone, *alone[:2]]
    assert len(set(alone)) == 3


def test_the_form_is_told_by_its_mark(writer: Writer) -> None:
    plain, marked = (list(free_samples(writer, 2, 0.7, form=f, most=9)) for f in ("", "七絕"))
    assert plain != marked


def test_the_same_seed_gives_the_same_however_many_are_asked_for(writer: Writer) -> None:
    def samples(count: int, seed: int) -> list[str]:
        return list(free_samples(writer, count, 0.7, seed=seed, most=12, batch_size=4))

    first = samples(9, seed=3)
    assert len(first) == 9
    assert samples(8, seed=3) == first[:8]
    assert samples(9, seed=4) != first
    assert len(set(first)) > 1


def test_samples_end_where_the_model_ends_them_and_not_before_they_begin() -> None:
    writer = a_writer(CharTokenizer("春水"))
    writer.engine.bias[EOS] = 3.0
    writer.engine.bias[UNK] = 99.0  # would be written were it allowed
    found = list(free_samples(writer, 200, 1.0, most=5))
    assert {len(text) for text in found} <= {1, 2, 3, 4, 5}
    assert min(map(len, found)) == 1
    assert set("".join(found)) == set("春水")


def test_a_stream_has_no_end() -> None:
    writer = a_writer(CharTokenizer("ab\n"), "stream", a=2.0)
    writer.engine.bias[EOS] = 99.0
    assert {len(text) for text in free_samples(writer, 5, 1.0, most=17)} == {17}


def test_a_temperature_out_of_range_is_refused(writer: Writer) -> None:
    with pytest.raises(UsageError, match="temperature is 11"):
        list(free_samples(writer, 1, 11))
