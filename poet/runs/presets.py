"""The settings and the budget of a run, unless others are asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from poet.runs.config import Budget, TrainConfig

if TYPE_CHECKING:
    from poet.checkpoint import Checkpoint  # which imports numpy; the command line reads PRESETS

PRESETS = {
    "tiny": TrainConfig(embedding=64, hidden=128, batch_size=32, window=64, lr=8e-3),
    "small": TrainConfig(),
    "base": TrainConfig(embedding=384, hidden=768, window=64, lr=3e-3),
    # For a GPU, which should read Tang dozens of times in half an hour; `small` without dropout
    # gained 0.06 nats in the second half of nine passes. Not yet run on one.
    "large": TrainConfig(
        embedding=384, hidden=1024, batch_size=256, window=64, lr=2e-3, dropout=0.3
    ),
}
SMALL_TEXT = 300_000  # characters; a run reads a smaller text many times over
MIDDLE_TEXT = 2_500_000  # half an hour on two cores reads a smaller one five times or more
LONG_WINDOW = 128  # for texts between the two
MINUTES = 30.0  # of training
FINE_TUNING_EPOCHS = 20  # of little text, in which early stopping finds the best model
FINE_TUNING_CHARACTERS = 4_000_000  # read of much text: what a model that knows verse needs


def settings_for(preset: str, characters: int, base: Checkpoint | None) -> TrainConfig:
    """The default settings for a text of so many characters, or for continuing from `base`."""
    return _fine_tuning_settings(base, characters) if base else preset_for(preset, characters)


def budget_for(asked: Budget, characters: int, base: Checkpoint | None) -> Budget:
    """The budget that was asked for, or the default one."""
    if asked != Budget():
        return asked
    if base is None:
        return Budget(minutes=MINUTES)
    return Budget(epochs=min(FINE_TUNING_EPOCHS, FINE_TUNING_CHARACTERS / characters))


def preset_for(name: str, characters: int) -> TrainConfig:
    """A preset, with dropout if the text is so small that it is read again and again.

    A small text also gets a smaller batch, otherwise an epoch would be a handful of steps. A
    middle-sized one gets longer windows and fewer rows, with as many characters per step.

    >>> middle, large = preset_for("small", 1_000_000), preset_for("small", 10_000_000)
    >>> middle.batch_size * middle.window, large.batch_size * large.window
    (2048, 2048)
    """
    settings = PRESETS[name]
    if characters < SMALL_TEXT:
        return replace(settings, batch_size=16, dropout=0.5, eval_every=25, warmup=40)
    if characters < MIDDLE_TEXT:
        rows = settings.batch_size * settings.window // LONG_WINDOW
        return replace(settings, batch_size=rows, window=LONG_WINDOW, dropout=0.5, warmup=100)
    return settings


def _fine_tuning_settings(base: Checkpoint, characters: int) -> TrainConfig:
    """The sizes of the base, and a low learning rate, which adapts what it knows."""
    settings = TrainConfig(
        embedding=base.embedding, hidden=base.hidden, title=base.title, lr=2e-3, warmup=50
    )
    if characters >= MIDDLE_TEXT:
        return settings
    if characters >= SMALL_TEXT:
        return replace(settings, dropout=0.3, eval_every=100)
    steps_per_epoch = characters // (16 * settings.window)
    return replace(
        settings,
        batch_size=16,
        lr=1e-3,
        warmup=20,
        dropout=0.3,
        eval_every=max(5, steps_per_epoch),
        patience=4,
    )
