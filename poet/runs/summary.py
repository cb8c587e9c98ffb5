"""The summary of a run in plain values, as `poet runs show --json` prints it."""

from __future__ import annotations

from datetime import datetime
from statistics import median
from typing import Any

from poet.runs.config import STATE_FILE, TrainConfig
from poet.runs.folders import is_locked, last_modified
from poet.runs.log import MetricsRow, RunLog
from poet.runs.presets import MIDDLE_TEXT, PRESETS, SMALL_TEXT, preset_for

# The number of characters from which on a preset is adapted to so much text
AMOUNTS = {"little": 0, "some": SMALL_TEXT, "much": MIDDLE_TEXT}


def preset_of(settings: TrainConfig) -> tuple[str, str, dict[str, list[Any]]]:
    """The nearest preset, the amount of text it is adapted to, and the settings that differ.

    A run does not record its preset. This is the one with the same sizes, adapted to little, some
    or much text, whichever differs least; "" if no preset has these sizes.

    >>> preset_of(PRESETS["tiny"].changed(lr=0.004))
    ('tiny', 'much', {'lr': [0.004, 0.008]})
    """
    found = [
        (name, amount, _differences(settings, preset_for(name, characters)))
        for name, preset in PRESETS.items()
        for amount, characters in reversed(AMOUNTS.items())
        if (preset.embedding, preset.hidden) == (settings.embedding, settings.hidden)
    ]
    default = "", "", _differences(settings, TrainConfig())
    return min(found, key=lambda choice: len(choice[2]), default=default)


def _differences(settings: TrainConfig, preset: TrainConfig) -> dict[str, list[Any]]:
    ours, theirs = settings.to_json(), preset.to_json()
    return {name: [ours[name], theirs[name]] for name in ours if ours[name] != theirs[name]}


def summary(log: RunLog) -> dict[str, Any]:
    """Everything known about a run, in plain values; what is unknown is None.

    run, folder       its name and its folder
    state             "finished", "training" now, or "unfinished": stopped or killed
    stopped_early     whether it finished because the held-out loss no longer fell
    resumable         whether there is a state that poet train --resume continues from
    last_written      when a file of it was last written, local time
    texts, command    what was asked
    from              the folder of the model it continued from, if any
    budget            steps, epochs or minutes
    preset            the nearest with the same sizes, "" if there is none
    amount            "little", "some" or "much": the text that the preset is adapted to
    changed           settings that differ from it: name -> [of the run, of the preset]
    settings          all of them
    parameters, counts, machine, engine     as in `model.json`
    steps, characters, minutes, speed       how far it came; characters per second, with evaluations
    evaluations, best, last     how many; step, held_out (nats per character) and accuracy of two;
                      step 0 is the model it continued from
    norm              median and maximum of the logged steps, and the step of the maximum
    clipped           how many steps, of how many, and whether those are all or only the logged
    figures           held-out figures of each text, once finished
    remarks           what in the folder could not be read
    """
    preset, amount, changed = preset_of(log.settings)
    model = log.model or {}
    training, text = model.get("training", {}), model.get("text", {})
    lines, evaluations = log.lines, log.evaluations
    last = lines[-1] if lines else None
    written = datetime.fromtimestamp(last_modified(log.folder))
    return {
        "run": log.name,
        "folder": str(log.folder),
        "state": _state(log),
        "stopped_early": log.stopped_early,
        "resumable": not log.finished and (log.folder / STATE_FILE).is_file(),
        "last_written": f"{written:%Y-%m-%d %H:%M:%S}",
        "texts": list(log.config["names"]),
        "command": log.config.get("command", ""),
        "from": log.config.get("base") or None,
        "budget": {name: n for name, n in log.config["budget"].items() if n is not None},
        "preset": preset,
        "amount": amount,
        "changed": changed,
        "settings": log.settings.to_json(),
        "parameters": model.get("parameters"),
        "counts": text.get("counts"),
        "machine": training.get("machine"),
        "engine": training.get("engine"),
        "steps": last.step if last else 0,
        "characters": last.characters if last else 0,
        "minutes": round(last.seconds / 60, 2) if last else 0.0,
        "speed": round(last.characters / last.seconds) if last and last.seconds else None,
        "evaluations": len(evaluations),
        "best": _evaluation(log.best),
        "last": _evaluation(evaluations[-1] if evaluations else None),
        "norm": _norms(log),
        "clipped": _clipped(log),
        "figures": model.get("figures") if log.finished else None,
        "remarks": list(log.remarks),
    }


def _state(log: RunLog) -> str:
    if log.finished:
        return "finished"
    return "training" if is_locked(log.folder) else "unfinished"


def _evaluation(line: MetricsRow | None) -> dict[str, Any] | None:
    if line is None:
        return None
    return {"step": line.step, "held_out": line.held_out, "accuracy": line.accuracy}


def _norms(log: RunLog) -> dict[str, Any] | None:
    if not log.logged:
        return None
    greatest = max(log.logged, key=lambda line: line.norm)
    middle = median(line.norm for line in log.logged)
    return {"median": middle, "greatest": greatest.norm, "greatest_step": greatest.step}


def _clipped(log: RunLog) -> dict[str, Any] | None:
    """How often the gradient was clipped, in all steps if `model.json` says so, else the logged."""
    training = (log.model or {}).get("training", {})
    if "clipped" in training:
        return {"steps": training["clipped"], "of": training["steps"], "all": True}
    if not log.logged:
        return None
    over = sum(line.norm > log.settings.clip for line in log.logged)
    return {"steps": over, "of": len(log.logged), "all": False}
