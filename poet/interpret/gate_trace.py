"""The gates of a text, for the units that were asked for or found to mean something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from poet.errors import InputError
from poet.generation.prompt import check_known, repair
from poet.generation.writer import Writer
from poet.interpret.gates import GATES, Unit, gates_of, read_states
from poet.interpret.probe import Found, search
from poet.interpret.texts import Bar, Say, corpus_of, header, held_out, written
from poet.render.gate_heatmap import Track
from poet.scripts import convert

LONGEST = 120  # characters whose gates are shown
SHOWN = 4  # units that are shown where none were asked for
SEED = 1  # of the poem that the model writes where none was given


@dataclass(frozen=True, slots=True)
class Verse:
    """A text as the model reads it, and in the script that it came in."""

    text: str
    shown: str


@dataclass(frozen=True, slots=True)
class GateTrace:
    """A text, its units, and all that was found on the texts of `source`."""

    verse: Verse
    tracks: tuple[Track, ...]
    found: tuple[Found, ...]
    source: str

    def record(self) -> dict[str, Any]:
        """Plain values; docs/explain.md describes them."""
        return {
            "text": self.verse.text,
            "read": self.source,
            "units": [
                {
                    "layer": track.unit.layer,
                    "unit": track.unit.number,
                    "meaning": track.meaning,
                    **{gate: [round(float(x), 4) for x in track.gates[gate]] for gate in GATES},
                }
                for track in self.tracks
            ],
            "found": [
                {**asdict(one), "layer": one.unit.layer, "unit": one.unit.number}
                for one in self.found
            ],
        }


def explain_gates(
    writer: Writer,
    folder: Path,
    text: str | None,
    units: Sequence[Unit],
    texts: int,
    say: Say,
    bar: Bar,
) -> GateTrace:
    """The gates of `units` at each character of a text; with none, of those that mean most.

    Without a text the model writes one; `folder` is the model's. Raises `InputError` for a text
    that cannot be read.
    """
    verse = _verse(writer, text, say)
    found, source = ((), "") if units else _search(writer, folder, texts, say, bar)
    meanings = dict.fromkeys(units, "") or _meanings(found)
    return GateTrace(verse, tuple(_tracks(writer, verse.text, meanings)), found, source)


def _verse(writer: Writer, text: str | None, say: Say) -> Verse:
    if text is None:
        own = _own(writer)
        return Verse(own, own)
    prompt = repair(text, writer.tokenizer)
    for what in prompt.repairs:
        say(f"the text was brought into the model's characters: {what}")
    if not prompt.text.strip():
        raise InputError("there is no text to explain", "give a poem, or nothing: poet explain")
    if len(prompt.text) > LONGEST:
        raise InputError(
            f"the text has {len(prompt.text):,} characters; the gates of {LONGEST} can be shown",
            "give a part of it",
        )
    try:
        check_known(prompt.text, writer.tokenizer)
    except InputError as error:
        raise InputError(error.message, "leave them out, or take another --model") from error
    shown = convert(prompt.text, "t2s") if prompt.script == "hans" else prompt.text
    return Verse(prompt.text, shown if len(shown) == len(prompt.text) else prompt.text)


def _own(writer: Writer) -> str:
    """A text that the model writes, always the same one: a quatrain where it knows those."""
    form = "五絕" if "五絕" in writer.tokenizer.forms else ""
    return writer.write(form=form, seed=SEED, max_characters=LONGEST // 2).poem.text


def _search(
    writer: Writer, folder: Path, texts: int, say: Say, bar: Bar
) -> tuple[tuple[Found, ...], str]:
    """The units that mean something, and on which texts they were found."""
    dataset = corpus_of(writer, folder, say)
    if dataset:
        reading = held_out(dataset, texts)
    else:
        with bar("writing", texts) as watch:
            reading = written(writer, texts, watch)
    with bar("reading", len(reading.texts)) as watch:
        return tuple(search(writer, reading.texts, watch)), reading.source


def _meanings(found: Sequence[Found]) -> dict[Unit, str]:
    meanings: dict[Unit, str] = {}
    for one in found:
        if len(meanings) < SHOWN:
            meanings.setdefault(one.unit, one.meaning)
    return meanings


def _tracks(writer: Writer, text: str, meanings: dict[Unit, str]) -> list[Track]:
    head = header(writer)
    ids = np.r_[head, writer.tokenizer.encode(text)]
    (states,) = read_states(writer.engine, [ids])
    weights = writer.checkpoint.weights
    gates = {
        layer: gates_of(weights, writer.engine, ids, states, layer)
        for layer in {unit.layer for unit in meanings}
    }
    return [
        Track(unit, meaning, {g: gates[unit.layer][g][len(head) :, unit.number] for g in GATES})
        for unit, meaning in meanings.items()
    ]
