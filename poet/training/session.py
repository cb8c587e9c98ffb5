"""A training run from its request to its model, for the command line and for `poet.train`.

A `TrainRequest` says what is wanted. `Session.new` reads the text and plans the run, `resume`
reopens one. `steps` trains, halving the batch where memory runs out, and `finish` writes the
model. What happens is passed to a `Reporter`; how to show it is up to the caller.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import torch

from poet import paths
from poet.checkpoint import Checkpoint
from poet.corpus.fields import ANY_FIELDS, Fields
from poet.corpus.read import is_read_once
from poet.dataset.dataset import TokenDataset
from poet.dataset.prepare import prepare
from poet.errors import InputError, PoetError
from poet.generation.writer import Writer
from poet.poem import Poem
from poet.runs.config import Budget, RunConfig, TrainConfig
from poet.runs.presets import budget_for, settings_for
from poet.training import run
from poet.training.distributed import ALONE, Distributed, torchrun_command
from poet.training.trainer import Progress, Trainer

PIPED = "stdin-"  # begins the names of encoded texts that cannot be read again


class Reporter(Protocol):
    """Receives what a session has to report."""

    def say(self, text: str) -> None:
        """A remark."""

    def reading(self, poems: Iterator[Poem]) -> Iterable[Poem]:
        """Pass on the poems of a text that is being read, perhaps counting them."""

    def begin(self, session: Session) -> None:
        """Training begins, or begins again with a smaller batch."""


class Quiet:
    """A reporter that says nothing."""

    def say(self, text: str) -> None: ...

    def reading(self, poems: Iterator[Poem]) -> Iterable[Poem]:
        return poems

    def begin(self, session: Session) -> None: ...


@dataclass(frozen=True, kw_only=True)
class TrainRequest:
    """What is asked of a new run."""

    texts: tuple[str, ...]  # names of the catalogue, files, folders, or - for stdin
    name: str
    is_named: bool = False  # by the user: the finished model is kept under that name
    preset: str = "small"
    settings: Mapping[str, Any] = field(default_factory=dict)  # changes; None changes nothing
    budget: Budget = field(default_factory=Budget)
    base: Path | None = None  # the folder of a model to fine-tune
    layout: str = "auto"
    encoding: str = "auto"
    fields: Fields = ANY_FIELDS
    device: str = "auto"
    precision: str = "auto"
    command: str = ""  # that asked for it

    def plan(self, dataset: TokenDataset, processes: Distributed = ALONE) -> RunConfig:
        """The run on this dataset. Raises `UsageError` for settings out of range."""
        start = Checkpoint.read(self.base) if self.base else None
        characters = int(dataset.facts["counts"]["characters"])
        return RunConfig(
            names=self.texts,
            name=self.name,
            settings=settings_for(self.preset, characters, start).changed(**self.settings),
            budget=budget_for(self.budget, characters, start),
            layout=self.layout,
            encoding=self.encoding,
            fields=self.fields,
            device=self.device,
            precision=self.precision,
            command=torchrun_command(processes, self.command) if self.command else "",
            store=str(dataset.folder.resolve()),
            threads=torch.get_num_threads() if processes.world_size == 1 else 0,
            named=self.is_named,
            base=str(self.base or ""),
        )


@dataclass
class Session:
    """A run in training."""

    plan: RunConfig
    dataset: TokenDataset
    processes: Distributed = ALONE
    reporter: Reporter = field(default_factory=Quiet)
    trainer: Trainer | None = None  # once training has begun

    @classmethod
    def new(
        cls, request: TrainRequest, processes: Distributed = ALONE, reporter: Reporter | None = None
    ) -> Session:
        """Read the text and plan the run; nothing of it is written yet.

        Raises `InputError` for texts that cannot be read, `UsageError` for settings out of range
        and for a device that is not there.
        """
        reporter = reporter or Quiet()
        is_piped = any(map(is_read_once, request.texts))
        # What came through a pipe cannot be read again: it is kept under a name of its own
        piped = paths.texts() / f"{PIPED}{secrets.token_hex(4)}" if is_piped else None
        dataset = processes.rank0_first(
            lambda: _read(request.texts, request, request.base, reporter, folder=piped)
        )
        session = cls(request.plan(dataset, processes), dataset, processes, reporter)
        # Both raise, before any folder is made
        run.compute_for(session.plan, processes)
        processes.shard(session.plan.settings.batch_size)
        return session

    @classmethod
    def resume(
        cls, folder: Path, processes: Distributed = ALONE, reporter: Reporter | None = None
    ) -> Session:
        """The run of a folder, at its last checkpoint. Raises `InputError` where it has none."""
        reporter = reporter or Quiet()
        plan = RunConfig.read(folder)
        dataset = processes.rank0_first(lambda: _reopen(plan, reporter))
        if plan.threads and processes.world_size == 1:
            torch.set_num_threads(plan.threads)  # another number would sum in another order
        trainer = run.resume(plan, dataset, folder, processes)
        reporter.say(f"resuming from step {trainer.counters.step:,}")
        return cls(plan, dataset, processes, reporter, trainer)

    @property
    def engine(self) -> str:
        """The device and precision in words. Raises `UsageError` where the machine lacks them."""
        compute = (
            self.trainer.compute if self.trainer else run.compute_for(self.plan, self.processes)
        )
        return self.processes.describe(compute)

    @property
    def step(self) -> int:
        """How many steps are done."""
        return self.trainer.counters.step if self.trainer else 0

    def steps(self, folder: Path, stop: Callable[[], bool] = lambda: False) -> Iterator[Progress]:
        """Train in `folder`, until the budget is spent or `stop()`.

        Where the first step finds too little memory, it is tried again with half the batch.
        """
        while True:
            try:
                if self.trainer is None:
                    self.trainer = run.begin(self.plan, self.dataset, folder, self.processes)
                self.reporter.begin(self)
                yield from run.follow(self.trainer, self.plan, self.trainer.steps(stop))
                return
            except RuntimeError as error:
                if self.step or not _is_out_of_memory(error):
                    raise
                if self.processes.world_size > 1:  # the others wait for this one
                    raise PoetError(
                        "the device is out of memory", "try a smaller --batch-size"
                    ) from error
            self.trainer = None  # makes room for the next
            self.plan = replace(self.plan, settings=_halved(self.plan.settings))
            self.reporter.say(f"out of memory: trying --batch-size {self.plan.settings.batch_size}")

    @property
    def is_base_best(self) -> bool:
        """Whether a run that began with a model has not improved on it."""
        return bool(self.plan.base) and not self._begun.counters.best_step

    @property
    def has_stopped_early(self) -> bool:
        """Whether the run ended because the held-out loss rose."""
        return self._begun.stopped_early

    def sample(self) -> str:
        """A few lines from a fixed prompt and seed, so that samples can be compared."""
        writer = Writer(run.checkpoint(self._begun, self.plan))
        prompt = "江上" if not writer.tokenizer.unknown("江上") else ""
        poem = writer.write(prompt, seed=1, max_characters=60).poem
        return " ".join(poem.text.split("\n"))

    def finish(self) -> dict[str, Any]:
        """Write the best model with its held-out figures, which are returned by text.

        A model that the user named is kept under that name, besides in the run's folder.
        """
        named = paths.models() / self.plan.name if self.plan.named else None
        return run.finish(self._begun, self.plan, named)

    @property
    def _begun(self) -> Trainer:
        if self.trainer is None:
            raise ValueError("training has not begun")
        return self.trainer


def _read(
    names: tuple[str, ...],
    options: TrainRequest | RunConfig,
    base: Path | None,
    reporter: Reporter,
    folder: Path | None = None,
) -> TokenDataset:
    return prepare(
        names,
        layout=options.layout,
        encoding=options.encoding,
        fields=options.fields,
        notify=reporter.say,
        folder=folder,
        track=reporter.reading,
        base=Checkpoint.read(base).tokenizer if base else None,
    )


def _reopen(plan: RunConfig, reporter: Reporter) -> TokenDataset:
    """The encoded text of a run; encoded again where it is gone, damaged or of another version."""
    try:
        return TokenDataset.open(Path(plan.store))
    except InputError as error:
        if Path(plan.store).name.startswith(PIPED):
            why = f" ({error.message})" if Path(plan.store).exists() else ""
            raise InputError(
                f"the text of this run came through a pipe and is no longer kept{why}",
                "start again, with the text in a file",
            ) from error
    return _read(plan.names, plan, Path(plan.base) if plan.base else None, reporter)


def _is_out_of_memory(error: RuntimeError) -> bool:
    """Whether torch ran out of memory; on a CPU it has no error of its own for that."""
    return isinstance(error, torch.OutOfMemoryError) or "DefaultCPUAllocator" in str(error)


def _halved(settings: TrainConfig) -> TrainConfig:
    """The settings with half the batch. Raises `PoetError` where that is one already."""
    if settings.batch_size == 1:
        raise PoetError("the device is out of memory", "try --preset tiny, or --device cpu")
    return settings.changed(batch_size=settings.batch_size // 2)
