"""Fonts for cards: which one is taken, and what if it is broken or lacks a character."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from poet.errors import InputError
from poet.render.card import fonts
from poet.render.card.fonts import Fonts, Kind, Typeface
from poet.render.card.shaping import shape


def packaged(module: str, name: str) -> Path:
    spec = find_spec(module)
    assert spec
    assert spec.origin
    return Path(spec.origin).parent / name


GARAMOND = packaged("fontpkg_eb_garamond", "files/EBGaramond[wght].ttf")
DEJAVU = packaged("matplotlib", "mpl-data/fonts/ttf/DejaVuSerif.ttf")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for fonts, on a system without any others, and without the extra's fonts."""
    monkeypatch.setattr(fonts, "_EXTRA", dict.fromkeys(("hant", "hans", "latin", "italic"), ()))
    monkeypatch.setattr(fonts, "_folders", lambda: [tmp_path])
    for cached in (fonts._font_files, fonts._system_fonts):
        cached.cache_clear()
    yield tmp_path
    for cached in (fonts._font_files, fonts._system_fonts):
        cached.cache_clear()


def names(kind: Kind, text: str, font: str | None = None) -> list[tuple[str, str]]:
    return [(typeface.name, run) for typeface, run in Fonts(kind, font).runs(text)]


def test_a_script_has_a_font_in_its_own_shapes() -> None:
    assert names("hant", "夜雨") == [("Noto Serif TC", "夜雨")]
    assert names("hans", "夜雨") == [("Noto Serif SC", "夜雨")]
    assert names("latin", "Night") == [("EB Garamond", "Night")]


def test_what_a_font_lacks_is_set_in_the_next() -> None:
    assert names("latin", "Night 夜, on") == [
        ("EB Garamond", "Night "),
        ("Noto Serif TC", "夜"),
        ("EB Garamond", ", on"),
    ]
    assert names("latin", "Night 夜", str(DEJAVU))[0] == ("DejaVu Serif", "Night ")


def test_a_letter_stays_with_its_accents() -> None:
    assert names("latin", "e\u0301o") == [("EB Garamond", "e\u0301o")]


def test_letters_are_kerned() -> None:
    latin = Fonts("latin")
    assert shape("AV", latin).length < shape("A", latin).length + shape("V", latin).length


def test_fonts_of_the_system_are_found_the_fitting_ones_first(elsewhere: Path) -> None:
    (elsewhere / "deeper").mkdir()
    (elsewhere / "deeper" / "EBGaramond-Regular.ttf").write_bytes(GARAMOND.read_bytes())
    (elsewhere / "Aaa.ttf").write_bytes(DEJAVU.read_bytes())
    assert names("latin", "Night") == [("EB Garamond", "Night")]
    assert names("latin", "↜") == [("DejaVu Serif", "↜")]


def test_broken_fonts_of_the_system_are_passed_over(elsewhere: Path) -> None:
    whole = DEJAVU.read_bytes()
    (elsewhere / "EBGaramond.ttf").write_bytes(GARAMOND.read_bytes()[:4000])
    (elsewhere / "Georgia.ttf").write_bytes(b"")
    (elsewhere / "Times.ttf").write_bytes(b"no font at all")
    (elsewhere / "Libertinus.otf").mkdir()
    (elsewhere / "LiberationSerif.ttf").symlink_to(elsewhere / "gone.ttf")
    (elsewhere / "Zzz.ttf").write_bytes(whole)
    assert names("latin", "Night") == [("DejaVu Serif", "Night")]


def test_without_any_font_the_extra_is_named(elsewhere: Path) -> None:
    with pytest.raises(InputError, match="there is no font on this computer") as caught:
        names("latin", "Night")
    assert caught.value.hint == "pip install 'poet[cards]'"


@pytest.mark.parametrize("size", [0, 100, 4000])
def test_a_font_that_is_none_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "broken.ttf"
    path.write_bytes(GARAMOND.read_bytes()[:size])
    with pytest.raises(InputError, match=r"broken\.ttf has no font in it"):
        Typeface(path)


def test_a_font_of_a_collection_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="has no font in it that can be used"):
        Fonts("latin", f"{DEJAVU}#7")
