"""A model in 8 bits is half as large, and keeps what was counted for it."""

from __future__ import annotations

from pathlib import Path

from poet.checkpoint import WEIGHTS_FILE, Checkpoint
from poet.registry import find_model
from tools.quantize import quantize_model

LIFTS = "lifts.safetensors"


def test_a_model_in_8_bits_is_half_as_large_and_keeps_its_other_files(tmp_path: Path) -> None:
    kept, folder = (find_model("tang") / LIFTS).read_bytes(), tmp_path / "tang"
    whole = Checkpoint.read(find_model("tang"))
    whole.write(folder, {LIFTS: lambda path: path.write_bytes(kept)})
    size = (folder / WEIGHTS_FILE).stat().st_size
    quantize_model(folder)
    small = Checkpoint.read(folder)
    assert (folder / WEIGHTS_FILE).stat().st_size < 0.52 * size
    assert (folder / LIFTS).read_bytes() == kept
    assert small.info == whole.info
    assert small.tokenizer == whole.tokenizer
