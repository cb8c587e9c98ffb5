"""poet runs: what there is to see of training, and refusals that say what to type."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from poet.checkpoint import FORMAT
from poet.objects import to_json
from poet.runs.config import Budget, RunConfig, TrainConfig
from poet.runs.folders import run_lock
from poet.runs.log import MetricsRow
from poet.runs.presets import PRESETS

Poet = Callable[..., tuple[int, str, str]]
TINY = PRESETS["tiny"]


def a_run(
    runs: Path, name: str, steps: int, finished: bool = True, settings: TrainConfig = TINY
) -> Path:
    """A run evaluated every 100 steps, whose best evaluation is the last but one."""
    folder = runs / name
    folder.mkdir(parents=True)
    budget, words = Budget(steps=steps), f"poet train verse --steps {steps}"
    RunConfig(names=("verse",), name="v", settings=settings, budget=budget, command=words).write(
        folder
    )
    lines = []
    for step in range(20, steps + 1, 20):
        held_out = accuracy = None
        if step % 100 == 0:
            held_out, accuracy = (4.0 + 100 / step, 0.25) if step < steps else (6.0, 0.125)
        line = MetricsRow(
            step=step, characters=2048 * step, seconds=step / 2, loss=3 + 100 / step,
            norm=0.5 if step > 20 else 2.0, lr=0.008, held_out=held_out, accuracy=accuracy,
        )  # fmt: skip
        lines.append(line.to_json() + "\n")
    (folder / "metrics.jsonl").write_text("".join(lines), "utf-8")
    (folder / "state.safetensors").write_bytes(b"")
    figure = {"loss": 4.25, "perplexity": 70.1, "accuracy": 0.25, "characters": 900, "poems": 31}
    card = {
        "format": FORMAT,
        "shape": {"characters": 6, "embedding": 4, "hidden": 6, "layers": 2},
        "alphabet": {},
        "parameters": 300_000,
        "text": {"counts": {"characters": 123_456, "kept": 999, "held out": 31}},
        "training": {"machine": "2 cores", "engine": "cpu", "steps": steps, "clipped": 3},
        "figures": {"verse": figure} if finished else {},
    }
    (folder / "model.json").write_text(json.dumps(card), "utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two runs, `day-one-1111` finished, and later `day-two-2222`, which is not."""
    runs = tmp_path / "runs"
    one = a_run(runs, "day-one-1111", 400)
    a_run(runs, "day-two-2222", 600, finished=False, settings=TINY.changed(lr=0.002))
    for path in one.iterdir():
        os.utime(path, (1e9, 1e9))
    return runs


@pytest.fixture
def runs(poet: Poet, folder: Path) -> Poet:
    return lambda what, *more: poet("runs", what, "--runs", folder, *more)


def test_list_has_a_row_for_each_run_the_newest_first(runs: Poet) -> None:
    code, out, err = runs("list")
    assert (code, err) == (0, "")
    assert [line.split() for line in out.splitlines()] == [
        ["run", "text", "model", "steps", "chars", "min", "held", "out", "state"],
        ["day-two-2222", "verse", "tiny", "600", "1.23M", "5.0", "4.200", "unfinished"],
        ["day-one-1111", "verse", "tiny", "400", "0.82M", "3.3", "4.333", "finished"],
    ]


def test_list_as_json_says_all_that_is_known(runs: Poet) -> None:
    code, out, _ = runs("list", "--json")
    two, one = json.loads(out)
    assert code == 0
    assert (one["run"], one["state"], one["resumable"]) == ("day-one-1111", "finished", False)
    assert (two["run"], two["state"], two["resumable"]) == ("day-two-2222", "unfinished", True)
    assert two["best"] == {"step": 500, "held_out": 4.2, "accuracy": 0.25}
    assert one == json.loads(runs("show", "one", "--json")[1])


def test_list_names_a_damaged_run_and_lists_the_others(runs: Poet, folder: Path) -> None:
    (folder / "day-one-1111" / "run.json").write_text("{", "utf-8")
    code, out, err = runs("list")
    assert code == 0
    assert "day-two-2222" in out
    assert "day-one" not in out
    assert err.startswith(f"{folder / 'day-one-1111'} is not a run that can be resumed")


