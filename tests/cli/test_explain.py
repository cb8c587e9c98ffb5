"""poet explain: gates and curves on stdout, what is said of them on stderr."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from poet.checkpoint import Checkpoint, ModelInfo, weight_shapes
from poet.interpret.gate_trace import MAX_LENGTH
from poet.render.reports.gates import bands
from poet.render.wrapping import cell_width
from poet.runs.log import MetricsRow
from poet.tokenizer import CharTokenizer

Poet = Callable[..., tuple[int, str, str]]
VERSE = "夜雨歸舟靜，燈寒客夢輕。"
UNITS = "lower:3,upper:19"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of random weights that knows a little Chinese, with facts of its training."""
    tokenizer = CharTokenizer("，。夜雨歸舟靜燈寒客夢輕西風吹落葉片作秋聲abc")
    rng = np.random.default_rng(0)
    shapes = weight_shapes(len(tokenizer), 8, 20)
    weights = {name: rng.normal(0, 0.5, shape) for name, shape in shapes.items()}
    facts = {
        "name": "small",
        "text": {"name": "nowhere.txt"},
        "training": {"steps": 400, "clipped": 3},
        "settings": {"clip": 1.0, "window": 32},
    }
    folder = tmp_path_factory.mktemp("models") / "small"
    Checkpoint(tokenizer, weights, ModelInfo.from_json(facts)).write(folder)
    norms = {0: 9.0, 20: 0.5, 40: 2.5, 60: 0.7}
    lines = [
        MetricsRow(step=step, characters=step, seconds=step, loss=5.0, norm=norm, lr=0.1).to_json()
        for step, norm in norms.items()
    ]
    cut = b'\n\xff\n{"step": 8'  # nor is it all UTF-8
    (folder / "metrics.jsonl").write_bytes("\n".join(lines).encode() + cut)
    return folder


def test_the_gates_of_chosen_units_stand_below_the_characters(poet: Poet, model: Path) -> None:
    code, out, err = poet("explain", VERSE, "-m", model, "--units", UNITS)
    assert (code, err) == (0, "")
    lower, upper = out.rstrip("\n").split("\n\n")
    assert lower.startswith("lower:3\n")
    head, verse, *rows = upper.split("\n")
    assert head == "upper:19"
    assert verse.strip() == VERSE
    labels = [row.split()[0] for row in rows]
    assert labels == ["input", "forget", "output", "candidate", "cell"]
    assert {cell_width(row) for row in rows} == {cell_width(verse)}


def test_without_units_those_that_mean_something_are_shown_with_their_figures(
    poet: Poet, model: Path
) -> None:
    code, out, err = poet("explain", VERSE, "-m", model, "--poems", 40)
    assert code == 0
    table, first, *_ = out.split("\n\n")
    head, *rows = table.split("\n")
    assert head.split() == ["unit", "what", "it", "knows", "cell", "figure", "chosen", "measured",
                            "shuffled"]  # fmt: skip
    assert rows
    assert first.split("\n")[0].startswith(rows[0].split()[0])
    assert "nowhere.txt" in err
    assert "writes itself" in err
    assert "measured on the other" in err


def test_json_is_one_object_with_every_gate_of_every_character(poet: Poet, model: Path) -> None:
    code, out, _ = poet("explain", VERSE, "-m", model, "--units", UNITS, "--json")
    found = json.loads(out)
    assert code == 0
    assert found["text"] == VERSE
    assert [(u["layer"], u["unit"]) for u in found["units"]] == [("lower", 3), ("upper", 19)]
    for unit in found["units"]:
        gates = {gate: np.array(unit[gate]) for gate in ("input", "forget", "candidate", "cell")}
        assert all(len(values) == len(VERSE) for values in gates.values())
        made = gates["forget"][1:] * gates["cell"][:-1] + (gates["input"] * gates["candidate"])[1:]
        np.testing.assert_allclose(made, gates["cell"][1:], atol=2e-3)


def test_a_simplified_text_is_read_traditional_and_shown_as_it_came(
    poet: Poet, model: Path
) -> None:
    code, out, err = poet("explain", "归舟静", "-m", model, "--units", UNITS)
    assert code == 0
    assert "归舟静" in out
    assert "simplified to traditional" in err


