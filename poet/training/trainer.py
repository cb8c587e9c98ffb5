"""The training loop: a generator that trains, evaluates, saves and reports every step."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from poet.dataset.dataset import TokenDataset
from poet.dataset.held_out import IGNORE, HeldOut, sample_held_out
from poet.errors import InputError
from poet.model import ModelConfig, PoetLSTM, TitleBatch
from poet.runs.config import STATE_FILE, Budget, Counters, TrainConfig
from poet.runs.log import MetricsRow
from poet.training.aux_targets import AuxiliaryTargets
from poet.training.batches import EpochBatches, shortest_epoch
from poet.training.clock import Clock
from poet.training.device import Compute, DelayedScalars, keep_memory
from poet.training.distributed import ALONE, Distributed
from poet.training.evaluate import Evaluator, HeldOutEvaluator, Stop, never
from poet.training.loader import WindowLoader, workers_for
from poet.training.loss import AuxiliaryBatch, LossModule
from poet.training.rollback import Rollback
from poet.training.state import TrainerState
from poet.training.update import Batch, CapturedUpdate, Update

BETAS = (0.9, 0.98)  # of Adam; a short memory of the squared gradients, because runs are short


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One step, as the caller sees it."""

    counters: Counters  # after this step
    done: float  # fraction of the budget
    loss: float  # nats per character on this window; on a GPU, loss and norm are one step late
    norm: float  # of the gradient, before clipping
    lr: float
    speed: float  # characters per second; 0 if there was only an evaluation to catch up on
    held_out: HeldOut | None = None  # if this step ended with an evaluation
    is_best: bool = False  # whether that was the best evaluation so far

    def metrics(self) -> MetricsRow:
        """The row of `metrics.jsonl` for this step."""
        return MetricsRow(
            step=self.counters.step,
            characters=self.counters.characters,
            seconds=round(self.counters.seconds, 2),
            loss=self.loss,
            norm=self.norm,
            lr=self.lr,
            held_out=self.held_out.loss if self.held_out else None,
            accuracy=self.held_out.accuracy if self.held_out else None,
        )


def new_model(
    dataset: TokenDataset,
    settings: TrainConfig,
    weights: Mapping[str, Tensor] | None = None,
    network: type[PoetLSTM] = PoetLSTM,
) -> PoetLSTM:
    """A model for a dataset, seeded by `settings.seed`, with `weights` or the usual first ones.

    It seeds torch's global random numbers, from which training draws on: create the `Trainer` next.
    """
    torch.manual_seed(settings.seed)
    vocab_size = len(dataset.tokenizer)
    model = network(ModelConfig(vocab_size, settings.embedding, settings.hidden, settings.title))
    if weights:
        model.load_state_dict(weights)
    else:
        model.init_output_bias(dataset.token_counts())
    return model


def lr_at(settings: TrainConfig, step: int, done: float) -> float:
    """The learning rate: a linear warm-up, then a linear fall to zero at the end of the budget."""
    warmup = min(1.0, (step + 1) / max(1, settings.warmup))
    return settings.lr * warmup * max(0.0, 1.0 - done)


