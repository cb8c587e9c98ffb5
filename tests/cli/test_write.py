"""poet write: the poem on stdout and nothing else, what is said about it on stderr."""

from __future__ import annotations

import io
import json
import re
import shlex
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poet import paths
from poet.api import load as open_poet
from poet.checkpoint import Checkpoint, weight_shapes
from poet.tokenizer import CharTokenizer

Poet = Callable[..., tuple[int, str, str]]


@pytest.fixture
def write(poet: Poet, tiny: Path) -> Poet:
    """`poet write` with the tiny model."""
    return lambda *arguments: poet("write", "-m", tiny, *arguments)


def typing(text: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a text into stdin."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text), encoding="utf-8"))


def again(err: str) -> list[str]:
    """The words of the line that repeats a poem, without `poet`."""
    (line,) = re.findall(r"^again: poet (.*)$", err, re.MULTILINE)
    return shlex.split(line)


def test_the_poem_alone_is_on_stdout(write: Poet, tiny: Path) -> None:
    code, out, err = write("明月", "--seed", 3)
    poem = open_poet(tiny).write("明月", seed=3).poem
    assert code == 0
    assert "".join(out.split("\n")) == poem.text.replace("\n", "")
    assert out == "\n".join(poem.lines) + "\n"
    assert "nats/character" in err
    assert "again: poet write 明月" in err


def test_a_prompt_is_an_argument_an_option_or_stdin(
    write: Poet, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_argument = write("春水", "--seed", 3)[1]
    assert write("-p", "春水", "--seed", 3)[1] == as_argument
    typing("春水\r\n".encode(), monkeypatch)
    assert write("-", "--seed", 3)[1] == as_argument
    typing("春水\n".encode(), monkeypatch)
    assert write("-p", "-", "--seed", 3)[1] == as_argument


def test_bytes_that_are_no_text_are_left_out_aloud(
    write: Poet, monkeypatch: pytest.MonkeyPatch
) -> None:
    typing("春\udcff水".encode("utf-8", "surrogateescape"), monkeypatch)
    code, out, err = write("-", "--seed", 3)
    assert code == 0
    assert out.startswith("春水")
    assert "invisible characters" in err


def test_a_prompt_given_twice_is_refused(write: Poet) -> None:
    code, out, err = write("春水", "-p", "明月")
    assert (code, out) == (2, "")
    assert "--prompt" in err


def test_unknown_characters_are_named_and_can_be_kept(write: Poet) -> None:
    code, out, err = write("春🌙龘水")
    assert (code, out) == (3, "")
    assert "poet: this model has never seen 🌙 龘\n" in err
    code, out, err = write("春🌙龘水", "--unknown", "skip", "--seed", 1)
    assert code == 0
    assert out.startswith("春🌙龘水")
    assert "--unknown skip" in err


def test_a_prompt_in_simplified_characters_is_answered_in_them(write: Poet) -> None:
    code, out, err = write("归云", "--seed", 3)
    assert code == 0
    assert out.startswith("归云")
    assert "simplified to traditional characters" in err
    assert write("归云", "--seed", 3, "--script", "hant")[1].startswith("歸雲")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("-t", 11), 2, "temperature is 11"),
        (("--top-p", -1), 2, "top-p is -1"),
        (("-f", "五言"), 2, "did you mean"),
        (("-f", "七律", "--rhyme", "屋"), 2, "入聲一屋"),
        (("--rhyme", "東"), 2, "rhyme"),
        (("--tones", "lenient"), 2, "strictness"),
        (("--rhyme", "off"), 2, "rhyme"),
        (("--best-of", 8), 2, "--best-of"),
        (("--particles", 8), 2, "particles"),
        (("--about", ","), 2, "--about"),
        (("--guidance", 2), 2, "guidance"),
        (("--title", "春", "--guidance", 11), 2, "guidance"),
        (("--show", "ranking", "--layout", "vertical"), 2, "--show ranking"),
        (("-f", "五絕", "--max-chars", 3), 2, "--max-chars"),
        (("-t", 0.8, "--temps", "0.3,1"), 2, "--temps"),
        (("--temps", ""), 2, "--temps"),
        (("--temps", ","), 2, "--temps"),
        (("--show", ",,"), 2, "--show"),
        (("--show", "tones", "--json"), 2, "--show"),
        (("--show", "rhyme", "--jsonl"), 2, "--show"),
        (("--show", "pinyin", "-o", "a.json"), 2, "--show"),
        (("--layout", "vertical", "--json"), 2, "--layout"),
        (("--layout", "vertical", "-o", "a.txt"), 2, "--layout"),
        (("--json", "-o", "a.json"), 2, "--json"),
        (("--couplet", ""), 2, "--couplet"),
        (("--couplet", " 。"), 2, "couplet"),
        (("-a", " "), 2, "--acrostic"),
        (("-a", "春，夏"), 2, "acrostic"),
        (("-a", "春,夏"), 2, "acrostic"),
        (("--json", "--jsonl"), 2, "--jsonl"),
        (("-o", "poem.docx"), 2, ".docx"),
        (("-o", "nowhere/poem.txt"), 3, "nowhere"),
        (("-n", 0), 2, "-n"),
        (("--seed", -1), 2, "--seed"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_to_type(
    write: Poet, arguments: tuple[object, ...], code: int, message: str
) -> None:
    found, out, err = write("春", *arguments)
    assert (found, out) == (code, "")
    assert message in err


def test_a_model_that_is_not_there_names_the_nearest(poet: Poet, tiny: Path) -> None:
    Checkpoint.read(tiny).write(paths.models() / "river")
    code, out, err = poet("write", "春", "-m", "rivr")
    assert (code, out) == (3, "")
    assert err.startswith("poet: there is no model called rivr\n      did you mean river?")
    assert poet("write", "春", "-m", "river")[0] == 0


def test_the_model_can_be_named_by_the_environment(
    poet: Poet, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POET_MODEL", str(tiny))
    assert poet("write", "春", "--seed", 1)[1] == poet("write", "春", "--seed", 1, "-m", tiny)[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ("春水",),
        ("春 水", "-n", 2),
        ("-f", "五絕", "--title", "江 上", "--author", "某", "-t", 1.2345678, "--top-k", 1234567),
        ("春🌙", "--unknown", "skip", "--top-p", 0.123456789, "--min-p", 0.01, "--max-chars", 30),
        ("--prompt=-春", "--unknown", "skip"),
    ],
)
def test_the_line_again_repeats_the_poem(write: Poet, poet: Poet, arguments: tuple[object]) -> None:
    code, out, err = write(*arguments)
    assert code == 0, err
    assert poet(*again(err))[1] == out


def test_several_poems_are_different(write: Poet) -> None:
    code, out, err = write("春水", "-n", 3, "--seed", 1)
    poems = out.rstrip("\n").split("\n\n")
    assert code == 0
    assert len(set(poems)) == len(poems) == 3
    assert all(poem.startswith("春水") for poem in poems)
    assert err.count("nats/character") == 3
    assert err.count("again:") == 1


def test_temperature_0_needs_no_luck(write: Poet) -> None:
    assert write("春", "-t", 0, "--seed", 1)[1] == write("春", "-t", 0, "--seed", 2)[1]


def test_json_is_one_object_with_all_poems(write: Poet, tiny: Path) -> None:
    code, out, err = write("春", "-n", 2, "--seed", 5, "--json", "--title", "江上")
    assert (code, err) == (0, "")
    first, second = json.loads(out)["poems"]
    assert first["text"] == open_poet(tiny).write("春", title="江上", seed=5).poem.text
    assert (first["title"], first["seed"], second["number"]) == ("江上", 5, 1)
    assert first["nats_per_character"] > 0
    assert "".join(second["lines"]) == second["text"].replace("\n", "")


def test_jsonl_is_one_poem_a_line(write: Poet) -> None:
    code, out, err = write("春", "-n", 3, "--seed", 5, "--jsonl")
    assert (code, err) == (0, "")
    records = [json.loads(line) for line in out.splitlines()]
    assert [record["number"] for record in records] == [0, 1, 2]
    assert records[0] == json.loads(write("春", "--seed", 5, "--json")[1])["poems"][0]


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".json", ".jsonl", ".svg"])
def test_a_poem_goes_into_a_file(write: Poet, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"poem{suffix}"
    code, out, err = write("春水", "--seed", 5, "-o", file)
    assert (code, out) == (0, "")
    assert "春水" in file.read_text("utf-8")
    assert "again:" in err


def test_a_poem_that_no_card_can_hold_is_printed(
    write: Poet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poet.render.card.MOST_CHARACTERS", 3)
    code, out, err = write("春水", "--seed", 5, "-o", tmp_path / "poem.svg")
    assert code == 2
    assert out.startswith("春水")
    assert "too long for a card" in err
    assert not list(tmp_path.glob("poem*"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_poems_that_are_finished_when_the_process_is_stopped_are_kept(
    write: Poet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    from poet.generation import assessment

    compose = assessment.compose

    def stopped(*arguments: Any, **more: Any) -> Iterator[Any]:
        yield from islice(compose(*arguments, **more), 2)
        signal.raise_signal(number)
        raise AssertionError("it was not stopped")

    monkeypatch.setattr(assessment, "compose", stopped)
    before = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
    code, _, err = write("春水", "-n", 9, "--seed", 5, "-o", tmp_path / "poems.jsonl")
    assert code == 130
    assert len((tmp_path / "poems.jsonl").read_text("utf-8").splitlines()) == 2
    assert "written: " in err
    assert err.endswith("interrupted\n")
    assert signal.getsignal(signal.SIGTERM) is before
    assert [path.name for path in tmp_path.glob("*poems*")] == ["poems.jsonl"]


def test_a_file_that_is_written_anew_stays_private(write: Poet, tmp_path: Path) -> None:
    file = tmp_path / "poem.txt"
    file.touch(0o600)
    write("春水", "-o", file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_that_leads_nowhere_is_refused_before_a_poem_is_written(
    write: Poet, tmp_path: Path
) -> None:
    (tmp_path / "poem.txt").symlink_to(tmp_path / "poem.txt")
    code, out, err = write("春水", "-o", tmp_path / "poem.txt")
    assert (code, out) == (1, "")
    assert "poem.txt leads nowhere" in err
    assert "nats/character" not in err


def test_a_poem_can_stand_in_columns(write: Poet, tiny: Path) -> None:
    out = write("春水", "--seed", 3, "--layout", "vertical", "--max-chars", 20)[1]
    lines = open_poet(tiny).write("春水", seed=3, max_characters=20).poem.lines
    assert out.splitlines()[0].endswith("春")
    assert out.splitlines()[1].endswith("水")
    assert len(lines) > 0


def test_brackets_are_not_markup(poet: Poet, tmp_path: Path) -> None:
    tokenizer = CharTokenizer("[sic]bold/ \n\x1b")
    weights = {k: np.zeros(shape) for k, shape in weight_shapes(len(tokenizer), 2, 3).items()}
    Checkpoint(tokenizer, weights).write(tmp_path / "brackets")
    prompt = "[sic] [bold]old[/bold] "
    code, out, _ = poet("write", prompt, "-m", tmp_path / "brackets", "--seed", 1)
    assert code == 0
    assert out.startswith(prompt.rstrip())
    assert "\x1b" not in out


def test_a_poem_that_was_cut_is_said_to_be(write: Poet) -> None:
    assert "cut after 3 characters · " in write("春", "--seed", 1, "--max-chars", 3)[2]
    assert "cut after" not in write("春", "-f", "五絕", "--seed", 1)[2]


def test_what_json_has_anyway_can_be_asked_to_be_shown(write: Poet) -> None:
    assert write("春", "--show", "novelty", "--json", "--seed", 1)[::2] == (0, "")


def test_what_becomes_of_title_context_author_and_acrostic_is_said(write: Poet) -> None:
    asked = ("--title", "归云龘", "--context", "归云🌙", "--author", "归云", "-a", "归云")
    code, _, err = write(*asked, "--seed", 1)
    assert code == 0
    for name in ("title", "context", "author", "acrostic"):
        assert f"{name} adapted to the model: simplified" in err
    assert "never seen 龘; in the title" in err
    assert "never seen 🌙; in the context" in err


@pytest.mark.parametrize(("book", "named"), [("新韻", "韻 新韻"), ("tongyun", "韻 通韻")])
def test_a_poem_is_written_by_a_modern_rhyme_book(
    poet: Callable[..., tuple[int, str, str]], book: str, named: str
) -> None:
    code, _, err = poet("write", "--form", "七絕", "--rhymes", book, "--seed", 3)
    assert code == 0
    assert named in err
    assert "格律 28/28" in err


def test_a_prompt_in_another_encoding_is_read_and_said(
    write: Poet, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_argument = write("春水", "--seed", 3)[1]
    typing("春水\n".encode("gb18030"), monkeypatch)
    code, out, err = write("-", "--seed", 3)
    assert (code, out) == (0, as_argument)
    assert "the prompt is not UTF-8, read as gb18030" in err


@pytest.mark.parametrize("nothing", [b"", b"\n", b" \r\n", b"\xff\xfe\xff"])
def test_a_pipe_without_a_prompt_is_refused(
    nothing: bytes, write: Poet, monkeypatch: pytest.MonkeyPatch
) -> None:
    typing(nothing, monkeypatch)
    code, out, err = write("-", "--seed", 3)
    assert (code, out) == (3, "")
    assert err.startswith("poet: ")
