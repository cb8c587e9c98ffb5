"""poet forms: every form of verse, with what it asks for and how to ask for it."""

from __future__ import annotations

import click

from poet.cli.options import examples
from poet.cli.streams import echo


@click.command(epilog=examples("poet forms", "poet forms sonnet", "poet forms | grep iambic"))
@click.argument("name", required=False)
def forms(name: str | None) -> None:
    """List the forms of verse: name, what it asks for, other names.

    With NAME only that form. The name goes to `poet write --form`, and to `poet scan --form`.
    """
    from poet.prosody.find import PROSODIES, find_form

    wanted = find_form(name) if name else None
    for prosody in PROSODIES:
        for form in (wanted,) if wanted else prosody.forms:
            if form.language == prosody.language:
                aliases = ", ".join(form.aliases)
                echo(f"{form.name}\t{_described(form)}\t{aliases}".rstrip())
    if not name:
        echo(
            "\nfor example: poet write --form 七絕 明月; poet write --form sonnet 'Shall I'; "
            "lengths: --form 7x4; other languages: --form haiku:de"
        )


def _described(form: object) -> str:
    """What a form asks for, in a line of English."""
    from poet.prosody.chinese.forms import CiForm
    from poet.prosody.chinese.terms import GLOSSES
    from poet.prosody.english.forms import EnglishForm

    lengths = tuple(getattr(form, "lengths", ()))
    if isinstance(form, EnglishForm):
        metres = " and ".join(dict.fromkeys(metre.name for metre in form.metres))
        rhyme = form.scheme if set(form.scheme) != {"."} else "unrhymed"
        return f"{len(lengths)} lines of {metres}, {rhyme}"
    if isinstance(form, CiForm):
        return f"tune of ci, {sum(lengths)} characters in {len(lengths)} lines"
    known = GLOSSES.get(str(getattr(form, "name", "")), "")
    return known or f"{len(lengths)} lines of {lengths[0]} characters"
