"""A sheet of English stanzas that tells nothing, and marks that are counted by origin and form."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from benchmarks.blind_english import MARKS, format_sheet, main, shuffled
from benchmarks.blind_marks import Titled, read_marks

STANZAS = ["The sea is calm,\nThe moon is high.", "The wind is low,\nThe road is dry."]


def test_a_shuffled_stanza_has_lines_of_several_each_in_its_place() -> None:
    found = shuffled(STANZAS, 2)
    assert found[0].split("\n") == [STANZAS[0].split("\n")[0], STANZAS[1].split("\n")[1]]


def test_the_sheet_names_no_origin() -> None:
    sheet = format_sheet([Titled("", "quatrain", text, "unsteered") for text in STANZAS])
    assert "## 2\n\nThe wind is low,  \nThe road is dry." in sheet
    assert "unsteered" not in sheet


def test_marks_are_three_and_a_guess() -> None:
    reading = read_marks("number,fluency,coherence,meaning,guess\n1,5,4,3,h", 1, MARKS)
    assert reading.marks.tolist() == [[5, 4, 3]]
    with pytest.raises(click.ClickException, match="number,fluency,coherence,meaning,guess"):
        read_marks("1,5,4,3,2,1,h", 1, MARKS)


def test_scores_are_counted_by_origin_and_form(tmp_path: Path) -> None:
    poems = [
        Titled("", form, STANZAS[0], origin)
        for form in ("quatrain", "sonnet")
        for origin in ("human", "poet")
    ]
    key, marks = tmp_path / "key.json", tmp_path / "a.csv"
    key.write_text(json.dumps({"seed": 1, "poems": [*map(asdict, poems)]}), "utf-8")
    marks.write_text("1,5,5,5,h\n2,3,2,1,m\n3,4,4,4,h\n4,1,2,3,h\n", "utf-8")
    done = CliRunner().invoke(main, ["score", str(key), str(marks), "--results", str(tmp_path)])
    assert done.exit_code == 0, done.output
    found = json.loads((tmp_path / "blind_english.json").read_text("utf-8"))["origins"]
    assert found["poet"]["marks"] == {"fluency": 2, "coherence": 2, "meaning": 2}
    assert found["human, quatrains"]["marks"]["fluency"] == 5
    assert found["poet"]["taken_for_human"] == 0.5
