"""Completion: what is offered, and that the shells themselves take it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.shell_completion import ShellComplete

import poet as package
from poet.cli import cli
from poet.cli.completion import SHELLS
from poet.prosody.chinese.tunes import tunes

Poet = Callable[..., tuple[int, str, str]]
ROOT = Path(package.__file__).parents[1]


def offered(*words: str) -> list[str]:
    """What is offered for the last word."""
    *before, last = words
    items = ShellComplete(cli, {}, "poet", "_POET_COMPLETE").get_completions(before, last)
    return [item.value for item in items if item.type == "plain"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["wr"], ["write"]),
        (["corpus", "fe"], ["fetch"]),
        (["write", "--temp"], ["--temperature"]),
        (["write", "--form", "sonn"], ["sonnet"]),
        (["write", "--form=sonn"], ["sonnet"]),
        (["duet", "--form", "sonn"], ["sonnet"]),
        (["duet", "--author", "李白"], ["李白"]),
        (["scan", "-f", "五"], ["五絕", "五律", "五排"]),
        (["write", "-f", "wuj"], ["wujue"]),
        (["forms", "balla"], ["ballad"]),
        (["write", "-m", "ta"], ["tang"]),
        (["models", "default", "ta"], ["tang"]),
        (["models", "export", "en"], ["english"]),
        (["models", "rm", ""], []),  # those that ship stay
        (["eval", "ta"], ["tang"]),
        (["train", "--from", "en"], ["english"]),
        (["train", "sam"], ["sample"]),
        (["corpus", "fetch", "tan"], ["tang"]),
        (["write", "--rhymes", "新"], ["新韻"]),
        (["write", "--show", "tones,p"], ["tones,pinyin"]),
        (["write", "--layout", "v"], ["vertical"]),
        (["write", "--author", "李白"], ["李白"]),
        (["write", "--author", "Dick"], ["Dickinson"]),
        (["write", "--author", "Brownin"], []),
        (["write", "-m", "tang", "--author", "Dick"], []),
        (["completion", "z"], ["zsh"]),
        (["write", "春"], []),
        (["nonsense", "x"], []),
    ],
)
def test_words_are_completed(words: list[str], expected: list[str]) -> None:
    found = offered(*words)
    assert found == expected


def test_every_form_is_offered() -> None:
    assert {form.name for form in tunes()} <= set(offered("write", "--form", ""))


def test_runs_are_offered_the_newest_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, age in (("2026-11-01-a-0001", 100), ("2026-11-02-b-0002", 50)):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "run.json").write_text("{}", "utf-8")
        os.utime(tmp_path / "runs" / name / "run.json", (10_000 - age, 10_000 - age))
    expected = ["2026-11-02-b-0002", "2026-11-01-a-0001"]
    assert offered("runs", "show", "--runs", str(tmp_path / "runs"), "") == expected
    assert offered("runs", "show", "") == []
    monkeypatch.chdir(tmp_path)
    assert offered("train", "--resume", "2026") == expected


def test_a_damaged_model_has_no_authors_and_no_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model = Path(os.environ["POET_HOME"]) / "models" / "broken"
    model.mkdir(parents=True)
    (model / "model.json").write_text("{", "utf-8")
    assert offered("write", "-m", "bro") == ["broken"]
    assert offered("write", "-m", "broken", "--author", "") == []
    assert capfd.readouterr().err == ""


def test_settings_that_are_wrong_do_not_keep_words_from_being_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("poet.toml").write_text("[write", "utf-8")
    monkeypatch.setenv("POET_WRITE_TEMPERATURE", "hot")
    assert offered("write", "--layout", "v") == ["vertical"]


@pytest.mark.parametrize("words", ["", "write --form ", "write --author ", "train ", "-"])
def test_nothing_heavy_is_loaded_while_somebody_waits(words: str) -> None:
    code = (
        "import sys, poet.cli\n"
        "try: poet.cli.main()\n"
        "finally: print({'torch', 'numpy', 'opencc', 'pypinyin', 'rich'} & {*sys.modules})"
    )
    line = f"poet {words}"
    done = _python("-c", code, _POET_COMPLETE="fish_complete", COMP_WORDS=line, COMP_CWORD="")
    assert done.stdout.splitlines()[-1] == "set()"
    assert len(done.stdout.splitlines()) > 1


def _python(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        encoding="utf-8",
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
    )


def test_a_shell_that_is_not_known_is_refused(poet: Poet) -> None:
    code, _, err = poet("completion", "tcsh")
    assert code == 2
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in err


STUB = """\
#!/bin/sh
if [ -n "$_POET_COMPLETE" ]; then PYTHONPATH='{root}' exec '{python}' -m poet "$@"; fi
echo "called with: $*."
"""
START = {
    "bash": "bash --norc --noprofile -i",
    "zsh": "zsh -f -i",
    "fish": "fish --no-config -i",
}
LOAD = {
    "bash": "bind 'set enable-bracketed-paste off'; source {script}",
    "zsh": "autoload -U compinit && compinit -D -u && source {script}",
    "fish": "source {script}",
}


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `poet` on the path that completes, and otherwise says what it was called with."""
    place = tmp_path / "bin" / "poet"
    place.parent.mkdir()
    place.write_text(STUB.format(root=ROOT, python=sys.executable), "utf-8")
    place.chmod(0o755)
    monkeypatch.setenv("PATH", f"{place.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.chdir(tmp_path)
    return place


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, stub: Path, poet: Poet) -> Iterator[Any]:
    """A shell at a terminal that has loaded poet's script."""
    name: str = request.param
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed")
    import pexpect

    script = stub.parent / f"poet.{name}"
    script.write_text(poet("completion", name)[1], "utf-8")
    child = pexpect.spawn(START[name], encoding="utf-8", timeout=30, dimensions=(50, 120))
    child.sendline(LOAD[name].format(script=script) + "; echo rea''dy")
    child.expect("ready")
    yield child
    child.close(force=True)


def test_tab_completes_in_a_real_shell(shell: Any, tmp_path: Path) -> None:
    (tmp_path / "verses.txt").touch()
    for typed, called in (
        ("wri\t--form sonn\t", "write --form sonnet"),
        ("write -f 五絕 --author 白居\t", "write -f 五絕 --author 白居易"),
        ("write --show tones,pin\t", "write --show tones,pinyin"),
        ("corpus check vers\t", "corpus check verses.txt"),
        ("train sampl\t", "train sample"),
    ):
        shell.send(f"poet {typed}\r")
        shell.expect(f"called with: {called} ?\\.")


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
def test_fish_tells_what_a_form_asks_for(stub: Path, poet: Poet) -> None:
    script = stub.parent / "poet.fish"
    script.write_text(poet("completion", "fish")[1], "utf-8")
    line = f"source {script}; complete -C 'poet write --form sonn'"
    done = subprocess.run(["fish", "-c", line], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == "sonnet\t14 lines of iambic pentameter, ABABCDCDEFEFGG\n"
