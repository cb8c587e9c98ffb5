"""The command line is quick to start, helps, and never runs what was mistyped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import poet as package
from poet.cli import COMMANDS, cli, tell
from poet.cli.train import train
from poet.cli.write import write
from poet.errors import InputError
from poet.generation.sampling import Sampling
from poet.prosody.find import find_form

Poet = Callable[..., tuple[int, str, str]]
NAMES = [name for group in COMMANDS.values() for name in group]


def python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(package.__file__).parents[1])},
    )


def test_the_command_line_is_there_before_torch_and_numpy_could_be() -> None:
    code = "import sys, poet.cli; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert python(code).returncode == 0


@pytest.mark.parametrize("arguments", [("-h",), ("write", "-h"), ("scan", "-h"), ("write", "-t")])
def test_help_waits_for_nothing_heavy(arguments: tuple[str, ...]) -> None:
    code = (
        "import sys, poet.cli\n"
        "try: poet.cli.main()\n"
        "finally: print({'torch', 'numpy', 'opencc', 'pypinyin'} & {*sys.modules}, file=sys.stderr)"
    )
    assert python(code, *arguments).stderr.splitlines()[-1] == "set()"


@pytest.mark.parametrize(
    "arguments", [("write", "春", "--seed", 1, "-m"), ("corpus", "list"), ("models", "list")]
)
def test_only_training_waits_for_torch(arguments: tuple[object, ...], tiny: Path) -> None:
    code = (
        "import sys, poet.cli\n"
        "try: poet.cli.main()\n"
        "finally: print('torch' in sys.modules, file=sys.stderr)"
    )
    done = python(code, *arguments, *([tiny] if "-m" in arguments else []))
    assert done.returncode == 0
    assert done.stderr.splitlines()[-1] == "False"


@pytest.mark.parametrize("name", NAMES)
def test_every_command_helps_with_an_example(name: str, poet: Poet) -> None:
    code, out, err = poet(name, "-h")
    assert (code, err) == (0, "")
    assert f"Usage: poet {name}" in out
    assert "Example" in out
    assert f"poet {name}" in out.partition("Example")[2]


def test_alone_it_shows_three_examples_and_the_groups(poet: Poet) -> None:
    code, out, _ = poet()
    assert code == 0
    assert out.count("  poet ") == 3
    assert all(f"{group}:" in out for group in COMMANDS)
    assert all(f"  {name} " in out for name in NAMES)


def test_a_mistyped_command_names_the_nearest(poet: Poet) -> None:
    code, out, err = poet("wriet")
    assert (code, out) == (2, "")
    assert "Did you mean 'write'?" in err


def test_a_command_like_no_other_is_refused(poet: Poet) -> None:
    code, out, err = poet("zzz")
    assert (code, out) == (2, "")
    assert "zzz" in err


def test_a_mistyped_option_names_the_nearest(poet: Poet) -> None:
    code, _, err = poet("write", "--temprature", "1")
    assert code == 2
    assert "--temperature" in err


def test_an_error_is_one_sentence_and_one_hint_on_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tell(InputError("there is no file \udcff", "check it"))
    assert capsys.readouterr() == ("", "poet: there is no file \ufffd\n      check it\n")


def test_defaults_are_those_of_the_library() -> None:
    defaults = {p.name: p.default for p in write.params}
    helps = {p.name: getattr(p, "help", "") for p in write.params}
    free, form, english = (Sampling.default(find_form(name)) for name in ("free", "五絕", "sonnet"))
    for name in ("top_k", "top_p"):
        assert defaults[name] == getattr(free, name) == getattr(form, name)
    titled = Sampling.default(find_form("五絕"), has_subject=True)
    assert english == titled
    assert free.min_p == form.min_p == english.min_p
    told = f"{free.temperature:g}; in a form {form.temperature:g}"
    other = f"in an English one or on a title or theme {english.temperature:g}"
    assert f"[default: {told}, {other}]" in helps["temperature"]
    assert f"[default: {free.min_p:g}]" in helps["min_p"]
    settings = {"batch_size", "window", "lr", "clip", "dropout", "seed", "eval_every", "save_every"}
    unset = {p.name for p in train.params if p.name in settings and not p.required}
    assert unset == settings  # what is not given is the preset's
    assert CliRunner().invoke(cli, ["train", "-h"]).output.count("[default: small]") == 1


def test_every_command_is_where_the_table_says() -> None:
    context = click.Context(cli)
    assert isinstance(cli, click.Group)
    assert cli.list_commands(context) == NAMES
    assert all(isinstance(cli.get_command(context, name), click.Command) for name in NAMES)


def test_doctor_says_what_is_here(poet: Poet, tmp_path: Path) -> None:
    code, out, _ = poet("doctor")
    assert code == 0
    facts = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert facts["training"].startswith(("cpu", "mps")) or facts["training"]
    assert str(tmp_path / "home") in out
    assert json.dumps(facts)


def test_an_error_of_the_system_is_a_sentence(poet: Poet) -> None:
    code, _, err = poet("write", "--model", "m" * 5_000)
    assert code == 1
    assert err.startswith("poet: ")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("name", "groups", "hidden"),
    [
        ("write", ["What to write", "Rules of the form", "Output"], ["--mood", "--temps"]),
        ("train", ["Length", "The model", "The text", "Running"], ["--sample-every"]),
    ],
)
def test_options_are_listed_in_groups_and_old_names_are_not_listed(
    poet: Poet, name: str, groups: list[str], hidden: list[str]
) -> None:
    out = poet(name, "-h")[1]
    places = [out.index(f"\n{group}") for group in groups]
    assert places == sorted(places)
    assert not [option for option in hidden if option in out]


def test_without_torch_training_is_refused_in_a_sentence() -> None:
    code = "import sys; sys.modules['torch'] = None; import poet.cli; poet.cli.main()"
    done = python(code, "train", "sample", "--dry-run")
    assert done.returncode == 1
    assert (
        done.stderr == "poet: this needs torch, which is not installed\n      pip install torch\n"
    )
