"""The catalogue of corpora: those known by name, and whether they have been fetched.

The entries stand in `corpus/catalogue.toml`, the digests in `corpus/digests/NAME.txt`, one line
`sha256  filename  poems` per file. Where routes deliver the same poems but not the same bytes, a
digest is computed from the poems (see `digest`). Otherwise it is that of the file itself, and the
SHA-1 that git gives the file comes last in its line, to be compared with the repository.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from poet import objects, paths
from poet.errors import InputError, UsageError, did_you_mean
from poet.objects import is_sealed
from poet.typed import Malformed, construct, read_json

ROUTES = ("auto", "github", "npm")  # ways to fetch a corpus (poet.corpus.routes)
OTHER_VERSE = (
    "text",
    "lines",
    "content",
    "para",
)  # keys of verse in other files (poet.corpus.read)
MARKER = "fetched.json"  # written last: a folder without it does not count as fetched


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a corpus comes from: raw files at one commit, and perhaps a package of its poems."""

    name: str
    home: str
    licence: str
    raw: str
    package: str = ""
    package_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Digest:
    """What a file of a corpus must hold: this number of poems with this digest.

    `file` is its path within the corpus. `blob` is the SHA-1 that git knows the file by, if one
    is given.
    """

    sha256: str
    file: str
    poems: int
    blob: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A corpus. One without an origin ships with poet and needs no fetching."""

    name: str
    title: str
    description: str
    script: str  # hant, hans or latin
    licence: str
    poems: int
    files: int
    bytes: int
    origin: Origin | None = None
    raw_folder: str = ""
    package_folder: str = ""
    digest_of: Literal["poems", "file"] = "poems"
    contents: tuple[Digest, ...] = ()

    @property
    def fingerprint(self) -> str:
        """One digest of the whole corpus, computed from those of its files in order."""
        return hashlib.sha256("\n".join(d.sha256 for d in self.contents).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Fetched:
    """The record of a finished fetch, stored in its marker file."""

    corpus: str
    route: str
    date: str
    files: int
    poems: int
    fingerprint: str
    digests: Mapping[str, str] = field(default_factory=dict)  # SHA-256 of the bytes of each file


def digest(data: bytes) -> tuple[str, int]:
    """The SHA-256 of the poems in a JSON file, and their number.

    It covers author, title (or `rhythmic`, the tune of a ci) and lines of each poem, but not white
    space, ids, tags and the order of keys. Raises `ValueError` for data that is not a JSON list of
    poems, and for poems of which something else would be read, since those keys are empty.

    >>> one = b'[{"author": "A", "title": "T", "paragraphs": ["x"]}]'
    >>> two = b'[{"id": 7, "paragraphs":["x"],"title":"T","author":"A"}]'
    >>> digest(one) == digest(two)
    True
    """
    poems = json.loads(data)
    if not isinstance(poems, list) or not all(isinstance(poem, dict) for poem in poems):
        raise ValueError("not a list of poems")
    canonical = [
        {
            "author": poem.get("author", ""),
            "paragraphs": poem.get("paragraphs", []),
            "title": poem.get("title", poem.get("rhythmic", "")),
        }
        for poem in poems
    ]
    for poem, covered in zip(poems, canonical, strict=True):
        others = [*(() if covered["paragraphs"] else OTHER_VERSE)]
        if any(map(poem.get, others)) or (poem.get("rhythmic") and not covered["title"]):
            raise ValueError("there is verse that the digest does not cover")
    text = json.dumps(canonical, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # surrogatepass: a lone surrogate in a damaged file is a wrong digest, not a crash
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), len(canonical)


def file_digests(data: bytes) -> tuple[str, str]:
    """The SHA-256 of a file, and the SHA-1 that git knows it by.

    >>> file_digests(b"")[1]
    'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
    """
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False)
    return hashlib.sha256(data).hexdigest(), blob.hexdigest()


def is_intact(entry: Entry, data: bytes, expected: Digest) -> bool:
    """Whether the data of a file is what its digest says."""
    if entry.digest_of == "file":
        return file_digests(data) == (expected.sha256, expected.blob)
    try:
        return digest(data) == (expected.sha256, expected.poems)
    except (ValueError, RecursionError):  # not poems, not JSON, or nested too deeply
        return False


def load() -> dict[str, Entry]:
    """Every corpus by name. Raises `InputError` when the catalogue cannot be read."""
    folder = paths.shipped() / "corpus"
    try:
        data = tomllib.loads((folder / "catalogue.toml").read_text(encoding="utf-8"))
        origins = {name: Origin(name, **o) for name, o in data.get("origins", {}).items()}
        return {name: _entry(name, e, origins, folder) for name, e in data["corpora"].items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"the catalogue of corpora cannot be read ({error})",
            "it is part of poet: install poet again",
        ) from error


def find(name: str) -> Entry:
    """The corpus of this name. Raises `UsageError`, with the nearest name, when there is none."""
    entries = load()
    if name in entries:
        return entries[name]
    raise UsageError(
        f"there is no corpus called {name!r}",
        f"{did_you_mean(name.lower(), list(entries))} the corpora are {' '.join(entries)}".strip(),
    )


def folder(name: str) -> Path:
    """The folder of a corpus of the catalogue, whether or not it has been fetched."""
    entry = find(name)
    return paths.fetched() / name if entry.origin else paths.shipped() / "corpus" / name


def is_fetched(name: str) -> bool:
    """Whether a corpus is here complete, in the version of this catalogue."""
    entry, path = find(name), folder(name)
    if not entry.origin:
        return True
    return read_marker(entry, path) is not None and all(
        (path / digest.file).is_file() for digest in entry.contents
    )


def read_marker(entry: Entry, path: Path) -> Fetched | None:
    """The marker of a finished fetch in a folder; None without one, or with one of other poems."""
    if not (path / MARKER).is_file():
        return None
    try:
        facts = read_json(path / MARKER)
        is_sealed(facts)  # older ones are not
        marker = construct(Fetched, facts)
    except (InputError, Malformed):
        return None
    return marker if marker.fingerprint == entry.fingerprint else None


def verified_files(place: Path) -> list[Path] | None:
    """The files of a fetched corpus, in order, each as it was when it was fetched.

    None for the folder of anything else. Raises `InputError` where a file was changed or is gone.
    """
    entry = load().get(place.name)
    if entry is None or not entry.origin or place != paths.fetched() / place.name:
        return None
    marker = read_marker(entry, place)
    for file in entry.contents:
        if marker is None or not _is_as_fetched(entry, place / file.file, file, marker):
            raise InputError(
                f"{entry.name} is not as it was fetched: {place / file.file} is damaged or gone",
                f"poet corpus fetch {entry.name}",
            )
    return [place / file.file for file in entry.contents]


def _is_as_fetched(entry: Entry, path: Path, expected: Digest, marker: Fetched) -> bool:
    if not path.is_file():
        return False
    if expected.file in marker.digests:
        return objects.digest(path) == marker.digests[expected.file]
    return is_intact(entry, path.read_bytes(), expected)  # of an older fetch; takes longer


def _entry(name: str, data: Mapping[str, Any], origins: dict[str, Origin], folder: Path) -> Entry:
    if "origin" not in data:
        return Entry(**{**data, **_counts(folder / name), "name": name})
    digests = _digests(folder / "digests" / f"{name}.txt")
    return Entry(**{**data, "name": name, "origin": origins[data["origin"]], "contents": digests})


def _counts(folder: Path) -> dict[str, int]:
    """Poems, files and bytes of a corpus that ships; each poem begins with `# title`."""
    texts = [path.read_bytes() for path in sorted(folder.glob("*.txt"))]
    poems = sum(line.startswith(b"# ") for text in texts for line in text.splitlines())
    return {"poems": poems, "files": len(texts), "bytes": sum(map(len, texts))}


def _digests(listing: Path) -> tuple[Digest, ...]:
    rows = [line.split("  ") for line in listing.read_text(encoding="utf-8").splitlines()]
    return tuple(Digest(sha256, file, int(poems), *blob) for sha256, file, poems, *blob in rows)
