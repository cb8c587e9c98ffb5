"""Draw a picture of a terminal from what a command prints.

    python docs/picture.py --columns 120 poet write 夜雨 --form 五絕 --seed 7

runs the command, stdout and stderr together, and writes `docs/terminal.svg`. The picture
loads nothing: it names fonts that most machines have, and gives every Chinese character
two cells, whatever the font.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shlex
import subprocess
import sys
from html import escape, unescape
from itertools import groupby
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

from poet.fonts import MONOSPACE, font_family

COLUMNS = 80
ASPECT = 0.6  # a cell is 12 by 20, so that a Chinese character of 20 stands well on two
CELL = 20 * ASPECT
FONTS = f"ui-monospace,{font_family(MONOSPACE, 'monospace')}"
PICTURE = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img"
     xml:lang="zh-Hant">
<title>poet in a terminal</title>
<style>
.{unique_id}-matrix {{ font-family: FONTS; font-size: {char_height}px; }}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; }}
{styles}
</style>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" class="{unique_id}-matrix">
{backgrounds}
{matrix}
</g>
</svg>
""".replace("FONTS", FONTS)  # rich's own picture fetches its fonts from the network
_run = re.compile(
    r'<text class="(\S+-r\d+)" x="(\S+)" y="(\S+)" textLength="\S+" clip-path=\S+?>(.*?)</text>',
    re.DOTALL,
)


def main() -> None:
    """Run the command, draw it, write the picture."""
    options = _options()
    env = os.environ | {"COLUMNS": str(options.columns), "FORCE_COLOR": "1", "PYTHONUTF8": "1"}
    env.pop("NO_COLOR", None)
    done = subprocess.run(
        options.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env, check=False
    )
    printed = done.stdout.decode("utf-8")
    if done.returncode:
        sys.exit(f"the command ended with {done.returncode}:\n{printed}")
    options.to.write_text(draw(options.command, printed, options.columns), encoding="utf-8")
    print(f"{options.to}: {len(printed.splitlines())} rows", file=sys.stderr)


def draw(command: list[str], printed: str, columns: int) -> str:
    """The picture: the prompt with the command, below it what was printed."""
    console = Console(
        record=True,
        width=columns,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
        _environ={},
    )
    console.print(Text.assemble(("$ ", "dim"), " ".join(map(_quoted, command))), soft_wrap=True)
    console.print(Text.from_ansi(printed.rstrip("\n")), soft_wrap=True)
    svg = console.export_svg(
        title="poet",
        theme=SVG_EXPORT_THEME,
        code_format=PICTURE,
        font_aspect_ratio=ASPECT,
        unique_id="poet",
    )
    svg = _run.sub(_on_its_cells, svg)
    return "\n".join(filter(None, map(str.strip, svg.splitlines()))) + "\n"


def _quoted(word: str) -> str:
    """The word as one would type it: only what a shell would read is quoted."""
    return word if re.fullmatch(r"[\w@%+=:,./-]+", word) else shlex.quote(word)


def _on_its_cells(found: re.Match[str]) -> str:
    """One run of text as several, wide and narrow, each as long as its cells.

    Rich counts a Chinese character as one cell here, which would press it to half.
    """
    style, at, y, content = found.groups()
    x, runs = float(at), []
    for _, run in groupby(unescape(content), key=cell_len):
        text = "".join(run)
        length = CELL * cell_len(text)
        if text.strip():
            runs.append(
                f'<text class="{style}" x="{x:g}" y="{y}" textLength="{length:g}">'
                f"{escape(text).replace(chr(0xA0), '&#160;')}</text>\n"
            )
        x += length
    return "".join(runs)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A picture of a terminal, from a real command.")
    parser.add_argument("--columns", type=int, default=COLUMNS)
    parser.add_argument("--to", type=Path, default=Path(__file__).with_name("terminal.svg"))
    parser.add_argument("command", nargs=argparse.REMAINDER, help="the command and its arguments")
    options = parser.parse_args()
    if not options.command:
        parser.error("give the command to run")
    return options


if __name__ == "__main__":
    main()
