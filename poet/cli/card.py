"""poet card: any poem as a picture."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from poet.cli.options import examples

EXAMPLE = "poet write --form 五絕 --json | poet card - -o poem.svg"


@click.command(
    epilog=examples(
        "poet card poem.txt -o poem.png",
        'poet card poem.txt --title "Night Rain" --author "A. Poet" -o poem.svg',
        EXAMPLE,
    )
)
@click.argument(
    "file",
    metavar="[FILE|-]",
    required=False,
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Picture to write: .svg or .png. [default: SVG on stdout, into a pipe or a file]",
)
@click.option("--title", metavar="TEXT", help="Title, instead of the one in the file.")
@click.option("--author", metavar="NAME", help="Author, instead of the one in the file.")
@click.option(
    "--layout",
    type=click.Choice(["auto", "vertical", "lines"]),
    default="auto",
    show_default=True,
    help="vertical: columns from right to left; lines: one below the other; auto: vertical for "
    "Chinese.",
)
@click.option(
    "--theme",
    type=click.Choice(["paper", "night"]),
    default="paper",
    show_default=True,
    help="paper: ink on light paper; night: light on dark.",
)
@click.option(
    "--font",
    metavar="FILE",
    help="Font, .ttf .otf or .ttc; #1 behind it is the second one in a collection.",
)
@click.option(
    "--width",
    type=click.IntRange(100, 5000),
    metavar="N",
    help="Width of a PNG in pixels. [default: 1200; for long poems more]",
)
def card(
    file: Path | None,
    output: Path | None,
    title: str | None,
    author: str | None,
    **look: Any,
) -> None:
    """Make a card of a poem: a picture with its title, its author and a small seal.

    FILE holds one poem as text, or poems as JSON that poet printed; - is stdin. A first line
    `# Title` is the title. Several poems make several files: poem-1.png, poem-2.png …

    Every character is drawn as a shape, so that a card looks the same everywhere. A card of a
    poem that poet wrote says so in a small line at the foot.
    """
    from poet.errors import NoEffect, UsageError
    from poet.render.card.reading import read_poems
    from poet.render.card.saving import Look, save_cards, svg_of
    from poet.render.terminal import Terminal, note, print_text

    if file is None and sys.stdin.isatty():
        raise UsageError("there is no poem to make a card of", f"name a file, or type: {EXAMPLE}")
    if output is None and sys.stdout.isatty():
        raise UsageError("a card is a picture, not text", "name a file for it: -o poem.png")
    if look["width"] and (output is None or output.suffix.lower() != ".png"):
        raise NoEffect("--width affects PNG only", "add -o poem.png", "width")
    given = read_poems(*_read(file or Path("-")))
    poems = [
        replace(
            poem,
            title=poem.title if title is None else title,
            author=poem.author if author is None else author,
        )
        for poem, _ in given
    ]
    facts = [each.facts for each in given]
    if output:
        written = save_cards(output, poems, facts, Look(**look))
        note(f"written: {', '.join(map(str, written))}")
    elif len(poems) > 1:
        raise UsageError(
            f"these are {len(poems)} poems, and a card holds one", "name a file: -o poem.svg"
        )
    else:
        card = svg_of(poems[0], facts[0], Look(**look))
        print_text(card.rstrip("\n"), Terminal.of(sys.stdout, os.environ))


def _read(path: Path) -> tuple[bytes, str]:
    """The bytes of a file, a pipe or stdin, no more than a card can hold, and its name."""
    from poet.files import open_plain
    from poet.render.card.reading import MAX_BYTES

    if str(path) == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1), "stdin"
    with path.open("rb") if path.is_fifo() else open_plain(path) as source:
        return source.read(MAX_BYTES + 1), str(path)
