"""The report on a text: what it is, what is doubtful in it, and one verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from poet.corpus.check import FAIR, GOOD, LEAST, Dropped, Report, check, verdict
from poet.corpus.read import Source, read
from poet.dataset import build
from poet.poem import Poem

QUATRAIN = "春水連天碧，明月照大江。孤舟人不寐，燈影落寒窗。"


def report_on(*texts: str, kind: str = "poems") -> Report:
    return check(Source(kind, iter([Poem(text) for text in texts]), ()))  # type: ignore[arg-type]


def test_poems_characters_and_forms_are_counted_after_cleaning() -> None:
    report = report_on(QUATRAIN, QUATRAIN.replace("，", ","), "春（注）水。", "春□。")
    assert (report.poems, report.fit, report.copies) == (4, 3, 1)
    assert report.characters == 24 + 24 + 3
    assert report.distinct == len(set(QUATRAIN))
    assert report.forms == (("五絕", 2), ("", 1))
    assert report.dropped == (Dropped("a character is missing", 1, 4, "春□。"),)
    assert [poem.text for poem in report.first] == [QUATRAIN, QUATRAIN, "春水。"]


def test_doubtful_characters_are_shown_where_they_first_stand() -> None:
    report = report_on(QUATRAIN, "春水□天碧，□月7照大江。", "明月\x00照\ue829（注）\ufffd大江。")
    assert {doubt.kind: (doubt.count, doubt.piece, doubt.context) for doubt in report.doubts} == {
        "control": (1, 3, "明月<U+0000>照<U+E829>（注）\ufffd"),
        "private": (1, 3, "明月<U+0000>照<U+E829>（注）\ufffd大江"),
        "replacement": (1, 3, "<U+0000>照<U+E829>（注）\ufffd大江。"),
        "hole": (2, 2, "春水□天碧，□月7"),
        "latin": (1, 2, "□天碧，□月7照大江。"),
        "note": (1, 3, "明月<U+0000>照<U+E829>（注）\ufffd大江。"),
    }


def test_stanzas_are_counted() -> None:
    assert report_on("Rain.\n\n\n\nA lamp.", "Snow.\nA road.").stanzas == 3


def test_digits_and_brackets_are_no_doubt_in_other_languages() -> None:
    assert report_on("Rain (1) on the roof [2].\nA lamp.").doubts == ()


@pytest.mark.parametrize(
    ("texts", "script"),
    [
        (["云归山路远，燈。"], "hans"),
        (["雲歸山路遠。"], "hant"),
        (["雲歸山路遠。", "云归山路远。"], "mixed"),
        (["The rain."], "latin"),
        (["Дождь."], ""),
    ],
)
def test_the_script_is_told(texts: list[str], script: str) -> None:
    assert report_on(*texts).script == script


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (LEAST - 1, "too little to train on: 1,999 characters"),
        (LEAST, "enough to try: with 2,000 characters"),
        (FAIR, "enough to train on: 100,000 characters"),
        (GOOD, "enough to train on: 1,000,000 characters, plenty"),
    ],
)
def test_the_verdict_goes_by_the_text_that_is_left(size: int, said: str) -> None:
    report = report_on("a" * size, kind="stream")
    assert verdict(report).startswith(said)
    assert report.enough == (size >= LEAST)


def test_the_verdict_says_when_most_poems_are_left_out() -> None:
    report = report_on("a" * FAIR, *["春□。"] * 3)
    assert "most of the poems are left out" in verdict(report)


def test_the_least_is_what_training_asks_for() -> None:
    assert LEAST == build.MIN_TEXT


def test_what_files_are_is_part_of_the_report(tmp_path: Path) -> None:
    path = tmp_path / "verse.txt"
    path.write_bytes(f"{QUATRAIN}\n\n{QUATRAIN}\n".encode("big5"))
    report = check(read([path], notify=lambda said: None))
    assert (report.files, report.encodings, report.layouts) == (1, ("big5hkscs",), ("poems",))
