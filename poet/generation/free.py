"""Writing without a form: character by character, until the model itself ends the poem."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from poet.characters import STOPS, is_chinese
from poet.errors import InputError, UsageError
from poet.generation.conditioning import Condition
from poet.generation.engine import Floats, LSTMState, NumpyLSTM, log_softmax
from poet.generation.result import Token
from poet.generation.sampling import Sampling, sample
from poet.novelty.index import NoveltyIndex
from poet.poem import Poem
from poet.tokenizer import EOS, CharTokenizer

# Given the verse so far, the ids that may follow
Allowed: TypeAlias = Callable[[str], NDArray[np.integer[Any]]]
LINE_ENDS = STOPS + "\n"
OVERRUN = 80  # characters of letters that may follow to end a line; beyond, a word is ended
TRIES = 30  # times that a line is written again because it stands in the training text


@dataclass(frozen=True)
class FreeDecoder:
    """How a poem without a form is written."""

    engine: NumpyLSTM
    tokenizer: CharTokenizer
    sampling: Sampling
    allowed: Allowed
    index: NoveltyIndex | None = None  # a line that it contains is written again

    def tokens(
        self,
        prompt: str,
        condition: Condition,
        rng: np.random.Generator,
        max_tokens: int,
        context: LSTMState | None = None,
        begun: tuple[Floats, LSTMState] | None = None,
    ) -> Iterator[Token]:
        """The prompt, then at most `max_tokens` characters; the end mark is not counted.

        `begun` are features and state after the prompt, where the model has read it already.
        In verse of letters the line under way is written to its end even so.
        They come as they are sampled, or a line at a time where an index has to be asked.
        """
        if prompt:
            yield Token(prompt, None)
        verse, written = prompt, 0
        features, state = begun or condition.read(
            self.engine, self.tokenizer.encode(prompt), context
        )
        line_start = features, state
        line: list[Token] = []  # sampled, not yet given out
        refused: list[int] = []  # first characters of lines that were copied
        first = EOS
        last = ""
        while not self._is_full(written + len(line) - max_tokens, last):
            logits = condition.logits(self.engine, features[:1])[0]
            scores = logits
            if condition.is_guided:
                scores = condition.guide(logits, self.engine.logits(features[1:])[0])
            ids = self.allowed(verse)
            if not line and refused:
                others = np.setdiff1d(ids, refused)
                ids = others if len(others) else ids
            chosen = sample(scores, self.sampling, rng, ids)
            first = first if line else chosen
            text = self.tokenizer.decode([chosen])
            line.append(Token(text, -float(log_softmax(logits)[chosen])))
            verse, last = verse + text, text
            is_full = self._is_full(written + len(line) - max_tokens, text)
            is_whole = text in LINE_ENDS or is_full
            if is_whole and self._is_copied(verse, line) and len(refused) < TRIES:
                refused.append(first)
                verse = verse[: len(verse) - sum(len(token.text) for token in line)]
                (features, state), line, last = line_start, [], ""
                continue
            if is_whole or not self.index:
                yield from line
                written, line, refused = written + len(line), [], []
            if chosen == EOS:
                return
            features, state = condition.step(self.engine, np.array([chosen]), state)
            if not line:
                line_start = features, state

    def _is_full(self, over: int, last: str) -> bool:
        """Whether a poem with `over` characters too many is to be cut after the last of them."""
        if over < 0 or self._writes_chinese:
            return over >= 0
        return last == "\n" or (over >= OVERRUN and not last.isalpha()) or over >= 2 * OVERRUN

    @cached_property
    def _writes_chinese(self) -> bool:
        return is_chinese(self.tokenizer.characters)

    def _is_copied(self, verse: str, line: list[Token]) -> bool:
        """Whether the last line stands in the training text and is not all the prompt's."""
        if not self.index or not any(token.text not in LINE_ENDS for token in line):
            return False
        whole = verse.rstrip(LINE_ENDS)
        start = max(whole.rfind(end) for end in LINE_ENDS) + 1
        return self.index.contains_line(whole[start:])


def line_heads(acrostic: str, prompt: str, tokenizer: CharTokenizer) -> Allowed:
    """The ids that may follow the verse so far, for an acrostic without a form.

    Each line begins with the next of the characters, and the last line ends the poem. Raises
    `UsageError` where a character cannot begin a line, or the prompt begins one with another;
    `InputError` where the model does not know a character.
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
    for first, head in zip(begun, acrostic, strict=False):
        if first != head:
            raise UsageError(
                f"the prompt begins a line with {first}, the acrostic asks for {head}",
                "give one of them",
            )
    inside = np.arange(tokenizer.first_character, len(tokenizer))

    def allowed(verse: str) -> NDArray[np.integer[Any]]:
        if verse and verse[-1] not in LINE_ENDS:
            return inside
        number = len([line for line in Poem(verse).lines if line.strip()]) if verse else 0
        return tokenizer.encode(acrostic[number]) if number < len(acrostic) else np.array([EOS])

    return allowed
