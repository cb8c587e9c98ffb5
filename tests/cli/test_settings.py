"""Settings from poet.toml and the environment: who wins, what is refused, what is passed over."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

import poet as package
from poet import paths
from poet.cli import COMMANDS, cli
from poet.cli.settings import FROM_ANYBODY, options_of
from poet.collection.default import LARGEST

Poet = Callable[..., tuple[int, str, str]]
Put = Callable[[str], Path]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Work in an empty folder, and put a poet.toml there."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return lambda text: _put(folder / "poet.toml", text)


@pytest.fixture
def own(here: Put) -> Put:
    """Write the user's own poet.toml, while working in an empty folder."""
    return lambda text: _put(paths.settings(), text)


def _put(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def again(err: str) -> str:
    """The line that says how the poem is written again."""
    return next(line for line in err.splitlines() if line.startswith("again: "))


@pytest.fixture
def write(poet: Poet, tiny: Path) -> Poet:
    """`poet write` with a tiny model."""
    return lambda *words: poet("write", *words, "-m", tiny, "--seed", 1)


def test_the_command_line_wins_then_the_environment_then_this_folder_then_the_users_file(
    write: Poet, here: Put, own: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert " -t 0.7 " in again(write("春")[2])
    own("[write]\ntemperature = 0.5\ntop-k = 9\n")
    assert " -t 0.5 " in again(write("春")[2])
    here("[write]\ntemperature = 0.6\n")
    assert " -t 0.6 " in again(write("春")[2])
    assert " --top-k 9 " in again(write("春")[2])
    monkeypatch.setenv("POET_WRITE_TEMPERATURE", "0.7")
    assert " -t 0.7 " in again(write("春")[2])
    assert " -t 0.9 " in again(write("春", "-t", 0.9)[2])


def test_the_line_again_says_everything_that_settings_said(
    write: Poet, poet: Poet, own: Put
) -> None:
    file = own('[write]\nmax-chars = 9\nabout = ["秋", "月"]\nguidance = 1.5\n')
    _, first, err = write("春")
    file.unlink()
    line = again(err).removeprefix("again: poet ")
    assert poet(*line.split())[1] == first


def test_names_may_be_written_with_a_dash_or_an_underscore(poet: Poet, own: Put) -> None:
    own("[write]\ntop_p = 0.5\nmin-p = 0.1\n")
    out = poet("config", "write")[1]
    assert "--top-p" in out
    assert "--min-p" in out


def test_a_list_is_for_options_that_take_several_values(poet: Poet, own: Put) -> None:
    own('[write]\nshow = ["tones", "pinyin"]\n[eval]\ntext = ["a b.txt", "c.txt"]\n')
    out = poet("config")[1]
    assert "tones, pinyin" in out
    assert "a b.txt, c.txt" in out
    own("[write]\ntop-p = [0.5]\n")
    code, _, err = poet("write", "春")
    assert code == 2
    assert err.startswith(f"poet: [write] top-p in {paths.settings()} is a list\n")


def test_a_table_of_a_subcommand_is_named_after_both(poet: Poet, here: Put, tmp_path: Path) -> None:
    here('[corpus.check]\nlayout = "lines"\n')
    (tmp_path / "verse.txt").write_text("春水連天碧\n明月照大江\n", "utf-8")
    assert "lines" in poet("corpus", "check", tmp_path / "verse.txt")[1]
    assert "poet corpus check  --layout" in poet("config")[1]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[wirte]\n", "[wirte] in poet.toml is no command of poet", "did you mean write?"),
        ("[write]\ntemprature = 1\n", "[write] temprature in poet.toml is no option of poet write",
         "did you mean temperature?"),
        ("[write]\nzzz = 1\n", "[write] zzz in poet.toml is no option", "poet write -h lists them"),
        ("form = 'free'\n", "form in poet.toml stands outside the tables", "[write]"),
        ("write = 3\n", "write in poet.toml is no table", "[write]"),
        ("[write.form]\nname = 'free'\n", "[write] form in poet.toml is no text", "quotes"),
        ("[write]\nform = 2026-01-01\n", "[write] form in poet.toml is no text", "quotes"),
    ],
)  # fmt: skip
def test_what_is_mistyped_in_the_file_is_named_with_its_place(
    poet: Poet, here: Put, text: str, message: str, hint: str
) -> None:
    here(text)
    code, out, err = poet("write", "春")
    assert (code, out) == (2, "")
    assert err.startswith(f"poet: {message}")
    assert hint in err.splitlines()[1]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ('temperature = "hot"', "temperature in poet.toml: 'hot' is not a valid float"),
        ("temperature = true", "temperature in poet.toml: 'true' is not a valid float"),
        ("top-k = 1.5", "top-k in poet.toml: '1.5' is not a valid integer"),
        ("guidance = 11", "guidance in poet.toml: 11.0 is not in the range"),
        ('show = ["tone"]', "show in poet.toml: 'tone' is not one of"),
        ("top-p = 2.0", "top-p in poet.toml is 2.0"),
    ],
)
def test_a_wrong_value_is_named_with_its_file(
    poet: Poet, here: Put, setting: str, message: str
) -> None:
    here(f"[write]\n{setting}\n")
    code, _, err = poet("write", "春")
    assert code == 2
    assert message in err


