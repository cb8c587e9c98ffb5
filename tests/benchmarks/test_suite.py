"""All benchmarks from one command, and what they compare."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from benchmarks import __main__ as suite
from benchmarks import scaling
from benchmarks.common import RESULTS, launch
from benchmarks.growth import exponent, report


def test_every_figure_that_is_compared_stands_in_the_saved_results() -> None:
    looked = 0
    for one in suite.ALL:
        file = RESULTS / one.file
        if file.is_file():
            found = json.loads(file.read_text("utf-8"))
            for path in one.figures.values():
                assert suite.find(found, path) is not None, (one.name, path)
                looked += 1
    assert looked > 10


def test_what_both_runs_have_is_compared(tmp_path: Path) -> None:
    before, now = tmp_path / "before", tmp_path / "now"
    for folder, speed in ((before, 100.0), (now, 150.0)):
        folder.mkdir()
        figures = {"poet": {"characters_per_second": speed}, "machine": folder.name}
        (folder / "training_speed.json").write_text(json.dumps(figures), "utf-8")
    (now / "kills.json").write_text('{"alike": true}', "utf-8")
    found = list(suite.compared(suite.ALL, before, now))
    assert found == [("training, characters/s", 100.0, 150.0, 1.5)]
    assert suite.machines(before) == "before, ?"


def test_a_figure_is_found_in_objects_and_lists() -> None:
    data = {"rows": [{"s": 1}, {"s": 2.5}], "many": [1, 5, 2]}
    assert suite.find(data, ("rows", "1", "s")) == 2.5
    assert suite.find(data, ("many",)) == 2
    assert suite.find(data, ("rows", "2", "s")) is None
    assert suite.find(data, ("rows",)) is None


def test_benchmarks_are_chosen_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert [one.name for one in suite.choice(["kills", "training_speed"], long=False)] == [
        "training_speed",
        "kills",
    ]
    assert not {one.name for one in suite.choice([], long=False)} & set(suite.LONG)
    assert {one.name for one in suite.choice([], long=True)} > set(suite.LONG)
    with pytest.raises(click.UsageError, match="no benchmark speed"):
        suite.choice(["speed"], long=False)
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert [one.on_gpu for one in suite.choice(["training_speed"], long=False)] == [False, True]


def test_what_grows_as_the_square_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert exponent(1.0, 100.0, 10) == pytest.approx(2)
    even = [{"times": n, "seconds": 0.1 * n, "megabytes": 50.0} for n in (1, 10, 100)]
    square = [{"times": n, "seconds": 1e-4 * n * n, "megabytes": 50.0} for n in (1, 10, 100)]
    assert report({"reading": even}) == []
    assert report({"reading": even, "pairs": square}) == ["pairs: seconds"]
    assert "faster than in proportion: pairs: seconds" in capsys.readouterr().out


def test_a_benchmark_whose_text_was_not_fetched_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POET_HOME", str(tmp_path))
    monkeypatch.setattr("sys.argv", [str(Path(scaling.__file__))])
    with pytest.raises(SystemExit) as ended:
        launch(scaling.main)
    assert ended.value.code == 3
    assert "poet corpus fetch tang" in capsys.readouterr().err