@pytest.mark.parametrize(
    ("file", "key", "value"),
    [("model.json", "training", None), ("model.json", "figures", {"verse": 3}),
     ("run.json", "budget", {"minutes": "x"}), ("run.json", "settings", {"lr": -1})],
)  # fmt: skip
def test_no_damage_hides_the_other_runs(
    runs: Poet, folder: Path, file: str, key: str, value: object
) -> None:
    path = folder / "day-one-1111" / file
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), key: value}), "utf-8")
    code, out, err = runs("list")
    assert code == 0
    assert "day-two-2222" in out
    assert str(path.parent) in err
    assert runs("show", "one")[0] == (3 if file == "run.json" else 0)


def test_show_of_a_tuned_run_whose_base_was_the_best(runs: Poet, folder: Path) -> None:
    place = folder / "day-one-1111"
    asked = json.loads((place / "run.json").read_text("utf-8")) | {"base": "models/tang"}
    (place / "run.json").write_text(to_json(asked), "utf-8")
    path = place / "metrics.jsonl"
    base = MetricsRow(
        step=0, characters=0, seconds=0, loss=4.0, norm=0, lr=0, held_out=4.0, accuracy=0.5
    )
    path.write_text(base.to_json() + "\n" + path.read_text("utf-8"), "utf-8")
    code, out, _ = runs("show", "one")
    assert code == 0
    assert "from      models/tang\n" in out
    assert "held out  4.0000 nats/character at step 0 (the base model), the best of 5" in out
    assert "O" in out.partition("\n\n")[2]
    path.write_text(base.to_json() + "\n", "utf-8")
    assert runs("show", "one")[0] == 0
    assert "has no metrics yet" in runs("plot", "one", "--y", "norm")[2]


def test_show_says_what_was_asked_and_how_it_went(runs: Poet, folder: Path) -> None:
    code, out, err = runs("show", "one")
    assert (code, err) == (0, "")
    page, _, curve = out.partition("\n\n")
    said = [
        ("run", str(folder / "day-one-1111")),
        ("command", "poet train verse --steps 400"),
        ("text", "verse: 123,456 characters, 999 kept, 31 held out"),
        ("model", "embedding 64, 2-layer LSTM 128, 0.3 M parameters"),
        ("settings", "preset tiny"),
        ("budget", "400 steps"),
        ("machine", "2 cores"),
        ("", "cpu"),
        ("progress", "400 steps, 819,200 characters, 3.3 minutes, 4,096 characters/s"),
        ("held out", "4.3333 nats/character at step 300"),
        ("", "6.0000 at step 400"),
        ("gradient", "norm 0.50 (median), 2.00 (maximum) at step 20"),
        ("", "clipped to 1 in 3 of 400 steps"),
        ("figures", "verse: 4.2500 nats/character, perplexity 70.1, accuracy 25.0 %"),
        ("state", "finished"),
    ]
    for line, (name, start) in zip(page.splitlines(), said, strict=True):
        assert line.startswith(f"{name:<9} {start}")
    assert "day-one-1111" in curve
    assert any("⠁" <= character <= "⣿" for character in curve)


def test_show_takes_the_latest_and_says_how_it_goes_on(runs: Poet, folder: Path) -> None:
    out = runs("show")[1]
    assert "settings  preset tiny, but lr 0.002 (not 0.008)\n" in out
    assert "state     unfinished; last written " in out
    again = f"poet train --resume {folder / 'day-two-2222'}"
    assert f"          {again}  resumes" in out
    (folder / "day-two-2222" / "state.safetensors").unlink()
    assert f"          {again}  starts over" in runs("show")[1]


def test_a_run_that_is_being_trained_is_shown_as_that(runs: Poet, folder: Path) -> None:
    with run_lock(folder / "day-two-2222"):
        assert "state     training now" in runs("show")[1]
        assert runs("list")[1].splitlines()[1].endswith(" training")
    assert runs("list")[1].splitlines()[1].endswith(" unfinished")


def test_show_of_a_run_that_has_only_begun(runs: Poet, folder: Path) -> None:
    for name in ("metrics.jsonl", "model.json", "state.safetensors"):
        (folder / "day-one-1111" / name).unlink()
    code, out, _ = runs("show", "one")
    assert code == 0
    assert "progress  no step logged yet\n" in out
    assert "state     unfinished, no checkpoint; last" in out


