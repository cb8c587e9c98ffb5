"""The sampler knows a constraint and nothing of verse: lines may be of any length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest

from poet.generation.conditioning import Condition
from poet.generation.decoder import SMCDecoder, make_rng
from poet.generation.ranking import WEIGHTS, Ranking
from poet.generation.sampling import Sampling
from poet.generation.smc import Prefix
from poet.generation.writer import Writer
from poet.prosody.constraint import Bools, Probs
from poet.tokenizer import EOS, CharTokenizer, Ids

STRESSES = {"u": "the a of in", "s": "moon cold", "su": "river silver lantern"}
RHYMING = {"night": "s", "bright": "s", "plain": "s", "again": "us", "snow": "s", "below": "us"}
WORDS = {word: stress for stress, words in STRESSES.items() for word in words.split()} | RHYMING
RHYMES = {"night": 1, "bright": 1, "again": 2, "plain": 2, "snow": 3, "below": 3}
METRE = "ususus"
LETTERS = CharTokenizer("".join(sorted(set("".join(WORDS)))) + " \n")


class State(NamedTuple):
    line: int = 0
    beat: int = 0
    word: str = ""
    rhyme: int = 0
    used: frozenset[str] = frozenset()
    done: bool = False


class IambicCouplets:
    """Lines of three iambs that rhyme in pairs, over a handful of words: a toy of a metre."""

    start = State()
    prompt: Ids = np.zeros(0, np.int64)
    vocab_size = len(LETTERS)

    def __init__(self, lines: int = 4) -> None:
        self.lines = lines

    def forced(self, states: Sequence[State], written: Ids) -> Ids | None:
        return None

    def words(self, state: State) -> list[str]:
        """The words that can stand here, so that the line can still be ended."""
        found = []
        for word, stress in WORDS.items():
            beat = state.beat + len(stress)
            if not METRE.startswith(stress, state.beat) or word in state.used:
                continue
            if beat < len(METRE):
                fits = bool(self.words(state._replace(beat=beat, word="")))
            elif state.line % 2:
                fits = RHYMES.get(word) == state.rhyme
            else:
                others = [w for w, r in RHYMES.items() if r == RHYMES.get(word)]
                fits = sum(w not in state.used for w in others) > 1
            if fits:
                found.append(word)
        return found

    def mask(self, states: Sequence[State], written: Ids, probs: Probs) -> None:
        for row, state in enumerate(states):
            allowed = np.zeros(len(LETTERS), np.float32)
            if state.line == self.lines:
                allowed[EOS] = 1
            for word in self.words(state) if state.line < self.lines else []:
                if word.startswith(state.word):
                    ends = state.beat + len(WORDS[word]) == len(METRE)
                    follows = word[len(state.word) :][:1] or ("\n" if ends else " ")
                    allowed[LETTERS.encode(follows)] = 1
            probs[row] *= allowed

    def repeats(self, written: Ids, ids: Ids) -> Bools | None:
        return None

    def advance(self, state: State, token: int) -> State:
        if token == EOS:
            return state._replace(done=True)
        letter = LETTERS.decode([token])
        if letter == " ":
            return state._replace(beat=state.beat + len(WORDS[state.word]), word="")
        if letter == "\n":
            used = state.used | {state.word}
            return State(state.line + 1, rhyme=RHYMES.get(state.word, 0), used=used)
        return state._replace(word=state.word + letter)

    def rejects(self, states: Sequence[State], written: Ids) -> Bools | None:
        return None

    def progress(self, state: State) -> int:
        return 10 * state.line + state.beat

    def is_final(self, state: State) -> bool:
        return state.done

    def pieces(self, tokens: Ids) -> list[str]:
        return [LETTERS.decode([token]) for token in tokens.tolist()]

    def own_lines(self, tokens: Ids) -> frozenset[str]:
        return frozenset(LETTERS.decode(tokens).strip().split("\n"))

    def line_ends(self, tokens: Ids) -> list[int]:
        return np.flatnonzero(tokens == LETTERS.encode("\n")[0]).tolist()

    def rhymes(self, tokens: Ids) -> list[int]:
        return [end - 1 for end in self.line_ends(tokens)[1::2]]


def stresses(line: str) -> str:
    return "".join(WORDS[word] for word in line.split())


@pytest.fixture(scope="module")
def model(by_chance: Callable[..., Writer]) -> Writer:
    return by_chance(LETTERS, bold=0.5)


def decoder(model: Writer, **options: Any) -> SMCDecoder:
    return SMCDecoder(model.engine, IambicCouplets(), Sampling(1, min_p=0.05), 8, **options)


def test_lines_of_unequal_length_keep_a_metre_and_rhyme(model: Writer) -> None:
    condition = Condition(LETTERS.prefix_ids())
    poems = decoder(model, best_of=2, ranking=Ranking(WEIGHTS)).decode(
        condition, [(seed,) for seed in range(12)]
    )
    lengths = set()
    for poem in poems:
        assert poem
        lines = poem.text.rstrip("\n").split("\n")
        assert [stresses(line) for line in lines] == [METRE] * 4
        ends = [line.split()[-1] for line in lines]
        assert [RHYMES[end] for end in ends[::2]] == [RHYMES[end] for end in ends[1::2]]
        assert len(set(ends)) == 4
        assert set(poem.reasons) == {"fluency", "rhyme"}
        lengths.add(len(poem.text))
    assert len(lengths) > 4


def test_a_poem_that_is_complete_waits_for_the_others_at_no_cost(model: Writer) -> None:
    one = decoder(model, resample=False)
    prefix = Prefix.read(one.engine, one.constraint, Condition(LETTERS.prefix_ids()))
    (poems,) = one.run(prefix, [make_rng((4,), 0)])
    assert len({len(poem.tokens) for poem in poems}) > 1
    for poem in poems:
        assert poem.tokens[-1] == EOS
        assert EOS not in poem.tokens[:-1]
        score = model.score(poem.text)
        assert score.nats == pytest.approx(sum(poem.nats), rel=1e-4)
