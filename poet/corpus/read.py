"""Reading a corpus: files, folders or stdin become poems, or one long stream.

Everything is read in pieces: neither a large file nor one endless line is ever held in memory
whole. Decisions that a user should know about (encoding, format, files ignored) are reported.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

from poet.characters import is_chinese
from poet.corpus.detection import detect_format, structured_format
from poet.corpus.encodings import Encoding, decode, find_encoding, refuse_foreign
from poet.corpus.fields import ANY_FIELDS, Fields
from poet.corpus.formats import FORMATS, TextFile, read_poems
from poet.corpus.gutenberg import book, is_gutenberg
from poet.corpus.plain_text import NO_MARKS, Marks, find_marks, plain_text
from poet.errors import InputError, UsageError, did_you_mean
from poet.files import open_pipe
from poet.poem import Poem
from poet.scripts import from_japanese

Notify = Callable[[str], None]  # receives a message for the user
_SAMPLE = 1 << 16  # bytes from which encoding and format are detected
CHUNK_SIZE = 1 << 18  # bytes read at a time
_SUFFIXES = (  # of the files that are read from a folder
    *(".txt", ".md", ".markdown", ".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".lrc", ".xml"),
)
STDIN = ("-", "/dev/stdin")
FETCHED = "fetched.json"  # the record of a corpus that was fetched and verified, in its folder
_WITH_FIELDS = ("json", "jsonl", "table")
_PLAIN = ("poems", "stanzas", "lines")  # formats without marks of their own
_ignored = re.compile(r"readme\b.*|fetched\.json|authors?\..*\.?json", re.IGNORECASE)
_number = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class FileInfo:
    """The encoding and format detected for one file. `layout` is its format, a key of `FORMATS`."""

    name: str
    encoding: str
    layout: str
    marks: str = ""  # of Markdown and the like, which are left out


@dataclass(frozen=True, slots=True)
class Source:
    """A corpus that is ready to be read, once.

    `pieces` are the poems, or, of a `stream`, consecutive pieces of about a million characters
    which joined give exactly the text. `left_out` receives, while they are read, the number of
    rows and records that are no poems, by their kind.
    """

    kind: Literal["poems", "stream"]
    pieces: Iterator[Poem]
    files: tuple[FileInfo, ...]
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(file.name for file in self.files)


@dataclass(frozen=True, slots=True)
class _Input:
    """An inspected file. What can be read only once begins with `start`."""

    info: FileInfo
    encoding: Encoding
    path: Path | None
    start: bytes = b""
    rest: BinaryIO | None = None
    is_gutenberg: bool = False
    is_verified: bool = False
    marks: Marks = NO_MARKS

    def chunks(self, size: int) -> Iterator[bytes]:
        yield self.start
        file = self.rest or _opened(self.path)
        with nullcontext(file) if self.path is None else file:
            while chunk := file.read(size):
                yield chunk


def read(
    paths: Sequence[Path | Literal["-"]],
    *,
    layout: str = "auto",
    encoding: str = "auto",
    fields: Fields = ANY_FIELDS,
    chunk_size: int = CHUNK_SIZE,
    notify: Notify,
) -> Source:
    """Read files, folders (recursively), stdin (`-`) and pipes such as `<(…)` as one corpus.

    `layout` is a key of `FORMATS`, or `auto` to detect it; `fields` are those of JSON and tables
    that hold the poems, found where none are named. Empty files of a folder are passed over.
    Raises `InputError` when a file is missing, empty or not text, or when streams and poems are
    mixed; `UsageError` for a layout, encoding or field that does not exist. Errors further inside
    a file are raised while `pieces` is read.
    """
    if layout not in ("auto", *FORMATS):
        raise UsageError(
            f"there is no layout called {layout!r}",
            f"the layouts are auto {' '.join(FORMATS)}",
        )
    files = [file for path in paths for file in _files(path, notify)]
    if not files:
        raise UsageError("nothing to read", "name a file, a folder, or - for stdin")
    found = [_inspect(file, layout, encoding) for file in files]
    inputs = [item for item in found if item]
    if len(inputs) < len(found):
        empty = [str(file or "stdin") for file, item in zip(files, found, strict=True) if not item]
        named = [name for name in empty if name in map(str, paths) or name == "stdin"]
        if named or not inputs:
            raise InputError(f"{(named or empty)[0]} is empty", "give a file with text in it")
        more = f" and {len(empty) - 1:,} more" if len(empty) > 1 else ""
        notify(f"passed over, since there is nothing in it: {empty[0]}{more}")
    _report([item.info for item in inputs], layout, encoding, notify)
    if fields != ANY_FIELDS and not any(item.info.layout in _WITH_FIELDS for item in inputs):
        raise UsageError(
            f"{inputs[0].info.name} is plain text, which has no fields",
            f"leave out {fields.options}; JSON and tables have fields",
        )
    streams = [item.info.name for item in inputs if item.info.layout == "stream"]
    others = [item.info.name for item in inputs if item.info.layout != "stream"]
    if streams and others:
        raise InputError(
            f"{streams[-1]} is one long text, {others[-1]} holds poems",
            "read them as one kind: --layout stream, or --layout poems",
        )
    left_out: Counter[str] = Counter()
    once = _once(notify)
    files_read = (
        (item, TextFile(item.info.name, fields, once, left_out, item.is_verified))
        for item in inputs
    )
    pieces = (piece for item, file in files_read for piece in _pieces(item, file, chunk_size))
    kind: Literal["poems", "stream"] = "stream" if streams else "poems"
    return Source(kind, pieces, tuple(item.info for item in inputs), left_out)


def poems_of(text: str, name: str, notify: Notify) -> Iterator[Poem]:
    """The poems of a text as `read` finds them; a text without borders is one of them."""
    layout, marks = _recognised(text, name, "auto", whole=True)
    layout = "poems" if layout == "stream" else layout
    text_file = TextFile(name, notify=notify)
    pieces = plain_text([text], marks, text_file.left_out) if layout in _PLAIN else iter([text])
    return map(_in_chinese_forms, read_poems(pieces, layout, text_file))


def _once(notify: Notify) -> Notify:
    """`notify`, but of files that are alike only the first is told of."""
    told: set[str] = set()

    def tell(message: str) -> None:
        what = message.partition(": ")[2]
        if what not in told:
            told.add(what)
            notify(message)

    return tell


def is_read_once(path: Path | str) -> bool:
    """Whether what a path leads to is gone once it has been read: stdin, or a pipe."""
    return str(path) in STDIN or Path(path).is_fifo()


def _files(path: Path | Literal["-"], notify: Notify) -> Iterator[Path | None]:
    """The files of a path in natural order; None stands for stdin."""
    if str(path) in STDIN:
        yield None
    elif (path := Path(path)).is_dir():
        yield from _folder(path, notify)
    elif path.is_file() or path.is_fifo():
        yield path
    elif path.exists():
        raise InputError(f"{path} is a device, and holds no text", "name a file")
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


def _opened(path: Path | None) -> BinaryIO:
    """The file, or stdin."""
    if path is None:
        return sys.stdin.buffer
    try:
        return open_pipe(path) if path.is_fifo() else path.open("rb")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", "check the file") from None


def _inspect(path: Path | None, layout: str, encoding: str) -> _Input | None:
    """Detect the encoding and format of a file from its beginning; None for an empty one."""
    name = str(path) if path else "stdin"
    is_once = path is None or path.is_fifo()
    file = _opened(path)
    with nullcontext(file) if is_once else file:
        sample = file.read(_SAMPLE + 1)
    whole = len(sample) <= _SAMPLE
    refuse_foreign(sample, name)
    codec = find_encoding(sample, name, whole=whole, encoding=encoding)
    text = sample[codec.mark :].decode(codec.name, "replace")
    if not whole:  # the end of the sample may have cut a character
        text = text.rstrip("\ufffd")
    if whole and not text.strip("\ufeff \t\r\n\u3000\xa0"):
        return None
    gutenberg = is_gutenberg(text)
    if gutenberg:
        text = "".join(book([text]))
    file_format, marks = _recognised(text, name, layout, whole)
    info = FileInfo(name, codec.name, file_format, str(marks))
    is_verified = path is not None and (path.parent / FETCHED).is_file()
    return _Input(
        info,
        codec,
        path,
        sample if is_once else b"",
        file if is_once else None,
        is_gutenberg=gutenberg,
        is_verified=is_verified,
        marks=marks,
    )


def _recognised(text: str, name: str, layout: str, whole: bool) -> tuple[str, Marks]:
    """The format of a text, `layout` unless that is auto, and what stands in it beside verse."""
    found = structured_format(text, name, whole=whole) if layout == "auto" else layout
    if found and found not in _PLAIN:
        return found, NO_MARKS
    marks = find_marks(text, name)
    if not found:
        tidy = "".join(plain_text([text], marks, Counter()))
        found = detect_format(tidy, name, whole=whole, marks=marks)
    return found, marks if found in _PLAIN else NO_MARKS


def _report(files: list[FileInfo], layout: str, encoding: str, notify: Notify) -> None:
    """Report what was detected, once for all files that are alike."""
    kinds = Counter((f.layout, f.encoding, f.marks) for f in files)
    for (file_format, codec, marks), count in kinds.items():
        kind = (file_format, codec, marks)
        first = next(f.name for f in files if (f.layout, f.encoding, f.marks) == kind)
        name = first if count == 1 else f"{count:,} files from {first} on"
        if encoding == "auto" and codec not in ("utf-8", "ascii"):
            notify(f"{name}: not UTF-8, read as {codec}")
        if layout == "auto":
            also = f"; {marks}" if marks else ""
            notify(f"{name}: {FORMATS[file_format]}{also} (--layout {file_format})")


def _pieces(item: _Input, file: TextFile, chunk_size: int) -> Iterator[Poem]:
    text = decode(item.chunks(chunk_size), item.encoding, file.name)
    text = book(text) if item.is_gutenberg else text
    if item.info.layout in _PLAIN:
        text = plain_text(text, item.marks, file.left_out)
    poems = read_poems(text, item.info.layout, file)
    return (
        poems
        if file.is_verified or item.info.layout in ("stream", "tei")
        else (map(_in_chinese_forms, poems))
    )


def _in_chinese_forms(poem: Poem) -> Poem:
    """The poem without Japanese forms of characters, if it is Chinese."""
    text = from_japanese(poem.text)
    if text == poem.text or not is_chinese(poem.text):
        return poem
    return Poem(text, from_japanese(poem.title), from_japanese(poem.author))
