"""Make `poet/prosody/chinese/mandarin.txt`: how characters sound in Mandarin, for modern rhyme.

    python -m tools.mandarin

The sounds are those of pypinyin (MIT). Of the readings of a character those are kept that a
fair share of the phrases in its dictionary have; a character in no phrase has its first reading.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from importlib.metadata import version
from pathlib import Path

import click
from opencc import OpenCC
from pypinyin.constants import PHRASES_DICT, PINYIN_DICT
from pypinyin.contrib.tone_convert import to_finals_tone3, to_initials

from poet.prosody.chinese.readings import Tone, readings
from poet.prosody.chinese.rhyme_books import FINALS

OUT = Path(__file__).resolve().parent.parent / "poet/prosody/chinese/mandarin.txt"
SHARE = 0.15  # of the phrases with a character that must have a reading, for it to be a usual one
SANDHI = {"一": "yī", "不": "bù"}  # other tones of these come from the word that follows
_MEDIALS = {  # finals -> the part that rhymes
    "a ia ua": "a", "o uo io": "o", "e": "e", "ie ve ê": "ie", "ai uai": "ai", "ei uei": "ei",
    "ao iao": "ao", "ou iou": "ou", "an ian uan van": "an", "en in uen vn": "en",
    "ang iang uang": "ang", "eng ing ueng": "eng", "ong iong": "ong",
    "i": "i", "v": "ü", "er": "er", "u": "u",
}  # fmt: skip
RHYMING = {final: part for finals, part in _MEDIALS.items() for final in finals.split()}


@click.command(help=__doc__)
def main() -> None:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for phrase, sounds in PHRASES_DICT.items():
        if len(phrase) == len(sounds):
            for character, (sound, *_) in zip(phrase, sounds, strict=True):
                counts[character][sound] += 1
    to_simplified = OpenCC("t2s").convert
    rows: dict[tuple[str, Tone], list[str]] = defaultdict(list)
    known = 0
    for code, listed in sorted(PINYIN_DICT.items()):
        character = chr(code)
        if not (readings(character) or counts[character]):
            continue
        usual = _usual(character, listed.split(","), counts[to_simplified(character)])
        places = {place for sound in usual if (place := _place(sound))}
        known += bool(places)
        for place in sorted(places):
            rows[place].append(character)
    lines = [
        f"{final}\t{''.join(rows[final, Tone.LEVEL])}\t{''.join(rows[final, Tone.OBLIQUE])}\n"
        for final in FINALS
    ]
    header = (
        "# The characters of each rhyming part of Mandarin finals, those in level tone (the first\n"
        "# and second) and those in oblique tone (the third and fourth), separated by tabs.\n"
        f"# Source: pypinyin {version('pypinyin')} (MIT). Made by: python -m tools.mandarin\n"
        f"# {known:,} characters.\n"
    )
    OUT.write_text(header + "".join(lines), "utf-8")
    click.echo(header)


def _usual(character: str, listed: list[str], counts: Counter[str]) -> list[str]:
    """The usual ones of the readings that are listed for a character."""
    if character in SANDHI:
        return [SANDHI[character]]
    total = sum(counts[sound] for sound in listed)
    return [s for s in listed if total and counts[s] >= SHARE * total] or listed[:1]


def _place(sound: str) -> tuple[str, Tone] | None:
    """The rhyming part and the tone of a syllable; None for one in neutral tone."""
    final = to_finals_tone3(sound, strict=True)
    if not final or not final[-1].isdigit():
        return None
    name, number = final[:-1], int(final[-1])
    if number == 5 or name not in RHYMING:
        return None
    is_dental = name == "i" and to_initials(sound) in ("zh", "ch", "sh", "r", "z", "c", "s")
    return "ï" if is_dental else RHYMING[name], Tone.LEVEL if number < 3 else Tone.OBLIQUE


if __name__ == "__main__":
    main()
