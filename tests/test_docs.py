"""The README says what is: its commands parse, its files are there."""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from poet import errors
from poet.cli import COMMANDS, cli

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)
LINES = [
    line.split("  #")[0].split("| ")[-1].strip()
    for kind, block in BLOCKS
    if kind == "sh"
    for line in block.splitlines()
]
CALLS = [line for line in LINES if line.startswith("poet ")]


def test_every_command_stands_in_the_readme() -> None:
    for name in (name for group in COMMANDS.values() for name in group):
        assert f"`poet {name}" in README


@pytest.mark.parametrize("line", CALLS)
def test_each_call_in_the_readme_is_one_that_poet_understands(line: str) -> None:
    _, *words = shlex.split(line)
    command: click.Command = cli
    context = click.Context(cli, info_name="poet")
    while isinstance(command, click.Group):
        found = command.get_command(context, words[0])
        assert found, words[0]
        command, words = found, words[1:]
    command.make_context(line, words)  # raises where an option or value is not understood


def test_there_are_calls_in_the_readme_to_be_understood() -> None:
    assert len(CALLS) >= 8


def test_the_python_in_the_readme_is_python() -> None:
    for kind, block in BLOCKS:
        if kind == "python":
            ast.parse(block)


def test_what_the_file_tree_names_is_there() -> None:
    tree = next(block for kind, block in BLOCKS if kind == "" and "the package" in block)
    for line in tree.splitlines():
        name = line.split()[0]
        assert (ROOT / ("poet" if line.startswith("  ") else "") / name).exists(), name


def test_nothing_is_left_to_be_filled_in() -> None:
    assert "@@" not in README


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_exit_codes_are_those_of_the_errors() -> None:
    codes = {error.exit_code for error in errors.PoetError.__subclasses__()} | {1}
    for code in codes:
        assert re.search(rf"\b{code} [a-z]", README), code


def test_the_constraints_name_every_package_that_poet_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pinned = re.findall(r"^([\w-]+)==", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE)
    extras = project["optional-dependencies"]
    needed = project["dependencies"] + extras["test"] + extras["dev"]
    names = {re.split(r"[\[<>=]", need)[0] for need in needed} - {"poet"}
    assert names <= set(pinned)
