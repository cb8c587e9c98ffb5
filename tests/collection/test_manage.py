"""A model in 8 bits is half as large, and keeps what was counted for it."""

from __future__ import annotations

from pathlib import Path

from poet.checkpoint import WEIGHTS_FILE, Checkpoint
from poet.collection.manage import quantize
from poet.registry import find_model

LIFTS = "lifts.safetensors"


def test_a_model_in_8_bits_is_half_as_large_and_keeps_its_other_files(tmp_path: Path) -> None:
    kept, folder = (find_model("tang") / LIFTS).read_bytes(), tmp_path / "tang"
    whole = Checkpoint.read(find_model("tang"))
    whole.write(folder, {LIFTS: lambda path: path.write_bytes(kept)})
    before, after = quantize(folder)
    small = Checkpoint.read(folder)
    assert after == (folder / WEIGHTS_FILE).stat().st_size
    assert after < 0.52 * before
    assert (folder / LIFTS).read_bytes() == kept
    assert small.info == whole.info
    assert small.tokenizer == whole.tokenizer
