"""Reading a corpus: files, folders or stdin become poems, or one long stream.

Everything is read in pieces: neither a large file nor one endless line is ever
held whole. What was found (encoding, layout, what was passed over) is said aloud.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from poet.corpus import formats
from poet.corpus.encodings import Encoding, decode, find_encoding, refuse_foreign
from poet.corpus.guess import detect_format
from poet.errors import InputError, UsageError, did_you_mean
from poet.poem import Poem

Say = Callable[[str], None]
_SAMPLE = 1 << 16  # bytes that a decision is made on
_CHUNK = 1 << 18  # bytes read at a time
_TAKEN = (".txt", ".md", ".json", ".jsonl")  # what is taken from a folder
_passed_over = re.compile(r"readme\b.*|fetched\.json|authors?\..*\.?json", re.IGNORECASE)
_number = re.compile(r"(\d+)")
_member = r'"(?:[^"\\]|\\.)*"\s*:\s*'
_wrapped = re.compile(
    rf'\A\s*\{{\s*(?:{_member}(?:"(?:[^"\\]|\\.)*"|[\w.+-]+)\s*,\s*)*"poems"\s*:\s*(?=\[)'
)


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What one file turned out to be."""

    name: str
    encoding: str
    layout: str


@dataclass(frozen=True, slots=True)
class Source:
    """A corpus that is ready to be read, once.

    `pieces` are the poems, or, of a `stream`, consecutive parts of about a
    million characters that together are the text exactly.
    """

    kind: Literal["poems", "stream"]
    pieces: Iterator[Poem]
    files: tuple[FileInfo, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(file.name for file in self.files)


@dataclass(frozen=True, slots=True)
class _Input:
    """A file that was looked at; of stdin, which is read but once, the bytes already taken."""

    found: FileInfo
    encoding: Encoding
    path: Path | None
    taken: bytes = b""

    def chunks(self) -> Iterator[bytes]:
        yield self.taken
        with _opened(self.path) as file:
            while chunk := file.read(_CHUNK):
                yield chunk


def read(
    paths: Sequence[Path | Literal["-"]],
    *,
    layout: str = "auto",
    encoding: str = "auto",
    say: Say,
) -> Source:
    """Read files, folders (recursively) and stdin (`-`) as one corpus.

    Raises `InputError` when one is missing, empty, no text, or when streams and
    poems are mixed; `UsageError` for a layout or encoding that does not exist.
    What is wrong deeper inside a file is raised while `pieces` are taken.
    """
    if layout not in ("auto", *formats.LAYOUTS):
        raise UsageError(
            f"there is no layout called {layout!r}",
            f"the layouts are auto {' '.join(formats.LAYOUTS)}",
        )
    files = [file for path in paths for file in _files(path, say)]
    if not files:
        raise UsageError("nothing to read", "name a file, a folder, or - for stdin")
    inputs = [_look(file, layout, encoding) for file in files]
    _announce([item.found for item in inputs], layout, encoding, say)
    kinds = {item.found.layout == "stream": item.found.name for item in inputs}
    if len(kinds) > 1:
        raise InputError(
            f"{kinds[True]} is one long text, {kinds[False]} holds poems",
            "read them as one kind: --layout stream, or --layout poems",
        )
    pieces = (piece for item in inputs for piece in _pieces(item))
    return Source("stream" if True in kinds else "poems", pieces, tuple(i.found for i in inputs))


def _files(path: Path | Literal["-"], say: Say) -> Iterator[Path | None]:
    """The files that a path stands for, in natural order; None is stdin."""
    if str(path) == "-":
        yield None
    elif (path := Path(path)).is_dir():
        yield from _folder(path, say)
    elif path.is_file():
        yield path
    elif path.exists():
        raise InputError(
            f"{path} is a pipe or a device, which can be read but once",
            "give it on stdin: … | poet train -",
        )
    else:
        raise _missing(path)


def _folder(folder: Path, say: Say) -> Iterator[Path]:
    inside = [p.relative_to(folder) for p in folder.rglob("*") if p.is_file()]
    taken = sorted(filter(_is_taken, inside), key=_natural)
    if not taken:
        raise InputError(
            f"{folder} holds no text",
            f"poet takes {' '.join(_TAKEN)} from a folder; name other files themselves",
        )
    if ignored := len(inside) - len(taken):
        say(f"{folder}: {ignored:,} other file{'s' * (ignored > 1)} ignored")
    yield from (folder / path for path in taken)


def _is_taken(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return not hidden and path.suffix.lower() in _TAKEN and not _passed_over.fullmatch(path.name)


def _natural(path: Path) -> list[tuple[int, int, str]]:
    """Names with numbers in numeric order: poet.tang.2000 before poet.tang.10000."""
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
    """The file, or stdin, which is left open."""
    if path is None:
        return nullcontext(sys.stdin.buffer)
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", "check the file") from None


def _look(path: Path | None, layout: str, encoding: str) -> _Input:
    """Decide what a file is from its beginning."""
    name = str(path) if path else "stdin"
    with _opened(path) as file:
        sample = file.read(_SAMPLE + 1)
    whole = len(sample) <= _SAMPLE
    refuse_foreign(sample, name)
    found = find_encoding(sample, name, whole=whole, asked=encoding)
    text = _sample_text(sample, found, whole)
    if whole and not text.strip():
        raise InputError(f"{name} is empty", "give a file with text in it")
    kind = detect_format(text, name, whole=whole) if layout == "auto" else layout
    return _Input(FileInfo(name, found.name, kind), found, path, b"" if path else sample)


def _sample_text(sample: bytes, encoding: Encoding, whole: bool) -> str:
    text = sample[encoding.mark :].decode(encoding.name, "replace")
    return text if whole else text.rstrip("\ufffd")


def _announce(found: list[FileInfo], layout: str, encoding: str, say: Say) -> None:
    """Say what was decided, once for all files that are alike."""
    for (kind, codec), count in Counter((f.layout, f.encoding) for f in found).items():
        first = next(f.name for f in found if (f.layout, f.encoding) == (kind, codec))
        name = first if count == 1 else f"{count:,} files from {first} on"
        if encoding == "auto" and codec not in ("utf-8", "ascii"):
            say(f"{name}: not UTF-8, read as {codec}")
        if layout == "auto":
            say(f"{name}: {formats.MEANING[kind]} (--layout {kind})")


def _pieces(item: _Input) -> Iterator[Poem]:
    name = item.found.name
    return poems_of(decode(item.chunks(), item.encoding, name), item.found.layout, name)


def poems_of(text: Iterable[str], layout: str, name: str) -> Iterator[Poem]:
    """The poems, or the pieces of a stream, in a text of this layout."""
    if layout == "json":
        return formats.json_array(_unwrapped(text), name)
    if layout == "jsonl":
        return formats.json_lines(text, name)
    return {"poems": formats.poems, "lines": formats.lines, "stream": formats.stream}[layout](text)


def _unwrapped(text: Iterable[str]) -> Iterator[str]:
    """JSON without the object around its `poems`, which is how poet itself writes them.

    >>> "".join(_unwrapped(['{"poet": "1", "poems": [{"text": "夜雨。"}]}']))
    '[{"text": "夜雨。"}]}'
    """
    pieces = iter(text)
    yield _wrapped.sub("", next(pieces, ""), count=1)
    yield from pieces
