"""Writing without a form: a character after another, until the model itself ends the poem."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from poet.characters import STOPS
from poet.errors import InputError, UsageError
from poet.generation.conditioning import Condition
from poet.generation.engine import LSTMState, NumpyLSTM, log_softmax
from poet.generation.sampling import Sampling, sample
from poet.novelty.index import NoveltyIndex
from poet.poem import Poem
from poet.tokenizer import EOS, CharTokenizer

# Given the verse so far, the ids that may follow
Allowed: TypeAlias = Callable[[str], NDArray[np.integer[Any]]]
LINE_ENDS = STOPS + "\n"
TRIES = 30  # other beginnings of a line that stands in the training text


@dataclass(frozen=True, slots=True)
class FreeDecoder:
    """How a poem without a form is written."""

    engine: NumpyLSTM
    tokenizer: CharTokenizer
    sampling: Sampling
    allowed: Allowed
    index: NoveltyIndex | None = None  # lines that stand in it are written anew

    def pieces(
        self,
        prompt: str,
        condition: Condition,
        rng: np.random.Generator,
        most: int,
        memory: LSTMState | None = None,
    ) -> Iterator[tuple[str, float | None]]:
        """Characters with the nats they cost, at most so many; the prompt first, which has none.

        They come as they are chosen, or a line at a time where an index has to agree to it.
        """
        if prompt:
            yield prompt, None
        verse, written = prompt, 0
        at = condition.read(self.engine, self.tokenizer.encode(prompt), memory)
        begin = at
        line: list[tuple[str, float]] = []  # chosen, not yet shown
        refused: list[int] = []  # first characters of lines that were known
        first = EOS
        while written + len(line) < most:
            logits = condition.logits(self.engine, at[0][:1])[0]
            scores = logits
            if condition.is_guided:
                scores = condition.guide(logits, self.engine.logits(at[0][1:])[0])
            ids = self.allowed(verse)
            if not line and refused:
                ids = left if len(left := np.setdiff1d(ids, refused)) else ids
            chosen = sample(scores, self.sampling, rng, ids)
            first = first if line else chosen
            piece = self.tokenizer.decode([chosen])
            line.append((piece, -float(log_softmax(logits)[chosen])))
            verse += piece
            is_whole = piece in LINE_ENDS or written + len(line) == most  # the end is no character
            if is_whole and self._is_known(verse, line) and len(refused) < TRIES:
                refused.append(first)
                verse, at, line = verse[: len(verse) - _length(line)], begin, []
                continue
            if is_whole or not self.index:
                yield from line
                written, line, refused = written + len(line), [], []
            if chosen == EOS:
                return
            at = condition.step(self.engine, np.array([chosen]), at[1])
            if not line:
                begin = at

    def _is_known(self, verse: str, line: list[tuple[str, float]]) -> bool:
        """Whether the last line stands in the training text and is not all the prompt's."""
        if not self.index or not any(piece not in LINE_ENDS for piece, _ in line):
            return False
        whole = verse.rstrip(LINE_ENDS)
        start = max(whole.rfind(end) for end in LINE_ENDS) + 1
        return self.index.contains_line(whole[start:])


def _length(line: list[tuple[str, float]]) -> int:
    return sum(len(piece) for piece, _ in line)


def line_heads(acrostic: str, prompt: str, tokenizer: CharTokenizer) -> Allowed:
    """What may follow the verse so far.

    Raises `UsageError` where a head cannot begin a line, or the prompt begins one otherwise;
    `InputError` where the alphabet lacks a head.
    """
    if unknown := tokenizer.unknown(acrostic):
        raise InputError(
            f"this model has never seen {' '.join(unknown)}", "it cannot begin a line with that"
        )
    if any(head in LINE_ENDS or head.isspace() for head in acrostic):
        raise UsageError(
            "an acrostic is made of characters that begin lines", "leave stops and spaces out"
        )
    begun = [line.strip()[0] for line in Poem(prompt).lines if line.strip()]
    for own, head in zip(begun, acrostic, strict=False):
        if own != head:
            raise UsageError(
                f"the prompt begins a line with {own}, the acrostic asks for {head}",
                "give one of them",
            )
    inside = np.arange(tokenizer.first_character, len(tokenizer))

    def allowed(verse: str) -> NDArray[np.integer[Any]]:
        if verse and verse[-1] not in LINE_ENDS:
            return inside
        at = len([line for line in Poem(verse).lines if line.strip()]) if verse else 0
        return tokenizer.encode(acrostic[at]) if at < len(acrostic) else np.array([EOS])

    return allowed
