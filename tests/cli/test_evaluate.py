"""poet eval: a toy's honest numbers, from its own text and from others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from poet.checkpoint import Checkpoint, ModelInfo, weight_shapes
from poet.cli.bars import ProgressBars
from poet.dataset.dataset import TextInfo, TokenDataset
from poet.novelty.index import NoveltyIndex
from poet.tokenizer import CharTokenizer

Poet = Callable[..., tuple[int, str, str]]


@pytest.fixture
def own(dataset: TokenDataset, tmp_path: Path) -> Path:
    """A model as if it had been trained on the sample corpus, with its index."""
    text = {"name": "sample", "kind": "poems", "fingerprint": dataset.fingerprint}
    shapes = weight_shapes(len(dataset.tokenizer), 12, 20)
    rng = np.random.default_rng(3)
    weights = {name: rng.normal(0, 0.2, shape) for name, shape in shapes.items()}
    Checkpoint(
        dataset.tokenizer, weights, ModelInfo.from_json({"name": "toy", "text": text})
    ).write(tmp_path / "toy")
    index = NoveltyIndex.from_dataset(dataset)
    assert index
    index.write(tmp_path / "toy")
    return tmp_path / "toy"


def test_everything_of_a_toy(poet: Poet, own: Path, tmp_path: Path, dataset: TokenDataset) -> None:
    pages = tmp_path / "toy.svg", tmp_path / "toy.html"
    code, out, err = poet(
        "eval", own, "--poems", 3, "--json", "--forms", "五绝", "-o", pages[0], "-o", pages[1]
    )
    assert code == 0, err
    found = json.loads(out)
    assert found["model"]["name"] == "toy"
    assert found["text"] == {
        "names": ["sample"],
        "fingerprint": dataset.fingerprint,
        "is_own": True,
    }
    assert found["held_out"]["all"]["poems"] == dataset.facts["counts"]["held out"]
    assert found["held_out"]["all"] == found["held_out"]["by_text"]["sample"]
    rows = {one["who"]: one for one in found["samples"]}
    assert list(rows) == ["steered", "free", "titled", "human"]
    assert {one["form"] for one in rows.values()} == {"五絕"}
    assert rows["steered"]["poems"] == rows["steered"]["prosody"]["all"] == 3
    assert rows["steered"]["copies"]["lines"] == 12
    assert rows["human"]["source"] == "sample"
    assert rows["human"]["examples"] == []
    assert {one["variety"]["poems"] for one in rows.values()} == {3}
    assert ElementTree.parse(pages[0])
    assert "toy" in pages[1].read_text("utf-8")
    assert f"held out, sample: {dataset.facts['counts']['held out']}" in err
    assert "fingerprint" not in err


def test_tables_on_stdout_the_rest_on_stderr(poet: Poet, tiny: Path) -> None:
    code, out, err = poet("eval", "-m", tiny, "--no-samples")
    assert code == 0
    assert "held-out characters are not in the model's vocabulary" in err  # it reads no English
    assert out.startswith("held out")
    assert "七絕, nats by place" in out
    assert "steered" not in out
    assert "not the one that was trained on" in err


def test_the_text_may_be_another_and_its_limit_is_kept(poet: Poet, own: Path, sample: Path) -> None:
    text = sample / "quatrains.txt"
    code, out, _ = poet("eval", own, "--text", text, "--no-samples", "--held-out", 2, "--json")
    assert code == 0
    found = json.loads(out)
    assert found["text"]["names"] == [str(text)]
    assert found["text"]["is_own"] is False
    assert found["held_out"]["all"]["poems"] == 2


def test_a_stream_has_words_and_distances_instead_of_forms(poet: Poet, tmp_path: Path) -> None:
    tokenizer = CharTokenizer("abcdefgh \n")
    rng = np.random.default_rng(2)
    shapes = weight_shapes(len(tokenizer), 4, 6)
    weights = {name: rng.normal(0, 0.5, shape) for name, shape in shapes.items()}
    facts = {"name": "prose", "text": {"kind": "stream", "name": "words.txt"}}
    Checkpoint(tokenizer, weights, ModelInfo.from_json(facts)).write(tmp_path / "prose")
    text = tmp_path / "words.txt"
    lines = (
        " ".join("".join(rng.choice(list("abcdefgh"), 4)) for _ in range(7)) for _ in range(300)
    )
    text.write_text("\n".join(lines), "utf-8")
    code, out, err = poet("eval", tmp_path / "prose", "--text", text, "--poems", 4, "--json")
    assert code == 0, err
    found = json.loads(out)
    carried = found["held_out"]["carried"]
    assert carried["characters"] > 500
    assert carried["poems"] == 1
    assert found["held_out"]["by_form"] == {}
    assert found["held_out"]["by_distance"][0]["characters"] == found["held_out"]["all"]["poems"]
    assert [one["who"] for one in found["samples"]] == ["free", "human"]
    assert {one["form"] for one in found["samples"]} == {""}
    assert found["samples"][0]["prosody"] is None
    assert "copied lines are not counted" in err


def test_copies_are_counted_where_a_run_has_no_index_yet(poet: Poet, own: Path) -> None:
    Checkpoint.read(own).write(own)
    code, out, err = poet("eval", own, "--poems", 1, "--forms", "七絕", "--json")
    assert code == 0
    assert "building an index" in err
    assert json.loads(out)["samples"][0]["copies"]["lines"] == 4


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("tang", "-m", "tang"), 2, "the model was given twice"),
        (("{own}", "-t", 99), 2, "temperature is 99"),
        (("{own}", "-o", "a.png"), 2, "a report is not written as .png"),
        (("{own}", "--forms", "水調歌頭"), 2, "--forms takes"),
        (("{own}", "--forms", "七律"), 2, "this model was not trained on 七律"),
        (("{own}", "--forms", "五絕", "--no-samples"), 2, "--no-samples"),
        (("{own}", "--text", "tang"), 3, "tang has not been fetched yet\n      poet corpus fetch"),
        (("{own}", "--device", "abacus"), 2, "there is no device 'abacus'"),
        (("nobody",), 3, "there is no model called nobody"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    poet: Poet, own: Path, arguments: tuple[object, ...], code: int, said: str
) -> None:
    found, out, err = poet("eval", *(str(a).replace("{own}", str(own)) for a in arguments))
    assert (found, out) == (code, "")
    assert err.startswith(f"poet: {said}") or said in err
    assert "Traceback" not in err


def test_a_model_whose_text_is_not_here_says_how_to_have_it(
    poet: Poet, tiny: Path, tmp_path: Path
) -> None:
    found = Checkpoint.read(tiny)
    Checkpoint(found.tokenizer, found.weights, ModelInfo(text=TextInfo("tang"))).write(
        tmp_path / "far"
    )
    code, out, err = poet("eval", tmp_path / "far")
    assert (code, out) == (3, "")
    assert "tang has not been fetched yet" in err
    assert "poet corpus fetch tang; or name a text to read instead with --text" in err


def test_an_interruption_leaves_cleanly(
    poet: Poet, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*given: object) -> Iterable[Any]:
        raise KeyboardInterrupt

    monkeypatch.setattr(ProgressBars, "track", interrupted)
    code, out, err = poet("eval", own, "-o", tmp_path / "toy.svg")
    assert (code, out) == (130, "")
    assert err.endswith("interrupted\n")
    assert not (tmp_path / "toy.svg").exists()


def test_a_text_that_the_model_had_read_is_told(
    poet: Poet, own: Path, sample: Path, dataset: TokenDataset, tmp_path: Path
) -> None:
    """Other files are parted elsewhere: what is held out there may have been learnt here."""
    known = [dataset.tokenizer.decode(dataset.verse(i)) for i in dataset.poems(held_out=False)]
    (tmp_path / "known.jsonl").write_text(
        "".join(json.dumps({"text": verse}) + "\n" for verse in known), "utf-8"
    )
    asked = ("--no-samples", "--json")
    code, _, err = poet("eval", own, "--text", tmp_path / "known.jsonl", *asked)
    assert code == 0, err
    found = re.search(r"(\d+) of (\d+) held-out lines", err)
    assert found
    assert int(found[1]) > int(found[2]) / 2  # the others have characters that are not known
    assert "held-out lines" not in poet("eval", own, *asked)[2]
