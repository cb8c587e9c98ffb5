"""Compute the digests and counts of the catalogue from an unpacked package.

    npm pack chinese-poetry@2.0.1 && tar xzf chinese-poetry-2.0.1.tgz
    python corpus/make_catalogue.py package

Writes `digests/NAME.txt` beside this file and prints the figures that belong in
`catalogue.toml`; a test holds the two equal. Only files numbered in the series are
counted: `ci.song.2019y.json`, three poems that were added later, is not.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from poet.corpus.catalogue import digest

SERIES = {
    "tang": ("dist/quantangshi", "poet.tang"),
    "song": ("dist/quantangshi", "poet.song"),
    "ci": ("dist/songci", "ci.song"),
}


def series(folder: Path, stem: str) -> list[Path]:
    """The files `stem.NUMBER.json` of a folder, by their number."""
    numbered = re.compile(re.escape(stem) + r"\.(\d+)\.json")
    found = [(numbered.fullmatch(path.name), path) for path in folder.iterdir()]
    return [path for _, path in sorted((int(match[1]), path) for match, path in found if match)]


def write_digests(package: Path, name: str) -> str:
    """Write the digests of one corpus; return its figures as the catalogue states them."""
    folder, stem = SERIES[name]
    lines, poems, size = [], 0, 0
    for path in series(package / folder, stem):
        data = path.read_bytes()
        sha256, count = digest(data)
        lines.append(f"{sha256}  {path.name}  {count}\n")
        poems, size = poems + count, size + len(data)
    listing = Path(__file__).parent / "digests" / f"{name}.txt"
    listing.parent.mkdir(exist_ok=True)
    listing.write_text("".join(lines), encoding="utf-8", newline="\n")
    return f"[corpora.{name}]\npoems = {poems:_}\nfiles = {len(lines)}\nbytes = {size:_}\n"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for name in SERIES:
        print(write_digests(Path(sys.argv[1]), name))
