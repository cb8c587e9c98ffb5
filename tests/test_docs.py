"""The documentation is true: commands parse, links lead somewhere, tables are complete."""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import click
import pytest

import poet as library
from poet import errors
from poet.cli import COMMANDS, cli
from poet.prosody.chinese.terms import GLOSSES
from poet.prosody.chinese.tunes import tunes
from poet.runs.config import TrainConfig
from poet.runs.presets import PRESETS
from tools.man_page import man_page
from tools.tree import commands_of
from tools.usage import MANUAL, filled

ROOT = Path(__file__).parent.parent
PAGES = {
    str(path.relative_to(ROOT)): path.read_text("utf-8")
    for pattern in ("*.md", "docs/*.md", "*/README.md", "checkpoints/*/README.md")
    for path in sorted(ROOT.glob(pattern))
}
README, CHINESE, USAGE = (PAGES[name] for name in ("README.md", "README.zh.md", "docs/usage.md"))
HISTORY = {"docs/log.md", "CHANGELOG.md"}  # commands and names in these are those of their day
_fence = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks(page: str, kind: str) -> list[str]:
    """The fenced blocks of one kind on a page."""
    return [block for found, block in _fence.findall(page) if found == kind]


def shell_lines(page: str) -> list[str]:
    """The commands of a page, without comments and without what is piped into them."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    return [found for line in lines if (found := line.split("  #")[0].split("| ")[-1].strip())]


def indented_lines(page: str) -> list[str]:
    """The lines of indented code blocks."""
    plain = _fence.sub("", page)
    return [line.split("  #")[0].strip() for line in re.findall(r"^ {4,}(\S.*)$", plain, re.M)]


def inline_code(page: str) -> list[str]:
    """What stands between single backticks."""
    return re.findall(r"`([^`\n]+)`", _fence.sub("", page))


def code_of(page: str) -> list[str]:
    return [*shell_lines(page), *indented_lines(page), *inline_code(page)]


CALLS = sorted(
    {
        line
        for name, page in PAGES.items()
        if name not in HISTORY
        for line in code_of(page)
        if re.match(r"poet [a-z]", line) and "…" not in line
    }
)
SCRIPTS = sorted(
    {
        line
        for name, page in PAGES.items()
        if name not in HISTORY
        for line in code_of(page)
        if re.match(r"python -m (benchmarks|tools)\b", line)
    }
)


def slug(heading: str) -> str:
    """The anchor that GitHub gives to a heading.

    >>> slug("More text, or a larger model?")
    'more-text-or-a-larger-model'
    """
    plain = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return plain.replace(" ", "-")


def anchors(page: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", _fence.sub("", page), re.MULTILINE)
    return {slug(heading) for heading in headings}


def test_the_page_of_usage_is_what_its_script_writes() -> None:
    assert filled(USAGE) == USAGE, "run: python -m tools.usage"


def test_the_manual_page_is_what_its_script_writes() -> None:
    assert man_page(USAGE) == MANUAL.read_text("utf-8"), "run: python -m tools.usage"


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
def test_the_manual_page_is_set_without_a_warning_and_holds_every_option() -> None:
    call = ["groff", "-man", "-Kutf8", "-Tutf8", "-ww", "-P-c", "-P-b", "-P-u", str(MANUAL)]
    done = subprocess.run(call, capture_output=True, encoding="utf-8", check=True)
    assert done.stderr == ""
    shown = done.stdout.replace("\N{MINUS SIGN}", "-")
    for _, command, _ in commands_of("poet"):
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert option.opts[0] in shown, option.opts
    assert "五絕" in shown


def test_every_command_has_its_help_on_the_page_of_usage() -> None:
    for name in (name for group in COMMANDS.values() for name in group):
        assert f"\n## poet {name}\n" in USAGE


@pytest.mark.parametrize("line", CALLS)
def test_each_call_in_the_docs_is_one_that_poet_understands(line: str) -> None:
    _, *words = shlex.split(line.split(" > ")[0])
    command: click.Command = cli
    context = click.Context(cli, info_name="poet")
    while isinstance(command, click.Group) and words:
        found = command.get_command(context, words[0])
        assert found, words[0]
        command, words = found, words[1:]
    if words and not isinstance(command, click.Group):
        command.make_context(line, words)  # raises for an unknown option or value


def test_there_are_calls_in_the_docs() -> None:
    assert len(CALLS) >= 40


@pytest.mark.parametrize("line", SCRIPTS)
def test_each_script_in_the_docs_is_there_and_has_the_options_shown(line: str) -> None:
    module = line.split()[2]
    path = ROOT / Path(*module.split("."))
    source = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
    text = source.read_text("utf-8")
    for option in re.findall(r" (--[a-z][a-z-]*)", line):
        if option not in ("--help",):
            assert f'"{option}"' in text, option


@pytest.mark.parametrize("name", sorted(PAGES.keys() - HISTORY))
def test_files_of_the_repository_that_are_named_are_there(name: str) -> None:
    for code in inline_code(PAGES[name]):
        for path in re.findall(r"(?:^| )((?:poet|tests|tools|benchmarks|docs)/[\w./-]+)", code):
            assert (ROOT / path).exists(), path


def test_the_python_in_the_docs_uses_names_that_poet_has() -> None:
    for page in PAGES.values():
        for block in blocks(page, "python"):
            for node in ast.walk(ast.parse(block)):
                if (
                    isinstance(node, ast.Attribute)
                    and isinstance(node.value, ast.Name)
                    and node.value.id == "poet"
                ):
                    assert node.attr in library.__all__


def test_what_the_file_tree_names_is_there() -> None:
    tree = next(block for block in blocks(PAGES["docs/architecture.md"], "") if "poet/ " in block)
    for line in tree.splitlines():
        name = line.split()[0]
        assert (ROOT / ("poet" if line.startswith("  ") else "") / name).exists(), name


def test_every_folder_of_the_package_is_in_the_file_tree() -> None:
    for folder in (ROOT / "poet").iterdir():
        if (folder / "__init__.py").exists():
            assert f"\n  {folder.name}/ " in PAGES["docs/architecture.md"]


def test_the_layers_are_those_that_are_checked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["type"] == "layers")
    shown = next(block for block in blocks(PAGES["docs/architecture.md"], "") if "\napi\n" in block)
    assert [line.split(", ") for line in shown.splitlines()] == [
        layer.split(" : ") for layer in layers
    ]


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", _fence.sub("", PAGES[name])):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (ROOT / name).parent / path if path else ROOT / name
        assert linked.exists(), target
        if anchor:
            assert anchor in anchors(linked.read_text("utf-8")), target


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_left_to_be_filled_in(name: str) -> None:
    assert not re.search(r"@@|\bTODO\b|\bTBD\b|\bXXX\b|\bFIXME\b", PAGES[name])


def test_the_exit_codes_are_those_of_the_errors() -> None:
    codes = {error.exit_code for error in errors.PoetError.__subclasses__()} | {0, 1, 130}
    assert set(map(int, re.findall(r"^\| (\d+) \|", USAGE, re.MULTILINE))) == codes


def test_the_table_of_settings_is_that_of_the_configuration() -> None:
    table = PAGES["docs/training.md"].split("<!-- settings -->")[1].split("<!-- end -->")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", table, re.MULTILINE)
    assert [(name, float(value)) for name, value in rows] == [
        (field.name, field.default) for field in fields(TrainConfig)
    ]


def test_the_table_of_presets_is_that_of_the_code() -> None:
    rows = re.findall(
        r"^\| `(\w+)`.*? \| (\d+) \| (\d+) \| (\d+) × (\d+).*? \| (\S+) \|$",
        PAGES["docs/training.md"],
        re.MULTILINE,
    )
    assert [(name, *map(float, values)) for name, *values in rows] == [
        (name, one.embedding, one.hidden, one.batch_size, one.window, one.lr)
        for name, one in PRESETS.items()
    ]


def test_every_chinese_term_that_poet_prints_is_on_the_page_of_forms() -> None:
    for term in GLOSSES:
        if "…" not in term:
            assert term in PAGES["docs/forms.md"], term


def test_both_readmes_show_the_same_commands_and_outputs() -> None:
    assert shell_lines(README) == shell_lines(CHINESE)
    assert blocks(README, "") == blocks(CHINESE, "")
    assert len(blocks(README, "")) == 2


def test_both_readmes_give_the_same_figures() -> None:
    tables = ["\n".join(re.findall(r"^\|.*$", page, re.MULTILINE)) for page in (README, CHINESE)]
    ours, theirs = (re.findall(r"\d[\d.,]*\d|\d", table) for table in tables)
    assert sorted(ours) == sorted(theirs)


def test_the_number_of_tunes_is_that_of_the_file() -> None:
    for page in (README, CHINESE, PAGES["docs/forms.md"]):
        assert f" {len(tunes())} " in page


def test_the_scan_in_the_readme_is_what_poet_prints(
    poet: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    shown = blocks(README, "")[1]
    poem = tmp_path / "poem.txt"
    poem.write_text("春水連天碧，明月照大江。\n", "utf-8")
    code, out, _ = poet("scan", poem, "--form", "五絕")
    assert (code, out) == (4, shown)


def documented_keys(page: str, heading: str) -> set[str]:
    """The keys in the first column of the table below a heading, or below a sentence."""
    table = page.split(heading)[1].split("\n\n| key |")[1].split("\n\n")[0]
    return {key for row in re.findall(r"^\| (`.*?) \|", table, re.M) for key in inline_code(row)}


def test_the_keys_of_a_poem_as_json_are_on_the_page_of_usage(
    poet: Callable[..., tuple[int, str, str]], tiny: Path
) -> None:
    _, out, _ = poet(
        "write", "-f", "五絕", "--rhyme", "off", "--tones", "off", "-m", tiny, "--jsonl"
    )
    of_the_index = {"lines_in_training_text", "longest_shared_run"}  # which this model has not
    assert json.loads(out).keys() | of_the_index == documented_keys(USAGE, "## Poems as JSON")


def test_the_keys_of_a_scan_as_json_are_on_the_page_of_forms(
    poet: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    poem = tmp_path / "poem.txt"
    poem.write_text("春水連天碧，明月照大江。\n", "utf-8")
    (scanned,) = json.loads(poet("scan", poem, "--json")[1])["poems"]
    documented = documented_keys(PAGES["docs/forms.md"], "`poet scan --json` prints")
    assert scanned.keys() == documented | {"title"}


def test_the_constraints_name_every_package_that_poet_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pinned = re.findall(r"^([\w-]+)==", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE)
    extras = project["optional-dependencies"]
    needed = project["dependencies"] + extras["test"] + extras["dev"]
    names = {re.split(r"[\[<>=]", need)[0] for need in needed} - {"poet"}
    assert names <= set(pinned)
