"""A run in words: a row of a table, and a page. The facts are those of training.summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from poet.cli.tables import plain_table

Facts = Mapping[str, Any]
HEADS = ("run", "text", "model", "steps", "chars", "min", "held out", "state")  # 80 columns
NUMBERS = ("steps", "chars", "min", "held out")


def table(runs: Sequence[Facts]) -> str:
    """The runs in rows without boxes, fitted to the terminal."""
    return plain_table(HEADS, map(_row, runs), NUMBERS, breaks=("text", "held out"))


def _row(facts: Facts) -> tuple[str, ...]:
    best = facts["best"]
    return (
        facts["run"],
        " ".join(facts["texts"]),
        _model(facts),
        f"{facts['steps']:,}",
        f"{facts['characters'] / 1e6:.2f}M",
        f"{facts['minutes']:.1f}",
        f"{best['held_out']:.3f}" if best else "-",
        _state(facts),
    )


def describe(facts: Facts) -> str:
    """A run on a page: what was asked of it, how it went, how it stands."""
    page = {
        "run": [facts["folder"]],
        "command": [facts["command"] or "poet.train, from Python"],
        "from": [facts["from"]] if facts["from"] else [],
        "text": [_text(facts)],
        "model": [_sizes(facts)],
        "settings": [_settings(facts)],
        "budget": [f"{n:,g} {name}" for name, n in facts["budget"].items()],
        "machine": [part for part in (facts["machine"], facts["engine"]) if part],
        "went": [_went(facts)],
        "held out": _held_out(facts),
        "gradient": _gradient(facts),
        "figures": _figures(facts),
        "state": _standing(facts),
    }
    rows = [(name if i == 0 else "", x) for name, xs in page.items() for i, x in enumerate(xs)]
    return "\n".join(f"{name:<9} {text}" for name, text in rows)


def _text(facts: Facts) -> str:
    counts, names = facts["counts"] or {}, " ".join(facts["texts"])
    sizes = [
        f"{counts[name]:,} {name}" for name in ("characters", "kept", "held out") if name in counts
    ]
    return f"{names}: {', '.join(sizes)}" if sizes else names


def _model(facts: Facts) -> str:
    settings = facts["settings"]
    return facts["preset"] or f"{settings['embedding']}, 2 x {settings['hidden']}"


def _sizes(facts: Facts) -> str:
    settings, count = facts["settings"], facts["parameters"]
    size = f"embedding {settings['embedding']}, 2-layer LSTM {settings['hidden']}"
    return size + (f", {count / 1e6:.1f} M parameters" if count else "")


def _settings(facts: Facts) -> str:
    amount = "" if facts["amount"] == "much" else f" as for {facts['amount']} text"
    asked = f"preset {facts['preset']}{amount}" if facts["preset"] else "sizes of no preset"
    changed = [
        f"{name} {here:g} (not {there:g})" for name, (here, there) in facts["changed"].items()
    ]
    return f"{asked}, but {', '.join(changed)}" if changed else asked


def _went(facts: Facts) -> str:
    if not facts["steps"]:
        return "no step has been logged yet"
    speed = f", {facts['speed']:,} characters/s with evaluations" if facts["speed"] else ""
    return (
        f"{facts['steps']:,} steps, {facts['characters']:,} characters, "
        f"{facts['minutes']:.1f} minutes{speed}"
    )


def _held_out(facts: Facts) -> list[str]:
    """Which evaluation's model was kept, and the last one."""
    best, last = facts["best"], facts["last"]
    if not best:
        return ["nothing is held out" if facts["state"] == "finished" else "no evaluation yet"]
    which = "that model" if best["step"] else "the model it began with"
    kept = (
        f"{best['held_out']:.4f} nats/character at step {best['step']:,}, the best of "
        f"{facts['evaluations']} evaluations: {which} was kept"
    )
    late = f"{last['held_out']:.4f} at step {last['step']:,}, the last"
    return [kept] if last == best else [kept, late]


def _gradient(facts: Facts) -> list[str]:
    norm, clipped = facts["norm"], facts["clipped"]
    if not norm:
        return []
    which = "steps" if clipped["all"] else "logged steps"
    return [
        f"norm {norm['median']:.2f} (median), at most {norm['greatest']:.2f} at step "
        f"{norm['greatest_step']:,}, of the logged steps",
        f"clipped, being above {facts['settings']['clip']:g}, in {clipped['steps']:,} of "
        f"{clipped['of']:,} {which}",
    ]


def _figures(facts: Facts) -> list[str]:
    return [
        f"{name}: {f['loss']:.4f} nats/character, perplexity {f['perplexity']:.1f}, "
        f"guesses right {100 * f['accuracy']:.1f} %, on {f['poems']:,} held out"
        for name, f in (facts["figures"] or {}).items()
    ]


def _state(facts: Facts) -> str:
    if facts["state"] == "finished":
        return "finished early" if facts["stopped_early"] else "finished"
    if facts["state"] == "training":
        return "training"
    return "unfinished" if facts["resumable"] else "unfinished, no checkpoint"


def _standing(facts: Facts) -> list[str]:
    written = f"last written {facts['last_written']}"
    if facts["state"] == "finished":
        why = ", the held-out loss no longer fell" if facts["stopped_early"] else ""
        return [f"{_state(facts)}{why}; {written}"]
    if facts["state"] == "training":
        return [f"being trained now; {written}"]
    does = "goes on from its last checkpoint" if facts["resumable"] else "begins it again"
    again = f"poet train --resume {facts['folder']}"
    return [f"{_state(facts)}; {written}", f"{again}  {does}"]
