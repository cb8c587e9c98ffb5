"""A poem as JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poet.poem import Poem
from poet.render.record import poem_record, to_json, to_jsonl

QUATRAIN = Poem("夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。", title="夜雨")


def test_a_record_is_the_poem_and_then_the_facts() -> None:
    record = poem_record(QUATRAIN, seed=8841, temperature=0.8, model="tang")
    assert record == {
        "title": "夜雨",
        "author": "",
        "form": "五絕",
        "text": QUATRAIN.text,
        "lines": list(QUATRAIN.lines),
        "seed": 8841,
        "temperature": 0.8,
        "model": "tang",
    }


def test_json_is_one_object_with_the_version_and_the_poems() -> None:
    record = poem_record(QUATRAIN, seed=1)
    text = to_json([record, record], version="0.1.0")
    assert json.loads(text) == {"poet": "0.1.0", "poems": [record, record]}
    assert "夜雨歸舟靜" in text


def test_jsonl_is_one_line_whatever_the_poem_holds() -> None:
    line = to_jsonl(poem_record(Poem("a\nb\u2028c\x85d\r")))
    assert len(line.splitlines()) == 1
    assert json.loads(line)["text"] == "a\nb\u2028c\x85d\r"


def test_facts_may_be_of_numpy_and_may_be_no_numbers() -> None:
    record = poem_record(QUATRAIN, n=np.int64(3), ll=np.float32(0.5), bad=float("nan"), top=None)
    assert json.loads(to_jsonl(record)) | {"n": 3, "ll": 0.5, "bad": None, "top": None} == record


def test_a_fact_cannot_take_the_place_of_the_poem() -> None:
    with pytest.raises(ValueError, match="a poem already has text"):
        poem_record(QUATRAIN, text="other")


@given(st.text())
def test_any_poem_and_fact_can_be_written_and_read(text: str) -> None:
    line = to_jsonl(poem_record(Poem(text, title=text, author=text), prompt=text))
    sound = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    read = json.loads(line.encode().decode())
    assert len(read["text"]) == len(text)
    assert "\ufffd" in sound or read["text"] == text == read["prompt"]
    assert not set(line) & {chr(code) for code in (*range(32), *range(127, 160))}
