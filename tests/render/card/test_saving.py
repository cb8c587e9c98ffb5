"""Cards in files: one a poem, all of them or none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from poet.errors import InputError, PoetError, UsageError
from poet.poem import Poem
from poet.render.card.saving import Look
from poet.render.export import check_path, save

POEMS = [Poem("夜雨歸舟靜，燈寒客夢輕。", title="夜雨"), Poem("Rain.\nA lamp.")]
FACTS = [{"model": "tang", "seed": 3}]


@pytest.mark.parametrize(("suffix", "start"), [(".svg", b"<svg "), (".PNG", b"\x89PNG")])
def test_a_poem_becomes_one_file(tmp_path: Path, suffix: str, start: bytes) -> None:
    path = tmp_path / f"card{suffix}"
    assert save(path, POEMS[:1], FACTS) == [path]
    assert path.read_bytes().startswith(start)
    assert list(tmp_path.iterdir()) == [path]


def test_several_poems_become_numbered_files(tmp_path: Path) -> None:
    written = save(tmp_path / "card.svg", POEMS, FACTS)
    assert [path.name for path in written] == ["card-1.svg", "card-2.svg"]
    first, second = (path.read_text("utf-8") for path in written)
    assert "此詩為機器所作 · poet · tang · 3" in first
    assert "machine" not in second


def test_where_one_cannot_be_made_none_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no font here has the character"):
        save(tmp_path / "card.svg", [*POEMS, Poem("\U0001fae8")])
    assert not list(tmp_path.iterdir())


def test_a_folder_in_the_way_is_found_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "card-2.svg").mkdir()
    with pytest.raises(PoetError, match="is not a file that can be replaced"):
        save(tmp_path / "card.svg", POEMS)
    assert [path.name for path in tmp_path.iterdir()] == ["card-2.svg"]


def test_a_png_has_the_width_that_is_asked_for(tmp_path: Path) -> None:
    save(tmp_path / "card.png", POEMS[:1], look=Look(width=321))
    assert int.from_bytes((tmp_path / "card.png").read_bytes()[16:20]) == 321
    with pytest.raises(UsageError, match="a card is not drawn 9,999 pixels wide"):
        save(tmp_path / "card.png", POEMS[:1], look=Look(width=9999))


@pytest.mark.parametrize("missing", ["uharfbuzz", "resvg_py"])
def test_without_the_extra_a_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(PoetError, match="extra 'cards', which is not installed") as caught:
        check_path(tmp_path / "card.png")
    assert caught.value.hint == "pip install 'poet[cards]'"
