"""Letter-to-sound rules, learned from a dictionary.

Each letter of a word stands for a chunk: no phoneme, one or two. First the letters are aligned with
the phonemes, by rounds of counting and choosing the likeliest division. Then the chunk of a letter
is learned for ever wider windows of letters around it, and a rule is kept where it says something
else than the narrower windows do. The stresses are learned likewise, from the ends of words.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from math import log

from poet.prosody.english.letters import (
    WINDOWS,
    LetterRules,
    stress_keys,
    window_key,
)
from poet.prosody.english.phonemes import VOWELS, Phonemes, is_vowel

Chunk = tuple[str, ...]  # of phonemes, without digits
ROUNDS = 4
SAMPLE = 6  # one word in so many is enough for the rounds before the last
MIN_SUPPORT = 3  # words that a rule must explain better than the narrower window does


def learn(words: Mapping[str, Phonemes]) -> LetterRules:
    """The rules behind these words, which are spelt with the letters a-z."""
    plain = {word: tuple(p.rstrip("012") for p in said) for word, said in words.items()}
    divided = align(plain)
    letters = [
        (word, place, " ".join(chunk))
        for word, chunks in divided.items()
        for place, chunk in enumerate(chunks)
    ]
    sounds = _prune((_window_keys(word, place), chunk) for word, place, chunk in letters)
    stresses = _prune(
        (list(stress_keys(word, len(pattern))), pattern)
        for word, said in words.items()
        if (pattern := "".join(p[-1] for p in said if is_vowel(p)))
    )
    return LetterRules(sounds, stresses)


def _window_keys(word: str, place: int) -> list[str]:
    return [window_key(word, place, left, right) for left, right in WINDOWS]


def _prune(examples: Iterable[tuple[Sequence[str], str]]) -> dict[str, str]:
    """The value for each key that differs from the one of the key before it.

    An example has keys, from the vaguest to the most precise, and a value.
    """
    listed = list(examples)
    rules: dict[str, str] = {}
    depth = max(len(keys) for keys, _ in listed)
    for level in range(depth):
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        said: dict[str, str] = {}
        for keys, value in listed:
            if level < len(keys):
                key = keys[level]
                counts[key][value] += 1
                if key not in said:
                    said[key] = next((rules[k] for k in reversed(keys[:level]) if k in rules), "?")
        for key, counter in counts.items():
            (best, n), *_ = counter.most_common(1)
            if level == 0 or (best != said[key] and n - counter[said[key]] >= MIN_SUPPORT):
                rules[key] = best
    return rules


def align(words: Mapping[str, Chunk]) -> dict[str, list[Chunk]]:
    """Each word's phonemes divided among its letters; words with too many phonemes are left out.

    >>> align({"moon": ("M", "UW", "N"), "on": ("AA", "N"), "mo": ("M", "OW")})["moon"][0]
    ('M',)
    """
    scores: dict[tuple[str, Chunk], float] = {}
    divided: dict[str, list[Chunk]] = {}
    for number in range(ROUNDS):
        step = 1 if number == ROUNDS - 1 else SAMPLE if len(words) > 1000 else 1
        divided = {
            word: chunks
            for word, said in islice(words.items(), None, None, step)
            if (chunks := _divide(word, said, scores))
        }
        counts = Counter(
            (letter, chunk)
            for word, chunks in divided.items()
            for letter, chunk in zip(word, chunks, strict=True)
        )
        totals: Counter[str] = Counter()
        for (letter, _chunk), n in counts.items():
            totals[letter] += n
        scores = {pair: log(n / totals[pair[0]]) for pair, n in counts.items()}
    return divided


def _divide(word: str, said: Chunk, scores: Mapping[tuple[str, Chunk], float]) -> list[Chunk]:
    """The likeliest division of phonemes among letters; empty where there is none."""
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]  # by phonemes used: score, chunk
    for number, letter in enumerate(word):
        step: dict[int, tuple[float, int]] = {}
        for used, (score, _) in best[-1].items():
            for size in (1, 0, 2):
                end = used + size
                if end > len(said) or len(said) - end > 2 * (len(word) - number - 1):
                    continue
                chunk = said[used:end]
                gain = scores.get((letter, chunk), _first_guess(letter, chunk, bool(scores)))
                if end not in step or score + gain > step[end][0]:
                    step[end] = (score + gain, size)
        best.append(step)
    if len(said) not in best[-1]:
        return []
    chunks, end = [], len(said)
    for step in reversed(best[1:]):
        size = step[end][1]
        chunks.append(said[end - size : end])
        end -= size
    return chunks[::-1]


def _first_guess(letter: str, chunk: Chunk, learned: bool) -> float:
    """What a chunk scores that was never counted: vowel letters like vowels."""
    if learned:
        return -12.0
    if not chunk:
        return -2.0 if letter in "aeioughwy" else -3.0
    matches = [(letter in "aeiouyw") == (phoneme in VOWELS) for phoneme in chunk]
    alike = letter.upper() in chunk[0] or letter.upper() == chunk[0][0]
    return -1.5 * len(chunk) + 1.0 * alike - 4.0 * (not all(matches))


def accuracy(rules: LetterRules, words: Mapping[str, Phonemes]) -> Iterator[tuple[str, float]]:
    """The share of words of which the rules get the syllables, the main stress, the rime right."""
    found = {word: (rules.read(word), said) for word, said in words.items()}
    for name, view in (("syllables", _syllables), ("stress", _stress), ("rime", _rime)):
        yield name, sum(view(guess) == view(said) for guess, said in found.values()) / len(found)


def _syllables(said: Phonemes) -> int:
    return sum(map(is_vowel, said))


def _stress(said: Phonemes) -> tuple[int, int]:
    pattern = "".join(phoneme[-1] for phoneme in said if is_vowel(phoneme))
    return len(pattern), pattern.find("1")


def _rime(said: Phonemes) -> tuple[str, ...]:
    """From the last vowel on, with unstressed IH as AH, as the table has it."""
    last = max((place for place, phoneme in enumerate(said) if is_vowel(phoneme)), default=0)
    rime = said[last:]
    plain = tuple(phoneme.rstrip("012") for phoneme in rime)
    return ("AH", *plain[1:]) if rime[:1] == ("IH0",) and plain[1:2] != ("NG",) else plain
