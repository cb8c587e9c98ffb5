"""Poems in files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from poet.errors import InputError, PoetError, UsageError
from poet.poem import Poem
from poet.render.export import save

POEMS = [Poem("夜雨歸舟靜，燈寒客夢輕。", title="夜雨"), Poem("Rain\ud800.\nA lamp.")]


def test_text_has_a_blank_line_between_poems(tmp_path: Path) -> None:
    save(tmp_path / "p.txt", POEMS)
    assert (tmp_path / "p.txt").read_text("utf-8") == (
        "夜雨\n\n夜雨歸舟靜，\n燈寒客夢輕。\n\nRain�.\nA lamp.\n"
    )


def test_json_holds_the_facts_of_each_poem(tmp_path: Path) -> None:
    save(tmp_path / "p.json", POEMS, [{"seed": 1}, {"seed": 2}])
    read = json.loads((tmp_path / "p.json").read_text("utf-8"))
    assert [poem["seed"] for poem in read["poems"]] == [1, 2]


def test_of_a_poem_nothing_may_be_known(tmp_path: Path) -> None:
    save(tmp_path / "p.jsonl", POEMS, [{"seed": 1}])
    first, second = (tmp_path / "p.jsonl").read_text("utf-8").splitlines()
    assert "seed" in json.loads(first)
    assert "seed" not in json.loads(second)


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".json", ".jsonl", ".TXT"])
def test_every_suffix_writes_a_whole_file_and_leaves_nothing_else(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"夜雨{suffix}"
    path.write_text("old", "utf-8")
    save(path, POEMS)
    assert "燈寒客夢輕" in path.read_text("utf-8")
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.txt").touch()
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    save(tmp_path / "link.txt", POEMS)
    assert (tmp_path / "link.txt").is_symlink()
    assert "夜雨" in (tmp_path / "real.txt").read_text("utf-8")


@pytest.mark.parametrize("name", ["p.docx", "p"])
def test_an_unknown_suffix_is_met_with_those_known(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        save(tmp_path / name, POEMS)
    assert caught.value.hint == "the suffixes known are .txt .md .html .json .jsonl .svg .png"


def test_a_missing_folder_is_told_with_the_way_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder") as caught:
        save(tmp_path / "none" / "p.txt", POEMS)
    assert caught.value.hint.startswith("mkdir -p ")


def test_what_cannot_be_written_leaves_the_older_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(part: Path, text: str) -> None:
        part.write_text(text[:5], "utf-8")
        raise OSError(28, "No space left on device")

    save(tmp_path / "p.txt", POEMS[:1])
    monkeypatch.setattr("poet.files.fill", no_room)
    with pytest.raises(PoetError, match="could not be written: No space left"):
        save(tmp_path / "p.txt", POEMS)
    assert (tmp_path / "p.txt").read_text("utf-8").endswith("燈寒客夢輕。\n")
    assert len(list(tmp_path.iterdir())) == 1
