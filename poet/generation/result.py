"""What comes of writing and of scoring: a poem as it comes, a likelihood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from poet.poem import Poem


@dataclass(frozen=True, slots=True)
class Score:
    """How likely a model finds a text."""

    nats: float  # summed negative log-likelihood, verse and end mark
    characters: int  # counted, the end mark included

    @property
    def nats_per_character(self) -> float:
        """The mean."""
        return self.nats / self.characters


class Generation:
    """A poem being written. Iterate for its characters as they come; `poem` finishes it.

    The prompt is part of the poem and comes first.
    """

    def __init__(
        self,
        pieces: Iterator[tuple[str, float | None]],
        title: str,
        author: str,
        is_chinese: bool,
        reasons: Mapping[str, float] | None = None,
        score: float = 0.0,
    ) -> None:
        self.is_chinese = is_chinese  # whether verse whose lines end at stops is to come
        self.score = score  # by which it was chosen, in a form; and what that is made of
        self.reasons = reasons or {}
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
