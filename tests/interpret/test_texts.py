"""The texts that a model is explained with."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from poet.api import load as open_poet
from poet.characters import HOLE
from poet.checkpoint import Checkpoint, ModelInfo, weight_shapes
from poet.dataset.dataset import TextInfo, TokenDataset
from poet.dataset.prepare import prepare
from poet.errors import InputError, NoDigest
from poet.generation.writer import Writer
from poet.interpret.texts import MAX_LENGTH, corpus_of, held_out, written
from poet.objects import DIGESTS, SEAL
from poet.runs.config import Budget, RunConfig, TrainConfig
from poet.tokenizer import CharTokenizer

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def a_model(folder: Path, name: str, tokenizer: CharTokenizer) -> Writer:
    """A model without anything learnt, of a text called so."""
    rng = np.random.default_rng(0)
    weights = {k: rng.normal(0, 0.1, s) for k, s in weight_shapes(len(tokenizer), 3, 4).items()}
    Checkpoint(tokenizer, weights, ModelInfo(text=TextInfo(name))).write(folder)
    return open_poet(folder)


def test_without_its_corpus_a_model_reads_what_it_writes_and_says_so(tiny: Path) -> None:
    said: list[str] = []
    writer = open_poet(tiny)  # of a corpus called sample, which is no longer what it was
    info = replace(writer.checkpoint.info, text=TextInfo("tang"))
    other = Writer(replace(writer.checkpoint, info=info))
    assert corpus_of(other, tiny, said.append) is None
    assert "tang has not been fetched yet" in said[-1]
    assert "writes itself" in said[-1]


def test_texts_written_are_characters_only_and_always_the_same(tiny: Path) -> None:
    writer = open_poet(tiny)
    reading = written(writer, 5)
    assert reading == written(writer, 5)
    assert 1 <= len(reading.texts) <= 5
    for text in reading.texts:
        assert 0 < len(text.verse) <= MAX_LENGTH
        assert not writer.tokenizer.unknown(text.verse)
    assert reading.source == f"{len(reading.texts)} texts that the model wrote itself"


def test_held_out_poems_keep_their_length_though_a_character_is_unknown(
    dataset: TokenDataset,
) -> None:
    reading = held_out(dataset, 1000, (2, 400))
    assert reading.texts
    sizes = {len(dataset.verse(int(i))) for i in dataset.poems(held_out=True)}
    assert {len(text.verse) for text in reading.texts} <= sizes
    known = set(dataset.tokenizer.characters) | {HOLE}
    assert all(set(text.verse) <= known for text in reading.texts)
    assert len(held_out(dataset, 2, (2, 400)).texts) == 2


def test_a_corpus_that_has_changed_is_read_and_said(
    tiny: Path, tmp_path: Path, sample: Path
) -> None:
    folder = tmp_path / "other"
    shutil.copytree(tiny, folder)
    facts = json.loads((folder / "model.json").read_text("utf-8"))
    facts["text"] = {"name": str(sample / "quatrains.txt"), "fingerprint": "another"}
    del facts[DIGESTS], facts[SEAL]  # as of an older version
    (folder / "model.json").write_text(json.dumps(facts), "utf-8")
    said: list[str] = []
    with pytest.warns(NoDigest):
        writer = open_poet(folder)
    assert corpus_of(writer, folder, said.append)
    assert any("is not the one that was trained on" in remark for remark in said)


def test_the_corpus_of_a_run_is_the_one_its_folder_names(
    tmp_path: Path, dataset: TokenDataset
) -> None:
    said: list[str] = []
    writer = a_model(
        tmp_path, "-", dataset.tokenizer
    )  # read from stdin: the name alone finds nothing
    assert corpus_of(writer, tmp_path, said.append) is None
    assert "not known any more" in said[-1]
    plan = RunConfig(names=("-",), name="r", settings=TrainConfig(), budget=Budget(steps=1))
    replace(plan, store=str(dataset.folder)).write(tmp_path)
    found = corpus_of(writer, tmp_path, said.append)
    assert found
    assert found.folder == dataset.folder


def test_poems_longer_than_all_that_fit_are_cut(dataset: TokenDataset) -> None:
    sizes = [len(dataset.verse(int(i))) for i in dataset.poems(held_out=True)]
    reading = held_out(dataset, 5, (1, min(sizes) - 1))
    assert [len(text.verse) for text in reading.texts] == [min(sizes) - 1] * 5
    assert f"5 held-out poems, cut to {min(sizes) - 1} characters, of " in reading.source
    assert not held_out(dataset, 5, (max(sizes) + 1, max(sizes) + 2)).texts


def test_a_corpus_of_texts_too_short_to_read_is_of_no_use_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "short.jsonl"
    rows = [{"title": f"{a}{b}", "text": f"{a}{b}{a}b{b}a"} for a in LETTERS for b in LETTERS]
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    dataset = prepare([str(path)], notify=lambda remark: None)
    assert len(dataset.poems(held_out=True))
    said: list[str] = []
    writer = a_model(tmp_path / "model", str(path), dataset.tokenizer)
    assert corpus_of(writer, tmp_path / "model", said.append) is None
    assert f"{path} has nothing held out for this model" in said[-1]


def test_a_model_that_writes_nothing_but_blanks_has_no_texts(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing but blanks"):
        written(a_model(tmp_path / "model", "", CharTokenizer(" ")), 5)
