"""How often the gradient was clipped in training, from the model and its run folder."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

from poet.checkpoint import Checkpoint
from poet.runs.log import METRICS_FILE, read_metrics


def clipping(checkpoint: Checkpoint, folder: Path) -> dict[str, Any]:
    """What is known of `steps`, `clipped`, `clip` and `window`; in a run folder also `norms`.

    `norms` describes the gradient norms in `metrics.jsonl`, one every few steps, before clipping:
    their number, median and maximum, and how many were above `clip`. Empty if nothing is known.
    """
    training, settings = checkpoint.info.training, checkpoint.info.settings
    sources = {"steps": training, "clipped": training, "clip": settings, "window": settings}
    values = {name: source.get(name) for name, source in sources.items()}
    facts: dict[str, Any] = {name: n for name, n in values.items() if type(n) in (int, float)}
    norms = [line.norm for line in read_metrics(folder / METRICS_FILE)[0] if line.step]
    if norms and "clip" in facts:
        facts["norms"] = {
            "noted": len(norms),
            "median": statistics.median(norms),
            "greatest": max(norms),
            "above": sum(norm > facts["clip"] for norm in norms),
        }
    return facts


def sentences(facts: dict[str, Any]) -> list[str]:
    """The facts about clipping in words.

    >>> sentences({"steps": 7645, "clipped": 11, "clip": 1.0})
    ['clipping acted in 11 of 7,645 steps (0.14 %), where the norm was above 1']
    """
    lines = []
    if window := facts.get("window"):
        lines.append(
            f"training backpropagated through windows of {window} characters; "
            "the state was carried on"
        )
    if {"steps", "clipped", "clip"} <= facts.keys() and facts["steps"]:
        share = facts["clipped"] / facts["steps"]
        lines.append(
            f"clipping acted in {facts['clipped']:,} of {facts['steps']:,} steps "
            f"({share:.2%}".replace("%", " %")
            + f"), where the norm was above {facts['clip']:g}"
        )
    if norms := facts.get("norms"):
        lines.append(
            f"of {norms['noted']:,} logged norms the median is "
            f"{norms['median']:.2f}, the greatest {norms['greatest']:.2f}"
        )
    return lines
