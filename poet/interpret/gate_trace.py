"""The gates at each character of a text, for chosen units or those found to be meaningful."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from poet.errors import InputError
from poet.generation.prompt import check_known, repair
from poet.generation.writer import Writer
from poet.interpret.gates import GATES, Unit, UnitTrace, gates_of, read_states
from poet.interpret.probe import ProbeResult, search
from poet.interpret.texts import corpus_of, held_out, prefix_of, written
from poet.progress import ProgressCallback
from poet.scripts import convert

MAX_LENGTH = 120  # characters whose gates are shown
DEFAULT_UNITS = 4  # units that are shown if none are chosen
SEED = 1  # of the poem that the model writes if no text is given


@dataclass(frozen=True, slots=True)
class TracedText:
    """A text as the model reads it, and as it is shown, in the script of the input."""

    text: str
    shown: str


@dataclass(frozen=True, slots=True)
class GateTrace:
    """A text with the traces of some units, and the units found on the texts of `source`."""

    text: TracedText
    units: tuple[UnitTrace, ...]
    results: tuple[ProbeResult, ...]
    source: str

    def to_json(self) -> dict[str, Any]:
        """Plain values; docs/explain.md describes them."""
        return {
            "text": self.text.text,
            "read": self.source,
            "units": [
                {
                    "layer": trace.unit.layer,
                    "unit": trace.unit.number,
                    "meaning": trace.meaning,
                    **{gate: [round(float(x), 4) for x in trace.gates[gate]] for gate in GATES},
                }
                for trace in self.units
            ],
            "found": [
                {**asdict(result), "layer": result.unit.layer, "unit": result.unit.number}
                for result in self.results
            ],
        }


def explain_gates(
    writer: Writer,
    folder: Path,
    text: str | None,
    units: Sequence[Unit],
    texts: int,
    progress: ProgressCallback,
) -> GateTrace:
    """The gates of `units` at each character of a text; by default, of the most meaningful ones.

    These are found on `texts` texts. Without a text the model writes one; `folder` is the model's.
    Raises `InputError` for a text that cannot be read.
    """
    traced = _prepare(writer, text, progress)
    results, source = ((), "") if units else _search(writer, folder, texts, progress)
    meanings = dict.fromkeys(units, "") or _meanings(results)
    return GateTrace(traced, tuple(_traces(writer, traced.text, meanings)), results, source)


def _prepare(writer: Writer, text: str | None, progress: ProgressCallback) -> TracedText:
    if text is None:
        sample = _sample(writer)
        return TracedText(sample, sample)
    prompt = repair(text, writer.tokenizer)
    for repaired in prompt.repairs:
        progress.note(f"the text was adapted to the model's vocabulary: {repaired}")
    if not prompt.text.strip():
        raise InputError(
            "there is no text to explain", "give a poem; without one, the model writes its own"
        )
    if len(prompt.text) > MAX_LENGTH:
        raise InputError(
            f"the text has {len(prompt.text):,} characters; at most {MAX_LENGTH} can be shown",
            "give a part of it",
        )
    try:
        check_known(prompt.text, writer.tokenizer)
    except InputError as error:
        raise InputError(error.message, "leave them out, or take another --model") from error
    shown = convert(prompt.text, "t2s") if prompt.script == "hans" else prompt.text
    return TracedText(prompt.text, shown if len(shown) == len(prompt.text) else prompt.text)


def _sample(writer: Writer) -> str:
    """A text that the model writes, always the same one: a quatrain if it knows those."""
    form = "五絕" if "五絕" in writer.tokenizer.forms else ""
    return writer.write(form=form, seed=SEED, max_characters=MAX_LENGTH // 2).poem.text


def _search(
    writer: Writer, folder: Path, texts: int, progress: ProgressCallback
) -> tuple[tuple[ProbeResult, ...], str]:
    """The meaningful units, and a description of the texts on which they were found."""
    dataset = corpus_of(writer, folder, progress.note)
    samples = held_out(dataset, texts) if dataset else written(writer, texts, progress)
    return tuple(search(writer, samples.texts, progress)), samples.source


def _meanings(results: Sequence[ProbeResult]) -> dict[Unit, str]:
    meanings: dict[Unit, str] = {}
    for result in results:
        if len(meanings) < DEFAULT_UNITS:
            meanings.setdefault(result.unit, result.meaning)
    return meanings


def _traces(writer: Writer, text: str, meanings: dict[Unit, str]) -> list[UnitTrace]:
    prefix = prefix_of(writer)
    ids = np.r_[prefix, writer.tokenizer.encode(text)]
    (states,) = read_states(writer.engine, [ids])
    weights = writer.checkpoint.weights
    gates = {
        layer: gates_of(weights, writer.engine, ids, states, layer)
        for layer in {unit.layer for unit in meanings}
    }
    return [
        UnitTrace(
            unit, meaning, {g: gates[unit.layer][g][len(prefix) :, unit.number] for g in GATES}
        )
        for unit, meaning in meanings.items()
    ]
