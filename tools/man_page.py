r"""The manual page of poet, for `man`: the same commands as docs/usage.md, and its tables.

It is written by `python -m tools.usage`, in the macros of man(7). A line of text may not begin
with a dot or a quote, a backslash is written \e, and \- is the dash of an option.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import click

from poet.cli import COMMANDS, EXAMPLES
from poet.cli.options import GroupedCommand
from tools.tree import commands_of

DESCRIPTION = """\
poet is a small character-level LSTM that learns from poems and writes new ones: classical Chinese
and English verse out of the box, and any language after one command. The poem goes to standard
output, everything about it to standard error. poet works without a network and sends nothing
about you anywhere.
"""
FILES = (
    ("poet.toml", "Settings, in the working folder."),
    ("~/.config/poet/poet.toml", "Your own settings; `poet config` says where they are read."),
    ("~/.local/share/poet", "Your models, texts and forms; `poet doctor` says where they are."),
)


def man_page(usage: str) -> str:
    """The manual page in roff; `usage` is the text of docs/usage.md, for its tables."""
    lines = [
        '.\\" Written by python -m tools.usage; not to be edited by hand.',
        ".TH POET 1",
        ".ad l",  # blanks between Chinese characters would look like parts of a verse
        ".nh",
        ".SH NAME",
        "poet \\- learn from poems and write new ones",
        ".SH SYNOPSIS",
        ".B poet",
        ".I COMMAND",
        "[OPTION]... [ARGUMENT]...",
        ".SH DESCRIPTION",
        *_paragraphs(DESCRIPTION),
        *_as_typed(EXAMPLES),
        ".SH COMMANDS",
        *(line for group, names in COMMANDS.items() for line in _group(group, names)),
    ]
    (_, root, top), *commands = commands_of("poet")
    lines += [".SH OPTIONS", *_options(root, top)]
    for path, command, context in commands:
        lines += _command(path, command, context)
    lines += [".SH ENVIRONMENT", *_terms(_table(usage, "Environment"))]
    lines += [".SH FILES", *_terms(FILES)]
    lines += [".SH EXIT STATUS", *_terms(_table(usage, "Exit codes"))]
    return "\n".join(lines) + "\n"


def _group(group: str, commands: dict[str, tuple[str, str]]) -> Iterator[str]:
    yield f".SS {_escaped(group)}"
    yield from _terms((f"poet {name}", summary) for name, (_, summary) in commands.items())


def _command(path: str, command: click.Command, context: click.Context) -> Iterator[str]:
    yield f".SH {_escaped(path.upper())}"
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"\\fB{path}\\fR {_escaped(usage)}"
    yield from _paragraphs(command.help or "")
    yield from _options(command, context)
    if command.epilog:
        yield from _as_typed(command.epilog.partition("Examples:\n")[2])


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    group = ""
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        is_help = "--help" in parameter.opts and context.parent is not None  # said once
        if not record or not record[1] or is_help:
            continue
        heading = getattr(parameter, "group", "") if isinstance(command, GroupedCommand) else ""
        if heading != group:
            yield f".SS {_escaped(heading)}"
            group = heading
        yield from _terms([record])


def _terms(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, text in rows:
        yield ".TP"
        yield f"\\fB{_escaped(term)}\\fR"
        yield _escaped(text)


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        yield from (".PP", _escaped(" ".join(paragraph.split())))


def _as_typed(text: str) -> Iterator[str]:
    """Lines that stay as they are."""
    yield from (".PP", ".nf", *(_escaped(line) for line in text.rstrip().splitlines()), ".fi")


def _table(page: str, heading: str) -> list[tuple[str, str]]:
    """The rows of two columns below a heading of a page of Markdown."""
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", section, re.MULTILINE)[1:]  # below its heads
    return [(_plain(term), _plain(text)) for term, text in rows]


def _plain(text: str) -> str:
    """Markdown without the marks of code and links."""
    return re.sub(r"`|\[(.*?)\]\(.*?\)", r"\1", text)


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\e").replace("-", r"\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text
