"""poet scan: the prosody of any poem, on stdout."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from poet.cli.options import examples
from poet.cli.streams import echo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from poet.poem import Poem
    from poet.prosody.base import Form, ScanResult

_LEAST_COMMON = 0.05  # of the characters: in verse a third are common, in noise a fiftieth
EXAMPLE = "echo '夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。' | poet scan -"


@click.command(epilog=examples("poet scan poems.txt", f"{EXAMPLE} --form 五絕"))
@click.argument(
    "file",
    metavar="[FILE|-]",
    required=False,
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
)
@click.option(
    "-f", "--form", "name", default="free", metavar="FORM", help="Form that the poems should keep."
)
@click.option(
    "--tones",
    type=click.Choice(["lenient", "strict"]),
    default="lenient",
    show_default=True,
    help="lenient: one reading of a character must fit the form; strict: every one must.",
)
@click.option(
    "--encoding", default="auto", show_default=True, help="Text encoding: utf-8, gb18030, big5 …"
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def scan(file: Path | None, name: str, tones: str, encoding: str, as_json: bool) -> None:
    """Show the tones, rhymes and form of poems, and every violation of the form.

    FILE holds poems separated by blank lines; - is stdin. Without --form each poem is checked
    against the form that matches its shape. 平 is a level tone, 仄 an oblique one, 中 either.
    The exit code is 4 if a poem does not keep --form.
    """
    from poet.errors import InputError, UsageError
    from poet.prosody.chinese.scan import Scan
    from poet.prosody.find import find_form
    from poet.render.annotated import format_glossary, format_scan
    from poet.render.record import to_json
    from poet.render.terminal import Terminal, note, print_text
    from poet.sanitize import sanitize

    if file is None and sys.stdin.isatty():
        raise UsageError("there is no poem to scan", f"name a file, or type: {EXAMPLE}")
    form = find_form(name)
    out = Terminal.of(sys.stdout, os.environ)
    strict, poems = tones == "strict", 0
    missed: list[ScanResult] = []
    records: list[dict[str, Any]] = []
    texts: list[str] = []
    for title, result in _scans(file or Path("-"), encoding, form, name):
        if form and not result.keeps(strict):
            missed.append(result)
        if as_json:
            records.append({"title": title, **result.to_json()})
        else:
            if isinstance(result, Scan):
                texts.append(format_scan(result, strict))
            else:
                parts = (
                    *map(sanitize, result.lines),
                    "",
                    *result.sentences(strict),
                    result.summary(strict),
                )
                texts.append("\n".join(parts))
            heading = f"{title}\n" if title else ""
            print_text("\n" * (poems > 0) + heading + texts[-1], out)
        poems += 1
    if not poems:
        wanted = "" if form and form.language != "zh" else "Chinese "
        raise InputError(
            f"there is no {wanted}verse in {'stdin' if file in (None, Path('-')) else file}",
            f"give a poem, for example: {EXAMPLE}",
        )
    if as_json:
        print_text(to_json(records), out)
    elif out.tty:
        note("\n" + format_glossary(texts))
    if form and missed:
        raise _not_reached(form, missed, poems, strict)


def _scans(path: Path, encoding: str, form: Any, name: str) -> Iterator[tuple[str, ScanResult]]:
    """The title and the scan of each poem in a file."""
    from poet.prosody.chinese.forms import form_of
    from poet.prosody.chinese.scan import scan
    from poet.prosody.find import prosody_of

    if form and form.language != "zh":
        results = ((p.title, prosody_of(form).scan(p.text, form)) for p in _poems(path, encoding))
        yield from ((title, result) for title, result in results if result.lines)
        return
    is_numbered = re.search(r"\d\s*$", name) is not None  # 五排16 has sixteen lines, 五排 any
    for poem in _poems(path, encoding):
        result = scan(poem.text, form)
        shape = form_of(tuple(map(len, result.lines)))
        if form and shape and shape.name == form.name and not is_numbered:  # 排律 of any length
            result = scan(poem.text, shape)
        if result.lines:
            yield poem.title, result


def _poems(path: Path, encoding: str) -> Iterator[Poem]:
    from poet.corpus.read import poems_of, read

    def notify(message: str) -> None:
        echo(message, err=True)

    if path.suffix in (".json", ".jsonl") and (path.is_file() or not path.exists()):
        yield from read([path], encoding=encoding, notify=notify).pieces
        return
    text = _text(path, encoding, notify)
    yield from poems_of(text, "stdin" if str(path) == "-" else str(path), notify)


def _text(path: Path, encoding: str, notify: Callable[[str], None]) -> str:
    """The whole text of a file, stdin or a pipe; empty if it cannot be verse."""
    from poet.corpus.encodings import commonness, decode, find_encoding, refuse_foreign
    from poet.corpus.read import read

    if path.is_fifo():  # <(…), which can be read only once
        data, name = path.read_bytes(), str(path)
        refuse_foreign(data, name)
        detected = find_encoding(data, name, whole=True, encoding=encoding)
        codec, text = detected.name, "".join(decode([data], detected, name))
    elif str(path) != "-" and path.exists() and not path.is_file():  # /dev/null and the like
        return ""
    else:
        source = read(
            ["-" if str(path) == "-" else path], layout="stream", encoding=encoding, notify=notify
        )
        codec, text = source.files[0].encoding, "".join(piece.text for piece in source.pieces)
    # Any bytes after the mark of UTF-16 are characters, and most of those are Chinese
    guessed = encoding == "auto" and codec.startswith("utf-16")
    return "" if guessed and commonness(text) < _LEAST_COMMON else text


def _not_reached(form: Form, missed: list[ScanResult], poems: int, strict: bool) -> Exception:
    from poet.errors import FormNotReached

    faults = missed[0].fault_counts(strict)
    verb = "is" if len(missed) == 1 else "are"
    subject = "the poem is" if poems == 1 else f"{len(missed)} of {poems} poems {verb}"
    first = " ".join(f"{fault} {count}" for fault, count in faults.items())
    hint = f"{'' if poems == 1 else 'the first: '}{first}"
    if not missed[0].fault_counts():
        hint += "; --tones lenient accepts any reading that fits"
    return FormNotReached(f"{subject} not {form.name}", hint)
