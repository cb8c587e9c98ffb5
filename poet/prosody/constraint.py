"""What the sampler asks of a form of verse, whatever its language."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from poet.tokenizer import Ids

Probs: TypeAlias = NDArray[np.float32]  # probabilities, not always normalised
Bools: TypeAlias = NDArray[np.bool_]
Codes: TypeAlias = NDArray[np.uint32]  # codepoints


class Constraint(Protocol):
    """What may be written next, after a prompt that is already there.

    A state says how far a poem has come and what is still open. States are values: they are
    hashable, go in and come out, and poems with equal states share a mask. `written` holds the
    tokens of U poems so far, the prompt among them, (U, t); where a poem has waited for others,
    end marks stand. The form itself must have no dead ends:
    in every state that is reached it allows some token. A poem is dropped where the vocabulary has
    no such token, or none is left.
    """

    @property
    def prompt(self) -> Ids:
        """The tokens that are given when writing begins, (t,)."""

    @property
    def start(self) -> Hashable:
        """The state after the prompt."""

    @property
    def vocab_size(self) -> int:
        """Only ids below this are ever allowed, so the sampler need not look at others."""

    def forced(self, states: Sequence[Any], written: Ids) -> Ids | None:
        """The next token of each poem (U,) where none of them has a choice or waits; else None."""

    def mask(self, states: Sequence[Any], written: Ids, probs: Probs) -> None:
        """Set the probabilities (U, vocab_size) of what may not follow to 0, in place."""

    def repeats(self, written: Ids, ids: Ids) -> Bools | None:
        """Which of the ids (A,) repeat something in each poem, (U, A); None where none does.

        Guidance alone is not enough for these: the model has to find them likely without it.
        """

    def advance(self, state: Any, token: int) -> Hashable:
        """The state after one more token."""

    def rejects(self, states: Sequence[Any], written: Ids) -> Bools | None:
        """Which poems (U,) have just become unacceptable, such as by a copied line."""

    def progress(self, state: Any) -> int:
        """How many of the places have been passed at which poems are compared.

        Poems are resampled where all have come as far: one that has written more of a line has
        had more to pay, and would lose by no fault of its own. The number never falls.
        """

    def is_final(self, state: Any) -> bool:
        """Whether the poem is complete, its end mark written."""

    def pieces(self, tokens: Ids) -> list[str]:
        """The text of each token of a poem or its beginning (T,); that of the end mark is empty."""

    def own_lines(self, tokens: Ids) -> frozenset[str]:
        """The lines of a finished poem (T,) that should not be written twice in one call."""

    def line_ends(self, tokens: Ids) -> list[int]:
        """The positions in a finished poem (T,) of the tokens that close its lines."""

    def rhymes(self, tokens: Ids) -> list[int]:
        """The positions in a finished poem (T,) at which a line rhymes with an earlier one."""


class FormConstraint(Constraint, Protocol):
    """The constraint of a form, whose lines can be asked about one by one."""

    @property
    def broken(self) -> Sequence[str]:
        """What is wrong with the lines of a prompt that was forgiven, a sentence each."""

    def lines_done(self, state: Any) -> int:
        """How many lines are whole, each with the stop or line break that closes it."""

    def asks(self, state: Any) -> str:
        """What the line that is under way, or begins, has to keep, in words."""
