"""The notebook in the docs runs from its first cell to its last."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "first-poem.ipynb"
CELLS = json.loads(PAGE.read_text("utf-8"))["cells"]
CODE = [cell for cell in CELLS if cell["cell_type"] == "code"]


def test_the_cells_run_in_order(tmp_path: Path) -> None:
    cells = ["".join(cell["source"]) for cell in CODE]
    program = f"for cell in {cells!r}: exec(compile(cell, cell.splitlines()[-1], 'exec'))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert "nats per character" in done.stdout
    assert re.search(r"moon\.svg: \d+ kB", done.stdout)


def test_every_cell_was_run_and_shows_little_and_no_folder_of_its_author() -> None:
    assert [cell["execution_count"] for cell in CODE] == [*range(1, len(CODE) + 1)]
    assert PAGE.stat().st_size < 40_000
    for cell in CODE:
        assert cell["outputs"]
        assert "/tmp" not in json.dumps(cell["outputs"])
        assert not [out for out in cell["outputs"] if out.get("name") == "stderr"]


def test_its_links_lead_somewhere() -> None:
    text = "".join("".join(cell["source"]) for cell in CELLS if cell["cell_type"] == "markdown")
    targets = re.findall(r"\]\(([^)]+)\)", text)
    assert targets
    assert all((PAGE.parent / target).exists() for target in targets)
