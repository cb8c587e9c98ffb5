"""Acrostics without a form: each line begins with the next of the characters, the last one ends."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from poet.errors import InputError, UsageError
from poet.generation.free import LINE_ENDS, Allowed
from poet.poem import Poem
from poet.tokenizer import EOS, CharTokenizer


def line_heads(acrostic: str, prompt: str, alphabet: CharTokenizer) -> Allowed:
    """What may follow the verse so far.

    Raises `UsageError` where a head cannot begin a line, or the prompt begins one otherwise;
    `InputError` where the alphabet lacks a head.
    """
    if unknown := alphabet.unknown(acrostic):
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
    inside = np.arange(alphabet.first_character, len(alphabet))

    def allowed(verse: str) -> NDArray[np.integer[Any]]:
        if verse and verse[-1] not in LINE_ENDS:
            return inside
        at = len([line for line in Poem(verse).lines if line.strip()]) if verse else 0
        return alphabet.encode(acrostic[at]) if at < len(acrostic) else np.array([EOS])

    return allowed
