"""The loop: a generator that trains, keeps itself safe, and tells how it goes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from poet.dataset.dataset import TokenDataset
from poet.errors import InputError, TrainingStopped
from poet.model import LSTMState, ModelConfig, PoetLSTM, TitleBatch, detach, where
from poet.runs.config import Budget, Counters, TrainConfig
from poet.training.aux_targets import IGNORE, NUM_CLASSES, AuxiliaryTargets
from poet.training.batches import EpochBatches
from poet.training.device import Compute, DelayedScalars, keep_memory
from poet.training.distributed import ALONE, Distributed
from poet.training.evaluate import HeldOut, evaluate_poet, sample_held_out
from poet.training.loss_module import LossModule
from poet.training.state import FILE, TrainerState

BETAS = (0.9, 0.98)  # of Adam; a short memory of the squares, since runs are short
NOTHING = (0.0, 0.0, 0, 0)  # figures of a process that had nothing to read
SETBACKS = 3  # times the loss may be not finite before training stops


@dataclass(frozen=True, slots=True)
class Progress:
    """One step, as the caller sees it."""

    position: Counters
    done: float  # share of the budget
    loss: float  # nats a character on this window; on a GPU both are those of the window before
    norm: float  # of the gradient, before clipping
    lr: float
    speed: float  # characters a second in this step
    held_out: HeldOut | None = None  # where this step ended with an evaluation
    is_best: bool = False


def rate_at(settings: TrainConfig, step: int, done: float) -> float:
    """The learning rate: a linear rise, then a straight fall to nothing."""
    rise = min(1.0, (step + 1) / max(1, settings.warmup))
    return settings.lr * rise * max(0.0, 1.0 - done)


class Trainer:
    """A run: the text, the settings, the state. `steps()` trains; nothing is printed here."""

    def __init__(
        self,
        dataset: TokenDataset,
        settings: TrainConfig,
        budget: Budget,
        engine: Compute,
        folder: Path,
        weights: Mapping[str, Tensor] | None = None,
        processes: Distributed = ALONE,
    ) -> None:
        """`weights` are those to begin with, where not the usual ones.

        Of several `processes` each has a trainer, and they do the same in the same order.
        """
        self.dataset, self.settings, self.budget = dataset, settings, budget
        self.engine, self.folder, self.processes = engine, folder, processes
        self.share = processes.share(settings.batch_size)
        keep_memory()
        torch.manual_seed(settings.seed)
        shape = ModelConfig(
            len(dataset.tokenizer), settings.embedding, settings.hidden, settings.title
        )
        model = PoetLSTM(shape)
        if weights:
            model.load_state_dict(weights)
        else:
            model.start_from_counts(dataset.token_counts())
        model.to(engine.device)
        average = PoetLSTM(shape).to(engine.device).requires_grad_(False)
        average.load_state_dict(model.state_dict())
        self.questions = AuxiliaryTargets.of(dataset, settings.asked)
        head = nn.Linear(shape.hidden, sum(NUM_CLASSES)) if self.questions else nn.Identity()
        head.to(engine.device)
        groups = _groups([model, head], settings)
        optimizer = torch.optim.AdamW(groups, lr=settings.lr, betas=BETAS, fused=True)
        position = Counters(fingerprint=dataset.fingerprint)
        memory = model.empty(self.share.size)
        self.state = TrainerState(model, head, average, optimizer, memory, position, processes)
        self.lesson = processes.wrap(LossModule(model, head, engine, settings, self.share))
        self.figures = DelayedScalars(engine)
        # A run that finishes on the first text is judged by it
        judge = 0 if settings.finish and not dataset.is_stream else None
        self.held_out = sample_held_out(dataset, settings.eval_poems, judge)
        self.windows = EpochBatches(dataset, settings, 0).windows
        bare = replace(settings, keep_form=0.0, keep_author=0.0, keep_title=0.0)
        shortest = [False, True] if settings.finish else [False]
        if not all(EpochBatches(dataset, bare, 0, finishing=end).windows for end in shortest):
            wanted = settings.batch_size * (settings.window + 1)
            raise InputError(
                f"the text is too short for {settings.batch_size} lanes of {settings.window}",
                f"give at least {wanted:,} characters, or a smaller --batch-size or --window",
            )

    def resume(self) -> None:
        """Go back to the last checkpoint of the folder. Raises `InputError` on other text."""
        if self.processes.is_first:
            for part in self.folder.glob(".*.part"):  # half written when the run was killed
                part.unlink(missing_ok=True)
        self.state.load(self.folder)

    def steps(self, stop: Callable[[], bool] = lambda: False) -> Iterator[Progress]:
        """Train until the budget is spent, the held-out loss rises, or `stop` says so.

        Saves on the way and at the end. Raises `TrainingStopped` when the loss was not finite
        three times, the last good checkpoint kept.
        """
        is_new = self.state.position.step == 0 or not (self.folder / FILE).exists()
        if self.processes.any(is_new):
            self.state.save(self.folder)
        epoch = self._epoch()
        while self.state.position.evaluation_due or not self._finished():
            if self.processes.any(stop()):
                break
            if epoch.number != self.state.position.epoch:
                del epoch  # of very many poems there is no room for two
                epoch = self._epoch()
            began, cpu = time.perf_counter(), time.process_time()
            steps = not self.state.position.evaluation_due  # else only an evaluation is due
            if steps and not self._move(epoch):
                self._set_back()
                continue
            position = self.state.position
            spent = time.perf_counter() - began
            speed = self.settings.batch_size * self.settings.window / spent if steps else 0.0
            self._clock(spent, 0.0)
            position.evaluation_due |= self._finished()  # no run ends without an evaluation
            held_out = None
            if position.evaluation_due:
                held_out, position.evaluation_due = self._evaluate(stop)
            is_best = self._note(held_out)
            self._clock(time.perf_counter() - began - spent, time.process_time() - cpu)
            if position.evaluation_due:
                break  # the evaluation that was broken off is made when the run goes on
            done = min(1.0, self.budget.done(position, self.windows))
            # What the caller writes of a step lies on the disk before the state that is past it
            yield Progress(
                replace(position), done, position.loss, position.norm, position.lr, speed,
                held_out, is_best,
            )  # fmt: skip
            if position.step % self.settings.save_every == 0:
                self.state.save(self.folder)
                self.dataset.drop_pages()
        self.state.save(self.folder)

    @property
    def stopped_early(self) -> bool:
        """Whether the held-out loss has not fallen for `patience` evaluations."""
        return self.state.position.since_best >= self.settings.patience

    def _finished(self) -> bool:
        return self.budget.done(self.state.position, self.windows) >= 1 or self.stopped_early

    def _epoch(self) -> EpochBatches:
        """The epoch in which training stands, the lanes of this process."""
        position = self.state.position
        finishing = 0 < position.finish_epoch <= position.epoch
        return EpochBatches(
            self.dataset, self.settings, position.epoch, self.share, finishing=finishing
        )

    def _clock(self, seconds: float, cpu_seconds: float) -> None:
        """Time that has passed: of the slowest process; what all of them computed."""
        spent = self.processes.table(seconds, cpu_seconds)
        self.state.position.seconds += max(row[0] for row in spent)
        self.state.position.cpu_seconds += sum(row[1] for row in spent)

    def _move(self, epoch: EpochBatches) -> bool:
        """One step, and on to the next window; False where the loss was not finite."""
        loss, norm, lr = self._step(epoch)
        if not math.isfinite(norm) or not math.isfinite(loss):
            return False
        position = self.state.position
        self._advance(epoch)
        position.loss, position.norm, position.lr = loss, norm, lr
        position.evaluation_due = position.step % self.settings.eval_every == 0
        return True

    def _step(self, epoch: EpochBatches) -> tuple[float, float, float]:
        """One window: forward, backward, clip; what is learnt moves only if the norm is finite."""
        state, settings = self.state, self.settings
        window = epoch.window(state.position.window)
        inputs, targets = (self.engine.put(torch.from_numpy(ids)) for ids in window)
        memory = self._forget(state.memory)
        state.optimizer.zero_grad(set_to_none=True)
        loss, asked, memory = self.lesson(
            inputs, targets, memory, self._answers(epoch), self._titles(epoch)
        )
        (loss + asked).backward()
        norm = nn.utils.clip_grad_norm_(state.parameters(), settings.clip)
        done = self.budget.done(state.position, self.windows)
        lr = state.position.rate * rate_at(settings, state.position.step, done)
        for group in state.optimizer.param_groups:
            group["lr"] = lr
        # The device itself leaves weights and state as they were where the norm is not finite
        # (the optimizer by what GradScaler tells it): to ask here would keep a GPU waiting
        finite = norm.isfinite()
        state.optimizer.found_inf = (~finite).float()  # type: ignore[attr-defined]
        state.optimizer.step()
        self._move_average()
        state.memory = where(finite, detach(memory), state.memory)
        value, length = self.figures.read(loss, norm)
        state.position.clipped += length > settings.clip
        return self.processes.mean(value), length, lr

    def _titles(self, epoch: EpochBatches) -> TitleBatch | None:
        """The titles given in one window, for a model that has title attention."""
        if not self.settings.title:
            return None
        found = epoch.titles(self.state.position.window)
        return TitleBatch(*(self.engine.put(torch.from_numpy(part)) for part in found))

    def _answers(self, epoch: EpochBatches) -> tuple[Tensor, Tensor] | None:
        """The answers (2, B, T) of one window and how many are known (2,), where some are asked.

        Known in all lanes: the mean over the processes, as their gradient is.
        """
        if not self.questions:
            return None
        answers = epoch.answers(self.state.position.window, self.questions)
        rows = self.processes.table(*(answers != IGNORE).sum((1, 2)))
        known = torch.tensor(rows, dtype=torch.float32).mean(0)
        return self.engine.put(torch.from_numpy(answers)), self.engine.put(known)

    def _forget(self, memory: LSTMState) -> LSTMState:
        """Empty the state of a few lanes, so that starting from nothing is learnt too."""
        rate = self.settings.forget
        if not rate:
            return memory
        keep = torch.rand(1, self.settings.batch_size, 1) >= rate
        keep = self.engine.put(keep[:, self.share.slice])
        (a, b), (c, d) = memory
        return (a * keep, b * keep), (c * keep, d * keep)

    def _move_average(self) -> None:
        step = self.state.position.step
        decay = min(self.settings.average, (1 + step) / (10 + step))  # short while young
        pairs = zip(self.state.average.parameters(), self.state.model.parameters(), strict=True)
        ours, theirs = zip(*pairs, strict=True)
        torch._foreach_lerp_(list(ours), [p.detach() for p in theirs], 1 - decay)

    def _advance(self, epoch: EpochBatches) -> None:
        position = self.state.position
        position.step += 1
        position.window += 1
        position.characters += self.settings.batch_size * self.settings.window
        done = self.budget.done(position, self.windows)
        begins = not position.finish_epoch and 0 < 1 - done <= self.settings.finish
        if position.window >= epoch.windows or begins:
            position.epoch, position.window = position.epoch + 1, 0
        if begins:
            position.finish_epoch = position.epoch

    def _set_back(self) -> None:
        """The loss was not finite: back to the last checkpoint, half the rate."""
        setbacks, rate = self.state.position.setbacks + 1, self.state.position.rate / 2
        seconds = self.state.position.seconds
        self.state.load(self.folder)
        self.figures = DelayedScalars(self.engine)
        position = self.state.position
        position.setbacks, position.rate, position.seconds = setbacks, rate, seconds
        self.state.save(self.folder)
        if setbacks >= SETBACKS:
            raise TrainingStopped(
                f"the loss was not finite {setbacks} times, at a learning rate halved each time",
                f"the last good step, {position.step:,}, is kept in {self.folder}; "
                f"try --lr {self.settings.lr / 4:.2g} or --clip {self.settings.clip / 2:.2g}",
            )

    def evaluate(self) -> HeldOut | None:
        """The averaged weights on a fixed sample of the held-out text."""
        return self._evaluate(lambda: False)[0]

    def _evaluate(self, stop: Callable[[], bool]) -> tuple[HeldOut | None, bool]:
        """The same; and whether it was broken off. Every process reads its part."""
        own = self.held_out[self.processes.rank :: self.processes.count]
        found = evaluate_poet(self.state.average, self.dataset, own, self.engine, stop)
        broken_off = found is None and stop()
        rows = self.processes.table(broken_off, *(astuple(found) if found else NOTHING))
        if any(row[0] for row in rows):
            return None, True
        parts = [
            HeldOut(loss, accuracy, int(characters), int(poems))
            for _, loss, accuracy, characters, poems in rows
            if characters
        ]
        return HeldOut.together(parts), False

    def _note(self, held_out: HeldOut | None) -> bool:
        """Remember the best evaluation; whether this was it."""
        position = self.state.position
        if held_out is None:
            return False
        is_best = held_out.loss < position.best
        position.best = min(position.best, held_out.loss)
        position.best_step = position.step if is_best else position.best_step
        position.since_best = 0 if is_best else position.since_best + 1
        return is_best


def _groups(modules: list[nn.Module], settings: TrainConfig) -> list[dict[str, object]]:
    """Weight decay falls on matrices, not on biases."""
    every = [p for module in modules for p in module.parameters()]
    decayed: list[Tensor] = [p for p in every if p.dim() > 1]
    rest: list[Tensor] = [p for p in every if p.dim() <= 1]
    return [
        {"params": decayed, "weight_decay": settings.weight_decay},
        {"params": rest, "weight_decay": 0.0},
    ]
