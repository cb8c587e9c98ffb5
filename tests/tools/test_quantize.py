"""A model in 8 bits keeps what was counted for it, and writes verse."""

from __future__ import annotations

import shutil
from pathlib import Path

from poet.checkpoint import WEIGHTS_FILE, Checkpoint
from poet.registry import find_model
from tools.quantize import quantize_model


def test_a_model_in_8_bits_is_half_as_large_and_keeps_its_other_files(tmp_path: Path) -> None:
    folder = shutil.copytree(find_model("tang"), tmp_path / "tang")
    whole = Checkpoint.read(folder)
    size, kept = (folder / WEIGHTS_FILE).stat().st_size, (folder / "lifts.safetensors").read_bytes()
    quantize_model(folder)
    small = Checkpoint.read(folder)
    assert (folder / WEIGHTS_FILE).stat().st_size < 0.52 * size
    assert (folder / "lifts.safetensors").read_bytes() == kept
    assert small.info == whole.info
    assert small.tokenizer == whole.tokenizer
