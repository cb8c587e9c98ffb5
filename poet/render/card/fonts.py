"""Fonts for cards: the one asked for, those of the extra `cards`, and those of the system."""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, TypeAlias

from poet.errors import InputError, PoetError
from poet.files import open_plain

Kind: TypeAlias = Literal["hant", "hans", "latin", "italic"]
EM = 1000  # units of every outline to an em, whatever the font's own are
MAX_BYTES = 1 << 28  # of a font file; one with all of CJK has 30 MB
INSTALL = "pip install 'poet[cards]'"

# (module, file in it), the best first. Characters that one lacks are looked for in the next
_EXTRA: dict[Kind, tuple[tuple[str, str], ...]] = {
    "hant": (
        ("pylopdf_fonts_zh_tw", "NotoSerifTC-Regular.otf"),
        ("pylopdf_fonts_zh_cn", "NotoSerifSC-Regular.otf"),
    ),
    "hans": (
        ("pylopdf_fonts_zh_cn", "NotoSerifSC-Regular.otf"),
        ("pylopdf_fonts_zh_tw", "NotoSerifTC-Regular.otf"),
    ),
    "latin": (("fontpkg_eb_garamond", "files/EBGaramond[wght].ttf"),),
    "italic": (("fontpkg_eb_garamond", "files/EBGaramond-Italic[wght].ttf"),),
}
_FALLBACK: dict[Kind, tuple[Kind, ...]] = {
    "hant": ("latin",),
    "hans": ("latin",),
    "latin": ("hant",),
    "italic": ("latin", "hant"),
}
# Beginnings of the names of font files, without spaces, hyphens and capitals, the best first
_CHINESE = "notoserifcjk sourcehanserif notoseriftc notoserifsc songti pmingliu mingliu simsun"
_WESTERN = "ebgaramond libertinus notoserif georgia times liberationserif dejavuserif"
_PREFERRED: dict[Kind, tuple[str, ...]] = {
    "hant": tuple(_CHINESE.split()),
    "hans": tuple(_CHINESE.split()),
    "latin": tuple(_WESTERN.split()),
    "italic": tuple(_WESTERN.split()),
}
_SERIF = re.compile("serif|ming|song|mincho|garamond|roman")
_STYLED = re.compile("bold|italic|oblique|black|heavy|light|thin|mono|cond|medium|emoji|symbol")
_SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")


class Typeface:
    """A font that can be set with, of which outlines are taken. Raises `InputError`."""

    def __init__(self, path: Path, index: int = 0) -> None:
        import uharfbuzz as hb

        with open_plain(path) as file:
            data = file.read(MAX_BYTES)
        try:
            face = hb.Face(data, index)
            font = hb.Font(face)
            font.scale = (EM, EM)
            characters = face.unicodes
        except (hb.HarfBuzzError, ValueError, MemoryError) as error:
            raise _unreadable(path) from error
        if index >= face.count or not face.glyph_count or not characters:
            raise _unreadable(path)
        self.font = font
        self.name = face.get_name(hb.OTNameIdPredefined.FONT_FAMILY) or path.stem
        self._characters = characters
        self._outlines: dict[int, str] = {}

    def has(self, cluster: str) -> bool:
        """Whether the font can draw a character with the marks on it."""
        return all(_is_ignorable(c) or self._draws(c) for c in cluster)

    def _draws(self, character: str) -> bool:
        if ord(character) not in self._characters:
            return False
        glyph = self.font.get_nominal_glyph(ord(character))
        # Fonts of coloured pictures have the character, but no outline of it
        return glyph is not None and (character.isspace() or bool(self.outline(glyph)))

    def outline(self, glyph: int) -> str:
        """The outline of a glyph as the data of an SVG path, y upwards, `EM` units to the em."""
        if glyph not in self._outlines:
            from fontTools.pens.svgPathPen import SVGPathPen

            pen = SVGPathPen(None, ntos=lambda number: f"{number:.4g}")
            self.font.draw_glyph_with_pen(glyph, pen)
            self._outlines[glyph] = pen.getCommands()
        return self._outlines[glyph]

    @cached_property
    def turns_punctuation(self) -> bool:
        """Whether the font has brackets and stops of its own for vertical text."""
        import uharfbuzz as hb

        buffer = hb.Buffer()
        buffer.add_str("（")
        buffer.guess_segment_properties()
        buffer.direction = "ttb"
        hb.shape(self.font, buffer)
        return buffer.glyph_infos[0].codepoint != self.font.get_nominal_glyph(ord("（"))


class Fonts:
    """The fonts of a card, in the order in which a character is looked for in them.

    Raises `InputError` where `font`, a file with `#1` behind it for the second font in it, is
    none, and for a character that no font has.
    """

    def __init__(self, kind: Kind, font: str | None = None) -> None:
        self.kind = kind
        self._found: list[Typeface] = [_asked(font)] if font else []
        self._others = _typefaces(kind)
        self._by_cluster: dict[str, Typeface] = {}

    def runs(self, text: str) -> Iterator[tuple[Typeface, str]]:
        """The text in pieces, each with the font that has all of its characters."""
        run, last = "", None
        for cluster in _clusters(text):
            typeface = self._typeface(cluster, last)
            if typeface is not last and last and run:
                yield last, run
                run = ""
            run, last = run + cluster, typeface
        if last and run:
            yield last, run

    def _typeface(self, cluster: str, last: Typeface | None) -> Typeface:
        if cluster.isspace() and last and last.has(cluster):
            return last
        if cluster not in self._by_cluster:
            self._by_cluster[cluster] = self._search(cluster)
        return self._by_cluster[cluster]

    def _search(self, cluster: str) -> Typeface:
        for typeface in self._found:
            if typeface.has(cluster):
                return typeface
        for typeface in self._others:
            self._found.append(typeface)
            if typeface.has(cluster):
                return typeface
        if not self._found:
            raise InputError("there is no font on this computer to set a card with", INSTALL)
        if len(cluster) > 1:  # rather without its marks than not at all
            return self._search(cluster[0])
        raise InputError(
            f"no font here has the character {cluster} (U+{ord(cluster):04X})",
            "leave it out, or name a font that has it: --font FILE",
        )