def test_plot_draws_the_runs_named_over_each_other(runs: Poet) -> None:
    code, out, err = runs("plot", "one", "two", "--x", "steps")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "loss, nats/character"
    assert lines[-2:] == [
        "a day-one-1111  held out 4.333 at best",
        "b day-two-2222  held out 4.200 at best",
    ]
    assert max(map(len, lines)) == 80
    assert "\x1b" not in out
    assert "a " not in runs("plot")[1].splitlines()[-1]


def test_plot_is_as_wide_as_the_terminal_is_said_to_be(
    runs: Poet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert max(map(len, runs("plot")[1].splitlines())) == 120


def test_plot_in_colour_where_that_is_forced(runs: Poet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[36m" in runs("plot")[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in runs("plot")[1]


def test_plot_does_without_braille_where_stdout_has_none(
    runs: Poet, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(page, encoding="ascii"))
    assert runs("plot")[0] == 0
    sys.stdout.flush()
    assert "o day-two-2222" in page.getvalue().decode("ascii")


def test_plot_writes_pictures_in_place_of_the_terminal(runs: Poet, tmp_path: Path) -> None:
    svg, png = tmp_path / "both.svg", tmp_path / "both.png"
    code, out, err = runs("plot", "one", "two", "--y", "norm", "-o", svg, "-o", png)
    assert (code, out) == (0, "")
    assert err == f"written: {svg}\nwritten: {png}\n"
    assert "day-one-1111" in svg.read_text("utf-8")
    assert png.read_bytes().startswith(b"\x89PNG")


def test_a_picture_of_an_unknown_kind_is_refused_before_anything_is_written(
    runs: Poet, tmp_path: Path
) -> None:
    code, out, err = runs("plot", "-o", tmp_path / "a.svg", "-o", tmp_path / "a.gif")
    assert (code, out) == (2, "")
    assert err == "poet: pictures are not drawn as .gif\n      the suffixes known are .svg .png\n"
    assert not (tmp_path / "a.svg").exists()


def test_a_cut_line_is_said_and_the_rest_is_shown(runs: Poet, folder: Path) -> None:
    path = folder / "day-one-1111" / "metrics.jsonl"
    path.write_text(path.read_text("utf-8")[:-30], "utf-8")
    for what in ("show", "plot"):
        code, out, err = runs(what, "one")
        assert code == 0
        assert "day-one-1111" in out
        assert err.startswith(f"the last line of {path} is cut short")


def test_a_run_without_metrics_cannot_be_plotted(runs: Poet, folder: Path) -> None:
    place = folder / "day-one-1111"
    (place / "metrics.jsonl").write_text("", "utf-8")
    code, out, err = runs("plot", "two", "one")
    assert (code, out) == (3, "")
    assert err.startswith(f"poet: {place} has no metrics yet\n")


def test_a_run_without_evaluations_has_no_curve_of_them(runs: Poet, folder: Path) -> None:
    path = folder / "day-one-1111" / "metrics.jsonl"
    lines = [x for x in path.read_text("utf-8").splitlines(True) if "held_out" not in x]
    path.write_text("".join(lines), "utf-8")
    code, _, err = runs("plot", "one", "--y", "accuracy")
    assert code == 3
    assert "has no evaluation yet" in err
    assert runs("plot", "one")[0] == 0


@pytest.mark.parametrize("what", ["show", "plot"])
def test_a_run_that_is_not_there_is_met_with_the_nearest(
    runs: Poet, folder: Path, what: str
) -> None:
    code, out, err = runs(what, "tow")
    assert (code, out) == (3, "")
    assert err == (f"poet: there is no run 'tow' in {folder}\n      did you mean day-two-2222?\n")


def test_a_part_of_several_names_is_refused(runs: Poet) -> None:
    code, _, err = runs("show", "day")
    assert code == 2
    assert err.startswith("poet: 'day' matches 2 runs: day-two-2222, day-one-1111\n")


def test_a_file_is_no_run_and_no_folder_of_runs(runs: Poet, poet: Poet, folder: Path) -> None:
    file = folder / "day-one-1111" / "run.json"
    code, _, err = runs("show", file)
    assert code == 3
    assert err.startswith(f"poet: {file} is not the folder of a run: it is a file\n")
    code, _, err = poet("runs", "list", "--runs", file)
    assert code == 3
    assert err.startswith(f"poet: {file} is a file, not a folder of runs\n")


@pytest.mark.parametrize("what", ["list", "show", "plot"])
def test_a_folder_that_is_not_there_is_said(poet: Poet, tmp_path: Path, what: str) -> None:
    code, out, err = poet("runs", what, "--runs", tmp_path / "none")
    assert (code, out) == (3, "")
    assert err.startswith(f"poet: {tmp_path / 'none'} does not exist\n")


def test_no_command_needs_torch_and_none_but_a_picture_matplotlib(folder: Path) -> None:
    code = (
        "import sys, poet.cli\n"
        "def call(*words):\n"
        "    sys.argv = ['poet', 'runs', *words, '--runs', sys.path[-1]]\n"
        "    try: poet.cli.main()\n"
        "    except SystemExit as leaving: assert not leaving.code\n"
        "    assert 'torch' not in sys.modules\n"
        "sys.path.append(sys.argv[1])\n"
        "call('list'), call('show'), call('plot')\n"
        "assert 'matplotlib' not in sys.modules\n"
        "call('plot', 'one', '-o', sys.path[-1] + '/a.svg')\n"
        "assert 'matplotlib' in sys.modules"
    )
    call = [sys.executable, "-c", code, str(folder)]
    done = subprocess.run(call, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (folder / "a.svg").exists()


def test_nothing_in_a_name_commands_a_terminal_or_leaves_an_svg(poet: Poet, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    folder = a_run(runs, "a\x1b]0;X\x07\u202e\x9b31m\ufffe", 200)
    for words in (("list",), ("list", "--json"), ("show",), ("show", "--json"), ("plot",)):
        place = ("--runs", runs) if words[0] == "list" else (folder,)
        code, out, err = poet("runs", *words, *place)
        assert code == 0, err
        assert not set(out + err) & set("\x1b\x07\u202e\x9b\ufffe")
    code, _, err = poet("runs", "plot", folder, "-o", tmp_path / "a.svg")
    assert code == 0, err
    ElementTree.parse(tmp_path / "a.svg")  # raises for characters that XML lacks


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such pipes on Windows")
@pytest.mark.parametrize("name", ["metrics.jsonl", "model.json"])
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(
    poet: Poet, tmp_path: Path, name: str
) -> None:
    folder = a_run(tmp_path / "runs", "day-one", 200)
    (folder / name).unlink()
    os.mkfifo(folder / name)
    _, out, err = poet("runs", "show", folder)
    assert "is a pipe or a device, not a plain file" in out + err


def test_runs_are_removed_if_told_so(runs: Poet, folder: Path) -> None:
    code, out, err = runs("rm", "1111", "--yes")
    assert (code, out, err) == (0, "", f"removed: {folder / 'day-one-1111'}\n")
    assert [path.name for path in folder.iterdir()] == ["day-two-2222"]


def test_where_nobody_can_be_asked_no_run_is_removed(runs: Poet, folder: Path) -> None:
    code, _, err = runs("rm", "1111")
    assert (code, err.splitlines()[1]) == (2, "      add --yes")
    assert len(list(folder.iterdir())) == 2


def test_a_run_that_is_being_trained_is_not_removed(runs: Poet, folder: Path) -> None:
    with run_lock(folder / "day-two-2222"):
        code, _, err = runs("rm", "2222", "--yes")
    assert code == 3
    assert err.startswith(f"poet: {folder / 'day-two-2222'} is being trained by another process")
    assert (folder / "day-two-2222" / "state.safetensors").exists()


def test_no_run_is_removed_where_one_is_not_there(runs: Poet, folder: Path) -> None:
    assert runs("rm", "1111", "3333", "--yes")[0] == 3
    assert runs("rm", "day", "--yes")[0] == 2
    assert len(list(folder.iterdir())) == 2


def test_what_a_link_to_a_run_points_to_is_not_removed(
    runs: Poet, folder: Path, tmp_path: Path
) -> None:
    (folder / "day-one-1111").rename(tmp_path / "kept")
    (folder / "linked").symlink_to(tmp_path / "kept")
    assert runs("rm", "linked", "--yes")[0] == 0
    assert not (folder / "linked").is_symlink()
    assert (tmp_path / "kept" / "run.json").exists()
