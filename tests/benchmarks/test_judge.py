"""The judge's benchmark: shares of files beside human ones, and scores beside readers' marks."""

from __future__ import annotations

import json
import random
from dataclasses import asdict
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import judge as benchmark
from benchmarks.blind_marks import HUMAN, Titled
from benchmarks.blind_poems import jsonl
from benchmarks.judge import scores
from poet.dataset.dataset import TokenDataset
from poet.dataset.prepare import prepare
from poet.evaluation.judge import Judge
from poet.poem import Poem
from poet.scripts import standard

HAN = [c for c in map(chr, range(0x5200, 0x5250)) if standard(c) == c]  # with one form each


def poems(count: int, seed: int) -> list[Poem]:
    """Quatrains whose title's characters stand in the verse."""
    rng = random.Random(seed)
    found = []
    for _ in range(count):
        own = rng.sample(HAN, 6)
        lines = ["".join(rng.choices(own, k=4)) + end for end in "開天月年"]
        found.append(Poem("，".join(lines) + "。", "".join(own[:3])))
    return found


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """A file of poems to be counted."""
    path = tmp_path / "tang.jsonl"
    path.write_text(jsonl([Titled(p.title, "五絕", p.text) for p in poems(800, 1)]), "utf-8")
    return path


@pytest.fixture
def dataset(text: Path) -> TokenDataset:
    return prepare([str(text)], notify=lambda remark: None)


def run(*words: object) -> str:
    done = CliRunner().invoke(benchmark.main, [*map(str, words)])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_files_poems_stand_beside_human_ones(text: Path, tmp_path: Path) -> None:
    machine = [Titled(p.title, "五絕", p.text) for p in poems(30, 2)]
    (tmp_path / "mine.jsonl").write_text(jsonl([*machine, Titled("江上", "五絕")]), "utf-8")
    said = run("found", tmp_path / "mine.jsonl", "--text", text, "--results", tmp_path)
    assert "own second half" in said
    found = json.loads((tmp_path / "judge.json").read_text("utf-8"))["found"]
    assert list(found) == ["mine", "Tang, held out"]
    assert found["mine"]["titles"]["poems"] == 30  # the title without a poem is none
    assert found["mine"]["titles"]["share"] > 0.5


def test_the_lead_of_a_title_is_over_the_others(dataset: TokenDataset) -> None:
    judge, own = Judge.from_dataset(dataset), poems(20, 3)
    found = scores(judge, own)
    assert (found["title lead"] > 0).mean() > 0.8
    assert found["title"][0] == pytest.approx(judge.title_score(own[0].title, own[0].text))
    alike = [Poem(own[0].text, poem.title) for poem in own]  # leads of titles of one verse
    assert scores(judge, alike)["title lead"].sum() == pytest.approx(0, abs=1e-6)


def test_scores_are_held_against_the_marks_of_readers(
    text: Path, dataset: TokenDataset, tmp_path: Path
) -> None:
    """A reader whose marks are the judge's own order agrees with it, on each side."""
    own, judge = poems(20, 4), Judge.from_dataset(dataset)
    sheet = [
        Titled(p.title, "五絕", p.text, HUMAN if i % 4 == 0 else "now") for i, p in enumerate(own)
    ]
    key = {"poems": [asdict(one) for one in sheet]}
    (tmp_path / "key.json").write_text(json.dumps(key), "utf-8")
    lead = scores(judge, own)["title lead"]
    marks = 1 + 4 * (lead - lead.min()) / (lead.max() - lead.min())
    lines = [f"{n},3,3,3,{mark:.4f},3,m" for n, mark in enumerate(marks.tolist(), 1)]
    (tmp_path / "li.csv").write_text("\n".join(lines), "utf-8")
    words = (tmp_path / "key.json", tmp_path / "li.csv", "--text", text, "--results", tmp_path)
    run("calibrate", *words)
    found = json.loads((tmp_path / "judge_calibrated.json").read_text("utf-8"))
    for whose in ("all poems", "machines' poems"):
        assert found[whose]["title lead"]["relevance"] == pytest.approx(1, abs=1e-3)
        assert found[whose]["coherence"]["fluency"] is None
