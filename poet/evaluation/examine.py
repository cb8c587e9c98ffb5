"""Evaluate a model: measure its held-out loss, and compare its verse with human verse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from poet.checkpoint import Checkpoint
from poet.dataset.dataset import TokenDataset
from poet.dataset.for_model import dataset_for_model, with_tokenizer
from poet.dataset.held_out import HeldOut, sample_held_out
from poet.errors import UsageError
from poet.evaluation.compare import compare, shared_forms
from poet.evaluation.held_out import (
    TokenLosses,
    by_distance,
    by_place,
    mean,
    read_held_out,
    read_stream,
)
from poet.evaluation.judge import judge_verse
from poet.evaluation.metrics import FORMS, copies
from poet.evaluation.report import (
    EvalConfig,
    EvalReport,
    HeldOutReport,
    JudgeReport,
    SampleReport,
)
from poet.generation.writer import Writer
from poet.model import load_model
from poet.novelty.index import NoveltyIndex
from poet.progress import ProgressCallback
from poet.prosody.find import find_form
from poet.runs.config import text_source
from poet.tokenizer import UNK
from poet.training.device import Compute

WORTH_A_NOTE = 0.02  # share of unknown characters, or of known lines, above which a note is printed
OTHER_FORM = "other"  # held-out poems in none of the four forms


def evaluate_model(
    folder: Path,
    config: EvalConfig,
    compute: Compute,
    *,
    progress: ProgressCallback,
    texts: Sequence[str] = (),
    forms: Sequence[str] | None = None,
) -> EvalReport:
    """Measure the model in a folder, on its own text or on others.

    If `forms` is None, they are those that both model and text have; if it is empty, no verse is
    written.
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
        notify=progress.note,
        track=lambda poems: progress.track(poems, "reading"),
    )
    held_out = report_held_out(checkpoint, dataset, config, compute, progress)
    if held_out and held_out.unknown > WORTH_A_NOTE * held_out.all.characters:
        progress.note(
            f"{held_out.unknown:,} of {held_out.all.characters:,} held-out characters are not in "
            "the model's vocabulary: they count as the unknown mark, and the loss says little"
        )
    samples: tuple[SampleReport, ...] = ()
    judged: tuple[JudgeReport, ...] = ()
    index = NoveltyIndex.read(folder)
    if texts and index:
        _note_known_lines(dataset, config, index, progress)
    if forms is None or forms:
        index = index or _build_index(dataset, is_own=not texts, progress=progress)
        writer = Writer(checkpoint, index)
        samples = tuple(compare(writer, dataset, config, forms, progress))
        forms = shared_forms(writer, dataset) if forms is None else forms
        judged = judge_verse(writer, dataset, config, forms, progress)
    return EvalReport(
        model=_model_facts(folder, checkpoint),
        text={"names": dataset.names, "fingerprint": dataset.fingerprint, "is_own": not texts},
        settings=asdict(config),
        held_out=held_out,
        samples=samples,
        judged=judged,
    )


def _build_index(
    dataset: TokenDataset, *, is_own: bool, progress: ProgressCallback
) -> NoveltyIndex | None:
    """An index of the training lines, for a run that has none yet."""
    index = None
    if is_own:
        progress.note("building an index of the lines of the training text")
        index = NoveltyIndex.from_dataset(dataset)
    if not index:
        progress.note("there is no index of the training text: copied lines are not counted")
    return index


def _note_known_lines(
    dataset: TokenDataset, config: EvalConfig, index: NoveltyIndex, progress: ProgressCallback
) -> None:
    """Print a note if many held-out lines of a text occur in the model's training text."""
    held_out = dataset.poems(held_out=True)
    indices = held_out.tolist() if dataset.is_stream else sample_held_out(dataset, config.held_out)
    counts = copies([dataset.decode(dataset.verse(i)) for i in indices], index)
    if counts.copied > WORTH_A_NOTE * counts.lines:
        progress.note(
            f"{counts.copied:,} of {counts.lines:,} held-out lines occur in the text that the "
            "model was trained on: the loss includes lines that it knows"
        )


def _model_facts(folder: Path, checkpoint: Checkpoint) -> dict[str, Any]:
    text = checkpoint.info.text
    return {
        "name": checkpoint.info.name or folder.name,
        "parameters": checkpoint.parameters,
        "text": text.name,
        "fingerprint": text.fingerprint,
        "kind": text.kind or "poems",
    }


def report_held_out(
    checkpoint: Checkpoint,
    dataset: TokenDataset,
    config: EvalConfig,
    compute: Compute,
    progress: ProgressCallback,
) -> HeldOutReport | None:
    """Figures on the held-out side of a dataset; None if nothing is held out."""
    model = load_model(checkpoint, compute.device)
    reencoded = with_tokenizer(dataset, checkpoint.tokenizer)
    by_text: dict[str, list[TokenLosses]] = {}
    for source, name in enumerate(dataset.names):
        indices = sample_held_out(dataset, config.held_out, source)
        losses = read_held_out(model, reencoded, indices, compute)
        by_text[name] = list(progress.track(losses, f"held out, {name}", len(indices)))
    all_losses = [poem for losses in by_text.values() for poem in losses]
    if not (overall := mean(all_losses)):
        return None
    by_form: dict[str, list[TokenLosses]] = {}
    carried: HeldOut | None = None
    if dataset.is_stream:
        stream = read_stream(model, reencoded, compute)
        carried = mean(list(progress.track(stream, "held out, the state carried")))
        carried = replace(carried, poems=1) if carried else None
    else:
        by_form = _group_by_form(dataset, all_losses)
    return HeldOutReport(
        all=overall,
        by_text=_means(by_text),
        by_form=_means(by_form),
        by_place={
            name: places
            for name in FORMS
            if (form := find_form(name)) and (places := by_place(by_form.get(name, ()), form))
        },
        by_distance=by_distance(all_losses),
        carried=carried,
        unknown=sum(int((poem.ids == UNK).sum()) for poem in all_losses),
    )


def _means(groups: Mapping[str, Sequence[TokenLosses]]) -> dict[str, HeldOut]:
    return {name: figures for name, losses in groups.items() if (figures := mean(losses))}


def _group_by_form(
    dataset: TokenDataset, losses: Sequence[TokenLosses]
) -> dict[str, list[TokenLosses]]:
    """The losses of each of the four forms, in their order, and of the rest."""
    names = {dataset.tokenizer.form_id(name): name for name in FORMS}
    groups: dict[str, list[TokenLosses]] = {name: [] for name in (*FORMS, OTHER_FORM)}
    for poem in losses:
        groups[names.get(int(dataset.table["form"][poem.poem]), OTHER_FORM)].append(poem)
    return {name: group for name, group in groups.items() if group} if any(names) else {}