class Trainer:
    """A run: model, text, settings and state. `steps()` trains; nothing is printed here."""

    def __init__(
        self,
        model: PoetLSTM,
        dataset: TokenDataset,
        settings: TrainConfig,
        budget: Budget,
        compute: Compute,
        folder: Path,
        evaluator: Evaluator | None = None,
        distributed: Distributed = ALONE,
    ) -> None:
        """`evaluator` measures the averaged weights, by default on a sample of held-out text.

        Of several processes each has a trainer, and all do the same in the same order. Raises
        `InputError` if the text is too short for the settings, `UsageError` if the batch cannot be
        divided among the processes.
        """
        self.dataset, self.settings, self.budget = dataset, settings, budget
        self.compute, self.folder, self.distributed = compute, folder, distributed
        self.shard = distributed.shard(settings.batch_size)
        _refuse_short_text(dataset, settings)
        keep_memory()
        self.aux_targets = AuxiliaryTargets.for_dataset(dataset, settings.aux_weights)
        workers = workers_for(compute.device, distributed.world_size)
        self.loader = WindowLoader(self.aux_targets, bool(settings.title), workers)
        num_classes = self.aux_targets.num_classes if self.aux_targets else ()
        model.to(compute.device)
        # Built anew instead of copied, because that draws random numbers: without them the head and
        # all that follows would come out differently than in earlier runs with the same seed
        ema_model = type(model)(model.config).to(compute.device).requires_grad_(False)
        ema_model.load_state_dict(model.state_dict())
        hidden = model.config.hidden
        head = nn.Linear(hidden, sum(num_classes)) if num_classes else nn.Identity()
        head.to(compute.device)
        # Titles differ in length from step to step, and what processes exchange is not captured
        is_captured = (
            compute.device.type == "cuda" and not settings.title and distributed.world_size == 1
        )
        groups = _parameter_groups([model, head], settings.weight_decay)
        self.state = TrainerState(
            model=model,
            head=head,
            ema_model=ema_model,
            optimizer=torch.optim.AdamW(
                groups, lr=settings.lr, betas=BETAS, fused=True, capturable=is_captured
            ),
            lstm=model.initial_state(self.shard.size),
            counters=Counters(fingerprint=dataset.fingerprint),
        )
        loss_module = distributed.wrap(
            LossModule(
                model, head, compute, self.shard, settings.dropout, num_classes,
                settings.aux_weights,
            )
        )  # fmt: skip
        self.update = (
            CapturedUpdate(self.state, loss_module, settings.clip, compute)
            if is_captured
            else Update(self.state, loss_module, settings.clip)
        )
        if evaluator is None:
            # A run that finishes on the first text is judged by it
            source = 0 if settings.finish and not dataset.is_stream else None
            indices = sample_held_out(dataset, settings.eval_poems, source)
            evaluator = HeldOutEvaluator(dataset, indices, compute, distributed)
        self.evaluator = evaluator
        self.clock, self.scalars = Clock(distributed), DelayedScalars(compute)
        self.roll_back = Rollback(self.state, self._load, self.save, settings, folder)
        self.num_windows = EpochBatches(dataset, settings, 0).num_windows

    def steps(self, stop: Stop = never) -> Iterator[Progress]:
        """Train until the budget is spent, the held-out loss rises, or `stop` asks for it.

        Saves on the way and at the end. Raises `TrainingStopped` when the loss was not finite
        three times, with the last good checkpoint kept.
        """
        is_new = self.counters.step == 0 or not (self.folder / STATE_FILE).exists()
        if self.distributed.any(is_new):
            self.save()  # so that there is always a checkpoint to go back to
        batches = self._epoch_batches()
        while self.counters.evaluation_due or not self.is_finished:
            if self.distributed.any(stop()):
                break
            if batches.number != self.counters.epoch:
                del batches  # with very many poems there is no room for two epochs
                batches = self._epoch_batches()

            self.clock.start()
            speed = 0.0
            if not self.counters.evaluation_due:  # else resume with the interrupted evaluation
                loss, norm, lr = self._train_step(batches)
                if not math.isfinite(loss) or not math.isfinite(norm):
                    self.roll_back()
                    continue
                self._advance(batches, loss, norm, lr)
                seconds = self.clock.lap(self.counters)
                speed = self.settings.batch_size * self.settings.window / seconds
                is_due = self.counters.step % self.settings.eval_every == 0
                # No run ends without an evaluation
                self.counters.evaluation_due = is_due or self.is_finished

            held_out, is_best = None, False
            if self.counters.evaluation_due:
                held_out = self.evaluator(self.state.ema_model, stop)
                is_interrupted = held_out is None and self.distributed.any(stop())
                self.counters.evaluation_due = is_interrupted
                is_best = self._record_best(held_out)
                self.clock.lap(self.counters)
                if is_interrupted:
                    break

            # The caller writes what belongs to this step before the state moves past it on disk
            yield Progress(
                counters=replace(self.counters),
                done=min(1.0, self.budget.done(self.counters, self.num_windows)),
                loss=self.counters.loss,
                norm=self.counters.norm,
                lr=self.counters.lr,
                speed=speed,
                held_out=held_out,
                is_best=is_best,
            )
            if self.counters.step % self.settings.save_every == 0:
                self.save()
                self.dataset.drop_pages()
        self.save()

    @property
    def counters(self) -> Counters:
        """Where training stands."""
        return self.state.counters

    @property
    def stopped_early(self) -> bool:
        """Whether the held-out loss has not fallen for `patience` evaluations."""
        return self.counters.since_best >= self.settings.patience

    @property
    def is_finished(self) -> bool:
        """Whether the budget is spent, or training stopped early."""
        return self.budget.done(self.counters, self.num_windows) >= 1 or self.stopped_early

    def evaluate(self) -> HeldOut | None:
        """The figures of the averaged weights; None if nothing is held out."""
        return self.evaluator(self.state.ema_model, never)

    def resume(self) -> None:
        """Go back to the last checkpoint in the folder. Raises `InputError` on other text."""
        if self.distributed.is_main:
            for part in self.folder.glob(".*.part"):  # half written when the run was killed
                part.unlink(missing_ok=True)
        self._load()

    def save(self) -> None:
        """Write a checkpoint to the folder. Collective."""
        h, c = (self.distributed.gather_batch(part) for part in self.state.lstm)
        if self.distributed.is_main:
            self.state.save(self.folder, (h, c))
        self.distributed.barrier()

    def _load(self) -> None:
        self.state.load(self.folder, self.shard)
        self.update.forget()
        self.scalars = DelayedScalars(self.compute)

    def _train_step(self, batches: EpochBatches) -> tuple[float, float, float]:
        """Update on one window: loss, gradient norm, learning rate."""
        settings, counters = self.settings, self.counters
        window, put = self.loader.read(batches, counters.window), self.compute.put
        batch = Batch(
            put(window.inputs),
            put(window.targets),
            self._rows_kept(),
            self._auxiliary(window.labels),
            TitleBatch(*map(put, window.titles)) if window.titles else None,
        )
        done = self.budget.done(counters, self.num_windows)
        lr = counters.lr_scale * lr_at(settings, counters.step, done)
        # The moving average is shorter at the beginning
        decay = min(settings.average, (1 + counters.step) / (10 + counters.step))
        loss, norm = self.update(batch, lr, 1 - decay)
        loss_value, norm_value = self.scalars.read(loss, norm)
        counters.clipped += norm_value > settings.clip
        return self.distributed.mean(loss_value), norm_value, lr

    def _auxiliary(self, labels: Tensor | None) -> AuxiliaryBatch | None:
        """The auxiliary targets of a window, if there are any."""
        if labels is None:
            return None
        rows = self.distributed.all_gather(*(labels != IGNORE).sum((1, 2)).tolist())
        known = torch.tensor(rows, dtype=torch.float32).mean(0)
        return AuxiliaryBatch(self.compute.put(labels), self.compute.put(known))

    def _rows_kept(self) -> Tensor | None:
        """Which rows keep their state (1, B, 1); the others learn to start from nothing too."""
        if not self.settings.forget:
            return None
        keep = torch.rand(1, self.settings.batch_size, 1) >= self.settings.forget
        return self.compute.put(keep[:, self.shard.slice])

    def _advance(self, batches: EpochBatches, loss: float, norm: float, lr: float) -> None:
        """Count the step and move on to the next window, of the next epoch if need be."""
        counters = self.counters
        counters.loss, counters.norm, counters.lr = loss, norm, lr
        counters.step += 1
        counters.window += 1
        counters.characters += self.settings.batch_size * self.settings.window
        left = 1 - self.budget.done(counters, self.num_windows)
        starts_finish = not counters.finish_epoch and 0 < left <= self.settings.finish
        if counters.window >= batches.num_windows or starts_finish:
            counters.epoch, counters.window = counters.epoch + 1, 0
        if starts_finish:
            counters.finish_epoch = counters.epoch

    def _record_best(self, held_out: HeldOut | None) -> bool:
        """Count an evaluation, and whether it was the best so far."""
        counters = self.counters
        if held_out is None:
            return False
        is_best = held_out.loss < counters.best
        if is_best:
            counters.best, counters.best_step, counters.since_best = held_out.loss, counters.step, 0
        else:
            counters.since_best += 1
        return is_best

    def _epoch_batches(self) -> EpochBatches:
        """The epoch in which training stands, with the rows of this process."""
        counters = self.counters
        finishing = 0 < counters.finish_epoch <= counters.epoch
        return EpochBatches(
            self.dataset, self.settings, counters.epoch, self.shard, finishing=finishing
        )


def _refuse_short_text(dataset: TokenDataset, settings: TrainConfig) -> None:
    """Raise `InputError` if some epoch of the run might not have a single window."""
    needed = settings.batch_size * (settings.window + 1)
    sizes = [shortest_epoch(dataset, settings)]
    if settings.finish:
        sizes.append(shortest_epoch(dataset, settings, finishing=True))
    if min(sizes) < needed:
        raise InputError(
            f"the text is too short for a batch of {settings.batch_size} rows of {settings.window} "
            "characters",
            f"give at least {needed:,} characters, or a smaller --batch-size or --window",
        )


def _parameter_groups(modules: list[nn.Module], weight_decay: float) -> list[dict[str, object]]:
    """The parameters for the optimizer: weight decay applies to matrices, not to biases."""
    parameters = [p for module in modules for p in module.parameters()]
    matrices: list[Tensor] = [p for p in parameters if p.dim() > 1]
    biases: list[Tensor] = [p for p in parameters if p.dim() <= 1]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": biases, "weight_decay": 0.0},
    ]
