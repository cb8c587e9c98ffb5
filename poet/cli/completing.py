"""What a shell offers when Tab is pressed: names of forms, models, texts, runs and authors.

Each function is the `shell_complete` of an option or an argument. Somebody is waiting for it with
a half-typed line, so that it loads neither numpy nor torch and keeps errors to itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from poet.errors import PoetError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def complete_forms(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Forms of verse; by another name where the own one does not begin so."""
    from poet.prosody.described import described
    from poet.prosody.find import PROSODIES

    forms = [form for prosody in PROSODIES for form in prosody.forms]
    names = [(form.name, described(form)) for form in forms]
    others = [
        (alias, f"{form.name}: {described(form)}") for form in forms for alias in form.aliases
    ]
    return _beginning(names, incomplete) or _beginning(others, incomplete)


def complete_models(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Models by name, and folders."""
    return _or_files(((name, "") for name in _model_folders()), incomplete)


def complete_own_models(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Models that can be renamed and removed: those that do not come with poet."""
    from poet import paths

    own = [name for name, folder in _model_folders().items() if folder.parent == paths.models()]
    return _beginning(((name, "") for name in own), incomplete)


def complete_corpora(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Texts of the catalogue, and files."""
    from poet.corpus import catalogue

    with suppress(PoetError):
        names = [(name, entry.description) for name, entry in catalogue.load().items()]
        return _or_files(names, incomplete)
    return _or_files((), incomplete)


def complete_runs(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Runs, the newest first, in the folder of --runs."""
    from poet.runs.folders import newest_first

    folder = Path(ctx.params.get("runs") or ctx.params.get("folder") or "runs")
    with suppress(OSError):
        return _beginning(((run.name, "") for run in newest_first(folder)), incomplete)
    return []


def complete_authors(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Authors that the models know; English ones by a surname that no other has."""
    from poet.language import authors_of

    folders = _model_folders()
    asked = ctx.params.get("model")
    chosen = [folders[asked]] if asked in folders else folders.values()
    names = dict.fromkeys(author for folder in chosen for author in authors_of(folder))
    surnames = Counter(name.split()[-1] for name in names)
    return _beginning(
        ((last, name) for name in names if surnames[last := name.split()[-1]] == 1), incomplete
    )


def complete_rhyme_books(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Rhyme books of Chinese."""
    from poet.prosody.chinese.rhyme_books import BOOKS

    return _beginning(((book.name, "") for book in BOOKS), incomplete)


def _model_folders() -> dict[str, Path]:
    from poet.registry import model_folders

    with suppress(OSError):
        return model_folders()
    return {}


def _or_files(names: Iterable[tuple[str, str]], incomplete: str) -> list[CompletionItem]:
    """The names that begin so, and files, once something is typed.

    In zsh's script an empty item would shift those after it, and bash's script forgets those
    before files.
    """
    from click.shell_completion import CompletionItem

    files = [CompletionItem(incomplete, type="file")] if incomplete else []
    return [*files, *_beginning(names, incomplete)]


def _beginning(names: Iterable[tuple[str, str]], incomplete: str) -> list[CompletionItem]:
    """The names that begin so, each with a word about it.

    bash puts a name into the line as it is, so that those with blanks are left out.
    """
    from click.shell_completion import CompletionItem

    return [
        CompletionItem(name, help="" if about == name else about)
        for name, about in names
        if name.startswith(incomplete) and name and len(name.split()) == 1
    ]
