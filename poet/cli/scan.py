"""poet scan: the prosody of any poem, on stdout."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from poet.cli.completing import complete_forms, complete_rhyme_books
from poet.cli.options import examples
from poet.cli.streams import echo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from poet.poem import Poem
    from poet.prosody.base import Form, ScanResult
    from poet.prosody.chinese.rhyme_books import RhymeBook

_LEAST_COMMON = 0.05  # of the characters: in verse a third are common, in noise a fiftieth
EXAMPLE = "echo '夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。' | poet scan -"
ENGLISH = "echo 'The moon is down upon the hill.' | poet scan -"


@click.command(
    epilog=examples("poet scan poems.txt", f"{EXAMPLE} --form 五絕", "poet scan --form sonnet -")
)
@click.argument(
    "file",
    metavar="[FILE|-]",
    required=False,
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
)
@click.option(
    "-f",
    "--form",
    "name",
    default="free",
    metavar="FORM",
    shell_complete=complete_forms,
    help="Form that the poems should keep.",
)
@click.option(
    "--strictness",
    type=click.Choice(["lenient", "strict"]),
    default="lenient",
    show_default=True,
    help="lenient: one reading of a word must fit the form; strict: every usual one must.",
)
@click.option("--tones", type=click.Choice(["lenient", "strict"]), hidden=True)
@click.option(
    "--rhymes",
    default="平水",
    show_default=True,
    metavar="BOOK",
    shell_complete=complete_rhyme_books,
    help="Rhyme book for Chinese: 平水, the traditional one; or 新韻 or 通韻, by the sounds of "
    "Mandarin.",
)
@click.option(
    "--encoding", default="auto", show_default=True, help="Text encoding: utf-8, gb18030, big5 …"
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def scan(
    file: Path | None,
    name: str,
    strictness: str,
    tones: str | None,
    rhymes: str,
    encoding: str,
    as_json: bool,
) -> None:
    """Show the metre, the rhymes and the form of poems, and every violation of the form.

    FILE holds poems, Chinese or English; - is stdin. Blank lines part Chinese poems from each
    other, and stanzas of English ones, which have `# Title` or two blank lines between them.
    Without --form each poem is checked against the form that it seems to have. In Chinese, 平 is
    a level tone, 仄 an oblique one, 中 either; in English, / is a syllable on the beat, x one off
    it, | parts feet. The exit code is 4 if a poem does not keep --form.
    """
    from poet.errors import InputError, UsageError
    from poet.prosody.chinese.rhyme_books import find_book
    from poet.prosody.find import find_form
    from poet.render.record import to_json
    from poet.render.scanned import format_legend, format_scanned
    from poet.render.terminal import Terminal, note, print_text

    if file is None and sys.stdin.isatty():
        raise UsageError("there is no poem to scan", f"name a file, or type: {EXAMPLE}")
    form, book = find_form(name), find_book(rhymes)
    out = Terminal.of(sys.stdout, os.environ)
    strict = (tones or strictness) == "strict"
    results: list[ScanResult] = []
    records: list[dict[str, Any]] = []
    texts: list[str] = []
    for title, result in _scans(file or Path("-"), encoding, name, book):
        results.append(result)
        if as_json:
            records.append({"title": title, **result.to_json()})
            continue
        texts.append(format_scanned(result, strict))
        heading = f"{title}\n" if title else ""
        print_text("\n" * (len(results) > 1) + heading + texts[-1], out)
    if not results:
        raise InputError(
            f"there is no {_languages(form)}verse in "
            f"{'stdin' if file in (None, Path('-')) else file}",
            f"give a poem, for example: {ENGLISH if form and form.language != 'zh' else EXAMPLE}",
        )
    if as_json:
        print_text(to_json(records), out)
    elif out.tty:
        note("\n" + format_legend(results, texts))
    missed = [result for result in results if form and not result.keeps(strict)]
    if form and missed:
        raise _not_reached(form, missed, len(results), strict)


def _scans(
    path: Path, encoding: str, name: str, book: RhymeBook
) -> Iterator[tuple[str, ScanResult]]:
    """The title and the scan of each poem in a file."""
    from poet.prosody.scanning import scan_text

    for poem in _poems(path, encoding):
        if result := scan_text(poem.text, name, book, poem.title):
            yield poem.title, result


def _languages(form: Form | None) -> str:
    """The languages whose verse was looked for, before the word verse."""
    names = {"zh": "Chinese ", "en": "English "}
    return names.get(form.language, "") if form else "Chinese or English "


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
    from poet.corpus.encodings import commonness
    from poet.corpus.read import is_read_once, read

    if path.is_char_device() and not is_read_once(path):  # /dev/null
        return ""
    source = read([path], layout="stream", encoding=encoding, notify=notify)
    codec, text = source.files[0].encoding, "".join(piece.text for piece in source.pieces)
    # Any bytes after the mark of UTF-16 are characters, and most of those are Chinese
    guessed = encoding == "auto" and codec.startswith("utf-16")
    return "" if guessed and commonness(text) < _LEAST_COMMON else text


def _not_reached(form: Form, missed: list[ScanResult], poems: int, strict: bool) -> Exception:
    from poet.errors import FormNotReached

    first = missed[0]
    is_one = len(missed) == 1
    subject = "the poem" if poems == 1 else f"{len(missed)} of {poems} poems"
    if form.language == "zh":
        message = f"{subject} {'is' if is_one else 'are'} not {form.name}"
        hint = " ".join(f"{fault} {count}" for fault, count in first.fault_counts(strict).items())
    else:
        message = f"{subject} {'does' if is_one else 'do'} not keep the form {form.name}"
        hint = next(iter(first.sentences(strict)), "")
    if poems > 1:
        hint = f"the first: {hint}"
    if not first.fault_counts():
        hint += "; --strictness lenient accepts any reading that fits"
    return FormNotReached(message, hint)