def test_a_text_comes_from_a_pipe_too(
    poet: Poet, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO((VERSE + "\n").encode()), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", stdin)
    code, out, _ = poet("explain", "-", "-m", model, "--units", UNITS)
    assert code == 0
    assert VERSE in out


def test_colour_lies_behind_the_same_figures(
    poet: Poet, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = poet("explain", VERSE, "-m", model, "--units", UNITS)[1]
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "truecolor")
    coloured = poet("explain", VERSE, "-m", model, "--units", UNITS)[1]
    assert "\x1b[38;2;" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


def test_a_long_text_is_broken_behind_stops_in_a_narrow_terminal() -> None:
    found = bands("春水連天碧，明月照大江。孤舟人不寐，", 12 + 2 * 14)
    assert [(band.start, band.stop) for band in found] == [(0, 12), (12, 18)]


@pytest.mark.parametrize("suffix", [".svg", ".html", ".png"])
def test_a_picture_is_written_in_the_format_of_its_name(
    poet: Poet, model: Path, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"gates{suffix}"
    code, _, err = poet("explain", "abc", "-m", model, "--units", UNITS, "-o", path)
    assert code == 0
    assert str(path) in err
    kinds = {".svg": b"<?xml", ".html": b"<!DOCTYPE html>", ".png": b"\x89PNG"}
    assert path.read_bytes().startswith(kinds[suffix])
    assert [p.name for p in tmp_path.glob("gates*")] == [path.name]


def test_text_in_an_svg_stays_text_and_names_chinese_fonts(
    poet: Poet, model: Path, tmp_path: Path
) -> None:
    path = tmp_path / "gates.svg"
    poet("explain", VERSE, "-m", model, "--units", UNITS, "-o", path)
    svg = path.read_text("utf-8")
    texts = {e.text for e in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")}
    assert {*VERSE, "forget"} <= texts
    assert "Noto Sans CJK TC" in svg
    assert "PingFang TC" in svg


def test_the_reach_is_told_of_three_networks_with_what_clipping_did(
    poet: Poet, model: Path, tmp_path: Path
) -> None:
    path = tmp_path / "reach.svg"
    code, out, err = poet("explain", "--reach", "-m", model, "--places", 8, "-o", path)
    assert code == 0
    rows = [line for line in out.splitlines() if re.search(r"\de-?[+\d]", line)]
    assert [row.split("  ")[0] for row in rows] == [
        "this model, small", "LSTM, untrained", "tanh network, untrained",
    ]  # fmt: skip
    assert "windows of 32" in out
    assert "3 of 400 steps (0.75 %), where the norm was above 1" in out
    assert "of 3 logged norms the median is 0.70, the greatest 2.50" in out
    assert "8 places in" in err
    assert "tanh network, untrained" in path.read_text("utf-8")


def test_the_reach_as_json_has_every_norm(poet: Poet, model: Path) -> None:
    found = json.loads(poet("explain", "--reach", "-m", model, "--places", 4, "--json")[1])
    for network in found["networks"]:
        assert len(network["norms"]) == 101
        assert network["norms"][0] == 1
    assert found["clipping"]["clipped"] == 3
    assert found["clipping"]["norms"] == {"noted": 3, "median": 0.7, "greatest": 2.5, "above": 1}


@pytest.mark.parametrize(
    ("arguments", "expected", "message"),
    [
        ([""], 3, "there is no text to explain"),
        (["夜龘"], 3, "this model has never seen 龘"),
        (["夜" * (MAX_LENGTH + 1)], 3, f"121 characters; at most {MAX_LENGTH} can be shown"),
        (["夜", "--units", "upper:20"], 2, "lower:0 to lower:19"),
        (["夜", "--reach"], 2, "--units"),
        (["夜", "-o", "gates.pdf"], 2, ".svg .png .html"),
        (["夜", "-o", "nowhere/gates.svg"], 3, "there is no folder nowhere"),
    ],
)
def test_what_cannot_be_explained_is_one_sentence_and_what_to_do(
    poet: Poet, model: Path, arguments: list[str], expected: int, message: str
) -> None:
    code, out, err = poet("explain", "-m", model, *arguments)
    assert (code, out) == (expected, "")
    assert message in err
    assert "--unknown" not in err  # an option that explain does not have


def test_gates_are_shown_without_torch(model: Path) -> None:
    script = (
        "import sys; from poet.cli import cli; "
        "cli(['explain', '夜雨', '--units', 'upper:1'], standalone_mode=False); "
        "sys.exit('torch' in sys.modules)"
    )
    run, env = [sys.executable, "-c", script], {"PYTHONUTF8": "1", "POET_MODEL": str(model)}
    done = subprocess.run(run, capture_output=True, env=os.environ | env, check=False)
    assert done.returncode == 0, done.stderr
