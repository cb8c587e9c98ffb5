"""What there is to say of a run: plain values, as `poet runs show --json` prints them."""

from __future__ import annotations

from datetime import datetime
from statistics import median
from typing import Any

from poet.runs.config import MIDDLE_TEXT, PRESETS, SMALL_TEXT, STATE, TrainConfig, preset_for
from poet.runs.folders import is_locked, last_modified
from poet.runs.log import MetricsRow, RunLog

# The characters from which a preset is that for so much text
AMOUNTS = {"little": 0, "some": SMALL_TEXT, "much": MIDDLE_TEXT}


def preset_of(settings: TrainConfig) -> tuple[str, str, dict[str, list[Any]]]:
    """The preset nearest to the settings, for how much text it is so, and what differs from it.

    A run does not keep which preset it was asked for. It is that of the same sizes, as it is
    for little, some or much text, whichever differs least; of other sizes, none: "".

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
    here, there = settings.to_json(), preset.to_json()
    return {name: [here[name], there[name]] for name in here if here[name] != there[name]}


def summary(journal: RunLog) -> dict[str, Any]:
    """All that is known of a run, in plain values; what is not known is None.

    run, folder       its name and where it lies
    state             "finished", "training" now, or "unfinished": stopped or killed
    stopped_early     whether it finished because the held-out loss no longer fell
    resumable         whether there is a state that poet train --resume goes on from
    last_written      when a file of it was last written, local time
    texts, command    what was asked
    from              the folder of the model that it began with, where it did
    budget            steps, epochs or minutes
    preset            the nearest: that of the same sizes, "" where there is none
    amount            "little", "some" or "much": of which text the preset is so
    changed           settings that differ from it: name -> [here, there]
    settings          all of them
    parameters, counts, machine, engine     as `model.json` has them
    steps, characters, minutes, speed       how far it came; characters a second, evaluations in it
    evaluations, best, last     how many; step, held_out (nats a character) and accuracy of two;
                      step 0 is the model that it began with
    norm              median and greatest of the logged steps, and the step of the greatest
    clipped           how many steps, of how many, and whether those are all or the logged
    figures           held-out figures of each text, once finished
    remarks           what of the folder could not be read
    """
    preset, amount, changed = preset_of(journal.settings)
    card = journal.card or {}
    training, text = card.get("training", {}), card.get("text", {})
    lines, found = journal.lines, journal.evaluations
    last = lines[-1] if lines else None
    written = datetime.fromtimestamp(last_modified(journal.folder))
    return {
        "run": journal.name,
        "folder": str(journal.folder),
        "state": _state(journal),
        "stopped_early": journal.stopped_early,
        "resumable": not journal.finished and (journal.folder / STATE).is_file(),
        "last_written": f"{written:%Y-%m-%d %H:%M:%S}",
        "texts": list(journal.asked["names"]),
        "command": journal.asked.get("command", ""),
        "from": journal.asked.get("base") or None,
        "budget": {name: n for name, n in journal.asked["budget"].items() if n is not None},
        "preset": preset,
        "amount": amount,
        "changed": changed,
        "settings": journal.settings.to_json(),
        "parameters": card.get("parameters"),
        "counts": text.get("counts"),
        "machine": training.get("machine"),
        "engine": training.get("engine"),
        "steps": last.step if last else 0,
        "characters": last.characters if last else 0,
        "minutes": round(last.seconds / 60, 2) if last else 0.0,
        "speed": round(last.characters / last.seconds) if last and last.seconds else None,
        "evaluations": len(found),
        "best": _evaluation(journal.best),
        "last": _evaluation(found[-1] if found else None),
        "norm": _norms(journal),
        "clipped": _clipped(journal),
        "figures": card.get("figures") if journal.finished else None,
        "remarks": list(journal.remarks),
    }


def _state(journal: RunLog) -> str:
    if journal.finished:
        return "finished"
    return "training" if is_locked(journal.folder) else "unfinished"


def _evaluation(line: MetricsRow | None) -> dict[str, Any] | None:
    if line is None:
        return None
    return {"step": line.step, "held_out": line.held_out, "accuracy": line.accuracy}


def _norms(journal: RunLog) -> dict[str, Any] | None:
    if not journal.logged:
        return None
    greatest = max(journal.logged, key=lambda line: line.norm)
    middle = median(line.norm for line in journal.logged)
    return {"median": middle, "greatest": greatest.norm, "greatest_step": greatest.step}


def _clipped(journal: RunLog) -> dict[str, Any] | None:
    """How often the gradient was clipped: of all steps by the model's card, else of the logged."""
    training = (journal.card or {}).get("training", {})
    if "clipped" in training:
        return {"steps": training["clipped"], "of": training["steps"], "all": True}
    if not journal.logged:
        return None
    over = sum(line.norm > journal.settings.clip for line in journal.logged)
    return {"steps": over, "of": len(journal.logged), "all": False}
