"""Options of `poet write` that could do nothing where they were given, or nothing sensible."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from unicodedata import category

import click
from click.core import ParameterSource

from poet.cli.options import SAID, SHOWN
from poet.errors import UsageError
from poet.prosody.chinese.forms import Form

_Wrong: TypeAlias = Callable[[Form | None, Mapping[str, Any]], Any]


def check_use(form: Form | None, options: Mapping[str, Any]) -> None:
    """Raise for an option that was given and could do nothing here, or nothing sensible."""
    context = click.get_current_context()
    for name, is_wrong, sentence, hint in _MISUSES:
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if given and is_wrong(form, options):
            raise UsageError(sentence, hint)


def _belongs_to_a_form(name: str) -> tuple[str, _Wrong, str, str]:
    option = f"--{name.replace('_', '-')}"
    sentence = f"{option} belongs to a form, and none was asked for"
    return name, lambda form, o: form is None, sentence, "add --form, e.g. 七絕"


def _off_the_page(o: Mapping[str, Any]) -> Any:
    return o["as_json"] or o["as_jsonl"] or o["output"]


def _marks(o: Mapping[str, Any]) -> set[str]:
    return set(o["show"]) - SAID


# An option that was given; when it is wrong; what is said of that, and what to do
_MISUSES: tuple[tuple[str, _Wrong, str, str], ...] = (
    *map(_belongs_to_a_form, ("tones", "rhyme", "best_of", "particles")),
    (
        "about", lambda form, o: not o["about"],
        "--about was given no word", "for example: --about 茶,雨夜",
    ),
    (
        "guidance", lambda form, o: not (o["title"] or o["about"] or o["author"]),
        "--guidance strengthens a title, a theme or an author, and none was given",
        "add --title, --about or --author",
    ),
    (
        "max_chars", lambda form, o: form,
        "--max-chars cuts verse without a form, and a form has its own length", "leave it out",
    ),
    (
        "temps", lambda form, o: not o["temps"],
        "--temps was given no temperature", "for example: --temps 0.3,0.8",
    ),
    (
        "temperature", lambda form, o: o["temps"],
        "-t and --temps both say how boldly to write", "give one of them",
    ),
    (
        "couplet", lambda form, o: not o["couplet"],
        "--couplet was given no line", "for example: --couplet 春水連天碧",
    ),
    (
        "acrostic", lambda form, o: not o["acrostic"],
        "--acrostic was given no character", "for example: --acrostic 春夏秋冬",
    ),
    (
        "acrostic", lambda form, o: any(category(c)[0] == "P" for c in o["acrostic"]),
        "an acrostic is made of characters that begin lines", "leave stops and the like out",
    ),
    (
        "as_json", lambda form, o: o["as_jsonl"],
        "--json and --jsonl are two ways to print", "give one of them",
    ),
    (
        "output", lambda form, o: o["as_json"] or o["as_jsonl"],
        "the name of the file says how it is written", "leave --json out",
    ),
    (
        "show", lambda form, o: not o["show"],
        "--show was given no mark", f"there are {', '.join(SHOWN)}",
    ),
    (
        "show", lambda form, o: _marks(o) and _off_the_page(o),
        "the marks of --show stand on the page, in no file and not in JSON",
        "leave them out; poet scan --json gives tones and rhymes as data",
    ),
    (
        "show", lambda form, o: "ranking" in o["show"] and not form,
        "--show ranking belongs to a form: without one there is nothing to choose between",
        "add --form, e.g. 七絕",
    ),
    (
        "layout", lambda form, o: _off_the_page(o),
        "--layout is of the page, and changes no file and no JSON", "leave it out",
    ),
    (
        "show", lambda form, o: _marks(o) and o["layout"] != "lines",
        "the marks of --show stand beside lines", "leave --layout out",
    ),
)  # fmt: skip
