"""A poem is written a character at a time, and can be written again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from poet.checkpoint import Checkpoint, ModelInfo, weight_shapes
from poet.dataset.dataset import TextInfo
from poet.errors import InputError, UsageError
from poet.generation.sampling import Sampling
from poet.generation.writer import Writer
from poet.model import ModelConfig, PoetLSTM
from poet.poem import Poem
from poet.tokenizer import EOS, UNK, CharTokenizer


@pytest.fixture(scope="module")
def writer(tiny: Path) -> Writer:
    return Writer(Checkpoint.read(tiny))


def parrot(favourite: int, tokenizer: CharTokenizer, certainty: float = 9.0) -> Writer:
    """A writer that is certain of one id, whatever it reads."""
    V, E, H = len(tokenizer), 2, 3
    weights = {name: np.zeros(shape) for name, shape in weight_shapes(V, E, H).items()}
    weights["bias"][favourite] = certainty
    return Writer(Checkpoint(tokenizer, weights))


def test_the_same_seed_writes_the_same_poem(writer: Writer) -> None:
    poems = {writer.write("明月", seed=7).poem for _ in range(2)}
    assert len(poems) == 1
    assert writer.write("明月", seed=8).poem not in poems
    assert writer.write("明月", seed=(7, 1)).poem not in poems


def test_the_prompt_is_part_of_the_poem_and_comes_first(writer: Writer) -> None:
    writing = writer.write("明月，", seed=1)
    assert next(iter(writing)) == "明月，"
    assert writing.poem.text.startswith("明月，")
    assert len(writing.poem.text) > 3


def test_characters_as_they_come_join_to_the_poem(writer: Writer) -> None:
    for seed in range(5):
        pieces = list(writer.write("春", seed=seed))
        assert all(len(piece) == 1 for piece in pieces)
        assert "".join(pieces).rstrip("\n") == writer.write("春", seed=seed).poem.text


def test_a_poem_that_was_read_halfway_is_finished_when_asked_for(writer: Writer) -> None:
    writing = writer.write("春", seed=2)
    beginning = [piece for piece, _ in zip(writing, range(3), strict=False)]
    assert writing.poem == writer.write("春", seed=2).poem
    assert writing.poem.text.startswith("".join(beginning))


def test_title_and_author_go_into_the_poem_and_are_read_as_conditions(writer: Writer) -> None:
    poem = writer.write(title="春水", author="某", seed=3).poem
    assert (poem.title, poem.author) == ("春水", "某")
    assert poem.text != writer.write(seed=3).poem.text


def test_a_poem_ends_where_the_model_ends_it() -> None:
    writing = parrot(EOS, CharTokenizer("月")).write("月", sampling=Sampling(0))
    assert writing.poem == Poem("月")
    assert writing.ended


def test_an_end_that_is_certain_is_an_end() -> None:
    """Its odds round to 1 and cost nothing, yet it was written."""
    writing = parrot(EOS, CharTokenizer("月"), certainty=200).write("月")
    assert writing.poem == Poem("月")
    assert writing.ended
    assert writing.nats_per_character == 0


def test_a_poem_without_a_prompt_has_at_least_one_character() -> None:
    assert parrot(EOS, CharTokenizer("月")).write(max_characters=1).poem.text == "月"


def test_a_poem_that_does_not_end_is_cut() -> None:
    writing = parrot(CharTokenizer("月").first_character, CharTokenizer("月")).write(
        max_characters=5
    )
    assert writing.poem == Poem("月" * 5)
    assert not writing.ended


def test_verse_of_letters_is_cut_at_the_end_of_its_line_or_word() -> None:
    tokenizer = CharTokenizer("a \n")

    def write(cycle: int) -> str:
        """Letters and spaces by turns, with a line break after each `cycle` characters."""

        def allowed(verse: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
            if (len(verse) + 1) % cycle == 0:
                return tokenizer.encode("\n")
            return tokenizer.encode("a" if len(verse) % 4 else " ")

        writer = parrot(tokenizer.first_character, tokenizer)
        return "".join(writer.write("a", max_characters=20, allowed=allowed))

    assert write(15).endswith("\n")
    assert len(write(15)) == 30
    unbroken = write(1000)  # a line beyond all measure: its word is finished
    assert 100 <= len(unbroken) <= 110
    assert unbroken.endswith(" ")


def test_marks_and_the_unknown_mark_are_never_written() -> None:
    tokenizer = CharTokenizer("月江", ("五絕",), ("*",))
    for mark in (UNK, 0, 1, 4, 5):
        text = parrot(mark, tokenizer).write(max_characters=9, sampling=Sampling(0)).poem.text
        assert set(text) <= set("月江")
    assert text


def test_the_rules_of_verse_take_hold_at_every_character() -> None:
    tokenizer = CharTokenizer("月江山")
    heard: list[str] = []

    def rhyme(verse: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        heard.append(verse)
        return tokenizer.encode("江山") if len(verse) % 2 else tokenizer.encode("月")

    writer = parrot(tokenizer.first_character, tokenizer)
    poem = writer.write("月", allowed=rhyme, max_characters=4, seed=5).poem
    assert set(poem.text[1::2]) <= set("江山")
    assert poem.text[0::2] == "月月月"
    assert heard == [poem.text[:n] for n in range(1, 5)]


def test_the_cost_of_a_poem_is_under_the_models_own_odds(writer: Writer) -> None:
    writing = writer.write("春", seed=4, sampling=Sampling(temperature=0.3), max_characters=12)
    text = writing.poem.text
    assert not writing.ended
    whole, prompt = (_nats_of_verse(writer, part) for part in (text, "春"))
    assert writing.nats_per_character == pytest.approx((whole - prompt) / 12, rel=1e-4)


def _nats_of_verse(writer: Writer, text: str) -> float:
    """Nats of the verse alone, the end mark left out."""
    with_end = writer.score(text)
    ids = np.r_[writer.tokenizer.prefix_ids(), writer.tokenizer.encode(text)]
    logits = writer.engine.logits(writer.engine.read(ids)[0][-1:])[0].astype(float)
    end = np.log(np.exp(logits - logits.max()).sum()) + logits.max() - logits[EOS]
    return with_end.nats - float(end)


def test_a_score_is_the_cross_entropy_of_the_torch_model(writer: Writer) -> None:
    shape = ModelConfig(
        len(writer.tokenizer), writer.checkpoint.embedding, writer.checkpoint.hidden
    )
    model = PoetLSTM(shape)
    weights = writer.checkpoint.weights
    model.load_state_dict({k: torch.from_numpy(v).float() for k, v in weights.items()})
    text, form, title = "春水連天碧，\U0001f319。", "五絕", "江上"  # one character unknown
    ids = torch.tensor(
        [*writer.tokenizer.prefix_ids(form=form, title=title), *writer.tokenizer.encode(text), EOS]
    )
    with torch.no_grad():
        logits = model.logits(model(ids[None, :-1])[0][0])
    counted = len(text) + 1
    nats = torch.nn.functional.cross_entropy(logits[-counted:], ids[-counted:], reduction="sum")
    score = writer.score(text, form=form, title=title)
    assert score.characters == counted
    assert score.nats == pytest.approx(float(nats), rel=1e-4)
    assert score.nats_per_character == pytest.approx(float(nats) / counted, rel=1e-4)


def test_an_empty_text_has_no_score(writer: Writer) -> None:
    with pytest.raises(InputError, match="there is no text to score"):
        writer.score("")


def test_a_form_whose_mark_the_model_lacks_is_written_all_the_same(writer: Writer) -> None:
    assert writer.tokenizer.form_id("七律") is None
    without = Writer(
        replace(
            writer.checkpoint, tokenizer=replace(writer.tokenizer, forms=()), weights=fewer(writer)
        )
    )
    for one in (writer, without):
        poem = one.write(form="七律", seed=1).poem
        assert poem.form == "七律"


def fewer(writer: Writer) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    """The weights of a model without the marks of its forms."""
    marks = range(4, 4 + len(writer.tokenizer.forms))
    weights = dict(writer.checkpoint.weights)
    for name in ("embedding.weight", "bias"):
        weights[name] = np.delete(weights[name], marks, axis=0)
    return weights


def test_a_form_that_is_none_is_refused_at_once(writer: Writer) -> None:
    with pytest.raises(UsageError, match="there is no form called '五言'"):
        writer.write(form="五言")
    with pytest.raises(UsageError, match="free is not a form"):
        writer.write(form="free")


def test_a_writing_tells_whether_chinese_verse_is_coming(writer: Writer) -> None:
    assert writer.write("明月").is_chinese
    assert not writer.write("雨在屋頂\n").is_chinese
    assert not writer.write("rain").is_chinese
    assert parrot(EOS, CharTokenizer("月江山a")).write().is_chinese


def test_a_model_of_one_long_text_begins_after_a_line_break_and_scores_no_end() -> None:
    tokenizer = CharTokenizer("\nabc")
    checkpoint = parrot(tokenizer.first_character + 2, tokenizer).checkpoint
    stream = Writer(replace(checkpoint, info=ModelInfo(text=TextInfo(kind="stream"))))
    assert stream.reads_stream
    assert stream.write("a", max_characters=3, sampling=Sampling(0)).poem.text[:4] == "abbb"
    assert stream.score("abc").characters == 3
    assert Writer(checkpoint).score("abc").characters == 4
