"""poet card: a picture of any poem, in a file or on stdout."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Poet = Callable[..., tuple[int, str, str]]
VERSE = "夜雨歸舟靜，燈寒客夢輕。"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "verse.txt"
    path.write_text(f"# 夜雨\n{VERSE}\n", encoding="utf-8")
    return path


def test_a_poem_in_a_file_becomes_a_picture(poet: Poet, file: Path, tmp_path: Path) -> None:
    picture = tmp_path / "card.png"
    assert poet("card", file, "-o", picture) == (0, "", f"written: {picture}\n")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_without_a_file_the_picture_goes_into_a_pipe(poet: Poet, file: Path) -> None:
    code, out, err = poet("card", file)
    assert (code, err) == (0, "")
    assert out.startswith("<svg ")
    assert out.endswith("</svg>\n")
    assert "夜雨</title>" in out


def test_title_and_author_are_those_that_are_asked_for(poet: Poet, file: Path) -> None:
    _, out, _ = poet("card", file, "--title", "雨 & 夜", "--author", "某")
    assert "雨 &amp; 夜</title>" in out
    assert "\n某</desc>" in out


def test_json_of_poet_makes_cards_that_name_the_model(
    poet: Poet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poems = {"poems": [{"text": VERSE, "model": "tang", "seed": 8}, {"text": "Rain.\nA lamp."}]}
    piped = io.TextIOWrapper(io.BytesIO(json.dumps(poems).encode()), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", piped)
    code, _, err = poet("card", "-", "-o", tmp_path / "card.svg")
    assert code == 0
    assert err == f"written: {tmp_path / 'card-1.svg'}, {tmp_path / 'card-2.svg'}\n"
    assert "此詩為機器所作 · poet · tang · 8" in (tmp_path / "card-1.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--width", 300], 2, "--width affects PNG only"),
        (["-o", "card.gif"], 2, "cards are not drawn as .gif"),
        (["-o", "no/card.svg"], 3, "there is no folder no"),
        (["--font", "none.ttf"], 3, "none.ttf cannot be read"),
        (["--font", __file__], 3, "has no font in it that can be used"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    poet: Poet, file: Path, options: list[str], code: int, message: str
) -> None:
    given, out, err = poet("card", file, *options)
    assert (given, out) == (code, "")
    assert message in err
