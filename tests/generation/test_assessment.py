"""A poem that was asked for: its characters as they come, and what there is to say of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from poet.api import load
from poet.checkpoint import Checkpoint
from poet.errors import UsageError
from poet.generation.assessment import compose
from poet.generation.request import WriteRequest
from poet.generation.writer import Writer
from poet.novelty.index import NoveltyIndex
from poet.poem import in_script

WHOLE = "夜雨歸舟曉，燈寒客望輕。西風吹落葉，片片作秋聲。"


@pytest.fixture(scope="module")
def writer(tiny: Path) -> Writer:
    return load(tiny)


def test_poems_are_those_of_the_writer(writer: Writer) -> None:
    asked = WriteRequest(prompt="春水", form="五絕", seed=4, count=2, particles=3, best_of=2)
    first, second = compose(writer, asked)
    options = {"form": "五絕", "particles": 3, "best_of": 2}
    assert first.poem == writer.write("春水", seed=4, **options).poem  # type: ignore[arg-type]
    assert (first.seed, first.number, second.seed, second.number) == (4, 0, 4, 1)
    assert first.poem != second.poem
    free = next(compose(writer, WriteRequest(prompt="春", seed=4, max_characters=9)))
    assert free.poem == writer.write("春", seed=4, max_characters=9).poem


def test_a_poem_can_be_read_as_it_is_written(writer: Writer) -> None:
    written = next(compose(writer, WriteRequest(prompt="春", seed=3, max_characters=9)))
    characters = iter(written)
    assert next(characters) == "春"
    assert "春" + "".join(characters).rstrip("\n") == written.poem.text


def test_a_seed_that_was_not_given_can_be_read(writer: Writer) -> None:
    written = next(compose(writer, WriteRequest(prompt="春")))
    assert written.poem == next(compose(writer, WriteRequest(prompt="春", seed=written.seed))).poem


def test_a_poem_is_in_the_script_that_is_asked_for(writer: Writer) -> None:
    asked = WriteRequest(prompt="歸雲", form="五絕", seed=1, best_of=1)
    plain = next(compose(writer, asked)).poem
    simplified = in_script(plain, "hans")
    assert simplified != plain
    assert next(compose(writer, replace(asked, script="hans"))).poem == simplified
    assert next(compose(writer, replace(asked, prompt="归云"))).poem == simplified
    unsaid = replace(asked, prompt="", acrostic="江")
    assert next(compose(writer, unsaid, script="hans")).script == "hans"
    assert next(compose(writer, replace(unsaid, script="hant"), script="hans")).script == "hant"


def test_poems_at_each_of_several_temperatures_are_numbered_on(writer: Writer) -> None:
    asked = WriteRequest(form="五絕", temperature=(0.5, 1.0), count=2, seed=1, best_of=1)
    found = [(w.number, w.sampling.temperature) for w in compose(writer, asked)]
    assert found == [(0, 0.5), (1, 0.5), (2, 1.0), (3, 1.0)]


def test_what_is_wrong_is_said_before_the_first_poem_is_asked_for(writer: Writer) -> None:
    with pytest.raises(UsageError, match="五絕"):
        compose(writer, WriteRequest(prompt="春" * 30, form="五絕"))
    said: list[str] = []
    compose(writer, WriteRequest(prompt="归云"), say=said.append)
    assert said


def test_facts_are_plain_and_have_the_verdict_where_there_is_a_form(writer: Writer) -> None:
    written = next(compose(writer, WriteRequest(form="五絕", seed=1, best_of=1)))
    assert written.facts["asked_form"] == "五絕"
    assert written.facts["keeps_the_rules"] is True
    assert written.facts["verdict"] in written.summary
    assert written.facts["score"] == pytest.approx(written.generation.score, abs=1e-4)
    free = next(compose(writer, WriteRequest(prompt="春，", seed=1, max_characters=2)))
    assert "verdict" not in free.facts
    assert "cut after 2 characters" in free.summary


def test_a_doubt_beside_the_prompt_stays_one(writer: Writer) -> None:
    asked = WriteRequest(prompt=WHOLE, form="五絕", strictness="lenient", seed=0)
    whole = replace(next(compose(writer, asked)), request=replace(asked, strictness="strict"))
    begun = replace(whole.asked, prompt="夜雨歸舟曉，燈寒客望輕。西風")
    few = replace(whole, asked=begun)
    assert not few.facts["keeps_the_rules"]
    assert whole.facts["keeps_the_rules"]
    assert few.verdict.endswith("格律 19/20 · 兩讀 1 · 兩讀 in the prompt: 望")
    assert whole.verdict.endswith("格律 20/20 · 兩讀 in the prompt: 望 吹")


def test_lines_of_the_training_text_are_counted_and_the_users_own_told_apart(
    tiny: Path, index_of: Callable[[Iterable[str]], NoveltyIndex]
) -> None:
    indexed = Writer(Checkpoint.read(tiny), index_of(["夜雨歸舟曉", "江上數峰青"]))
    asked = WriteRequest(
        prompt="夜雨歸舟曉，", form="五絕", seed=1, best_of=1, strictness="lenient"
    )
    written = next(compose(indexed, asked))
    assert "1 of 4 lines are in the training text (all from the prompt)" in written.summary
    assert written.facts["lines_in_training_text"] == 1
    assert "line 1 is in the training text" in written.novelty_summary
    unmeasured = next(compose(Writer(Checkpoint.read(tiny)), asked))
    assert "training text" not in unmeasured.summary
