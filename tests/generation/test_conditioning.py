"""Title and author are heard, and guidance makes them count as much as is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from poet.checkpoint import Checkpoint
from poet.errors import InputError
from poet.generation.conditioning import Condition
from poet.generation.engine import NumpyLSTM, TitleContext
from poet.generation.sampling import Sampling
from poet.generation.title_lifts import TitleLifts
from poet.generation.writer import Writer
from poet.model import ModelConfig, PoetLSTM, TitleBatch
from poet.prosody.chinese.scan import scan
from poet.tokenizer import EOS, CharTokenizer

E, H, K, T = 12, 7, 8, 9


@pytest.fixture(scope="module")
def model(tokenizer: CharTokenizer) -> PoetLSTM:
    torch.manual_seed(1)
    model = PoetLSTM(ModelConfig(len(tokenizer), E, H, K))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.6)
    return model.requires_grad_(False)


@pytest.fixture(scope="module")
def writer(model: PoetLSTM, tokenizer: CharTokenizer) -> Writer:
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    return Writer(Checkpoint(tokenizer, weights))


def test_a_title_is_heard_as_the_torch_model_hears_it(model: PoetLSTM, writer: Writer) -> None:
    engine, title = writer.engine, writer.tokenizer.encode("春水月")
    ids = np.random.default_rng(1).integers(len(writer.tokenizer), size=T)
    titles = TitleBatch(
        torch.from_numpy(title)[None],
        torch.zeros(1, 3, dtype=torch.long),
        torch.zeros(1, T, dtype=torch.long),
    )
    wanted = model(torch.from_numpy(ids)[None], titles=titles)[0][0]
    found, _ = engine.read(ids, title=engine.encode_title(title))
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-4)
    assert np.abs(found - engine.read(ids)[0]).max() > 0.01


def test_some_rows_can_have_the_title_and_the_others_none(writer: Writer) -> None:
    engine = writer.engine
    title = engine.encode_title(writer.tokenizer.encode("春水"))
    ids = np.array([5, 9, 5, 9])
    features, memory = engine.step(ids, engine.initial_state(4), title, 2)
    with_title, _ = engine.step(ids[:2], engine.initial_state(2), title)
    without, state = engine.step(ids[2:], engine.initial_state(2))
    np.testing.assert_allclose(features, np.concatenate([with_title, without]), atol=1e-5)
    np.testing.assert_allclose(memory.upper_c[2:], state.upper_c, atol=1e-5)


def test_the_nats_of_rows_are_those_of_each_text(writer: Writer) -> None:
    texts = ["春水連天碧，明月照江。", "夜雨歸舟靜，燈寒客夢輕"]
    rows = np.stack([np.r_[writer.tokenizer.encode(text), EOS] for text in texts])
    condition = writer.condition("", "江上", "", 3.0)
    found = condition.nats(writer.engine, rows)
    for text, nats in zip(texts, found, strict=True):
        assert nats.sum() == pytest.approx(writer.score(text, title="江上").nats, rel=1e-5)


def test_guidance_0_forgets_title_and_author(writer: Writer) -> None:
    def texts(title: str, guidance: float) -> list[str]:
        asked = {"title": title, "guidance": guidance, "max_characters": 40}
        return [writer.write(seed=seed, **asked).poem.text for seed in range(4)]  # type: ignore[arg-type]

    assert texts("春水", 0.0) == texts("", 1.0)
    assert texts("春水", 0.0) != texts("春水", 1.0)


def test_the_more_guidance_the_likelier_the_title_makes_a_poem(writer: Writer) -> None:
    def gain(guidance: float) -> float:
        found = 0.0
        for seed in range(12):
            asked: dict[str, Any] = {"title": "春水", "guidance": guidance, "particles": 2}
            (one,) = writer.poems(form="五絕", seeds=[(seed,)], **asked)
            text = one.poem.text
            found += writer.score(text, form="五絕").nats
            found -= writer.score(text, form="五絕", title="春水").nats
        return found

    assert gain(0.0) < gain(1.0) < gain(2.0)


def test_two_states_choose_as_two_models_would(writer: Writer) -> None:
    """At temperature 0, character by character: u + guidance (c - u), each read by itself."""
    engine, tokenizer = writer.engine, writer.tokenizer
    title = engine.encode_title(tokenizer.encode("春水"))
    read = [*tokenizer.prefix_ids(title="春水")], [*tokenizer.prefix_ids()]
    written = ""
    while len(written) < 12:
        given = engine.logits(engine.read(np.array(read[0]), title=title)[0][-1:])[0]
        plain = engine.logits(engine.read(np.array(read[1]))[0][-1:])[0]
        scores = plain + 2.5 * (given - plain)
        own = np.r_[EOS, tokenizer.first_character : len(tokenizer)][0 if written else 1 :]
        chosen = int(own[scores[own].argmax()])
        if chosen == EOS:
            break
        written += tokenizer.decode([chosen])
        for one in read:
            one.append(chosen)
    found = writer.write(title="春水", guidance=2.5, sampling=Sampling(0), max_characters=12)
    assert found.poem.text == written


def test_a_guided_poem_keeps_the_rules_and_its_cost_is_the_models_own(writer: Writer) -> None:
    for guidance in (1.0, 3.0):
        (one,) = writer.poems(form="七絕", title="春水", guidance=guidance, seeds=[(1,)])
        assert scan(one.poem.text).keeps(strict=True)
        score = writer.score(one.poem.text, form="七絕", title="春水")
        assert one.nats_per_character == pytest.approx(score.nats_per_character, rel=1e-4)


def test_what_a_poem_is_about_is_read_like_a_title_but_is_none(writer: Writer) -> None:
    about = writer.write(form="五絕", about="春水", seed=2).poem
    titled = writer.write(form="五絕", title="春水", seed=2).poem
    assert about.text == titled.text
    assert (about.title, titled.title) == ("", "春水")


def test_title_lifts_are_part_of_the_model_and_have_to_be_its_own(
    by_chance: Callable[..., Writer], tokenizer: CharTokenizer
) -> None:
    V, (spring, water) = len(tokenizer), tokenizer.encode("春水")
    sizes, weights = np.zeros(V, np.uint8), np.zeros(V, np.float32)
    sizes[spring], weights[spring] = 1, 1
    lifts = TitleLifts(sizes, np.array([water], np.uint16), np.array([64], np.uint8), weights)
    bare = by_chance(tokenizer)
    writer = Writer(bare.checkpoint, lifts=lifts)
    change = writer.score("水", title="春").nats - bare.score("水", title="春").nats
    assert change < -0.5
    assert writer.score("水").nats == bare.score("水").nats
    smaller = by_chance(CharTokenizer("春水"))
    with pytest.raises(InputError, match=f"are those of {V} characters and marks, the model has"):
        Writer(smaller.checkpoint, lifts=lifts)


def test_an_engine_without_title_attention_hears_titles_as_characters_alone(
    by_chance: Callable[..., Writer], tokenizer: CharTokenizer
) -> None:
    assert by_chance(tokenizer).engine.encode_title(tokenizer.encode("春")) is None
    assert isinstance(by_chance(tokenizer).condition("", "春", ""), Condition)
    assert NumpyLSTM(by_chance(tokenizer).checkpoint).encode_title(np.zeros(0, int)) is None


def test_rows_can_have_titles_of_their_own(writer: Writer) -> None:
    """Of unequal lengths, one of them none."""
    engine, names = writer.engine, ["春水", "", "江上月"]
    titles = [engine.encode_title(writer.tokenizer.encode(name)) for name in names]
    beside = TitleContext.stack([title or TitleContext.empty(E, H) for title in titles])
    ids, memory = np.array([7, 8, 9]), engine.initial_state(3)
    for _ in range(2):
        features, memory = engine.step(ids, memory, beside)
    for row, title in enumerate(titles):
        alone, _ = engine.read(np.repeat(ids[row], 2), title=title)
        np.testing.assert_allclose(features[row], alone[-1], rtol=1e-3, atol=1e-4)
