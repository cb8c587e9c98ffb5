"""What is asked of a poem is checked where it is put together, and knows no command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import poet
from poet.errors import InputError, UsageError
from poet.generation.prompt import prepare
from poet.generation.request import WriteRequest
from poet.generation.sampling import Sampling
from poet.tokenizer import CharTokenizer

ALPHABET = CharTokenizer("春水夜雨歸雲江明月，。", authors=("某",))


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"strictness": "loose", "form": "五絕"}, "strictness"),
        ({"script": "latin"}, "script"),
        ({"unknown": "guess"}, "unknown"),
        ({"count": 0}, "count"),
        ({"seed": -1}, "seed"),
        ({"max_characters": 0}, "max_characters"),
        ({"best_of": 2000, "form": "五絕"}, "best_of"),
        ({"particles": 0, "form": "五絕"}, "particles"),
        ({"guidance": 11.0, "title": "春"}, "guidance"),
        ({"guidance": 2.0}, "guidance"),
        ({"strictness": "strict"}, "strictness"),
        ({"rhyme": "off"}, "rhyme"),
        ({"best_of": 4}, "best_of"),
        ({"particles": 12}, "particles"),
        ({"max_characters": 9, "form": "五絕"}, "max_characters"),
        ({"acrostic": "春，夏"}, "acrostic"),
        ({"acrostic": " "}, "acrostic"),
        ({"couplet": " 。"}, "couplet"),
        ({"couplet": "春水連天碧", "prompt": "春"}, "couplet"),
        ({"couplet": "春水連天碧", "form": "五絕"}, "couplet"),
        ({"couplet": "春水連天碧", "acrostic": "春"}, "couplet"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_name(asked: dict[str, Any], field: str) -> None:
    with pytest.raises(UsageError) as error:
        WriteRequest(**asked)
    assert error.value.field == field
    assert error.value.message.startswith(field.replace("_", "-"))


def test_an_unknown_form_and_a_temperature_out_of_range_are_refused_at_once() -> None:
    with pytest.raises(UsageError, match="五言"):
        WriteRequest(form="五言")
    with pytest.raises(UsageError, match="temperature is 11"):
        WriteRequest(temperature=(0.5, 11))


def test_what_is_not_asked_for_has_the_default_of_its_form() -> None:
    assert WriteRequest().samplings == (Sampling.default(),)
    assert WriteRequest(form="五絕").samplings == (Sampling(1.0, min_p=0.05),)
    assert WriteRequest(form="五絕", about="茶").samplings == (Sampling(0.5, min_p=0.05),)
    assert WriteRequest(form="sonnet").samplings == (Sampling(0.5, min_p=0.05),)
    bold = WriteRequest(form="五絕", temperature=(0.2, 2.0), top_k=9).samplings
    assert bold == (Sampling(0.2, top_k=9, min_p=0.05), Sampling(2.0, top_k=9, min_p=0.05))
    assert WriteRequest(form="五絕").is_strict
    assert not WriteRequest(form="五絕", strictness="lenient").is_strict
    assert not WriteRequest().is_strict


def test_spaces_and_stops_that_mean_nothing_are_left_out() -> None:
    assert WriteRequest(acrostic="春 風\n秋雨").acrostic == "春風秋雨"
    couplet = WriteRequest(couplet="春 水連\u3000天碧。")
    assert couplet.couplet == "春水連天碧"
    assert couplet.verse_form
    assert couplet.verse_form.name == "對聯"
    with pytest.raises(UsageError, match="couplet"):
        WriteRequest(couplet="春水連\n天碧明")


def test_a_request_is_a_value() -> None:
    one = WriteRequest(prompt="春", form="五絕")
    assert one == WriteRequest(prompt="春", form="五絕")
    assert hash(one) == hash(WriteRequest(prompt="春", form="五絕"))


def test_its_texts_are_brought_into_the_characters_of_the_model() -> None:
    asked = WriteRequest(prompt="归云", about=("春", "水"), author="某", title="夜龘")
    prepared = prepare(asked, ALPHABET, reads_stream=False)
    assert (prepared.prompt, prepared.about, prepared.title) == ("歸雲", "春水", "夜龘")
    assert prepared.script == "hans"
    simplified, unknown = prepared.remarks
    assert simplified.startswith("prompt")
    assert "龘" in unknown


def test_unknown_characters_of_the_prompt_are_refused_unless_they_are_to_be_kept() -> None:
    with pytest.raises(InputError, match="龘"):
        prepare(WriteRequest(prompt="春龘"), ALPHABET, reads_stream=False)
    with pytest.raises(InputError, match="龘"):
        prepare(WriteRequest(acrostic="龘"), ALPHABET, reads_stream=False)
    kept = prepare(WriteRequest(prompt="春龘", unknown="skip"), ALPHABET, reads_stream=False)
    assert kept.prompt == "春龘"


def test_what_has_no_effect_on_a_model_is_said() -> None:
    asked = WriteRequest(author="誰", title="春")
    no_author, no_title = prepare(asked, ALPHABET, reads_stream=True).remarks
    assert "誰" in no_author
    assert "title" in no_title


def test_a_request_can_be_made_without_numpy_and_click() -> None:
    code = (
        "import sys; from poet.generation.request import WriteRequest\n"
        "sys.exit(bool({'numpy', 'torch', 'click', 'opencc'} & {*sys.modules}))"
    )
    root = Path(poet.__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


@pytest.mark.parametrize(
    ("typed", "author", "remark"),
    [
        ("李白", "李白", None),
        ("Li Bai", "李白", "author read as 李白 (Li Bai)"),
        ("東坡", "蘇軾", "author read as 蘇軾"),
        ("Du", "Du", "Du may be 杜甫 (Du Fu) or 杜牧 (Du Mu): as it is, the name has no effect"),
        ("Li Bei", "Li Bei", "the name has no effect; did you mean 李白 (Li Bai)?"),
        ("Keats", "Keats", "does not know the author Keats: the name has no effect"),
    ],
)
def test_a_chinese_author_can_be_named_in_letters(
    typed: str, author: str, remark: str | None
) -> None:
    model = CharTokenizer("春水東坡李白，。", authors=("*", "李白", "杜甫", "杜牧", "蘇軾"))
    asked = prepare(WriteRequest(author=typed), model, reads_stream=False)
    assert asked.author == author
    said = [text for text in asked.remarks if "author" in text or "effect" in text]
    assert len(said) == (remark is not None)
    assert remark is None or said[0].endswith(remark)
