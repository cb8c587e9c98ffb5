"""The model card, README.md of a checkpoint: `model.json` in words, in Hugging Face's order."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from poet.characters import is_han


def model_card(facts: Mapping[str, Any]) -> str:
    """The card of a model in Markdown, from the contents of its `model.json`."""
    name = facts.get("name") or "a poet"
    return _card(facts, name, METADATA, USE)


def hub_card(
    facts: Mapping[str, Any], repository: str, license_id: str = "", language: str = ""
) -> str:
    """The card of a model at a repository, USER/NAME, of the Hugging Face hub.

    Its metadata have the licence and the language too, where they are known.
    """
    name = repository.rpartition("/")[2]
    known = {"language": language or language_of(facts), "license": license_id}
    lines = [f"{key}: {_quoted(value)}" for key, value in known.items() if value]
    use = USE_FROM_HUB.format(repository=repository, name=name)
    return _card(facts, name, "\n".join([*lines, METADATA]), use)


def language_of(facts: Mapping[str, Any]) -> str:
    """The code of the language that a model writes: zh, or en; empty where that is not known."""
    alphabet = facts.get("alphabet", {})
    common = str(alphabet.get("characters", ""))[:COMMON]
    if sum(map(is_han, common)) > len(common) / 2:
        return "zh"
    return "en" if ENGLISH & {*alphabet.get("forms", ())} else ""


def _card(facts: Mapping[str, Any], name: str, metadata: str, use: str) -> str:
    blocks = [
        f"---\nmodel_name: {_quoted(name)}\n{metadata}\n---",
        f"# {name}",
        _summary(facts),
        "## Use",
        use,
        "## Limits",
        _limits(facts),
        "## Data",
        *_data(facts),
        "## Training",
        *_training(facts),
        "## Evaluation",
        *_evaluation(facts),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


METADATA = """\
library_name: poet
pipeline_tag: text-generation
tags:
- poetry
- lstm
- character-level"""

USE = """\
    poet write -m FOLDER

or, from Python:

    import poet
    print(poet.load("FOLDER").write().poem)

FOLDER is the folder of this file."""

USE_FROM_HUB = """\
    pip install 'poet[hub]'
    poet models pull {repository}
    poet write -m {name}"""

COMMON = 100  # characters of an alphabet, the commonest, that say what it is
ENGLISH = {"sonnet", "common metre", "iambic pentameter", "iambic tetrameter"}  # its forms


def _quoted(name: str) -> str:
    """A string that YAML reads as it is."""
    return "'" + str(name).replace("'", "''") + "'"


def _summary(facts: Mapping[str, Any]) -> str:
    shape = facts["shape"]
    titles = f", title attention of width {shape['title']}" if shape.get("title") else ""
    return _paragraph(
        f"A two-layer character LSTM that writes verse: embedding {shape['embedding']}, two layers "
        f"of {shape['hidden']}{titles}. Its vocabulary has {shape['characters']:,} entries: "
        "characters, forms, authors and marks. "
        f"It has {facts.get('parameters', 0):,} parameters, stored in "
        f"{facts.get('bits', 16)} bits."
    )


def _limits(facts: Mapping[str, Any]) -> str:
    limits = [
        "It writes in the manner of the text it was trained on, errors and opinions included. Do "
        "not rely on what a poem says.",
        "It knows the characters of its vocabulary; all others are one unknown mark to it.",
        "It keeps to no rule by itself. Where a form is asked for, poet enforces length, tones and "
        "rhyme while it writes.",
        "It may repeat lines that it has read. `novelty.safetensors`, if it is here, is an index "
        "of them, with those read by the model it continues from; poet uses it to avoid such "
        "lines. Near copies are not recognised.",
        "The figures below hold for text like the training data and say nothing about other text.",
    ]
    if facts.get("text", {}).get("kind") == "stream":
        limits.append("It was trained on one continuous text and knows no poems, forms or titles.")
    return "\n".join(_paragraph(limit, bullet="- ") for limit in limits)


def _data(facts: Mapping[str, Any]) -> Iterable[str]:
    text, base = facts.get("text", {}), facts.get("base")
    if not text:
        yield "Unknown."
        return
    yield f"{text.get('name', '')}; fingerprint `{text.get('fingerprint', '')}`."
    if base:
        yield _paragraph(
            f"It continues from the model {base['name']}, which had read {base['text']} "
            f"(fingerprint `{base['fingerprint']}`)."
        )
    yield _table(("stage", "count"), [(k, f"{v:,}") for k, v in text.get("counts", {}).items()])


def _training(facts: Mapping[str, Any]) -> Iterable[str]:
    training = facts.get("training", {})
    yield f"    {facts.get('command') or 'poet.train, from Python'}"
    if training:
        steps, kept = training.get("steps", 0), training.get("kept_step")
        is_last = kept is None or kept == steps
        yield _paragraph(
            f"{steps:,} steps and {training.get('characters', 0):,} characters in "
            f"{training.get('minutes', 0):.0f} minutes, with {training.get('cpu_minutes', 0):.0f} "
            f"minutes of processor time, on {training.get('machine', '')}; "
            f"{training.get('engine', '')}; torch {training.get('torch', '')}; "
            f"{training.get('date', '')}. The gradient was clipped in "
            f"{training.get('clipped', 0):,} of the steps."
        )
        yield (
            "" if is_last else f"The weights are those of step {kept:,}, the best on held-out text."
        )
    yield _table(("setting", "value"), facts.get("settings", {}).items())


def _evaluation(facts: Mapping[str, Any]) -> Iterable[str]:
    yield _paragraph(
        "Mean nats per character of verse, with stops and the end mark, from an empty state, with "
        "no form, author or title given. Characters outside the vocabulary count as the unknown "
        "mark. These texts were not trained on, nor were the near copies of them that were found."
    )
    header = ("text", "nats/character", "perplexity", "accuracy", "characters", "poems")
    rows = [
        (
            name,
            f"{figures['loss']:.4f}",
            f"{figures['perplexity']:.1f}",
            f"{100 * figures['accuracy']:.2f} %",
            f"{figures['characters']:,}",
            f"{figures['poems']:,}",
        )
        for name, figures in facts.get("figures", {}).items()
    ]
    yield _table(header, rows) or "Not evaluated."
    yield from facts.get("notes", ())


def _paragraph(text: str, bullet: str = "") -> str:
    return textwrap.fill(
        text,
        100,
        initial_indent=bullet,
        subsequent_indent=" " * len(bullet),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _table(header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> str:
    """A Markdown table; nothing without rows."""
    lines = [header, ("---",) * len(header), *rows]
    if len(lines) == 2:
        return ""
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
