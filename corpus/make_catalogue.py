"""Compute the digests and counts of the catalogue from unpacked files.

    npm pack chinese-poetry@2.0.1 && tar xzf chinese-poetry-2.0.1.tgz
    python corpus/make_catalogue.py package tang song ci

    git clone https://github.com/tnhaider/english-gutenberg-poetry
    git -C english-gutenberg-poetry checkout 8693a25009765bb293691b7ae6f43c9ce45961fa
    python corpus/make_catalogue.py english-gutenberg-poetry english

Writes `digests/NAME.txt` beside this file and prints the figures that belong in
`catalogue.toml`; a test holds the two equal. Of the Chinese corpora only files numbered in the
series are counted: `ci.song.2019y.json`, three poems that were added later, is not.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

from poet.corpus.catalogue import digest, file_digests


def series(folder: Path, stem: str) -> list[Path]:
    """The files `stem.NUMBER.json` of a folder, by their number."""
    numbered = re.compile(re.escape(stem) + r"\.(\d+)\.json")
    found = [(numbered.fullmatch(path.name), path) for path in folder.iterdir()]
    return [path for _, path in sorted((int(match[1]), path) for match, path in found if match)]


def books(folder: Path) -> list[Path]:
    """The TEI files of a folder of folders, one a period, that `LARGE` does not leave out."""
    return [path for path in sorted(folder.glob("*/*.xml")) if path.name not in LARGE]


# The only files of more than 4 MB, each a poet's complete works with notes and plays
LARGE = (
    "TheCompletePoeticandDramaticWorksofRobertBrowningC50954.xml",
    "TheCompleteWorksofWhittierbyJohnGreenleafWhittier9600.xml",
)
FILES: dict[str, tuple[str, Callable[[Path], list[Path]]]] = {
    "tang": ("dist/quantangshi", lambda folder: series(folder, "poet.tang")),
    "song": ("dist/quantangshi", lambda folder: series(folder, "poet.song")),
    "ci": ("dist/songci", lambda folder: series(folder, "ci.song")),
    "english": ("", books),
}


def line_of_poems(data: bytes, file: str) -> tuple[str, int]:
    """The line of a JSON file in a listing, and how many poems it has."""
    sha256, poems = digest(data)
    return f"{sha256}  {file}  {poems}", poems


def line_of_tei(data: bytes, file: str) -> tuple[str, int]:
    """The line of a TEI file in a listing, and how many poems are marked in it."""
    (sha256, blob), poems = file_digests(data), data.count(b'<lg type="poem"')
    return f"{sha256}  {file}  {poems}  {blob}", poems


def write_digests(top: Path, name: str) -> str:
    """Write the digests of one corpus; return its figures as the catalogue states them."""
    folder, files = FILES[name]
    lines, poems, size = [], 0, 0
    for path in files(top / folder):
        data, file = path.read_bytes(), path.relative_to(top / folder).as_posix()
        line, count = (line_of_tei if path.suffix == ".xml" else line_of_poems)(data, file)
        lines.append(line + "\n")
        poems, size = poems + count, size + len(data)
    listing = Path(__file__).parent / "digests" / f"{name}.txt"
    listing.parent.mkdir(exist_ok=True)
    listing.write_text("".join(lines), encoding="utf-8", newline="\n")
    return f"[corpora.{name}]\npoems = {poems:_}\nfiles = {len(lines):_}\nbytes = {size:_}\n"


if __name__ == "__main__":
    if len(sys.argv) < 3 or not set(sys.argv[2:]) <= set(FILES):
        sys.exit(__doc__)
    for name in sys.argv[2:]:
        print(write_digests(Path(sys.argv[1]), name))
