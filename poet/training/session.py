"""One sitting of `poet train`: prepare, train, show, and stop without losing anything."""

from __future__ import annotations

import math
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from poet import paths
from poet.checkpoint import Checkpoint
from poet.cli.progress import Reporter, reporter
from poet.dataset.dataset import TokenDataset
from poet.dataset.prepare import prepare
from poet.errors import InputError, PoetError, UsageError
from poet.novelty.index import NoveltyIndex, save_index
from poet.registry import find_model
from poet.runs import folders
from poet.runs.config import Budget, RunConfig, TrainConfig, budget_for, settings_for
from poet.tokenizer import CharTokenizer
from poet.training import run as runs
from poet.training.distributed import Distributed, joined
from poet.training.trainer import Trainer

INTERRUPTED = 130


def start(names: tuple[str, ...], options: Mapping[str, Any], command: str) -> int:
    """Start a run and see it through. Returns the exit code."""
    with joined() as processes:
        return processes.end(_start(names, options, command, processes))


def _start(
    names: tuple[str, ...], options: Mapping[str, Any], command: str, processes: Distributed
) -> int:
    show = _reporter(options, processes)
    if processes.count > 1 and "-" in names:
        raise UsageError("several processes cannot read one pipe", "put the text into a file")
    if not names:
        show.say("no text named: taking tang")
        names = ("tang",)
        processes.of_first(lambda: _fetch_unless_here("tang", show))
    name = options["name"] or "-".join(Path(n).stem or "text" for n in names).replace(" ", "-")[:40]
    if options["name"]:
        _refuse_no_name(name)
        _refuse_taken(name, options["overwrite"])
    base = find_model(options["base"]).resolve() if options["base"] else None
    start = Checkpoint.read(base) if base else None
    tokenizer = start.tokenizer if start else None
    dataset = processes.in_turn(lambda: _read(names, options, show, tokenizer))
    characters = int(dataset.facts["counts"]["characters"])
    changed = ("batch_size", "window", "lr", "clip", "dropout", "seed", "eval_every", "save_every")
    changes = {name: options[name] for name in changed} | dict(
        map(TrainConfig.parse, options["more"])
    )
    budget = Budget(options["steps"], options["epochs"], options["minutes"])
    plan = RunConfig(
        names=names,
        name=name,
        settings=settings_for(options["preset"], characters, start).changed(**changes),
        budget=budget_for(budget, characters, start),
        layout=options["layout"],
        encoding=options["encoding"],
        device=options["device"],
        precision=options["precision"],
        command=processes.command(command),
        store=str(dataset.folder.resolve()),
        threads=torch.get_num_threads() if processes.count == 1 else 0,
        named=bool(options["name"]),
        base=str(base or ""),
    )
    engine = runs.engine_for(plan, processes)
    processes.share(plan.settings.batch_size)  # refused before a folder is made
    if options["dry_run"]:
        where = Path("(dry run: nothing is written)")
        show.plan(plan, dataset, processes.describe(engine), where)
        return 0
    run_folder = processes.of_first(lambda: folders.new_folder(options["runs"], name))
    while True:
        trainer = None
        try:
            trainer = runs.begin(plan, dataset, run_folder, processes)
            return _train(trainer, plan, show)
        except InputError:
            if trainer is None and processes.is_first:  # nothing began: no run to resume
                shutil.rmtree(run_folder)
            raise
        except RuntimeError as error:
            if not _is_out_of_memory(error) or (trainer and trainer.state.position.step):
                raise
            if processes.count > 1:  # the others wait for this one
                raise PoetError(
                    "the device has too little memory", "give a smaller --batch-size"
                ) from error
        trainer = None  # makes room for the next
        plan = replace(plan, settings=_halved(plan.settings))
        show.say(f"out of memory: trying {plan.settings.batch_size} lanes")


def _read(
    names: tuple[str, ...], options: Mapping[str, Any], show: Reporter, base: CharTokenizer | None
) -> TokenDataset:
    with show.reading() as watch:
        # what came through a pipe cannot be read again: it is kept under a name of its own
        folder = paths.texts() / f"stdin-{secrets.token_hex(4)}" if "-" in names else None
        return prepare(
            names,
            layout=options["layout"],
            encoding=options["encoding"],
            say=show.say,
            folder=folder,
            watch=watch,
            base=base,
        )


def _is_out_of_memory(error: RuntimeError) -> bool:
    """Whether torch found too little memory; on the CPU it has no error of its own for that."""
    return isinstance(error, torch.OutOfMemoryError) or "DefaultCPUAllocator" in str(error)


