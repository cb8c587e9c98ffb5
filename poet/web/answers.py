"""What the server answers about poems: records, scans and files, as plain values."""

from __future__ import annotations

from typing import Any, TypedDict

from poet.characters import is_chinese
from poet.errors import UsageError
from poet.generation.assessment import WrittenPoem
from poet.poem import Poem
from poet.prosody.chinese.rhyme_books import PINGSHUI, find_book
from poet.prosody.described import verdict_in_english
from poet.prosody.scanning import scan_text
from poet.render.card import card_png, card_svg, colophon_of
from poet.render.export import formatted
from poet.render.layers import FaultAt, Line, Place, layers
from poet.render.record import poem_record
from poet.scripts import script_of
from poet.web.limits import Limits
from poet.web.requests import CardRequest, ExportRequest, ScanRequest, check_length, poem_of


class _Poem(TypedDict):
    title: str
    author: str
    form: str
    text: str
    lines: list[str]
    model: str
    seed: int
    number: int
    temperature: float
    asked_form: str
    nats_per_character: float
    summary: str
    verdict_english: str
    indents: list[int]
    language: str
    layers: list[Line]


class Record(_Poem, total=False):
    """A written poem; docs/usage.md explains the keys that `poet write --json` has too."""

    verdict: str
    keeps_the_rules: bool
    lines_in_training_text: int
    longest_shared_run: int
    score: float
    ranking: dict[str, float]


class Fault(TypedDict):
    """Something that breaks a rule; line and character are null where it is the whole poem."""

    name: str
    message: str
    line: int | None
    character: int | None
    length: int
    places: list[Place]


class Scanned(TypedDict):
    """The scan of a poem: its verdict, its layers, its faults and where they stand."""

    verdict: str
    verdict_english: str
    form: str
    keeps_the_rules: bool
    language: str
    faults: list[Fault]
    remarks: list[str]
    layers: list[Line]


def record(written: WrittenPoem) -> dict[str, Any]:
    """Everything about a written poem, as `poem_record` has it, and what a page needs besides."""
    poem = written.poem
    return poem_record(
        poem,
        **written.facts,
        summary=written.summary,
        indents=poem.indents,
        language=language_of(poem.text),
        layers=layers(poem, written.scan).lines,
        verdict_english=in_english(str(written.facts.get("verdict", ""))),
    )


def scanned(asked: ScanRequest, limits: Limits) -> Scanned:
    """The scan of a poem. Raises `UsageError` where there is no verse, or no such form or book."""
    check_length(asked.text, limits.poem, "text")
    book = find_book(asked.rhymes or PINGSHUI.name)
    found = scan_text(asked.text, asked.form, book, asked.title)
    if found is None:
        raise UsageError(
            "there is no Chinese or English verse in the text",
            "give a poem; of other languages only a form such as haiku:de can be scanned",
            "text",
        )
    made = layers(Poem(asked.text.strip("\n"), asked.title), found)
    verdict = found.summary(asked.strict)
    return {
        "verdict": verdict,
        "verdict_english": in_english(verdict),
        "form": found.form.name if found.form else "",
        "keeps_the_rules": found.keeps(asked.strict),
        "language": language_of(asked.text),
        "faults": [_placed(fault) for fault in made.faults(asked.strict)],
        "remarks": found.sentences(asked.strict),
        "layers": made.lines,
    }


def in_english(verdict: str) -> str:
    """A verdict with Chinese terms in English; empty where it has none."""
    english = verdict_in_english(verdict)
    return english if english != verdict else ""


def _placed(fault: FaultAt) -> Fault:
    """A fault with its first place beside the list of all."""
    if not fault["places"]:
        return {**fault, "line": None, "character": None, "length": 0}
    return {**fault, **fault["places"][0]}


def file_of(asked: ExportRequest, limits: Limits) -> str:
    """A poem as the text of a file, with what wrote it, where that is said."""
    poem, given = poem_of(asked.poem, limits.poem), asked.poem
    facts: dict[str, object] = {name: given[name] for name in ("model", "seed") if name in given}
    return formatted(f".{asked.format}", [poem], [facts])


def card_of(asked: CardRequest, limits: Limits) -> str | bytes:
    """A poem as a picture."""
    poem, given = poem_of(asked.poem, limits.card), asked.poem
    model, seed = given.get("model", ""), given.get("seed")
    colophon = colophon_of(poem, model, seed) if model and seed is not None else ""
    draw = card_svg if asked.format == "svg" else card_png
    return draw(poem, layout=asked.layout, theme=asked.theme, colophon=colophon)


def language_of(text: str) -> str:
    """The language of a poem, as HTML names it: zh-Hant, zh-Hans, en.

    >>> language_of("春水連天碧，明月照大江。"), language_of("The moon is up.")
    ('zh-Hant', 'en')
    """
    if not is_chinese(text):
        return "en"
    return "zh-Hans" if script_of(text) == "hans" else "zh-Hant"
