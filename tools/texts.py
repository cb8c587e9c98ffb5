"""The text that a model was trained on, for what is made beside the model afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from poet.checkpoint import Checkpoint
from poet.dataset.dataset import TokenDataset
from poet.dataset.prepare import prepare
from poet.errors import InputError


def training_text(model: Path, texts: Sequence[str]) -> TokenDataset:
    """The encoded text. Raises `InputError` where these texts are not what the model read."""
    wanted = Checkpoint.describe(model).get("text", {}).get("fingerprint")
    dataset = prepare(texts, notify=lambda remark: click.echo(remark, err=True))
    if dataset.fingerprint != wanted:
        raise InputError(
            f"{model} was not trained on {' '.join(texts)} as it is read here: "
            f"its text has fingerprint {wanted}, this one {dataset.fingerprint}",
            f"give the texts named in {model / 'model.json'}, in their order",
        )
    return dataset
