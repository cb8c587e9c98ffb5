"""poet models: the models on this computer."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from poet.cli.asking import check_agrees, yes_option
from poet.cli.completing import complete_models, complete_own_models
from poet.cli.options import examples, plain_table
from poet.cli.streams import echo
from poet.errors import InputError, UsageError
from poet.registry import ARCHIVE, DEFAULT

HEADS = ("model", "parameters", "text", "folder", "kind")
FORCE = click.option("--force", is_flag=True, help="Replace a model of yours that has this name.")
NAME = click.option("--name", metavar="NAME", help="What to call it here.")


@click.group(
    epilog=examples(
        "poet models list",
        "poet models default mine",
        "poet models export mine -o mine.poet",
        "poet models import mine.poet --name theirs",
    )
)
def models() -> None:
    """List, name, share and remove models: those shipped with poet and your own."""


@models.command("list")
def list_() -> None:
    """List the models: name, size, text, folder, and whether it is shipped or your own.

    In a pipe the columns are parted by tabs. A model that is damaged is listed with what is wrong
    with it.
    """
    from poet.collection.manage import entries

    default, _ = _default()
    rows = []
    for each in entries():
        size, text = f"{each.parameters:,}", each.text
        kind = ("own" if each.is_own else "shipped") + ", default" * (each.name == default)
        if each.damage:
            size, text = "damaged", each.damage
        rows.append((each.name, size, text, str(each.folder), kind))
    if sys.stdout.isatty():
        safe = [tuple(_shown(cell) for cell in row) for row in rows]
        echo(plain_table(HEADS, safe, ("parameters",), ("text", "folder")), nl=False)
        return
    for name, size, *others in rows:
        unit = "" if size == "damaged" else " parameters"
        echo("\t".join((name, size + unit, *others)))


@models.command()
@click.argument("name", required=False, shell_complete=complete_models)
def show(name: str | None) -> None:
    """Show the card of a model (without NAME: of the default)."""
    from poet.checkpoint import Checkpoint
    from poet.model_card import model_card
    from poet.registry import find_model

    echo(model_card(Checkpoint.describe(find_model(_or_default(name)))), nl=False)


@models.command()
@click.argument("name", required=False, shell_complete=complete_models)
def path(name: str | None) -> None:
    """Print the folder of a model (without NAME: of the default)."""
    from poet.registry import find_model

    echo(find_model(_or_default(name)))


@models.command(epilog=examples("poet models default mine", "poet models default --unset"))
@click.argument("name", required=False, shell_complete=complete_models)
@click.option("--unset", is_flag=True, help="Have no default again.")
def default(name: str | None, unset: bool) -> None:
    """Choose the model that is used where -m names none; without NAME, show it.

    Without a default, the language of a request chooses: tang writes Chinese, english English.
    With one, that model writes whatever the language is, as if -m named it.

    The name is kept in your poet.toml. -m on the command line, POET_MODEL, a poet.toml in the
    working folder, and a model below [write] in yours weigh more.
    """
    from poet.collection.default import set_default
    from poet.registry import find_model

    if name is not None and unset:
        raise UsageError("NAME and --unset exclude each other", "give one of them")
    if name is None and not unset:
        _show_default()
        return
    if name is not None:
        from poet.checkpoint import Checkpoint

        folder = find_model(name)
        Checkpoint.describe(folder)
        name = name if folder.name == name else str(folder.resolve())
    set_default(name)
    found, place = _default()
    if place and found != name:
        echo(f"{found} is still the default, by {place}, which weighs more", err=True)
    elif unset:
        echo("there is no default: the language of a request chooses the model", err=True)


def _show_default() -> None:
    found, place = _default()
    if found:
        echo(found)
        echo(f"set by {place}", err=True)
    else:
        echo("there is no default: the language of a request chooses the model", err=True)


@models.command(epilog=examples("poet models rename mine autumn"))
@click.argument("name", shell_complete=complete_own_models)
@click.argument("new", metavar="NEW")
def rename(name: str, new: str) -> None:
    """Give a model of yours another name.

    If it is the default, it stays so. Its card keeps the name under which it was trained.
    """
    from poet.collection import manage
    from poet.collection.default import own_default, set_default

    was_default = _own_default() == name
    manage.rename(name, new)
    if was_default and own_default() == name:
        set_default(new)


@models.command(epilog=examples("poet models quantize mine"))
@click.argument("name", shell_complete=complete_own_models)
def quantize(name: str) -> None:
    """Store a model of yours in 8 bits: half as large, and writing takes half as long.

    Its verse for a seed changes, its quality hardly. Figures on its card are those of before.
    """
    from poet.collection import manage

    before, after = manage.quantize(manage.own_model(name))
    echo(f"{name}: {after / 1e6:.1f} MB of weights, {before / 1e6:.1f} before", err=True)


@models.command(epilog=examples("poet models rm mine", "poet models rm old older --yes"))
@click.argument("names", nargs=-1, required=True, metavar="NAME...",
                shell_complete=complete_own_models)  # fmt: skip
@yes_option()
def rm(names: tuple[str, ...], yes: bool) -> None:
    """Remove models of yours, after asking. Those that are shipped stay.

    What is removed cannot be brought back; poet models export keeps a copy.
    """
    from poet.collection.default import set_default
    from poet.collection.manage import own_model
    from poet.files import remove_folder

    folders = {name: own_model(name) for name in names}
    for name, folder in folders.items():
        check_agrees(f"Remove the model {_shown(name)} ({_shown(folder)})?", yes=yes)
        was_default = _own_default() == name
        remove_folder(folder)
        echo(f"removed: {name}", err=True)
        if was_default:
            set_default(None)
            echo("it was the default; now the language of a request chooses the model", err=True)


@models.command(epilog=examples("poet models export mine", "poet models export mine -o to-li.poet"))
@click.argument("name", shell_complete=complete_models)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to write it. [default: NAME.poet]",
)
def export(name: str, output: Path | None) -> None:
    """Write a model into one file, for another computer or another person.

    The file has all that poet needs to write with the model, its card, and the digest of each
    part. The same model gives the same file. NAME may be the folder of a run.
    """
    from poet.collection import archive
    from poet.files import check_place
    from poet.registry import find_model

    folder = find_model(name)
    called = name if folder.name == name else folder.resolve().name
    target = output or Path(called + ARCHIVE)
    check_place(target, (ARCHIVE,), "models are not written as")
    archive.export(folder, called, target)
    echo(f"written: {target}", err=True)


@models.command("import", epilog=examples("poet models import mine.poet --name theirs"))
@click.argument("file", type=click.Path(path_type=Path))
@NAME
@FORCE
def import_(file: Path, name: str | None, force: bool) -> None:
    """Add a model from a FILE that poet models export made.

    Each part is compared with its digest before anything is added, and nothing in the file is
    run. It is called as it was where it was exported, or by --name.
    """
    from poet.collection import archive

    called = name if name is not None else archive.name_of(file)
    archive.import_(file, called, force=force)
    _tell_added(called)


@models.command(
    epilog=examples("poet models push mine li/autumn", "poet models push mine li/autumn --private")
)
@click.argument("name", shell_complete=complete_models)
@click.argument("repository", metavar="USER/REPO")
@click.option("--private", is_flag=True, help="Let only you see it.")
@click.option("--license", "license_id", default="", metavar="ID", help="Its licence: cc-by-4.0.")
@click.option(
    "--language",
    default="",
    metavar="CODE",
    help="Its language: de. [default: zh or en, where that is plain]",
)
def push(name: str, repository: str, private: bool, license_id: str, language: str) -> None:
    """Put a model on the Hugging Face hub, with its card.

    The repository is made if it is not there; unless --private, everybody may see it. The model's
    files in it are replaced in one commit. A token is needed: hf auth login stores one.
    It needs huggingface_hub: pip install 'poet[hub]'.
    """
    from poet.collection import hub
    from poet.registry import find_model

    for word in (license_id, language):
        if not re.fullmatch("[A-Za-z0-9.+-]{0,60}", word):
            raise UsageError(f"{word!r} is no licence or language of the hub",
                             "it has a short code for each, such as cc-by-4.0 or de")  # fmt: skip
    address = hub.push(
        find_model(name), repository, private=private, license_id=license_id, language=language
    )
    echo(address)


@models.command(
    epilog=examples("poet models pull li/autumn", "poet models pull li/autumn --name a")
)
@click.argument("repository", metavar="USER/REPO")
@NAME
@click.option("--revision", metavar="REVISION", help="A branch, tag or commit. [default: main]")
@FORCE
def pull(repository: str, name: str | None, revision: str | None, force: bool) -> None:
    """Add a model from the Hugging Face hub.

    Only the files that a model has are fetched, and they are verified as poet models import
    verifies a file. It is called as its repository, or by --name.
    It needs huggingface_hub: pip install 'poet[hub]'.
    """
    from poet.collection import hub

    called = name if name is not None else repository.rpartition("/")[2]
    hub.pull(repository, called, revision=revision, force=force)
    _tell_added(called)


def _tell_added(name: str) -> None:
    echo(f"added: {name}; poet write -m {name} writes with it", err=True)


def _default() -> tuple[str, str]:
    from poet.cli.settings import default_model

    return default_model()


def _own_default() -> str:
    """The default by the user's own file; empty where that cannot be read, or is not read."""
    from poet.collection.default import own_default

    try:
        return own_default()
    except InputError:
        return ""


def _or_default(name: str | None) -> str:
    return name if name is not None else _default()[0] or DEFAULT


def _shown(text: object) -> str:
    from poet.sanitize import single_line

    return single_line(str(text))
