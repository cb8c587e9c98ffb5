"""Cleaned poems on disk while their alphabet is not known yet: one UTF-8 file and arrays.

Everything that grows with the text lies in files or in arrays of a few bytes a poem, so
that a gigabyte of text passes through a few hundred megabytes of memory.
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

from poet.poem import Poem
from poet.tokenizer import MAX_TITLE, codepoints

HELD_OUT_OF = 20  # one poem in so many is held out
HELD_OUT_OF_FEW = 5  # of a small text, or a handful of poems would say when to stop
PART = 1 << 22  # bytes of text worked on at a time


class Staging:
    """Poems in order: `texts` and `titles` as UTF-8 files, about 34 bytes of facts a poem."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.files = [folder / "texts.utf8", folder / "titles.utf8"]
        self._texts, self._titles = (path.open("w+b") for path in self.files)
        self.ends = array("q", [0])  # byte offset at which each text ends
        self.length = array("q")  # characters of each text
        self.title_length = array("b")
        self.title_bytes = array("b")
        self.held = array("b")  # 1: held out; 2: held out where the text is small
        self.author = array("i")  # index into `authors`
        self.form = array("b")  # index into `forms`
        self.source = array("h")  # which of the texts that were named
        self.exact = array("Q")  # hash of the letters alone
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

    def scratch(self, name: str) -> Path:
        """A file for what is too large for memory; it goes when the spool does."""
        path = self.files[0].with_name(name)
        if path not in self.files:
            self.files.append(path)
        return path

    def __len__(self) -> int:
        return len(self.held)

    def add(self, poem: Poem, source: int = 0) -> None:
        """Append a poem and note what can be told from it alone."""
        text = poem.text.encode("utf-8", "replace")
        digest = hashlib.md5(text, usedforsecurity=False).digest()
        letters = "".join(filter(str.isalnum, poem.text)).casefold().encode("utf-8", "replace")
        self._texts.write(text)
        title = poem.title[:MAX_TITLE]
        title_bytes = title.encode("utf-8", "replace")
        self._titles.write(title_bytes)
        self.length.append(len(poem.text))
        self.title_length.append(len(title))
        self.ends.append(self._texts.tell())
        self.title_bytes.append(len(title_bytes))
        number = int.from_bytes(digest)
        self.held.append(1 if number % HELD_OUT_OF == 0 else 2 * (number % HELD_OUT_OF_FEW == 0))
        self.author.append(self.authors.setdefault(poem.author, len(self.authors)))
        self.form.append(self.forms.setdefault(poem.form, len(self.forms)))
        self.source.append(source)
        self.exact.append(int.from_bytes(hashlib.blake2b(letters or text, digest_size=8).digest()))

    def add_stream(self, pieces: Iterable[Poem], held_share: float) -> None:
        """Take consecutive pieces as one text without poem borders; its end is held out."""
        size = 0
        for piece in pieces:
            self._texts.write(piece.text.encode("utf-8", "replace"))
            size += len(piece.text)
        held = round(size * held_share)
        self._texts.flush()
        end = self._texts.tell()
        cut = self._character_offset(size - held)
        for stop, length, is_held in ((cut, size - held, 0), (end, held, 1)):
            self.ends.append(stop)
            self.title_bytes.append(0)
            self.length.append(length)
            self.title_length.append(0)
            self.held.append(is_held)
            self.author.append(0)
            self.form.append(0)
            self.source.append(0)
            self.exact.append(is_held)
        self.authors, self.forms = {"": 0}, {"": 0}

    def _character_offset(self, count: int) -> int:
        """The byte at which character number `count` of the text starts."""
        self._texts.seek(0)
        passed = 0
        while data := self._texts.read(PART):
            starts = np.flatnonzero(np.frombuffer(data, np.uint8) & 0xC0 != 0x80)
            if count < len(starts):
                return passed + int(starts[count])
            count -= len(starts)
            passed += len(data)
        return passed

    def forget_hashes(self) -> None:
        """Let go of `exact`, once the exact copies are known."""
        self.exact = array("Q")

    def text(self, index: int) -> str:
        """The text of one poem."""
        self._texts.seek(self.ends[index])
        return self._texts.read(self.ends[index + 1] - self.ends[index]).decode("utf-8")

    def runs(self, *, titles: bool = False) -> Iterator[tuple[slice, NDArray[np.uint32]]]:
        """Runs of whole poems of about `PART` bytes: which poems, and all their codepoints.

        A text longer than a part comes in several runs, each naming that one poem.
        """
        file = self._titles if titles else self._texts
        ends = np.frombuffer(self.ends, dtype=np.int64)
        if titles:
            sizes = np.frombuffer(self.title_bytes, dtype=np.int8)
            ends = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
        file.flush()
        first = 0
        while first < len(self):
            last = int(np.searchsorted(ends, ends[first] + PART, side="right")) - 1
            last = max(last, first + 1)
            file.seek(ends[first])
            decoder = codecs.getincrementaldecoder("utf-8")()
            left = int(ends[last] - ends[first])
            while left:
                data = file.read(min(PART, left))
                left -= len(data)
                yield slice(first, last), codepoints(decoder.decode(data, final=not left))
            first = last