def _halved(settings: TrainConfig) -> TrainConfig:
    """The settings with half the lanes. Raises `PoetError` where there is but one."""
    if settings.batch_size == 1:
        raise PoetError("the device has too little memory", "try --preset tiny, or --device cpu")
    return settings.changed(batch_size=settings.batch_size // 2)


def resume(which: str, options: Mapping[str, Any]) -> int:
    """Go on with a run where its last checkpoint stands. Returns the exit code."""
    with joined() as processes:
        return processes.end(_resume(which, options, processes))


def _resume(which: str, options: Mapping[str, Any], processes: Distributed) -> int:
    show = _reporter(options, processes)
    folder = processes.of_first(
        lambda: folders.latest(options["runs"]) if which == "latest" else _existing(Path(which))
    )
    plan = RunConfig.read(folder)
    dataset = processes.in_turn(lambda: _reopen(plan, show))
    if plan.threads and processes.count == 1:
        torch.set_num_threads(plan.threads)  # another number would sum in another order
    trainer = runs.resume(plan, dataset, folder, processes)
    show.say(f"going on from step {trainer.state.position.step:,}")
    return _train(trainer, plan, show)


def _reporter(options: Mapping[str, Any], processes: Distributed) -> Reporter:
    """Of several processes the first one speaks."""
    return reporter(options["progress"] if processes.is_first else "none")


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        raise InputError(f"there is no run {folder}", "poet train --resume goes on with the latest")
    return folder


def _reopen(plan: RunConfig, show: Reporter) -> TokenDataset:
    with suppress(InputError):  # gone, or of another version: made again
        return TokenDataset.open(Path(plan.store))
    if "-" in plan.names:
        raise InputError(
            "the text of this run came through a pipe and is no longer kept",
            "start again, with the text in a file",
        )
    base = Checkpoint.read(Path(plan.base)).tokenizer if plan.base else None
    return prepare(plan.names, layout=plan.layout, encoding=plan.encoding, say=show.say, base=base)


def _train(trainer: Trainer, plan: RunConfig, show: Reporter) -> int:
    """Train with signals heeded; write the model; say how to go on, or how to write."""
    processes = trainer.processes
    show.plan(plan, trainer.dataset, processes.describe(trainer.engine), trainer.folder)
    position = trainer.state.position
    if position.step == 0 and math.isfinite(position.best):
        show.say(f"before   held out {position.best:.4f} nats/character")
    with heeding_signals(show, is_alone=processes.count == 1) as stop, show.training(plan) as tell:
        for progress in runs.follow(trainer, plan, trainer.steps(stop)):
            sample = ""
            if progress.held_out and show.wants_samples:
                sample = _sample(runs.checkpoint(trainer, plan))
            tell(progress, sample)
        stopped = processes.any(stop())
    if stopped:
        step = trainer.state.position.step
        show.say(f"saved step {step:,}. continue with: poet train --resume {trainer.folder}")
        return INTERRUPTED
    if processes.is_first:
        _finish(trainer, plan, show)
    return 0


def _finish(trainer: Trainer, plan: RunConfig, show: Reporter) -> None:
    if plan.base and not trainer.state.position.best_step:
        show.say("nothing was gained: the model is the one that it began with")
    elif trainer.stopped_early:
        show.say("stopped: the held-out loss has risen; the model is that of its lowest point")
    show.say("reading the held-out text…")
    figures = runs.finish(trainer, plan)
    for name, figure in figures.items():
        show.say(
            f"held out  {name}: {figure['loss']:.4f} nats/character, perplexity "
            f"{figure['perplexity']:.1f}, guesses right {100 * figure['accuracy']:.1f} %"
        )
    index = NoveltyIndex.read(trainer.folder)
    if not index:
        show.say("the text is too long for an index: lines that stand in it will not be known")
    where = str(trainer.folder)
    if plan.named:
        where = plan.name
        Checkpoint.read(trainer.folder).write(paths.models() / plan.name)
        save_index(index, paths.models() / plan.name)
    show.say(f"done. write with: poet write -m {where}")


def _refuse_no_name(name: str) -> None:
    if name.startswith(".") or Path(name).name != name or len(name.encode()) > 100:
        raise UsageError(
            f"{name!r} cannot be the name of a model",
            "take a short one without / that does not begin with a dot",
        )


def _refuse_taken(name: str, overwrite: bool) -> None:
    if (paths.models() / name).exists() and not overwrite:
        raise UsageError(
            f"there is a model called {name} already", "choose another --name, or --overwrite it"
        )


def _fetch_unless_here(name: str, show: Reporter) -> None:
    from poet.corpus import catalogue
    from poet.corpus.fetch import fetch

    if catalogue.is_fetched(name):
        return
    show.say(f"fetching {name}; without a network: poet train sample")
    fetch(catalogue.find(name), catalogue.folder(name))


def _sample(checkpoint: Checkpoint) -> str:
    """A few lines from a fixed prompt and seed, so that samples can be compared."""
    from poet.generation.writer import Writer

    writer = Writer(checkpoint)
    prompt = "江上" if not writer.tokenizer.unknown("江上") else ""
    poem = writer.write(prompt, seed=1, max_characters=60).poem
    return " ".join(poem.text.split("\n"))


@contextmanager
def heeding_signals(show: Reporter, is_alone: bool = True) -> Iterator[Callable[[], bool]]:
    """Ctrl-C and SIGTERM ask to stop after this step; a second Ctrl-C leaves at once.

    torchrun, which starts several, passes the first one on and waits for half a minute.
    """
    asked: list[float] = []
    again = " (Ctrl-C again to quit without saving)" if is_alone else ""

    def ask(number: int, frame: FrameType | None) -> None:
        if asked and number == signal.SIGINT:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            raise KeyboardInterrupt
        asked.append(time.monotonic())
        show.say(f"stopping after this step, saving…{again}")

    before = {s: signal.signal(s, ask) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
