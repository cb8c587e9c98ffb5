"""The spellings of verse, traced to words whose pronunciation is known.

wand'ring is wandering with a vowel less, lov'st is love with an ending, o'erleap is o'er and leap.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import RLock

from poet.prosody.english.phonemes import (
    VOICELESS,
    Phonemes,
    elide,
    is_vowel,
    join,
    past,
    plural,
    second_person,
    shut,
)

Dictionary = Callable[[str], Sequence[Phonemes]]  # () for an unknown word

MOST_KEPT = 1 << 16  # words whose pronunciations are remembered

# Groups of vowel letters that sound: not u after q, and no final e
_vowel_letters = re.compile(r"(?<!q)[aeiouy]+(?<![^aeiouy]e$)")
# Where e is likelier to have fallen than not: hop-eth is hope, ceas'd cease, breath'd breathe,
# chang'd change, but sing-eth is sing
_fallen_e = re.compile(r"(?:^|[^aeiou])[aeiouy][^aeiouwxy]$|[^s]s$|[cuvz]$|th$|[^inu]g$|[^i]ng$")
# kist, wrapt, stopt
_past_in_t = re.compile(r"[cfhkpsx]t$")
_SUFFIXES = {
    "ing": "IH0 NG",
    "ings": "IH0 NG Z",
    "er": "ER0",
    "ers": "ER0 Z",
    "ly": "L IY0",
    "less": "L AH0 S",
    "lessly": "L AH0 S L IY0",
    "lessness": "L AH0 S N AH0 S",
    "ness": "N AH0 S",
    "nesses": "N AH0 S AH0 Z",
    "ful": "F AH0 L",
    "fully": "F AH0 L IY0",
    "fulness": "F AH0 L N AH0 S",
    "ward": "W ER0 D",
    "wards": "W ER0 D Z",
    "like": "L AY2 K",
    "ment": "M AH0 N T",
    "ments": "M AH0 N T S",
    "some": "S AH0 M",
    "ship": "SH IH2 P",
    "hood": "HH UH2 D",
    "fold": "F OW2 L D",
    "dom": "D AH0 M",
    "let": "L AH0 T",
    "lets": "L AH0 T S",
    "ling": "L IH0 NG",
    "lings": "L IH0 NG Z",
    "ish": "IH0 SH",
    "age": "IH0 JH",
    "ie": "IY0",
    "ies": "IY0 Z",
    "ist": "AH0 S T",
    "ists": "AH0 S T S",
    "y": "IY0",
    "ier": "IY0 ER0",
    "iest": "IY0 IH0 S T",
    "able": "AH0 B AH0 L",
    "ous": "AH0 S",
    "ously": "AH0 S L IY0",
    "or": "ER0",
    "ors": "ER0 Z",
    "ess": "AH0 S",
    "esses": "AH0 S AH0 Z",
    "man": "M AH0 N",
    "men": "M EH0 N",
}
_PREFIXES = {
    "un": "AH0 N",
    "out": "AW2 T",
    "over": "OW2 V ER0",
    "o'er": "AO2 R",
    "under": "AH2 N D ER0",
    "inter": "IH2 N T ER0",
    "counter": "K AW2 N T ER0",
    "fore": "F AO2 R",
    "for": "F ER0",
    "with": "W IH0 DH",
    "mis": "M IH0 S",
    "dis": "D IH0 S",
    "non": "N AA0 N",
    "re": "R IY0",
    "be": "B IH0",
    "en": "EH0 N",
    "em": "EH0 M",
    "in": "IH0 N",
    "im": "IH0 M",
    "up": "AH2 P",
    "sub": "S AH0 B",
    "a": "AH0",
    "th'": "DH",
}
# Before a whole word only, and words that are no parts of compounds
_BEFORE_WORDS = frozenset(("out", "over", "o'er", "under", "up", "fore", "for", "with", "a"))
_NO_PARTS = frozenset(
    """
    the and for but not his her its our has had was are did who how why may can shall will with
    this that than then them they thee thou thy you she him one two ten off out yet nor
    """.split()  # noqa: SIM905, a list of words is easier to read so
)
# How older and British books spell what the dictionary spells otherwise
_RESPELLINGS = (
    (r"our", "or"),
    (r"is(e|es|ed|ing|er)$", r"iz\1"),
    (r"tre(s?)$", r"ter\1"),
    (r"cre(s?)$", r"cer\1"),
    (r"ence$", "ense"),
    (r"l(l)(ed|ing|er)$", r"l\2"),
    (r"([^l])l(ful|ment)", r"\1ll\2"),
    (r"([ai])l$", r"\1ll"),
    (r"([^l])l(ed|ing|er)$", r"\1ll\2"),
    (r"ae", "e"),
    (r"oe", "e"),
    (r"que(s?)$", r"k\1"),
    (r"xion", "ction"),
    (r"ck$", "c"),
    (r"ick$", "ic"),
    (r"ie(s?)$", r"y\1"),
    (r"^en", "in"),
    (r"^in", "en"),
    (r"^im", "em"),
    (r"ey(s?)$", r"y\1"),
    (r"gy(?=.)", "gi"),
    (r"(?<=.)y(?=.)", "i"),
    (r"ow", "ou"),
    (r"aught", "ought"),
    (r"((?:[^aeiou]|[aeiou]{2})[^aeiou]|ee)e(s?)$", r"\1\2"),
    (r"(.)\1", r"\1"),
)


def stems(stem: str) -> Iterator[str]:
    """What the stem before an ending may be written like when it stands alone.

    >>> list(stems("lov")), list(stems("hopp")), list(stems("cri"))
    (['love', 'lov'], ['hopp', 'hop', 'hoppe'], ['cri', 'cry', 'crie'])
    """
    if fallen := _fallen_e.search(stem):
        yield stem + "e"
    yield stem
    if len(stem) > 2 and stem[-1] == stem[-2]:
        yield stem[:-1]
    if stem.endswith("i"):
        yield stem[:-1] + "y"
    if not fallen:
        yield stem + "e"


class Spelling:
    """Finds words of a dictionary behind spellings that it does not have.

    `known` is the dictionary; `is_common` tells which of its words may be parts of compounds.
    """

    def __init__(self, known: Dictionary, is_common: Callable[[str], bool]) -> None:
        self._known = known
        self._is_common = is_common
        self._cache: dict[str, tuple[Phonemes, ...]] = {}
        self._lock = RLock()  # while a word is read its entry is not yet true

    def read(self, word: str, depth: int = 0) -> tuple[Phonemes, ...]:
        """The pronunciations of a lower-case word; () where no rule leads to a known word."""
        with self._lock:
            if depth == 0 and len(self._cache) > MOST_KEPT:
                self._cache.clear()
            return self._read(word, depth)

    def _read(self, word: str, depth: int) -> tuple[Phonemes, ...]:
        if found := tuple(self._known(word)):
            return found
        if depth > 3 or len(word) < 3:
            return ()
        if word not in self._cache:
            self._cache[word] = ()  # so that respellings cannot lead round in a circle
            readings = next(filter(None, self._attempts(word, depth + 1)), ())
            self._cache[word] = tuple(dict.fromkeys(readings))
        return self._cache[word]

    def _attempts(self, word: str, depth: int) -> Iterator[list[Phonemes]]:
        """What each rule finds, in the order in which the rules are trusted."""
        if "'" in word:
            yield from self._apostrophes(word, depth)
        yield from self._inflections(word, depth)
        yield from self._affixes(word, depth)
        if "'" not in word:
            yield self._compound(word)
            for pattern, replacement in _RESPELLINGS:
                respelt = re.sub(pattern, replacement, word, count=1)
                if respelt != word:
                    yield list(self.read(respelt, depth))

    def _bases(self, candidates: Iterable[str], depth: int) -> Sequence[Phonemes]:
        """The readings of the first candidate that the dictionary has, or that can be derived."""
        listed = list(candidates)
        for candidate in listed:
            if found := [base for base in self._known(candidate) if base]:
                return found
        for candidate in listed:
            if found := [base for base in self.read(candidate, depth) if base]:
                return found
        return ()

    def _ending(
        self, word: str, ending: str, change: Callable[[Phonemes], Phonemes], depth: int
    ) -> list[Phonemes]:
        if not word.endswith(ending) or len(word) < len(ending) + 2:
            return []
        return [change(base) for base in self._bases(stems(word[: -len(ending)]), depth)]

    def _apostrophes(self, word: str, depth: int) -> Iterator[list[Phonemes]]:
        if word.endswith(("'s", "s'")):
            yield [plural(base) for base in self._bases([word[:-2]], depth)]
        if word.endswith("in'"):
            yield [(*base[:-1], "N") for base in self._bases([word[:-1] + "g"], depth)]
        if word.startswith("'"):
            yield list(self.read(word[1:], depth))
        if word.endswith("'"):
            yield list(self.read(word[:-1], depth))
        yield self._ending(word, "'d", shut, depth)
        yield self._ending(word, "'dst", lambda base: (*shut(base), "S", "T"), depth)
        yield self._ending(word, "'st", second_person, depth)
        for match in re.finditer(r"(?<=\w)'(?=\w)", word):
            left, right = word[: match.start()], word[match.end() :]
            before, after = len(_vowel_letters.findall(left)), len(_vowel_letters.findall(right))
            full = self._bases([left + letter + right for letter in "eoaiu"], depth)
            yield [said for base in full if (said := elide(base, before, after))]
            yield list(self.read(left + right, depth))

    def _inflections(self, word: str, depth: int) -> Iterator[list[Phonemes]]:
        yield self._ending(word, "ed", past, depth)
        if _past_in_t.search(word):
            for stem in (word[:-1] + word[-2], word[:-1]):
                bases = self._known(stem) if len(stem) > 2 else ()
                yield [(*base, "T") for base in bases if base[-1] in VOICELESS]
        yield self._ending(word, "eth", lambda base: (*base, "IH0", "TH"), depth)
        yield self._ending(word, "est", lambda base: (*base, "IH0", "S", "T"), depth)
        yield self._ending(word, "edst", lambda base: (*shut(base), "S", "T"), depth)
        if word.endswith("s") and not word.endswith("ss"):
            singulars = [word[:-1]]
            if word.endswith("es"):
                singulars += [word[:-2], word[:-3] + "y"] if word.endswith("ies") else [word[:-2]]
            yield [plural(base) for base in self._bases(singulars, depth)]
        if word.endswith("ves"):
            yield [(*base[:-1], "V", "Z") for base in self._known(word[:-3] + "f")]
        if word.endswith("in"):
            yield [(*base[:-1], "N") for base in self._bases([word + "g"], depth)]
        if word.endswith(("eous", "ious")):
            yield [(*base, "AH0", "S") for base in self._known(word[:-4] + "y")]

    def _affixes(self, word: str, depth: int) -> Iterator[list[Phonemes]]:
        for suffix, sound in _SUFFIXES.items():
            if word.endswith(suffix) and len(word) > len(suffix) + 2:
                stem, added = word[: -len(suffix)], tuple(sound.split())
                if suffix == "ly":
                    candidates = [stem, stem + "e", stem + "le", stem + "ll", stem[:-1] + "y"]
                elif is_vowel(added[0]):
                    candidates = list(stems(stem))
                else:
                    candidates = [stem, stem[:-1] + "y"] if stem.endswith("i") else [stem]
                yield [join(base, added) for base in self._bases(candidates, depth)]
        for prefix, sound in _PREFIXES.items():
            if word.startswith(prefix) and len(word) > len(prefix) + 2:
                stem = word[len(prefix) :]
                find = self._known(stem) if prefix in _BEFORE_WORDS else self.read(stem, depth)
                yield [join(tuple(sound.split()), base) for base in find if base]

    def _compound(self, word: str) -> list[Phonemes]:
        """moonlit as moon and lit: the second part has its stress after the first one's."""
        for cut in range(len(word) - 3, 2, -1):
            parts = word[:cut], word[cut:]
            if all(self._is_common(part) and part not in _NO_PARTS for part in parts):
                first, second = (self._known(part)[:1] for part in parts)
                if first and second:
                    lowered = tuple(phoneme.replace("1", "2") for phoneme in second[0])
                    return [first[0] + lowered]
        return []
