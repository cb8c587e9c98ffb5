"""Charts of runs: what is drawn of them, and how it looks in a terminal and as a picture."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poet.errors import InputError, UsageError
from poet.render.reports.run_plot import (
    Chart,
    RunCurve,
    X,
    Y,
    chart,
    check_path,
    draw,
    format_chart,
    save,
    smooth,
    spread,
    ticks,
)
from poet.runs.config import TrainConfig
from poet.runs.log import MetricsRow, RunLog

XS, YS = get_args(X), get_args(Y)


def journal(name: str = "day-verse-0001", steps: int = 2000, floor: float = 4.0) -> RunLog:
    """A run whose loss falls from about 9 to `floor`, evaluated every 100 steps."""
    lines = []
    for step in range(20, steps + 1, 20):
        loss = floor + 5 * math.exp(-step / 100)
        facts: dict[str, Any] = {"characters": 50 * step, "seconds": step / 4, "lr": 1 / step}
        if step % 100 == 0:
            facts |= {"held_out": loss + 0.5, "accuracy": 0.3 - loss / 100}
        lines.append(MetricsRow(step=step, loss=loss, norm=loss / 10, **facts))
    return RunLog(Path(name), {}, TrainConfig(), tuple(lines))


def last_step_worse(run: RunLog) -> RunLog:
    worse = replace(run.lines[-1], held_out=6.0)
    return replace(run, lines=(*run.lines[:-1], worse))


def dots_of(text: str, low: str = "⠁", high: str = "⣿") -> list[str]:
    return [row for row in text.split("\n") if any(low <= c <= high for c in row)]


def test_a_smoothed_loss_is_the_mean_of_a_twentieth_of_the_run() -> None:
    points = tuple((float(i), float(i**2 % 17)) for i in range(200))
    smoothed = smooth(points)
    assert [x for x, _ in smoothed] == [x for x, _ in points]
    for at in (5, 77, 194):
        assert smoothed[at][1] == pytest.approx(sum(y for _, y in points[at - 5 : at + 6]) / 11)
    assert smoothed[0][1] == pytest.approx(sum(y for _, y in points[:6]) / 6)
    assert smoothed[-1][1] == pytest.approx(sum(y for _, y in points[-6:]) / 6)


def test_the_axes_say_what_they_count() -> None:
    run = journal()
    for x, right in (("steps", 2000), ("characters", 100_000), ("minutes", 2000 / 4 / 60)):
        drawn = chart([run], x, "lr")  # type: ignore[arg-type]
        assert (drawn.x_unit, drawn.right) == (x, right)
        assert [y for _, y in drawn.curves[0].line] == [line.lr for line in run.lines]
    long = replace(run, lines=tuple(replace(x, characters=x.characters * 20) for x in run.lines))
    drawn = chart([run, long])
    assert (drawn.x_unit, drawn.right) == ("million characters", 2)
    assert drawn.curves[0].line[-1][0] == 0.1


def test_the_first_steps_do_not_press_the_rest_flat() -> None:
    run = journal()
    drawn = chart([run])
    first = run.lines[0]
    assert drawn.high < first.loss
    assert f"above the edge: the first steps, from {first.loss:.3g}" in drawn.notes
    late = [y for x, y in drawn.curves[0].points if x >= 100_000 / 20]
    assert max(late) < drawn.high < max(late) + 0.05 * (max(late) - drawn.low)
    assert drawn.low < min(y for _, y in drawn.curves[0].points)


def test_nothing_is_said_of_an_edge_where_nothing_lies_above() -> None:
    assert not any("edge" in note for note in chart([journal()], "steps", "accuracy").notes)
    flat = replace(journal(), lines=tuple(replace(x, norm=0.0) for x in journal().lines))
    drawn = chart([flat], "steps", "norm")
    assert (drawn.notes, drawn.low < 0 < drawn.high) == ((), True)


def test_a_spike_late_in_a_run_is_shown() -> None:
    run = journal()
    spiked = replace(run, lines=(*run.lines[:50], replace(run.lines[50], norm=30.0)))
    assert chart([spiked], "steps", "norm").high > 30


def test_the_evaluation_whose_model_was_kept_stands_out() -> None:
    run = last_step_worse(journal())
    for y in ("loss", "held-out", "accuracy"):
        curve = chart([run], "steps", y).curves[0]
        assert curve.best == curve.marks[-2]
    rows = format_chart(chart([run], "steps", "held-out"), 80).split("\n")
    assert sum(row.count("O") for row in rows[1:-5]) == 1


@pytest.mark.parametrize("y", YS)
@pytest.mark.parametrize("width", [30, 80, 133])
def test_a_chart_fits_its_terminal(y: Y, width: int) -> None:
    drawn = chart([journal(), last_step_worse(journal("other", 500, 3.0))], "steps", y)
    rows = format_chart(replace(drawn, notes=()), width, 9).split("\n")
    axis = next(i for i, row in enumerate(rows) if set(row.strip()) == {"+", "-"})
    assert axis == 1 + 9  # the unit, and the rows asked for
    assert max(map(len, rows[1 : axis + 3])) == width
    assert "\x1b" not in "".join(rows)


def test_the_curve_falls_where_the_loss_falls() -> None:
    """Against the obvious: the first dot of each column from the top, read back as a loss."""
    run = replace(journal(), lines=tuple(replace(x, held_out=None) for x in journal().lines))
    drawn = chart([run], "steps")
    height = 20
    rows = format_chart(drawn, 100, height).split("\n")[1 : 1 + height]
    margin = rows[0].index("|") + 1 if "|" in rows[0] else rows[0].index("+") + 1
    columns = 100 - margin
    seen = 0
    for at in range(10, columns - 1):
        tops = [i for i, row in enumerate(rows) if row[margin + at : margin + at + 1].strip()]
        step = (at + 0.5) / columns * drawn.right
        value = min(drawn.curves[0].line, key=lambda point: abs(point[0] - step))[1]
        if tops and value < drawn.high:
            seen += 1
            read = drawn.high - (tops[0] + 0.5) / height * (drawn.high - drawn.low)
            assert read == pytest.approx(value, abs=2 * (drawn.high - drawn.low) / height)
    assert seen > 70


def test_each_run_has_its_letter() -> None:
    drawn = chart([journal("one"), journal("two", 1000, 5.0)], "steps", "held-out")
    rows = format_chart(drawn, 80).split("\n")
    assert rows[-2].startswith("a one  held out 4.5")
    assert rows[-1].startswith("b two  held out 5.5")
    body = "".join(rows[1:19])
    for letter in "ab":
        assert body.lower().count(letter) > 3


def test_a_stream_without_braille_gets_ascii() -> None:
    drawn = chart([journal()])
    plain, braille = (format_chart(drawn, 60, 8, braille=b) for b in (False, True))
    assert plain.isascii()
    assert dots_of(braille)
    assert [len(row) for row in plain.split("\n")] == [len(row) for row in braille.split("\n")]


def test_colour_is_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    drawn = chart([journal("one"), journal("two", 1000, 5.0)])
    assert "\x1b" not in format_chart(drawn, 60)
    coloured = format_chart(drawn, 60, colour=True)
    assert "\x1b[36ma one" in coloured
    assert "\x1b[33mb two" in coloured


def test_a_run_of_one_line_is_drawn() -> None:
    run = journal(steps=20)
    for y in ("loss", "norm", "lr"):
        drawn = chart([run], "steps", y)
        assert "o" in "".join(format_chart(drawn, 40, 5).split("\n")[1:6])


def test_a_run_without_evaluations_has_no_curve_of_them() -> None:
    assert chart([journal(steps=80)], "steps", "held-out").curves == ()


def test_a_name_cannot_do_more_than_be_read() -> None:
    drawn = chart([replace(journal(), folder=Path("a\x1b[31mb"))])
    assert "\x1b" not in format_chart(drawn, 60)


@given(st.floats(-1e6, 1e6), st.floats(1e-4, 1e6), st.integers(2, 12))
def test_ticks_are_round_and_lie_inside(low: float, span: float, most: int) -> None:
    found = ticks(low, low + span, most)
    assert len(found) <= most + 1
    assert all(low - span * 1e-6 <= tick <= low + span * (1 + 1e-6) for tick in found)
    steps = {float(f"{b - a:.3g}") for a, b in pairwise(found)}
    assert len(steps) <= 1
    assert all(f"{step:e}"[0] in "125" for step in steps)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=10))
def test_names_are_moved_apart_in_their_order(heights: list[float]) -> None:
    gap = min(0.1, 1 / len(heights))
    moved = spread(heights, gap)
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    for below, above in pairwise(order):
        assert moved[above] - moved[below] >= gap - 1e-9
    assert max(moved) <= 1
    assert min(moved) > -gap


def test_an_svg_keeps_its_words_and_is_the_same_each_time(tmp_path: Path) -> None:
    drawn = chart([journal("day-唐詩-0001"), last_step_worse(journal("$x_2$", 1000, 5.0))])
    for name in ("a.svg", "b.SVG"):
        save(drawn, tmp_path / name)
    text = (tmp_path / "a.svg").read_text("utf-8")
    words = ("day-唐詩-0001", "$x_2$", "held out 4.500 at best", "loss, nats/character")
    for word in (*words, *drawn.notes):
        assert f">{word}</text>" in text
    assert text == (tmp_path / "b.SVG").read_text("utf-8")


def test_a_png_is_a_picture(tmp_path: Path) -> None:
    save(chart([journal("day-唐詩-0001")], "minutes", "norm"), tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_a_picture_holds_every_run_in_a_colour_of_its_own() -> None:
    runs = [journal(f"run {i}", 500, 4 + i / 10) for i in range(5)]
    axes = draw(chart(runs, "steps", "held-out")).axes[0]
    words = {text.get_text().split("\n")[0]: text.get_color() for text in axes.texts}
    colours = [words[run.name] for run in runs]
    assert len(set(colours)) == 5
    assert [line.get_color() for line in axes.lines[::2]] == colours


def test_more_runs_than_colours_and_letters_are_drawn() -> None:
    drawn = chart([journal(f"run {i}", 100) for i in range(30)])
    assert "a run 26" in format_chart(drawn, 80)
    assert {text.get_text().split("\n")[0] for text in draw(drawn).axes[0].texts} >= {"run 29"}


def test_an_unknown_suffix_or_folder_is_refused(tmp_path: Path) -> None:
    for name, what in (("a.gif", r"drawn as \.gif"), ("a", "a file without a suffix")):
        with pytest.raises(UsageError, match=what) as error:
            check_path(tmp_path / name)
        assert error.value.hint == "the suffixes known are .svg .png"
    with pytest.raises(InputError, match="there is no folder"):
        save(Chart((RunCurve("a"),), "x", "y", 1, 0, 1, ()), tmp_path / "none" / "a.png")
