"""One line more of a poem in a form: the constraint of the form, which ends with that line."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from poet.prosody.constraint import Bools, FormConstraint, Probs
from poet.tokenizer import EOS, Ids


@dataclass(frozen=True)
class NextLine:
    """A form as far as the line with this number, from 0.

    What the form asks of later lines counts: no line is written after which none can follow.
    """

    form: FormConstraint
    line: int

    @property
    def prompt(self) -> Ids:
        """The lines so far."""
        return self.form.prompt

    @property
    def start(self) -> Hashable:
        """The state after them."""
        return self.form.start

    @property
    def vocab_size(self) -> int:
        """That of the form."""
        return self.form.vocab_size

    def forced(self, states: Sequence[Any], written: Ids) -> Ids | None:
        """What has no choice."""
        return self.form.forced(states, written)

    def mask(self, states: Sequence[Any], written: Ids, probs: Probs) -> None:
        """Set to 0 what may not follow; after the line the decoder itself writes the end mark."""
        self.form.mask(states, written, probs)

    def repeats(self, written: Ids, ids: Ids) -> Bools | None:
        """Which ids repeat something."""
        return self.form.repeats(written, ids)

    def advance(self, state: Any, token: int) -> Hashable:
        """The state after one more token."""
        return self.form.advance(state, token)

    def rejects(self, states: Sequence[Any], written: Ids) -> Bools | None:
        """Which poems have just closed a line that is copied."""
        return self.form.rejects(states, written)

    def progress(self, state: Any) -> int:
        """How many places have been passed."""
        return self.form.progress(state)

    def is_final(self, state: Any) -> bool:
        """Whether the line is whole."""
        return self.form.is_final(state) or self.form.lines_done(state) > self.line

    def pieces(self, tokens: Ids) -> list[str]:
        """The text of each token."""
        verse = len(np.trim_zeros(tokens != EOS, "b"))
        return [*self.form.pieces(tokens[:verse]), *[""] * (len(tokens) - verse)]

    def lines(self, tokens: Ids) -> list[str]:
        """The lines so far and this one, with their stops, without their line breaks."""
        ends, pieces = self.line_ends(tokens), self.pieces(tokens)
        starts = [0, *(end + 1 for end in ends)]
        return [
            "".join(pieces[start : end + 1]).strip("\n")
            for start, end in zip(starts, ends, strict=False)
        ]

    def own_lines(self, tokens: Ids) -> frozenset[str]:
        """The line alone: no two proposals are the same."""
        return frozenset(self.lines(tokens)[-1:])

    def line_ends(self, tokens: Ids) -> list[int]:
        """Where the lines end, this one the last."""
        return [at for at in self.form.line_ends(tokens) if at < len(tokens)][: self.line + 1]

    def rhymes(self, tokens: Ids) -> list[int]:
        """Where a line rhymes with an earlier one."""
        verse = tokens[: self.line_ends(tokens)[-1] + 1]
        return [at for at in self.form.rhymes(verse) if at < len(verse)]
