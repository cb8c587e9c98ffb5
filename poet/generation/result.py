"""Results: a poem while it is being written, the likelihood of a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

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


class Token(NamedTuple):
    """A piece of a poem as it is written."""

    text: str  # a character; all of the prompt; empty for the end mark
    nats: float | None  # negative log-likelihood; None for the prompt, which is given


class Generation:
    """A poem being written. Iterate for its text as it comes; `poem` finishes it.

    The prompt is part of the poem and comes first.
    """

    def __init__(
        self,
        tokens: Iterator[Token],
        title: str,
        author: str,
        is_chinese: bool,
        reasons: Mapping[str, float] | None = None,
        score: float = 0.0,
    ) -> None:
        self.is_chinese = is_chinese  # whether its lines end at stops, not at line breaks
        self.score = score  # by which it was chosen, in a form, and the parts of it
        self.reasons = reasons or {}
        self.ended = False  # whether the model itself ended the poem
        self._tokens = tokens
        self._text: list[str] = []
        self._title, self._author = title, author
        self._nats = 0.0
        self._written = 0

    def __str__(self) -> str:
        """The poem, written to its end, one line of verse a row."""
        return "\n".join(self.poem.lines)

    def __repr__(self) -> str:
        """What was written so far; asking for it writes no more."""
        return f"Generation({''.join(self._text)!r})"

    def _repr_html_(self) -> str:
        """The poem, written to its end, as a notebook shows it."""
        return self.poem._repr_html_()

    def __iter__(self) -> Iterator[str]:
        return (token.text for token in self.tokens() if token.text)

    def tokens(self) -> Iterator[Token]:
        """The tokens as they come, each once, the end mark last."""
        for token in self._tokens:
            self._text.append(token.text)
            if token.nats is not None:
                self._nats += token.nats
                self._written += 1
                self.ended = not token.text
            yield token

    @property
    def poem(self) -> Poem:
        """The poem, written to its end."""
        for _ in self:
            pass
        return Poem("".join(self._text).rstrip("\n"), self._title, self._author)

    @property
    def nats_per_character(self) -> float:
        """Mean negative log-likelihood of what was written so far, by the model itself."""
        return self._nats / max(1, self._written)
