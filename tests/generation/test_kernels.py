"""The products of the engine are right whichever way they are made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from poet.generation import engine, kernels


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("rows", [1, 2, 3, 5, 8, 12, 15, 16, 17, 33])
def test_a_product_with_any_number_of_rows_is_that_of_numpy(
    monkeypatch: pytest.MonkeyPatch, wide: bool, rows: int
) -> None:
    monkeypatch.setattr(engine, "are_wide", lambda: wide)
    rng = np.random.default_rng(rows)
    x = rng.normal(size=(rows, 12)).astype(np.float32)
    weights = rng.normal(size=(20, 12)).astype(np.float32)
    np.testing.assert_allclose(engine._product(x, weights), x @ weights.T, rtol=1e-4, atol=1e-5)


def test_flags_of_a_processor_are_read_from_the_list_of_linux(tmp_path: Path) -> None:
    listed = tmp_path / "cpuinfo"
    listed.write_text("processor\t: 0\nvendor_id\t: X\nflags\t\t: fpu avx2 avx512f\nbugs\t: none\n")
    assert kernels.processor_flags(listed) == {"fpu", "avx2", "avx512f"}
    assert kernels.processor_flags(tmp_path / "none") == frozenset()


@pytest.mark.parametrize(("name", "wide"), [("SkylakeX", True), ("Haswell", False)])
def test_a_choice_of_kernels_in_the_environment_counts(
    monkeypatch: pytest.MonkeyPatch, name: str, wide: bool
) -> None:
    monkeypatch.setenv("OPENBLAS_CORETYPE", name)
    assert kernels.are_wide.__wrapped__() is wide
