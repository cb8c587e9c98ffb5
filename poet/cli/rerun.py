"""The line that repeats a call of `poet write`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

import click


def again(text: str, options: Mapping[str, Any], seed: int) -> str:
    """The words that write the same poems again: what differs from the defaults, and the seed."""
    context = click.get_current_context()
    given = ["--prompt", text] if text.startswith("-") else [text]  # else an option
    words = ["poet", "write", *(given if text and not options["couplet"] else [])]
    for parameter in context.command.params:
        name = parameter.name or ""
        if not isinstance(parameter, click.Option) or name in _LEFT_OUT:
            continue
        value = options[name]
        if name == "temperature" and options["temps"]:
            continue  # the ladder says it
        default = parameter.get_default(context)
        if name in _ALWAYS or (value != default and value not in (None, "", ())):
            words += [_shortest(parameter), _typed(value)]
    words += ["--seed", str(seed)]
    return " ".join(map(_quoted, words))


_ALWAYS = ("model", "temperature", "min_p")  # what hangs on the form, or may become another
_LEFT_OUT = (
    "prompt_option", "seed", "as_json", "as_jsonl", "output", "no_stream",
)  # fmt: skip


def _shortest(parameter: click.Option) -> str:
    return min(parameter.opts, key=len)


def _typed(value: Any) -> str:
    """A value as it can be typed."""
    if isinstance(value, tuple | list):
        return ",".join(map(_typed, value))
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _quoted(word: str) -> str:
    """A word as a shell takes it; letters of any script need no quotes, unlike shlex thinks."""
    return word if re.fullmatch(r"[\w@%+=:,./-]+", word) else shlex.quote(word)
