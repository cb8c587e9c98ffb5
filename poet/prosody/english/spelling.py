"""The spellings of verse, traced to words whose pronunciation is known.

wand'ring is wandering with a vowel less, lov'st is love with an ending, o'erleap is o'er and leap.
A pronunciation is a tuple of ARPAbet phonemes; its vowels end in a digit, the stress of their
syllable: 1 primary, 2 secondary, 0 none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

Phonemes = tuple[str, ...]
Dictionary = Callable[[str], Sequence[Phonemes]]  # () for an unknown word


def _set(phonemes: str) -> frozenset[str]:
    return frozenset(phonemes.split())


VOWELS = _set("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW")
CONSONANTS = _set("B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH")
_VOICELESS = _set("CH F HH K P S SH T TH")
_HISSING = _set("CH JH S SH Z ZH")
_vowel_letters = re.compile(r"[aeiouy]+")
# hop in hopping, love in loving, cry in cries: where one vowel letter stands before one
# consonant, a form with e is likelier (hopeth is hope)
_open_stem = re.compile(r"(?:^|[^aeiou])[aeiouy][^aeiouwxy]$")
_SUFFIXES = {
    "est": "IH0 S T",
    "eth": "IH0 TH",
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
_COMPOUND_PREFIXES = frozenset(("out", "over", "o'er", "under", "up", "fore"))
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
    (r"e$", ""),
    (r"([bcdfghjklmnpqrstvwxz])$", r"\1e"),
    (r"(.)\1", r"\1"),
)


def is_vowel(phoneme: str) -> bool:
    """
    >>> is_vowel("AH0"), is_vowel("N")
    (True, False)
    """
    return phoneme[:2] in VOWELS


def plural(word: Phonemes) -> Phonemes:
    """The word with the ending -s.

    >>> plural(("K", "IH1", "S")), plural(("M", "UW1", "N"))
    (('K', 'IH1', 'S', 'IH0', 'Z'), ('M', 'UW1', 'N', 'Z'))
    """
    if word[-1] in _HISSING:
        return (*word, "IH0", "Z")
    return (*word, "S" if word[-1] in _VOICELESS else "Z")


def past(word: Phonemes) -> Phonemes:
    """The word with the ending -ed, a syllable after t and d only.

    >>> past(("L", "IH1", "F", "T"))[-2:], past(("K", "IH1", "S"))[-1]
    (('IH0', 'D'), 'T')
    """
    return (*word, "IH0", "D") if word[-1] in ("T", "D") else _shut(word)


def _shut(word: Phonemes) -> Phonemes:
    """The word with the ending -'d, which is never a syllable."""
    if word[-1] in ("T", "D"):
        return word
    return (*word, "T" if word[-1] in _VOICELESS else "D")


def _second_person(word: Phonemes) -> Phonemes:
    """The word with the ending -'st.

    >>> _second_person(("N", "OW1")), _second_person(("R", "EY1", "Z"))
    (('N', 'OW1', 'S', 'T'), ('R', 'EY1', 'Z', 'T'))
    """
    return (*word, "T") if word[-1] in ("S", "Z", "SH") else (*word, "S", "T")


def stems(stem: str) -> Iterator[str]:
    """What the stem before an ending may be written like when it stands alone.

    >>> list(stems("lov")), list(stems("hopp")), list(stems("cri"))
    (['love', 'lov'], ['hopp', 'hop', 'hoppe'], ['cri', 'cry', 'crie'])
    """
    if is_open := _open_stem.search(stem):
        yield stem + "e"
    yield stem
    if len(stem) > 2 and stem[-1] == stem[-2]:
        yield stem[:-1]
    if stem.endswith("i"):
        yield stem[:-1] + "y"
    if not is_open:
        yield stem + "e"


def elide(full: Phonemes, before: int, after: int) -> Phonemes | None:
    """A pronunciation without the vowel for which an apostrophe stands.

    `before` and `after` are how many groups of vowel letters stand on the two sides of the
    apostrophe. None where no unstressed vowel is there to fall.

    >>> elide(("W", "AA1", "N", "D", "ER0", "IH0", "NG"), 1, 1)
    ('W', 'AA1', 'N', 'D', 'R', 'IH0', 'NG')
    """
    vowels = [index for index, phoneme in enumerate(full) if is_vowel(phoneme)]
    if len(vowels) == before + after:
        return full
    for place in (before, before - 1):
        if 0 < place < len(vowels) and len(vowels) == before + after + 1:
            index = vowels[place]
            if full[index].endswith("0"):
                kept = ("R",) if full[index] == "ER0" else ()
                return full[:index] + kept + full[index + 1 :]
    return None


