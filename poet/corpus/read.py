"""Reading a corpus: files, folders or stdin become poems, or one long stream.

Everything is read in pieces: neither a large file nor one endless line is ever held in memory
whole. Decisions that a user should know about (encoding, format, files ignored) are reported.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from poet.corpus.detection import detect_format
from poet.corpus.encodings import Encoding, decode, find_encoding, refuse_foreign
from poet.corpus.formats import FORMATS, read_poems
from poet.corpus.gutenberg import book, is_gutenberg
from poet.errors import InputError, UsageError, did_you_mean
from poet.poem import Poem

Notify = Callable[[str], None]  # receives a message for the user
_SAMPLE = 1 << 16  # bytes from which encoding and format are detected
CHUNK_SIZE = 1 << 18  # bytes read at a time
_SUFFIXES = (".txt", ".md", ".json", ".jsonl", ".xml")  # of the files that are read from a folder
_ignored = re.compile(r"readme\b.*|fetched\.json|authors?\..*\.?json", re.IGNORECASE)
_number = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class FileInfo:
    """The encoding and format detected for one file. `layout` is its format, a key of `FORMATS`."""

    name: str
    encoding: str
    layout: str


@dataclass(frozen=True, slots=True)
class Source:
    """A corpus that is ready to be read, once.

    `pieces` are the poems, or, of a `stream`, consecutive pieces of about a million characters
    which joined give exactly the text.
    """

    kind: Literal["poems", "stream"]
    pieces: Iterator[Poem]
    files: tuple[FileInfo, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(file.name for file in self.files)


@dataclass(frozen=True, slots=True)
class _Input:
    """An inspected file. Of stdin, which can be read only once, `start` holds the bytes read."""

    info: FileInfo
    encoding: Encoding
    path: Path | None
    start: bytes = b""
    is_gutenberg: bool = False

    def chunks(self, size: int) -> Iterator[bytes]:
        yield self.start
        with _opened(self.path) as file:
            while chunk := file.read(size):
                yield chunk


def read(
    paths: Sequence[Path | Literal["-"]],
    *,
    layout: str = "auto",
    encoding: str = "auto",
    chunk_size: int = CHUNK_SIZE,
    notify: Notify,
) -> Source:
    """Read files, folders (recursively) and stdin (`-`) as one corpus.

    `layout` is a key of `FORMATS`, or `auto` to detect it. Raises `InputError` when a file is
    missing, empty or not text, or when streams and poems are mixed; `UsageError` for a layout or
    encoding that does not exist. Errors further inside a file are raised while `pieces` is read.
    """
    if layout not in ("auto", *FORMATS):
        raise UsageError(
            f"there is no layout called {layout!r}",
            f"the layouts are auto {' '.join(FORMATS)}",
        )
    files = [file for path in paths for file in _files(path, notify)]
    if not files:
        raise UsageError("nothing to read", "name a file, a folder, or - for stdin")
    inputs = [_inspect(file, layout, encoding) for file in files]
    _report([item.info for item in inputs], layout, encoding, notify)
    streams = [item.info.name for item in inputs if item.info.layout == "stream"]
    others = [item.info.name for item in inputs if item.info.layout != "stream"]
    if streams and others:
        raise InputError(
            f"{streams[-1]} is one long text, {others[-1]} holds poems",
            "read them as one kind: --layout stream, or --layout poems",
        )
    pieces = (piece for item in inputs for piece in _pieces(item, chunk_size, notify))
    kind: Literal["poems", "stream"] = "stream" if streams else "poems"
    return Source(kind, pieces, tuple(item.info for item in inputs))


def _files(path: Path | Literal["-"], notify: Notify) -> Iterator[Path | None]:
    """The files of a path in natural order; None stands for stdin."""
    if str(path) == "-":
        yield None
    elif (path := Path(path)).is_dir():
        yield from _folder(path, notify)
    elif path.is_file():
        yield path
    elif path.exists():
        raise InputError(
            f"{path} is a pipe or a device, which can be read only once",
            "pass it on stdin: … | poet train -",
        )
    else:
        raise _missing(path)


def _folder(folder: Path, notify: Notify) -> Iterator[Path]:
    files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    texts = sorted(filter(_is_text, files), key=natural_order)
    if not texts:
        raise InputError(
            f"{folder} holds no text",
            f"only {' '.join(_SUFFIXES)} are read from a folder; name other files one by one",
        )
    if ignored := len(files) - len(texts):
        notify(f"{folder}: {ignored:,} other {'file' if ignored == 1 else 'files'} ignored")
    yield from (folder / path for path in texts)


def _is_text(path: Path) -> bool:
    """Whether a file of a folder belongs to the corpus: hidden files and READMEs do not."""
    if any(part.startswith(".") for part in path.parts):
        return False
    return path.suffix.lower() in _SUFFIXES and not _ignored.fullmatch(path.name)


def natural_order(path: Path) -> list[tuple[int, int, str]]:
    """A key that sorts numbers in names by value: poet.tang.2000 before poet.tang.10000."""
    return [
        (0, int(part), "") if part.isdecimal() else (1, 0, part)
        for part in _number.split(path.as_posix())
    ]


def _missing(path: Path) -> InputError:
    folder = path.parent
    names = {file.name: file for file in folder.iterdir()} if folder.is_dir() else {}
    return InputError(
        f"there is no file {path}", did_you_mean(path.name, names) or "check the path"
    )


def _opened(path: Path | None) -> AbstractContextManager[BinaryIO]:
    """The file, or stdin, which is not closed afterwards."""
    if path is None:
        return nullcontext(sys.stdin.buffer)
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", "check the file") from None


def _inspect(path: Path | None, layout: str, encoding: str) -> _Input:
    """Detect the encoding and format of a file from its beginning."""
    name = str(path) if path else "stdin"
    with _opened(path) as file:
        sample = file.read(_SAMPLE + 1)
    whole = len(sample) <= _SAMPLE
    refuse_foreign(sample, name)
    codec = find_encoding(sample, name, whole=whole, encoding=encoding)
    text = sample[codec.mark :].decode(codec.name, "replace")
    if not whole:  # the end of the sample may have cut a character
        text = text.rstrip("\ufffd")
    if whole and not text.strip():
        raise InputError(f"{name} is empty", "give a file with text in it")
    gutenberg = is_gutenberg(text)
    if gutenberg:
        text = "".join(book([text]))
    file_format = detect_format(text, name, whole=whole) if layout == "auto" else layout
    info = FileInfo(name, codec.name, file_format)
    return _Input(info, codec, path, b"" if path else sample, gutenberg)


def _report(files: list[FileInfo], layout: str, encoding: str, notify: Notify) -> None:
    """Report what was detected, once for all files that are alike."""
    for (file_format, codec), count in Counter((f.layout, f.encoding) for f in files).items():
        first = next(f.name for f in files if (f.layout, f.encoding) == (file_format, codec))
        name = first if count == 1 else f"{count:,} files from {first} on"
        if encoding == "auto" and codec not in ("utf-8", "ascii"):
            notify(f"{name}: not UTF-8, read as {codec}")
        if layout == "auto":
            notify(f"{name}: {FORMATS[file_format]} (--layout {file_format})")


def _pieces(item: _Input, chunk_size: int, notify: Notify) -> Iterator[Poem]:
    name = item.info.name
    text = decode(item.chunks(chunk_size), item.encoding, name)
    text = book(text) if item.is_gutenberg else text
    return read_poems(text, item.info.layout, name, notify)