def check_installed(suffix: str = ".svg") -> None:
    """Raise `PoetError` where cards cannot be made since the extra is not installed."""
    needed = ("uharfbuzz", "fontTools", *(["resvg_py"] if suffix.lower() == ".png" else []))
    if not all(map(find_spec, needed)):
        raise PoetError("cards are made with the extra 'cards', which is not installed", INSTALL)


def check_font(font: str) -> None:
    """Raise `InputError` for a `font`, as `Fonts` takes it, that is none."""
    _asked(font)


def _asked(font: str) -> Typeface:
    match = re.fullmatch(r"(.+)#(\d{1,4})", font)
    if match and not Path(font).exists():
        return _typeface(Path(match[1]), int(match[2]))
    return _typeface(Path(font), 0)


@lru_cache(maxsize=16)
def _typeface(path: Path, index: int) -> Typeface:
    return Typeface(path, index)


def _typefaces(kind: Kind) -> Iterator[Typeface]:
    """The fonts of the extra, then those of the system. Broken ones are passed over."""
    kinds = (kind, *_FALLBACK[kind])
    for each in kinds:
        for module, name in _EXTRA[each]:
            spec = find_spec(module)
            if spec and spec.origin:
                yield from _readable(Path(spec.origin).parent / name, 0)
    for each in kinds:
        for path in _system_fonts(each):
            yield from _readable(path, _index(path, kind))


def _readable(path: Path, index: int) -> Iterator[Typeface]:
    try:
        yield _typeface(path, index)
    except InputError:
        return


def _index(path: Path, kind: Kind) -> int:
    """Which of the fonts in a collection has the characters in the shapes of this script."""
    if path.suffix.lower() not in (".ttc", ".otc"):
        return 0
    wanted = {"hant": " TC", "hans": " SC"}.get(kind, " TC")
    for index in range(16):
        try:
            name = _typeface(path, index).name
        except InputError:
            break
        if name.endswith(wanted):
            return index
    return 0


@cache
def _system_fonts(kind: Kind) -> tuple[Path, ...]:
    """The font files of the system, the most suitable first."""
    return tuple(sorted(_font_files(), key=lambda path: _rank(path, kind)))


def _rank(path: Path, kind: Kind) -> tuple[bool, int, bool, int, str]:
    name = re.sub(r"[\s_-]", "", path.stem).lower()
    preferred = _PREFERRED[kind]
    place = next((i for i, start in enumerate(preferred) if name.startswith(start)), len(preferred))
    styles = set(_STYLED.findall(name)) ^ ({"italic"} if kind == "italic" else set())
    return (bool(styles), place, not _SERIF.search(name), len(name), str(path))


@cache
def _font_files() -> tuple[Path, ...]:
    files = set()
    for folder in _folders():
        for root, _, names in os.walk(folder):
            files |= {Path(root) / name for name in names if _is_font(name)}
    return tuple(sorted(files))


def _is_font(name: str) -> bool:
    """Whether a file is a font, other than matplotlib's, which draws a box for any character."""
    return name.lower().endswith(_SUFFIXES) and not name.startswith("LastResort")


def _folders() -> Iterable[Path]:
    """Where the system, its user and matplotlib, which is always there, keep fonts."""
    home, environ = Path.home(), os.environ
    matplotlib = find_spec("matplotlib")
    if matplotlib and matplotlib.origin:
        yield Path(matplotlib.origin).with_name("mpl-data") / "fonts" / "ttf"
    if sys.platform == "win32":
        yield Path(environ.get("WINDIR", r"C:\Windows")) / "Fonts"
        if local := environ.get("LOCALAPPDATA"):
            yield Path(local) / "Microsoft" / "Windows" / "Fonts"
        return
    if sys.platform == "darwin":
        yield from (Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts")
    shared = environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    own = environ.get("XDG_DATA_HOME") or str(home / ".local/share")
    yield home / ".fonts"
    yield from (Path(folder) / "fonts" for folder in [own, *shared.split(":")] if folder)


def _clusters(text: str) -> Iterator[str]:
    """Each character together with the marks and joiners that follow it."""
    cluster = ""
    for character in text:
        if cluster and not _is_dependent(character):
            yield cluster
            cluster = ""
        if cluster or not _is_ignorable(character):
            cluster += character
    if cluster:
        yield cluster


def _is_dependent(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Mc", "Me", "Cf")


def _is_ignorable(character: str) -> bool:
    """Joiners and variation selectors, which have no shape of their own."""
    return (
        unicodedata.category(character) == "Cf"
        or "\ufe00" <= character <= "\ufe0f"
        or "\U000e0100" <= character <= "\U000e01ef"
    )


def _unreadable(path: Path) -> InputError:
    return InputError(
        f"{path} has no font in it that can be used",
        "name a file .ttf, .otf or .ttc; behind a collection, #1 is its second font",
    )