def test_a_wrong_value_in_the_environment_is_named_with_its_variable(
    poet: Poet, here: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POET_WRITE_BEST_OF", "many")
    code, _, err = poet("write", "春")
    assert code == 2
    assert "POET_WRITE_BEST_OF: 'many' is not a valid integer" in err


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[write", "poet.toml is not TOML: Expected ']'"),
        (b"\xff\xfe", "poet.toml is not TOML: 'utf-8' codec"),
        (b"x = " + b"[" * 30_000, "poet.toml is not TOML: it is nested too deeply"),
        (b"#" * (LARGEST + 1), "poet.toml is longer than 65,536 bytes"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error_and_help_is_there_all_the_same(
    poet: Poet, here: Put, data: bytes, message: str
) -> None:
    here("").write_bytes(data)
    code, _, err = poet("write", "春")
    assert code == 3
    assert err.startswith(f"poet: {message}")
    assert poet("write", "-h")[0] == 0
    assert poet()[0] == 0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes on Windows")
def test_a_pipe_in_the_place_of_the_file_does_not_block(poet: Poet, here: Put) -> None:
    here("").unlink()
    os.mkfifo("poet.toml")
    assert poet("write", "春")[0] == 3


@pytest.mark.parametrize(
    ("command", "setting"),
    [
        (["write", "春"], 'output = "poem.txt"'),
        (["write", "春"], "count = 1000000"),
        (["write", "春"], 'model = "/elsewhere"'),
        (["write", "春"], 'model = "../elsewhere"'),
        (["train", "sample"], 'name = "mine"'),
        (["train", "sample"], "overwrite = true"),
        (["train", "sample"], 'runs = "/elsewhere"'),
        (["train", "sample"], 'from = "../elsewhere"'),
        (["corpus.fetch", "tang"], 'from-archive = "tang.tar"'),
        (["eval", "tang"], 'output = "report.html"'),
    ],
)
def test_a_folder_that_came_from_somebody_else_says_nothing_of_files(
    poet: Poet, here: Put, tmp_path: Path, command: list[str], setting: str
) -> None:
    here(f"[{command[0]}]\n{setting}\n")
    code, out, err = poet(*command[0].split("."), *command[1:])
    assert (code, out) == (2, "")
    assert "in the working folder may not" in err or "by poet.toml in the working folder" in err
    assert str(paths.settings()) in err
    assert [path.name for path in Path().iterdir()] == ["poet.toml"]


def test_the_users_own_file_may_name_a_file(write: Poet, own: Put) -> None:
    own('[write]\noutput = "poem.txt"\n')
    assert "written: poem.txt" in write("春")[2]
    assert Path("poem.txt").exists()


def test_what_a_strange_folder_may_set_is_there_to_be_set() -> None:
    context = click.Context(cli)
    assert isinstance(cli, click.Group)
    for words, allowed in FROM_ANYBODY.items():
        name, *rest = words.split()
        if name not in COMMANDS_BY_NAME:
            continue
        command = cli.get_command(context, name)
        for word in rest:
            assert isinstance(command, click.Group)
            command = command.commands[word]
        assert command
        assert set(allowed) <= set(options_of(command)), words


COMMANDS_BY_NAME = {name for group in COMMANDS.values() for name in group}


def test_a_setting_without_an_effect_is_passed_over_where_an_option_would_be_an_error(
    write: Poet, own: Put
) -> None:
    own('[write]\nbest-of = 2\nguidance = 3\nlayout = "vertical"\nshow = ["tones"]\njson = true\n')
    code, _, err = write("春", "-o", "poem.txt")
    assert code == 0
    assert again(err).split(" -m ")[0] == "again: poet write 春"
    assert write("春", "--best-of", 2)[0] == 2


def test_an_option_is_passed_over_for_its_rival_on_the_command_line(
    poet: Poet, write: Poet, own: Put
) -> None:
    own('[write]\nform = "五絕"\ntemps = [0.5, 0.6]\n[train]\nminutes = 9\n')
    assert again(write("春", "-t", 0.3, "--form", "free")[2]).count("0.") == 2  # -t, --min-p
    _, _, err = poet("train", "sample", "--steps", 3, "--preset", "tiny", "--dry-run")
    assert "3 steps" in err
    assert poet("train", "sample", "--steps", 3, "--epochs", 1)[0] == 2


def test_a_form_from_settings_does_not_stand_in_the_way_of_another_language(
    poet: Poet, own: Put
) -> None:
    own('[write]\nform = "五絕"\nmax-chars = 20\n')
    code, out, _ = poet("write", "The moon", "--seed", 1)
    assert code == 0
    assert out.startswith("The moon")
    code, out, _ = poet("write", "The moon", "--max-chars", 30, "--seed", 1)
    assert code == 0
    assert out.startswith("The moon")


def test_config_names_each_setting_with_its_place(
    poet: Poet, here: Put, own: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    own('[write]\nform = "五絕"\n')
    here('[write]\ntitle = "夜雨"\n')
    monkeypatch.setenv("POET_MODEL", "tang")
    code, out, err = poet("config", "write")
    assert code == 0
    rows = [line.split() for line in out.splitlines()[1:]]
    assert [row[2:] for row in rows] == [
        ["--form", "五絕", str(paths.settings())],
        ["--title", "夜雨", "poet.toml"],
        ["--model", "tang", "POET_MODEL"],
    ]
    assert err == f"read: poet.toml, {paths.settings()}; yours is {paths.settings()}\n"


def test_config_without_settings_says_where_they_would_be(poet: Poet, here: Put) -> None:
    code, out, err = poet("config")
    assert (code, out) == (0, "")
    assert err.startswith("no settings are in force\n")
    assert str(paths.settings()) in err


def test_a_file_named_by_the_environment_is_the_only_one(
    poet: Poet, here: Put, own: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here('[write]\nform = "五絕"\n')
    own("[write]\nseed = 5\n")
    monkeypatch.setenv("POET_CONFIG", str(_put(tmp_path / "other.toml", "[write]\ntop-k = 3\n")))
    assert [line.split()[2] for line in poet("config")[1].splitlines()[1:]] == ["--top-k"]
    monkeypatch.setenv("POET_CONFIG", os.devnull)
    assert poet("config")[1] == ""


def test_toml_is_loaded_only_where_there_is_a_file(here: Put) -> None:
    code = "import sys, poet.cli\ntry: poet.cli.main()\nfinally: print('tomllib' in sys.modules)"

    def loads() -> str:
        root = str(Path(package.__file__).parents[1])
        return subprocess.run(
            [sys.executable, "-c", code, "models", "path"],
            capture_output=True,
            encoding="utf-8",
            check=True,
            env={**os.environ, "PYTHONPATH": root},
        ).stdout.split()[-1]

    assert loads() == "False"
    here("[write]\n")
    assert loads() == "True"


def test_the_settings_in_the_docs_are_taken(poet: Poet, here: Put) -> None:
    page = (Path(package.__file__).parents[1] / "docs" / "habits.md").read_text("utf-8")
    here(page.split("<!-- settings -->\n```toml\n")[1].split("```")[0])
    code, out, _ = poet("config")
    assert code == 0
    assert len(out.splitlines()) == 1 + 6
