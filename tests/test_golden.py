"""What poet wrote, found and learnt on 2026-11-25: a change of the code's form leaves it as it is.

golden/model      a checkpoint of that day, made by `poet train sample --preset tiny --steps 60`
golden/half-run   a run of 13 steps, interrupted after the seventh
golden/*.json     what the commands below print; POET_GOLDEN=write makes them anew

Verse is held to the character. Figures are held to four digits, since sums round differently from
processor to processor.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GOLDEN = Path(__file__).parent / "golden"
MODEL = GOLDEN / "model"
FORMS = ["五絕", "七絕", "五律", "七律", "五排10", "古絕", "7x4", "5,5,7", "憶江南", "水調歌頭"]
Cli = Callable[..., tuple[int, str, str]]


def close(found: Any, known: Any) -> bool:
    """Whether two JSON values are the same, their fractions to four digits."""
    if isinstance(known, dict):
        return found.keys() == known.keys() and all(close(found[k], known[k]) for k in known)
    if isinstance(known, list):
        return len(found) == len(known) and all(map(close, found, known))
    return found == (pytest.approx(known, 1e-4, 1e-4) if isinstance(known, float) else known)


def is_as_before(name: str, found: Any) -> bool:
    file = GOLDEN / name
    if os.environ.get("POET_GOLDEN") == "write":
        file.write_text(
            json.dumps(found, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8"
        )
    return close(found, json.loads(file.read_text("utf-8")))


def printed(run: tuple[int, str, str]) -> Any:
    code, out, err = run
    assert code == 0, err
    return json.loads(out)


def test_ten_forms_are_written_as_before(poet: Cli) -> None:
    found = {}
    for form in FORMS:
        count = 20
        options = ["-n", count, "--seed", 7, "--particles", 3, "--best-of", 2, "--json"]
        poems = printed(poet("write", "-m", MODEL, "--form", form, *options))["poems"]
        found[form] = [{key: poem[key] for key in ("text", "nats_per_character")} for poem in poems]
    assert is_as_before("poems.json", found)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("prompt", ["春水", "--form", "七絕"]),
        ("acrostic", ["--form", "七絕", "--acrostic", "春山秋月"]),
        ("couplet", ["--couplet", "春水連天碧"]),
        ("title", ["--form", "五絕", "--title", "江樓夜雨", "--author", "無名", "-t", "1"]),
        ("about", ["--form", "五絕", "--about", "夜,雨", "--guidance", "3", "-t", "1"]),
        ("free", ["明月", "--title", "山", "-t", "0.8", "--min-p", "0"]),
        ("free-ladder", ["--temps", "0,0.5,1.2", "--min-p", "0"]),
        ("lenient", ["--form", "七絕", "--tones", "lenient", "--rhyme", "下平八庚"]),
        ("greedy", ["--form", "五絕", "--temperature", "0"]),
        ("top-k", ["--form", "五絕", "--top-k", "40", "--top-p", "0.9"]),
    ],
)
def test_what_is_asked_for_is_written_as_before(poet: Cli, name: str, options: list[str]) -> None:
    found = printed(poet("write", "-m", MODEL, *options, "--seed", 5, "--json"))["poems"]
    for poem in found:
        assert poem.pop("model")
    assert is_as_before(f"write-{name}.json", found)


def test_verse_is_scanned_as_before(poet: Cli, sample: Path, tmp_path: Path) -> None:
    text = tmp_path / "quatrains.txt"
    poems = (sample / "quatrains.txt").read_text("utf-8").split("\n\n")
    text.write_text("\n\n".join(poems[:40]), "utf-8")
    assert is_as_before("scan.json", printed(poet("scan", text, "--json")))


def test_a_model_of_that_day_is_measured_as_before(poet: Cli) -> None:
    found = printed(poet("eval", MODEL, "--text", "sample", "--no-samples", "--json"))
    for machine in ("machine", "date", "seconds", "command", "torch", "engine"):
        found.pop(machine, None)
    assert is_as_before("eval.json", found)


def test_a_half_run_of_that_day_ends_as_it_would_have(poet: Cli, tmp_path: Path) -> None:
    run = tmp_path / "half-run"
    shutil.copytree(GOLDEN / "half-run", run)
    code, _, err = poet("train", "--resume", run, "--progress", "none")
    assert code == 0, err
    lines = (run / "metrics.jsonl").read_text("utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    for line in found:
        del line["seconds"]
    assert found[-1]["step"] == 13
    assert is_as_before("training.json", found)
