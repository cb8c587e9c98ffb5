"""poet forms: every form of verse, with what it asks for and how to ask for it."""

from __future__ import annotations

import click

from poet.cli.completing import complete_forms
from poet.cli.options import examples
from poet.cli.streams import echo


@click.command(epilog=examples("poet forms", "poet forms sonnet", "poet forms | grep iambic"))
@click.argument("name", required=False, shell_complete=complete_forms)
def forms(name: str | None) -> None:
    """List the forms of verse: name, what it asks for, other names.

    With NAME only that form. The name goes to `poet write --form`, and to `poet scan --form`.
    """
    from poet.prosody.described import described
    from poet.prosody.find import PROSODIES, find_form

    wanted = find_form(name) if name else None
    for prosody in PROSODIES:
        for form in (wanted,) if wanted else prosody.forms:
            if form.language == prosody.language:
                aliases = ", ".join(form.aliases)
                echo(f"{form.name}\t{described(form)}\t{aliases}".rstrip())
    if not name:
        echo(
            "\nfor example: poet write --form 七絕 明月; poet write --form sonnet 'Shall I'; "
            "lengths: --form 7x4; other languages: --form haiku:de"
        )
