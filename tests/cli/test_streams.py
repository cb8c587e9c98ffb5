"""Streams that are closed or break, and what may not leave through those that are open."""

from __future__ import annotations

import io
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from poet import paths
from poet.cli.streams import Remarks, echo

Cli = Callable[..., tuple[int, str, str]]
HOSTILE = "a\x1b]0;X\x07\u202e\x9b31m\ufffe"
POET = f"{shlex.quote(sys.executable)} -c 'from poet.cli import main; main()'"


def shell(command: str, **options: object) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    env.pop("PYTHONUNBUFFERED", None)  # what is left to print at exit is under test too
    return subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, env=env, timeout=60
    )


@pytest.mark.parametrize(
    "closed", ["2>&-", ">&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-", "2>/dev/full"]
)
def test_a_stream_that_is_closed_is_like_the_null_device(closed: str) -> None:
    for arguments in ("-h", "models list"):
        found = shell(f"{POET} {arguments} {closed}")
        assert found.returncode == 0, found.stderr
        assert "Traceback" not in found.stderr
        assert bool(found.stdout) == (">&- " not in f" {closed} ".replace("2>&-", ""))


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])  # click replaces a stream in ASCII
@pytest.mark.parametrize("arguments", ["-h", "forms", "completion zsh", "runs list -h", "doctor"])
def test_a_full_disk_is_one_sentence_and_a_reader_who_leaves_none(
    arguments: str, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    if Path("/dev/full").is_char_device():
        full = shell(f"{POET} {arguments} > /dev/full")
        assert full.returncode == 1
        assert "No space left" in full.stderr
        assert "Exception ignored" not in full.stderr
    left = shell(f"{{ {POET} {arguments}; echo exit $? >&2; }} | true")
    assert left.stderr.splitlines()[-1] == "exit 0"
    assert len(left.stderr.splitlines()) == 1


@pytest.mark.parametrize("columns", ["9" * 30, "9" * 5000, "0", "-5", "x", "²", ""])
def test_a_width_that_no_terminal_has_is_not_believed(
    poet: Cli, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    half = Path(__file__).parents[1] / "golden" / "half-run"
    usual = poet("runs", "plot", half)
    monkeypatch.setenv("COLUMNS", columns)
    assert poet("runs", "plot", half) == usual


def test_a_run_is_saved_when_the_reader_of_its_remarks_has_gone(
    tmp_path: Path, sample: Path
) -> None:
    command = [sys.executable, "-c", "from poet.cli import main; main()", "train"]
    command += [str(sample / "quatrains.txt"), "--preset", "tiny", "--steps", "100000"]
    command += ["--threads", "1", "--progress", "lines", "--eval-every", "5"]
    command += ["--set", "save_every=5", "--runs", str(tmp_path / "runs")]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert run.stdout
    for line in run.stdout:  # until training has begun
        if line.startswith(b"step="):
            break
    run.stdout.close()
    time.sleep(0.5)
    run.send_signal(signal.SIGINT)
    assert run.wait(60) == 130
    assert list((tmp_path / "runs").glob("*/state.safetensors"))


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_remarks_that_nobody_can_read_change_no_exit_code(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    codes = [
        shell(f"{{ {POET} {arguments}; echo exit $? >&3; }} 3>&1 >/dev/null 2>&1 2>/dev/full")
        for arguments in ("config", "corpus show sample", "nonsense", "models show nobody")
    ]
    assert [done.stdout for done in codes] == ["exit 0\n", "exit 0\n", "exit 2\n", "exit 3\n"]


def test_what_is_printed_at_last_is_missed_when_the_disk_is_full() -> None:
    code = "import click, poet.cli as c; c.cli = click.Command('x', callback=lambda: print('x'))"
    done = shell(f'{shlex.quote(sys.executable)} -c "{code}; c.main()" > /dev/full')
    assert done.returncode == 1
    assert "No space left" in done.stderr


def test_remarks_go_on_where_the_stream_breaks() -> None:
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    remarks = Remarks(Broken())
    assert remarks.write("learnt") == 6
    remarks.flush()
    assert remarks.is_broken
    closed = io.StringIO()
    closed.close()
    assert Remarks(closed).write("learnt") == 6


def test_what_is_printed_commands_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    echo(f"name\t{HOSTILE}\nnext")
    echo(HOSTILE, err=True)
    out, err = capsys.readouterr()
    assert out == "name\ta�]0;X��31m�\nnext\n".replace("��31m", "���31m")
    assert not set(err) & set("\x1b\x07\u202e\x9b\ufffe")


@pytest.mark.parametrize(
    "arguments",
    [
        (HOSTILE,),
        ("write", "--form", HOSTILE),
        ("write", "-m", HOSTILE),
        ("models", "show", HOSTILE),
        ("runs", "show", HOSTILE),
        ("corpus", "show", HOSTILE),
        ("scan", HOSTILE),
        ("train", HOSTILE),
        ("train", "sample", "--name", HOSTILE),
    ],
)
def test_errors_quote_names_without_what_is_in_them(poet: Cli, arguments: tuple[str, ...]) -> None:
    code, out, err = poet(*arguments)
    assert code in (2, 3)
    assert err
    assert not set(out + err) & set("\x1b\x07\u202e\x9b\ufffe")


def test_a_model_with_a_hostile_name_is_listed_and_shown_harmlessly(poet: Cli, tiny: Path) -> None:
    folder = paths.models() / HOSTILE
    folder.mkdir(parents=True)
    facts = json.loads((tiny / "model.json").read_text("utf-8")) | {"name": HOSTILE}
    (folder / "model.json").write_text(json.dumps(facts), "utf-8")
    for arguments in (("models", "list"), ("models", "show", HOSTILE), ("doctor",)):
        _, out, err = poet(*arguments)
        assert not set(out + err) & set("\x1b\x07\u202e\x9b\ufffe")


@pytest.mark.parametrize("name", ["tang", "a\nb", "a\x1bb", "-x", ".x", "a/b"])
def test_a_model_cannot_take_a_name_that_is_taken_or_cannot_be_shown(poet: Cli, name: str) -> None:
    code, _, err = poet("train", "sample", f"--name={name}", "--steps", 1, "--dry-run")
    assert code == 2
    assert "choose" in err


def test_fine_tuning_asks_for_the_text(poet: Cli) -> None:
    code, _, err = poet("train", "--from", "tang", "--dry-run")
    assert code == 2
    assert "poet train FILE --from tang" in err


def test_the_length_of_a_run_is_said_before_it_begins(poet: Cli) -> None:
    assert "length   30 minutes" in poet("train", "sample", "--dry-run")[2]
    assert "length   3 steps" in poet("train", "sample", "--steps", 3, "--dry-run")[2]
