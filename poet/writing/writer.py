"""Writing a poem: a generator of characters; length, streaming and stopping are the caller's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..alphabet import END, Ids
from ..checkpoint import Checkpoint
from ..errors import InputError, UsageError
from ..poem import Poem, is_chinese
from .choosing import Sampling, choose
from .engine import Engine, log_softmax

# Given the verse so far, the ids that may follow
Allowed: TypeAlias = Callable[[str], NDArray[np.integer[Any]]]
MAX_CHARACTERS = 200  # a written poem that has not ended by then is cut


@dataclass(frozen=True, slots=True)
class Score:
    """How likely a model finds a text."""

    nats: float  # summed negative log-likelihood, verse and end mark
    characters: int  # counted, the end mark included

    @property
    def nats_per_character(self) -> float:
        """The mean."""
        return self.nats / self.characters


class Writing:
    """A poem being written. Iterate for its characters as they come; `poem` finishes it.

    The prompt is part of the poem and comes first.
    """

    def __init__(
        self, pieces: Iterator[tuple[str, float | None]], title: str, author: str, is_chinese: bool
    ) -> None:
        self.is_chinese = is_chinese  # whether verse whose lines end at stops is to come
        self.ended = False  # whether the model itself ended the poem
        self._pieces = pieces
        self._text: list[str] = []
        self._title, self._author = title, author
        self._nats = 0.0
        self._written = 0

    def __iter__(self) -> Iterator[str]:
        for piece, nats in self._pieces:
            self._text.append(piece)
            if nats is not None:
                self._nats += nats
                self._written += 1
                self.ended = not piece
            if piece:
                yield piece

    @property
    def poem(self) -> Poem:
        """The poem, written to its end."""
        for _ in self:
            pass
        return Poem("".join(self._text).rstrip("\n"), self._title, self._author)

    @property
    def nats_per_character(self) -> float:
        """Mean negative log-likelihood of what was written so far, under the model's own odds."""
        return self._nats / max(1, self._written)


class Writer:
    """A model that writes. The library's `poet.open` makes one."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint
        self.alphabet = checkpoint.alphabet
        self.engine = Engine(checkpoint)
        # Trained on one long text without poem borders: no mark begins what it writes
        self.reads_stream = checkpoint.facts.get("text", {}).get("kind") == "stream"
        first = self.alphabet.first_character
        # What may ever be written: the end, and characters. Never a mark, never the unknown one
        self._writable = np.r_[END, first : len(self.alphabet)]

    def write(
        self,
        prompt: str = "",
        *,
        form: str = "",
        title: str = "",
        author: str = "",
        sampling: Sampling | None = None,
        seed: int | tuple[int, ...] = 0,
        max_characters: int = MAX_CHARACTERS,
        allowed: Allowed | None = None,
    ) -> Writing:
        """Write a poem that begins with `prompt`; the same seed gives the same poem.

        `allowed`, called with the verse so far, may give the ids that can follow; this is
        where rules of verse take hold. Characters of the prompt that the alphabet lacks are
        read as the unknown mark and kept in the poem. Raises `UsageError` for a form that the
        model does not know.
        """
        if form and self.alphabet.form_id(form) is None:
            known = " ".join(self.alphabet.forms)
            raise UsageError(
                f"this model knows no form {form}",
                f"it knows {known}" if known else "it was trained without forms: leave --form out",
            )
        pieces = self._pieces(
            prompt,
            self._header(form=form, title=title, author=author),
            sampling or Sampling(),
            np.random.default_rng(seed),
            max_characters,
            allowed,
        )
        return Writing(pieces, title, author, self._writes_chinese(prompt))

    def _header(self, *, form: str, title: str, author: str) -> Ids:
        """What the model reads before the verse: a line break, where it knows no poems."""
        if self.reads_stream:
            return self.alphabet.encode("\n")
        return self.alphabet.header(form=form, title=title, author=author)

    def _writes_chinese(self, prompt: str) -> bool:
        """Whether verse without line breaks of its own comes next."""
        return is_chinese(prompt or self.alphabet.characters) and "\n" not in prompt

    def _pieces(
        self,
        prompt: str,
        header: Ids,
        sampling: Sampling,
        rng: np.random.Generator,
        max_characters: int,
        allowed: Allowed | None,
    ) -> Iterator[tuple[str, float | None]]:
        """Characters with the nats they cost; the prompt first, which was not chosen."""
        if prompt:
            yield prompt, None
        features, memory = self.engine.read(np.r_[header, self.alphabet.encode(prompt)])
        verse = prompt
        for written in range(max_characters):
            logits = self.engine.logits(features[-1:])[0]
            ids = allowed(verse) if allowed else self._writable
            if not allowed and not written and not prompt.strip():
                ids = ids[1:]  # a poem has at least one character
            chosen = choose(logits, sampling, rng, ids)
            nats = -float(log_softmax(logits)[chosen])
            if chosen == END:
                yield "", nats
                return
            character = self.alphabet.decode([chosen])
            verse += character
            yield character, nats
            features, memory = self.engine.step(np.array([chosen]), memory)

    def score(self, text: str, *, form: str = "", title: str = "", author: str = "") -> Score:
        """How likely the model finds a text, from an empty state: `Score.nats_per_character`.

        Verse characters, stops and, where the model knows poems, the end mark count; characters
        outside the alphabet count as the unknown mark. Raises `InputError` for an empty text.
        """
        if not text:
            raise InputError("there is no text to score")
        header = self._header(form=form, title=title, author=author)
        counted = np.r_[self.alphabet.encode(text), [] if self.reads_stream else END].astype(int)
        features, _ = self.engine.read(np.r_[header, counted[:-1]])
        log_p = log_softmax(self.engine.logits(features[len(header) - 1 :]))
        return Score(-float(log_p[np.arange(len(counted)), counted].sum()), len(counted))
