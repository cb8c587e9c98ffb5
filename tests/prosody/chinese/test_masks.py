"""Which characters of an alphabet a place may take."""

from __future__ import annotations

from typing import Any

import numpy as np

from poet.prosody.chinese.automaton import Allowed
from poet.prosody.chinese.masks import Masks
from poet.prosody.chinese.readings import (
    Tone,
    find_group,
    is_certain,
    level_groups,
    tone,
    usual_tone,
)
from poet.tokenizer import CharTokenizer


def test_strict_masks_take_what_every_source_agrees_on(tokenizer: CharTokenizer) -> None:
    strict, lenient = (Masks(tokenizer, strict=s, ci_rhyme=False) for s in (True, False))
    asked = (Allowed(Tone.OBLIQUE),)
    few, many = (set(characters(tokenizer, masks.row(asked))) for masks in (strict, lenient))
    assert few < many
    assert all(is_certain(c) and usual_tone(c) == Tone.OBLIQUE for c in few)
    assert all(tone(c) & Tone.OBLIQUE for c in many)
    free = characters(tokenizer, strict.row((Allowed(Tone.EITHER),)))
    assert set(free) == set(tokenizer.characters) - set("，。！？；：、")


def test_a_mask_of_a_rhyme_takes_the_characters_of_its_keys_in_its_tone(
    tokenizer: CharTokenizer,
) -> None:
    by_group = Masks(tokenizer, strict=True, ci_rhyme=False)
    keys = frozenset({find_group("東").index, find_group("冬").index})
    rhyming = characters(tokenizer, by_group.row((Allowed(Tone.LEVEL, keys),)))
    assert rhyming
    assert all({g.head for g in level_groups(c)} & set("東冬") for c in rhyming)
    tune = Masks(tokenizer, strict=True, ci_rhyme=True)
    level, oblique, either = (
        set(characters(tokenizer, tune.row((Allowed(asked, frozenset({3})),))))
        for asked in (Tone.LEVEL, Tone.OBLIQUE, Tone.EITHER)
    )
    assert level
    assert oblique
    assert either >= level | oblique
    assert by_group.row((Allowed(Tone.LEVEL), Allowed(Tone.OBLIQUE))).sum() == (
        by_group.row((Allowed(Tone.LEVEL),)).sum() + by_group.row((Allowed(Tone.OBLIQUE),)).sum()
    )


def characters(tokenizer: CharTokenizer, row: Any) -> str:
    return tokenizer.decode(np.flatnonzero(row))
