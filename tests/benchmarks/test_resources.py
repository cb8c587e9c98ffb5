"""What grows faster than the text is named; the text itself is verse; missing corpora are said."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import scaling
from benchmarks.common import launch
from benchmarks.resources import exponent, report
from benchmarks.workloads import write_verse


def test_what_grows_as_the_square_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert exponent(1.0, 100.0, 10) == pytest.approx(2)
    even = [{"times": n, "seconds": 0.1 * n, "megabytes": 50.0} for n in (1, 10, 100)]
    square = [{"times": n, "seconds": 1e-4 * n * n, "megabytes": 50.0} for n in (1, 10, 100)]
    assert report({"reading": even}) == []
    assert report({"reading": even, "pairs": square}) == ["pairs: seconds"]
    assert "faster than linear: pairs: seconds" in capsys.readouterr().out


@pytest.mark.parametrize("layout", ["poems", "stream"])
def test_random_verse_is_of_the_size_that_was_asked_for(layout: str, tmp_path: Path) -> None:
    write_verse(tmp_path / "text", 30_000, layout)
    text = (tmp_path / "text").read_text("utf-8")
    assert 29_900 < len(text.encode()) <= 30_000
    poem = text.partition("\n\n")[0].split("\n") if layout == "poems" else text.split("\n")[:4]
    assert [len(line) for line in poem] == [6, 6, 6, 6]
    assert [line[-1] for line in poem] == ["，", "。", "，", "。"]
    assert ("\n\n" in text) == (layout == "poems")


def test_a_benchmark_whose_text_was_not_fetched_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POET_HOME", str(tmp_path))
    monkeypatch.setattr("sys.argv", [str(Path(scaling.__file__))])
    with pytest.raises(SystemExit) as ended:
        launch(scaling.main)
    assert ended.value.code == 3
    assert "poet corpus fetch tang" in capsys.readouterr().err
