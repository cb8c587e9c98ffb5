"""English stanzas to compare poet's with: those that people wrote, and free ones of a model.

People's are taken from held-out poems whose metre is that of the form, and rhyme as it asks, at
least leniently; whether each line keeps the metre is not asked. Free ones are written under the
form's token without any rule, and cut to as many lines.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import numpy as np

from poet.dataset.dataset import TokenDataset
from poet.generation.engine import log_softmax
from poet.generation.sampling import Sampling, sample
from poet.generation.writer import Writer
from poet.prosody.english.forms import EnglishForm
from poet.prosody.english.rhyme import rhymes
from poet.tokenizer import EOS
from tools.second_opinion import pairs_of, words_of

MOST_CHARACTERS = 80  # of a free line, on average, before it is given up
_not_at_the_end = re.compile(r"[\s,;:—-]+$")


def last_word(line: str) -> str:
    """The last word of a line in lower case; empty where there is none.

    >>> last_word("The wine-dark sea—")
    'sea'
    """
    return words_of(line)[-1] if words_of(line) else ""


def rhymes_as(lines: list[str], form: EnglishForm) -> bool:
    """Whether lines rhyme leniently by one of the schemes of a form with as many."""
    ends = [last_word(line) for line in lines]
    return all(ends) and any(
        all(rhymes(ends[i], ends[j], strict=False) for i, j in pairs_of(scheme))
        for scheme in form.schemes
    )


def pieces(text: str, count: int) -> Iterator[str]:
    """The parts of a poem that have `count` lines: stanzas, couplets within them, or all of it.

    >>> list(pieces("a\\nb\\nc\\nd", 2)), list(pieces("a\\nb\\n\\nc", 3))
    (['a\\nb', 'c\\nd'], ['a\\nb\\n\\nc'])
    """
    lines = [line for line in text.split("\n") if line]
    if len(lines) == count:
        yield text
        return
    for stanza in text.split("\n\n"):
        own = [line for line in stanza.split("\n") if line]
        if len(own) == count:
            yield stanza
        elif count == 2 and len(own) % 2 == 0:
            yield from ("\n".join(own[i : i + 2]) for i in range(0, len(own), 2))


def human_stanzas(
    dataset: TokenDataset, form: EnglishForm, seed: int = 0, *, held_out: bool = True
) -> list[str]:
    """What people wrote in a form, in random order; nothing for a form of counted syllables."""
    count, token = len(form.metres), dataset.tokenizer.form_id(form.token)
    if token is None:
        return []
    found = [
        piece
        for poem in dataset.poems(held_out=held_out)
        if dataset.table["form"][poem] == token
        for piece in pieces(dataset.decode(dataset.verse(int(poem))), count)
        if rhymes_as([line for line in piece.split("\n") if line], form)
    ]
    random.Random(seed).shuffle(found)
    return found


def free_stanzas(
    writer: Writer, form: EnglishForm, count: int, sampling: Sampling, seed: int = 1
) -> Iterator[str]:
    """As many lines as the form has, by the model alone; a poem that ends before is left out."""
    engine, tokenizer, n = writer.engine, writer.tokenizer, len(form.metres)
    writable = np.r_[EOS, tokenizer.first_character : len(tokenizer)]
    condition = writer.condition(form.token, "", "")
    rng = np.random.default_rng(seed)
    while count:
        features, memory = engine.read(condition.header, None, condition.title)
        text = ""
        while not _is_whole(text, n) and len(text) < MOST_CHARACTERS * n:
            logits = condition.logits(engine, features[-1:])[0]
            chosen = sample(logits, sampling, rng, writable if text else writable[1:])
            if chosen == EOS:
                text += "\n"
                break
            text += tokenizer.decode([chosen])
            features, memory = engine.step(np.array([chosen]), memory, condition.title)
        if _is_whole(text, n):
            count -= 1
            yield text.strip("\n")


def _is_whole(text: str, count: int) -> bool:
    """Whether so many lines have come to their ends."""
    return text.endswith("\n") and sum(map(bool, text.split("\n"))) == count


def nats_of(writer: Writer, text: str, token: str) -> float:
    """Nats a character of a text under a form's token. The end mark is not counted, since a
    stanza out of a longer poem has none.
    """
    condition = writer.condition(token, "", "")
    ids = writer.tokenizer.encode(text)
    read = np.r_[condition.header, ids[:-1]].astype(int)
    features, _ = writer.engine.read(read, None, condition.title)
    log_p = log_softmax(condition.logits(writer.engine, features[len(condition.header) - 1 :]))
    return -float(log_p[np.arange(len(ids)), ids].mean())


def closed(text: str) -> str:
    """A stanza with a full stop at its end, where it has a comma or the like or nothing.

    >>> closed("The sea is calm,"), closed("Who goes?")
    ('The sea is calm.', 'Who goes?')
    """
    text = _not_at_the_end.sub("", text)
    return text if text[-1:] in ".!?" else f"{text}."
