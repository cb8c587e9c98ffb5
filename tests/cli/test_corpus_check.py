"""poet corpus check: the report on stdout, the remarks on stderr."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from poet.cli import cli
from poet.errors import InputError

QUATRAIN = "春水連天碧，明月照大江。孤舟人不寐，燈影落寒窗。"


@pytest.fixture
def verse(tmp_path: Path) -> Path:
    path = tmp_path / "verse.txt"
    path.write_text(f"{QUATRAIN}\n\n春水□天碧。\n\n{QUATRAIN}\n", encoding="utf-8")
    return path


def test_the_report_ends_with_one_verdict(verse: Path) -> None:
    result = CliRunner().invoke(cli, ["corpus", "check", str(verse)])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[:6] == [
        "files     1, utf-8",
        "layout    poems",
        "poems     3, 2 usable, 1 of them exact duplicates",
        "text      48 characters, 22 distinct, 0 of them used once",
        "script    traditional Chinese",
        "forms     五絕 2",
    ]
    assert "left out  1: a character is missing; poem 2: 春水□天碧。" in lines
    assert lines[-1].startswith(("verdict   too little to train on", "1,000,000 or more"))
    assert result.stderr == f"{verse}: poems between blank lines (--layout poems)\n"


def test_json_is_one_object_with_the_verdict_in_it(verse: Path) -> None:
    result = CliRunner().invoke(cli, ["corpus", "check", "--json", "--layout", "poems", str(verse)])
    found = json.loads(result.stdout)
    assert found["poems"] == 3
    assert found["forms"] == {"五絕": 2}
    assert found["dropped"] == {"a character is missing": 1}
    assert found["doubts"][0]["context"] == "春水□天碧。"
    assert found["enough"] is False
    assert found["verdict"].startswith("too little")
    assert result.stderr == ""


def test_a_long_text_has_neither_poems_nor_forms() -> None:
    play = "Ann:\nWho knocks?\n\nA voice:\nThe rain.\n" * 99
    result = CliRunner().invoke(cli, ["corpus", "check", "-"], input=play)
    assert result.exit_code == 0
    assert "layout    stream" in result.stdout
    assert "poems " not in result.stdout
    assert "forms " not in result.stdout


def test_a_missing_file_is_refused(verse: Path) -> None:
    result = CliRunner().invoke(cli, ["corpus", "check", str(verse.with_name("vers.txt"))])
    assert isinstance(result.exception, InputError)
    assert str(verse) in result.exception.hint


def test_asking_for_help_loads_nothing_heavy() -> None:
    heavy = "{'torch', 'numpy', 'opencc'}"
    code = f"import sys, poet.cli.corpus; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
