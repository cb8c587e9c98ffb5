"""The model card: made from what `model.json` says and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def model_card(facts: Mapping[str, Any]) -> str:
    """The card of a model, in Markdown."""
    shape = facts["shape"]
    text, training = facts.get("text", {}), facts.get("training", {})
    return f"""\
# {facts.get("name", "a poet")}

A two-layer character LSTM that writes verse: embedding {shape["embedding"]}, two layers of
{shape["hidden"]}, {shape["characters"]:,} characters and marks, {facts.get("parameters", 0):,}
parameters, weights in 16 bits.

## Made by

    {facts.get("command") or "poet.train, from Python"}

{training.get("machine", "")}; {training.get("date", "")}; torch {training.get("torch", "")};
{training.get("engine", "")}: {training.get("steps", 0):,} steps, {training.get("characters", 0):,}
characters read in {training.get("minutes", 0):.0f} minutes, {training.get("cpu_minutes", 0):.0f} of
processor time. The norm of the gradient was clipped in {training.get("clipped", 0):,} of the steps.
{_kept(training)}

## Text

{text.get("name", "")}; fingerprint `{text.get("fingerprint", "")}`.{_base(facts.get("base"))}

{_table(("stage", "count"), [(k, f"{v:,}") for k, v in text.get("counts", {}).items()])}

`novelty.safetensors`, where it lies here, is an index of the lines that were trained on, those of a
model that this one went on from among them: none of them is written.

## Held-out figures

Mean nats over verse characters, stops and the end mark, from an empty state, with no form,
author or title given; characters outside the alphabet are counted as the unknown mark. These
texts were not trained on, nor the near copies of them that were found.

{
        _table(
            ("text", "nats/character", "perplexity", "best guess right", "characters", "poems"),
            [_figure(name, f) for name, f in facts.get("figures", {}).items()],
        )
    }

{_notes(facts.get("notes", ()))}## Settings

{_table(("setting", "value"), list(facts.get("settings", {}).items()))}
"""


def _kept(training: Mapping[str, Any]) -> str:
    """Whose step's weights these are, where they are not the last one's."""
    kept = training.get("kept_step")
    if kept is None or kept == training.get("steps"):
        return ""
    return f"The weights are those of step {kept:,}, which did best on held-out text.\n"


def _base(base: Mapping[str, Any] | None) -> str:
    if not base:
        return ""
    return (
        f" It went on from the model {base['name']}, which had read {base['text']} "
        f"(fingerprint `{base['fingerprint']}`)."
    )


def _notes(notes: Sequence[str]) -> str:
    """What a reader of the figures should know, a paragraph each."""
    return "".join(f"{note}\n\n" for note in notes)


def _figure(name: str, f: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        name,
        f"{f['loss']:.4f}",
        f"{f['perplexity']:.1f}",
        f"{100 * f['accuracy']:.2f} %",
        f"{f['characters']:,}",
        f"{f['poems']:,}",
    )


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    """A Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
