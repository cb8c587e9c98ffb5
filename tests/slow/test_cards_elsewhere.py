"""A card looks the same in other programs: librsvg's, and a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poet.poem import Poem
from poet.render.card import card_svg, png_of

pytestmark = pytest.mark.slow
# Of 255, on average over all pixels: programs smooth the edges of shapes differently. If all of it
# stood a pixel beside its place, it would be 2 to 4
MOST_DIFFERENCE = 0.6
POEMS = {
    "Chinese": Poem("夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。", "夜雨", "poet, after 李白"),
    "English": Poem("Rain on the roof.\nA lamp that's low,\n\nAnd no one home.", "'Tis late"),
}


def grey(png: bytes) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    with Image.open(BytesIO(png)) as image:
        return np.asarray(image.convert("L"), dtype=np.float64)


def with_rsvg(svg: Path, size: tuple[int, int]) -> bytes:
    command = ["rsvg-convert", "-w", str(size[0]), str(svg)]
    return subprocess.run(command, check=True, capture_output=True).stdout


def with_chromium(svg: Path, size: tuple[int, int]) -> bytes:
    picture = svg.with_suffix(".png")
    command = [
        *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
        f"--user-data-dir={svg.parent / 'profile'}",
        f"--window-size={size[0]},{size[1]}",
        f"--screenshot={picture}",
        svg.as_uri(),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return picture.read_bytes()


@pytest.mark.parametrize("name", POEMS)
@pytest.mark.parametrize("program", ["rsvg-convert", "chromium"])
def test_a_card_looks_the_same_in_another_program(tmp_path: Path, program: str, name: str) -> None:
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    svg = tmp_path / "card.svg"
    svg.write_text(card_svg(POEMS[name], colophon="tang 3"), encoding="utf-8")
    found = re.search(r'width="(\d+)" height="(\d+)"', svg.read_text("utf-8"))
    assert found
    width, height = int(found[1]), int(found[2])
    ours = grey(png_of(svg.read_text("utf-8"), width))
    draw = with_rsvg if program == "rsvg-convert" else with_chromium
    theirs = grey(draw(svg, (width, height)))
    assert ours.shape == theirs.shape
    difference = np.abs(ours - theirs).mean()
    print(f"{program}, {name}: {difference:.3f} of 255")
    assert difference < MOST_DIFFERENCE
