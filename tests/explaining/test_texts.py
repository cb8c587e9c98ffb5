"""The texts that a model is explained with."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

from poet.corpus.store import Store
from poet.explaining.texts import HOLE, LONGEST, corpus_of, held_out, written
from poet.library import open as open_poet
from poet.writing.writer import Writer


def test_without_its_corpus_a_model_reads_what_it_writes_and_says_so(tiny: Path) -> None:
    said: list[str] = []
    writer = open_poet(tiny)  # of a corpus called sample, which is no longer what it was
    facts = {**writer.checkpoint.facts, "text": {"name": "tang"}}
    assert corpus_of(Writer(replace(writer.checkpoint, facts=facts)), said.append) is None
    assert "tang has not been fetched yet" in said[-1]
    assert "what it writes itself" in said[-1]


def test_texts_written_are_characters_only_and_always_the_same(tiny: Path) -> None:
    writer = open_poet(tiny)
    reading = written(writer, 5)
    assert reading == written(writer, 5)
    assert 1 <= len(reading.texts) <= 5
    for text in reading.texts:
        assert 0 < len(text.verse) <= LONGEST
        assert not writer.alphabet.unknown(text.verse)
    assert reading.source == f"{len(reading.texts)} texts that the model wrote itself"


def test_held_out_poems_keep_their_length_though_a_character_is_unknown(store: Store) -> None:
    reading = held_out(store, 1000, (2, 400))
    assert reading.texts
    sizes = {len(store.verse(int(i))) for i in store.poems(held_out=True)}
    assert {len(text.verse) for text in reading.texts} <= sizes
    known = set(store.alphabet.characters) | {HOLE}
    assert all(set(text.verse) <= known for text in reading.texts)
    assert len(held_out(store, 2, (2, 400)).texts) == 2


def test_a_corpus_that_has_changed_is_read_and_said(
    tiny: Path, tmp_path: Path, sample: Path
) -> None:
    folder = tmp_path / "other"
    shutil.copytree(tiny, folder)
    facts = json.loads((folder / "model.json").read_text("utf-8"))
    facts["text"] = {"name": str(sample / "quatrains.txt"), "fingerprint": "another"}
    (folder / "model.json").write_text(json.dumps(facts), "utf-8")
    said: list[str] = []
    assert corpus_of(open_poet(folder), said.append)
    assert any("has changed" in remark for remark in said)