class Spelling:
    """Finds words of a dictionary behind spellings that it does not have.

    `known` is the dictionary; `is_common` tells which of its words may be parts of compounds.
    """

    def __init__(self, known: Dictionary, is_common: Callable[[str], bool]) -> None:
        self._known = known
        self._is_common = is_common
        self._cache: dict[str, tuple[Phonemes, ...]] = {}

    def read(self, word: str, depth: int = 0) -> tuple[Phonemes, ...]:
        """The pronunciations of a lower-case word; () where no rule leads to a known word."""
        if found := tuple(self._known(word)):
            return found
        if depth > 3 or len(word) < 2:
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

    def _ending(
        self, word: str, ending: str, change: Callable[[Phonemes], Phonemes], depth: int
    ) -> Iterator[list[Phonemes]]:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            for stem in stems(word[: -len(ending)]):
                yield [change(base) for base in self.read(stem, depth) if base]

    def _apostrophes(self, word: str, depth: int) -> Iterator[list[Phonemes]]:
        if word.endswith(("'s", "s'")):
            yield [plural(base) for base in self.read(word[:-2], depth) if base]
            if word.endswith("s'"):
                yield list(self.read(word[:-1], depth))
        if word.endswith("in'"):
            yield [(*base[:-1], "N") for base in self.read(word[:-1] + "g", depth)]
        if word.startswith("'"):
            yield list(self.read(word[1:], depth))
        if word.endswith("'"):
            yield list(self.read(word[:-1], depth))
        yield from self._ending(word, "'d", _shut, depth)
        yield from self._ending(word, "'dst", lambda base: (*_shut(base), "S", "T"), depth)
        yield from self._ending(word, "'st", _second_person, depth)
        for match in re.finditer(r"(?<=\w)'(?=\w)", word):
            left, right = word[: match.start()], word[match.end() :]
            before, after = len(_vowel_letters.findall(left)), len(_vowel_letters.findall(right))
            for letter in "eoaiu":
                full = self.read(left + letter + right, depth)
                yield [said for base in full if (said := elide(base, before, after))]
            yield list(self.read(left + right, depth))

    def _inflections(self, word: str, depth: int) -> Iterator[list[Phonemes]]:
        yield from self._ending(word, "ed", past, depth)
        if word.endswith("ies"):
            yield [plural(base) for base in self.read(word[:-3] + "y", depth)]
        if word.endswith("ves"):
            yield [(*base[:-1], "V", "Z") for base in self.read(word[:-3] + "f", depth) if base]
        if word.endswith("s") and not word.endswith("ss"):
            yield [plural(base) for base in self.read(word[:-1], depth) if base]
            if word.endswith("es"):
                yield [plural(base) for base in self.read(word[:-2], depth) if base]

    def _affixes(self, word: str, depth: int) -> Iterator[list[Phonemes]]:
        for suffix, sound in _SUFFIXES.items():
            if word.endswith(suffix) and len(word) > len(suffix) + 2:
                added = tuple(sound.split())
                stem = word[: -len(suffix)]
                candidates = stems(stem) if is_vowel(added[0]) else iter((stem, stem[:-1] + "y"))
                if suffix == "ly":
                    candidates = iter((stem, stem + "e", stem + "le", stem + "ll", stem[:-1] + "y"))
                for candidate in candidates:
                    yield [base + added for base in self.read(candidate, depth) if base]
        for prefix, sound in _PREFIXES.items():
            if word.startswith(prefix) and len(word) > len(prefix) + 2:
                if prefix in _COMPOUND_PREFIXES and not self._known(word[len(prefix) :]):
                    continue
                added = tuple(sound.split())
                yield [added + base for base in self.read(word[len(prefix) :], depth) if base]

    def _compound(self, word: str) -> list[Phonemes]:
        """moonlit as moon and lit: the second part has its stress after the first one's."""
        for cut in range(len(word) - 3, 2, -1):
            parts = word[:cut], word[cut:]
            if all(map(self._is_common, parts)):
                first, second = (self._known(part)[:1] for part in parts)
                if first and second:
                    lowered = (phoneme.replace("1", "2") for phoneme in second[0])
                    return [(*first[0], *lowered)]
        return []
