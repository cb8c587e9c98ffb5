"""poet forms: every form of verse, with what it asks for and how to ask for it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from poet.cli.completing import complete_forms
from poet.cli.options import examples
from poet.cli.streams import echo

if TYPE_CHECKING:
    from poet.prosody.base import Form


@click.command(epilog=examples("poet forms", "poet forms sonnet", "poet forms | grep river"))
@click.argument("name", required=False, shell_complete=complete_forms)
def forms(name: str | None) -> None:
    """List the forms of verse: name, what it asks for, an example, other names.

    With NAME only that form. A Chinese form has its name in pinyin and in English too, and
    `poet write --form` and `poet scan --form` take any of its names.
    """
    from poet.prosody.described import explained
    from poet.prosody.find import PROSODIES, find_form

    wanted = find_form(name) if name else None
    for prosody in PROSODIES:
        for form in (wanted,) if wanted else prosody.forms:
            if form.language == prosody.language:
                columns = (form.name, explained(form), _example(form), ", ".join(form.aliases))
                echo("\t".join(columns).rstrip())
    if not name:
        echo(
            "\nfor example: poet write --form 七絕 明月; poet write --form sonnet 'Shall I'; "
            "lengths: --form 7x4; other languages: --form haiku:de"
        )


def _example(form: Form) -> str:
    """A command that writes in a form, in letters that every keyboard has, if it can be."""
    names = (form.name, *form.aliases)
    typed = next((name for name in names if name.isascii() and name[0].isalpha()), form.name)
    return f"poet write --form {shlex.quote(typed)}"
