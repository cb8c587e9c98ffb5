"""Examine a model: read what was held out, let it write, count, and count human verse too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from poet.checkpoint import Checkpoint
from poet.dataset.dataset import TokenDataset
from poet.dataset.for_model import dataset_for_model, with_tokenizer
from poet.dataset.held_out import HeldOut, sample_held_out
from poet.errors import UsageError
from poet.evaluation.compare import compare, shared_forms
from poet.evaluation.config import EvalConfig, Say, Watch
from poet.evaluation.held_out import (
    Reading,
    by_distance,
    by_place,
    mean,
    read_held_out,
    read_on,
)
from poet.evaluation.judging import judge_verse
from poet.evaluation.metrics import FORMS, copies
from poet.evaluation.report import HeldOutReport, Judged, Report, Verse
from poet.generation.writer import Writer
from poet.model import load_model
from poet.novelty.index import NoveltyIndex
from poet.prosody.chinese.forms import Form
from poet.prosody.find import find_form
from poet.runs.config import text_source
from poet.tokenizer import UNK
from poet.training.device import Compute

MANY = 0.02  # of characters that are unknown, of lines that are known: more are told
REST = "other"  # held-out poems that have none of the four forms


def examine(
    folder: Path,
    asked: EvalConfig,
    engine: Compute,
    *,
    texts: Sequence[str] = (),
    forms: Sequence[str] | None = None,
    say: Say,
    watch: Watch,
) -> Report:
    """Measure the model in a folder, on its own text or on others.

    `forms` None takes those that model and text both have, an empty one writes nothing.
    Raises `InputError` for a model or text that cannot be read, `UsageError` for a form that
    the model does not know.
    """
    checkpoint = Checkpoint.read(folder)
    if missing := [f for f in forms or () if checkpoint.tokenizer.form_id(f) is None]:
        raise UsageError(
            f"this model was not trained on {' '.join(missing)}", "leave them out of --forms"
        )
    dataset = dataset_for_model(
        checkpoint.tokenizer,
        checkpoint.info.text,
        texts,
        source=text_source(folder),
        notify=say,
        track=lambda poems: watch(poems, "reading", None),
    )
    unread = read(checkpoint, dataset, asked, engine, watch)
    if unread and unread.unknown > MANY * unread.all.characters:
        say(
            f"{unread.unknown:,} of {unread.all.characters:,} held-out characters are none of the "
            "alphabet's: they count as the unknown mark, and the loss says little"
        )
    samples: tuple[Verse, ...] = ()
    judged: tuple[Judged, ...] = ()
    writes = forms is None or bool(forms)
    index = NoveltyIndex.read(folder)
    if texts and index:
        _tell_known(dataset, asked, index, say)
    if writes:
        writer = Writer(checkpoint, index or _made_index(dataset, is_own=not texts, say=say))
        samples = tuple(compare(writer, dataset, asked, forms, say, watch))
        shared = shared_forms(writer, dataset) if forms is None else forms
        judged = judge_verse(writer, dataset, asked, shared, say, watch)
    return Report(
        model=_about(folder, checkpoint),
        text={"names": dataset.names, "fingerprint": dataset.fingerprint, "is_own": not texts},
        settings=asdict(asked),
        held_out=unread,
        samples=samples,
        judged=judged,
    )


def _made_index(dataset: TokenDataset, *, is_own: bool, say: Say) -> NoveltyIndex | None:
    """An index of the lines that were trained on, of a run that has none yet."""
    index = None
    if is_own:
        say("making an index of the lines that were trained on")
        index = NoveltyIndex.from_dataset(dataset)
    if not index:
        say("there is no index of the lines that were trained on: copies are not counted")
    return index


def _tell_known(dataset: TokenDataset, asked: EvalConfig, index: NoveltyIndex, say: Say) -> None:
    """Say where what was held out of a text stands in the text that the model had read."""
    held = dataset.poems(held_out=True)
    chosen = held.tolist() if dataset.is_stream else sample_held_out(dataset, asked.held_out)
    found = copies([dataset.decode(dataset.verse(i)) for i in chosen], index)
    if found.copied > MANY * found.lines:
        say(
            f"{found.copied:,} of {found.lines:,} held-out lines stand in the text that the model "
            "was trained on: the loss is that of lines it knows"
        )


def _about(folder: Path, checkpoint: Checkpoint) -> dict[str, Any]:
    text = checkpoint.info.text
    return {
        "name": checkpoint.info.name or folder.name,
        "parameters": checkpoint.parameters,
        "text": text.name,
        "fingerprint": text.fingerprint,
        "kind": text.kind or "poems",
    }


def read(
    checkpoint: Checkpoint, dataset: TokenDataset, asked: EvalConfig, engine: Compute, watch: Watch
) -> HeldOutReport | None:
    """Figures on the held-out side of a store; None where nothing is held out."""
    model = load_model(checkpoint, engine.device)
    own = with_tokenizer(dataset, checkpoint.tokenizer)
    by_text: dict[str, list[Reading]] = {}
    for source, name in enumerate(dataset.names):
        chosen = sample_held_out(dataset, asked.held_out, source)
        coming = read_held_out(model, own, chosen, engine)
        by_text[name] = list(watch(coming, f"held out, {name}", len(chosen)))
    readings = [one for found in by_text.values() for one in found]
    if not (everything := mean(readings)):
        return None
    forms: dict[str, list[Reading]] = {}
    carried: HeldOut | None = None
    if dataset.is_stream:
        on = watch(read_on(model, own, engine), "held out, the state carried", None)
        carried = (found := mean(list(on))) and replace(found, poems=1)
    else:
        forms = _by_form(dataset, readings)
    return HeldOutReport(
        all=everything,
        by_text={name: figures for name, one in by_text.items() if (figures := mean(one))},
        by_form={name: figures for name, one in forms.items() if (figures := mean(one))},
        by_place={
            form.name: places
            for form in _shapes()
            if (places := by_place(forms.get(form.name, ()), form))
        },
        by_distance=by_distance(readings),
        carried=carried,
        unknown=sum(int((one.ids == UNK).sum()) for one in readings),
    )


def _shapes() -> list[Form]:
    return [form for name in FORMS if (form := find_form(name))]


def _by_form(dataset: TokenDataset, readings: Sequence[Reading]) -> dict[str, list[Reading]]:
    """The readings of each of the four forms, in their order, and of the rest."""
    names = {dataset.tokenizer.form_id(name): name for name in FORMS}
    found: dict[str, list[Reading]] = {name: [] for name in (*FORMS, REST)}
    for one in readings:
        found[names.get(int(dataset.table["form"][one.poem]), REST)].append(one)
    return {name: of for name, of in found.items() if of} if any(names) else {}
