"""Cleaned poems on disk while the vocabulary is not known yet: UTF-8 files and arrays.

This serves texts of a gigabyte and more: whatever grows with the text is in files or in arrays of
a few bytes per poem, so that a gigabyte is processed in a few hundred megabytes of memory.
"""

from __future__ import annotations

import codecs
import hashlib
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from poet.characters import is_chinese
from poet.poem import Poem
from poet.tokenizer import MAX_ALPHABETIC_TITLE, codepoints

HELD_OUT_ONE_IN = 20  # of a text; the choice depends on a hash of the poem
HELD_OUT_ONE_IN_SMALL = 5  # of a small text, where one in 20 would be a handful
HELD_OUT_SMALL, HELD_OUT = 2, 1  # values of `held`; 0: not held out
PART = 1 << 22  # bytes of text processed at a time


class Staging:
    """Poems in order: texts and titles in UTF-8 files, and about 34 bytes per poem in arrays."""

    def __init__(self, folder: Path, *, part: int = PART) -> None:
        self.part = part  # bytes of text processed at a time
        folder.mkdir(parents=True, exist_ok=True)
        self.files = [folder / "texts.utf8", folder / "titles.utf8"]
        self._texts, self._titles = (path.open("w+b") for path in self.files)
        self.ends = array("q", [0])  # byte offset at which each text ends
        self.length = array("q")  # characters of each text
        self.title_length = array("b")
        self.title_bytes = array("h")
        self.held = array("b")  # `HELD_OUT`; `HELD_OUT_SMALL`: held out if the text is small
        self.author = array("i")  # index into `authors`
        self.form = array("b")  # index into `forms`
        self.source = array("h")  # index of the text that a poem comes from
        self.exact = array("Q")  # hash of the letters alone, to find exact copies
        self.lines = array("Q")  # hash of the letters of each line of alphabetic verse
        self.line_owner = array("i")  # the poem that each of these lines belongs to
        self.has_chinese = False
        self.authors: dict[str, int] = {}
        self.forms: dict[str, int] = {}

    def __enter__(self) -> Staging:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, t: TracebackType | None
    ) -> None:
        for file in (self._texts, self._titles):
            file.close()
        for path in self.files:
            path.unlink(missing_ok=True)

    def temporary_file(self, name: str) -> Path:
        """A file for data too large for memory, deleted with the others at the end."""
        path = self.files[0].with_name(name)
        if path not in self.files:
            self.files.append(path)
        return path

    def __len__(self) -> int:
        return len(self.held)

    def add(self, poem: Poem, source: int = 0) -> None:
        """Append a poem."""
        text = poem.text.encode("utf-8", "replace")
        digest = hashlib.md5(text, usedforsecurity=False).digest()
        letters = _letters(poem.text)
        self._texts.write(text)
        title = poem.title[:MAX_ALPHABETIC_TITLE]
        title_bytes = title.encode("utf-8", "replace")
        self._titles.write(title_bytes)
        self.length.append(len(poem.text))
        self.title_length.append(len(title))
        self.ends.append(self._texts.tell())
        self.title_bytes.append(len(title_bytes))
        self.held.append(_held(int.from_bytes(digest)))
        self.author.append(self.authors.setdefault(poem.author, len(self.authors)))
        self.form.append(self.forms.setdefault(poem.form, len(self.forms)))
        self.source.append(source)
        self.exact.append(_hash(letters or text))
        if is_chinese(poem.text):
            self.has_chinese = True
        else:
            lines = [letters for line in poem.text.split("\n") if (letters := _letters(line))]
            self.lines.extend(map(_hash, lines))
            self.line_owner.extend([len(self) - 1] * len(lines))

    def add_stream(self, pieces: Iterable[Poem], held_share: float) -> None:
        """Append consecutive pieces as one text without poems; its end is held out."""
        size = 0
        for piece in pieces:
            self._texts.write(piece.text.encode("utf-8", "replace"))
            size += len(piece.text)
        held_size = round(size * held_share)
        self._texts.flush()
        end = self._texts.tell()
        cut = self._byte_offset(size - held_size)
        sides = ((cut, size - held_size, 0), (end, held_size, HELD_OUT))
        for text_end, length, is_held in sides:
            self.ends.append(text_end)
            self.title_bytes.append(0)
            self.length.append(length)
            self.title_length.append(0)
            self.held.append(is_held)
            self.author.append(0)
            self.form.append(0)
            self.source.append(0)
            self.exact.append(is_held)
        self.authors, self.forms = {"": 0}, {"": 0}

    def _byte_offset(self, count: int) -> int:
        """The byte at which character number `count` of the text starts."""
        self._texts.seek(0)
        offset = 0
        while data := self._texts.read(self.part):
            # every byte of UTF-8 that does not continue a character starts one
            starts = np.flatnonzero(np.frombuffer(data, np.uint8) & 0xC0 != 0x80)
            if count < len(starts):
                return offset + int(starts[count])
            count -= len(starts)
            offset += len(data)
        return offset

    def cut_titles(self, limit: int) -> None:
        """Cut titles that are longer than this; a vocabulary with Chinese reads short ones."""
        if max(self.title_length, default=0) <= limit:
            return
        self._titles.seek(0)
        titles = [self._titles.read(size).decode("utf-8")[:limit] for size in self.title_bytes]
        self._titles.seek(0)
        self._titles.truncate()
        for i, title in enumerate(titles):
            data = title.encode("utf-8")
            self._titles.write(data)
            self.title_length[i], self.title_bytes[i] = len(title), len(data)

    def free_hashes(self) -> None:
        """Free the memory of hashes, once the copies are known."""
        self.exact, self.lines, self.line_owner = array("Q"), array("Q"), array("i")

    def text(self, index: int) -> str:
        """The text of one poem."""
        self._texts.seek(self.ends[index])
        return self._texts.read(self.ends[index + 1] - self.ends[index]).decode("utf-8")

    def batches(self, *, titles: bool = False) -> Iterator[tuple[slice, NDArray[np.uint32]]]:
        """Batches of whole poems of about `part` bytes: which poems, and all their codepoints.

        A text longer than a part comes in several batches, each with a slice of that one poem.
        """
        file = self._titles if titles else self._texts
        ends = np.frombuffer(self.ends, dtype=np.int64)
        if titles:
            sizes = np.frombuffer(self.title_bytes, dtype=np.int16)
            ends = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
        file.flush()
        first = 0
        while first < len(self):
            last = int(np.searchsorted(ends, ends[first] + self.part, side="right")) - 1
            last = max(last, first + 1)
            file.seek(ends[first])
            decoder = codecs.getincrementaldecoder("utf-8")()
            remaining = int(ends[last] - ends[first])
            while remaining:
                data = file.read(min(self.part, remaining))
                remaining -= len(data)
                yield slice(first, last), codepoints(decoder.decode(data, final=not remaining))
            first = last


def _letters(text: str) -> bytes:
    """The letters of a text alone, without case, which are the same in every edition."""
    return "".join(filter(str.isalnum, text)).casefold().encode("utf-8", "replace")


def _hash(text: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest())


def _held(number: int) -> int:
    """The value of `held` for a poem whose text has this hash."""
    if number % HELD_OUT_ONE_IN == 0:
        return HELD_OUT
    return HELD_OUT_SMALL if number % HELD_OUT_ONE_IN_SMALL == 0 else 0
