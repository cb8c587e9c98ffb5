"""poet write in English: who writes, what becomes of the words, how the poem is set."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import poet as library
from poet import paths
from poet.checkpoint import Checkpoint, ModelInfo, weight_shapes
from poet.cli.output import Output
from poet.errors import UsageError
from poet.generation.western import ENGLISH
from poet.render.terminal import Terminal
from poet.tokenizer import OTHER_AUTHOR, CharTokenizer

Poet = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def english() -> Path:
    """A model of random weights that would like to be `english`, and is found under that name."""
    tokenizer = CharTokenizer(
        "".join(sorted(ENGLISH)), authors=("John Keats", "Emily Brontë", OTHER_AUTHOR)
    )
    rng = np.random.default_rng(5)
    shapes = weight_shapes(len(tokenizer), 8, 12)
    weights = {name: rng.normal(0, 1, shape) for name, shape in shapes.items()}
    weights["bias"][tokenizer.encode("'\n")] += 2
    info = ModelInfo(name="english")
    Checkpoint(tokenizer, weights, info).write(paths.models() / "english")
    return paths.models() / "english"


def test_words_in_latin_letters_get_the_model_for_english(poet: Poet) -> None:
    code, out, err = poet("write", "The moon", "--seed", 1)
    assert code == 0, err
    assert out.startswith("The moon")
    assert 'again: poet write "The moon"' in err.replace("'", '"')
    assert " -m english " in err


def test_words_in_chinese_get_the_model_for_chinese(poet: Poet) -> None:
    code, out, err = poet("write", "明月", "--seed", 1, "--max-chars", 4)
    assert code == 0
    assert out.startswith("明月")
    assert " -m tang " in err


def test_who_writes_is_said_on_a_terminal_and_not_in_a_pipe(
    poet: Poet, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "english writes, as the prompt is in Latin letters; for another, -m NAME"
    assert said not in poet("write", "The moon")[2]
    monkeypatch.setattr(
        "poet.cli.output._terminal", lambda stream: Terminal(stream, True, 80, colour=False)
    )
    assert said in poet("write", "The moon")[2]
    assert said not in poet("write", "The moon", "-m", "english")[2]
    assert said not in poet("write", "The moon", "--json")[2]


def test_a_model_of_the_other_language_is_met_with_the_one_that_reads_the_prompt(
    poet: Poet,
) -> None:
    code, out, err = poet("write", "The moon", "-m", "tang")
    assert (code, out) == (3, "")
    assert err.startswith("poet: this model has never seen T h e")
    assert "-m english reads them" in err
    code, out, err = poet("write", "明月", "-m", "english")
    assert (code, out) == (3, "")
    assert "-m tang reads them" in err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("Σελήνη",), 3, "neither tang nor english reads Greek letters"),
        (("月 moon",), 3, "the prompt mixes Chinese characters and Latin letters"),
        (("The moon", "-f", "五絕"), 2, "the prompt is in Latin letters, but 五絕 is Chinese"),
        (("-f", "五絕", "-m", "english"), 2, "五絕 is a form of Chinese"),
        (("The moon", "--layout", "vertical"), 2, "--layout vertical is for Chinese"),
        (("The moon", "--show", "tones,pinyin"), 2, "--show tones,pinyin is for Chinese"),
        (("The moon", "--script", "hans"), 2, "script says how Chinese is written"),
        (("--couplet", "The moon"), 2, "one line of Chinese"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    poet: Poet, arguments: tuple[str, ...], code: int, message: str
) -> None:
    found, out, err = poet("write", *arguments)
    assert (found, out) == (code, "")
    assert message in err
    assert len(err.splitlines()) == 2


def test_apostrophes_are_curved_for_readers_and_plain_in_data(poet: Poet, tmp_path: Path) -> None:
    asked = ("write", "‘Tis o’er / the sea", "--title", "the sailor’s café", "--seed", 2)
    code, out, err = poet(*asked)
    assert code == 0
    assert out.startswith("The Sailor’s Café\n\n’Tis o’er\nthe sea")
    assert "prompt adapted to the model: apostrophes made straight" in err
    assert "title set in title case" in err
    poem = json.loads(poet(*asked, "--json")[1])["poems"][0]
    assert poem["text"].startswith("'Tis o'er\nthe sea")
    assert poem["title"] == "The Sailor’s Café"
    assert poem["model"] == "english"
    assert poet(*asked, "-o", tmp_path / "a.txt")[0] == 0
    signed = out + "\nwritten by poet: model english, seed 2\n"
    assert (tmp_path / "a.txt").read_text("utf-8") == signed


def test_an_author_is_named_as_the_model_knows_the_name(poet: Poet) -> None:
    code, out, err = poet("write", "The moon", "--author", "keats", "--seed", 2)
    assert code == 0
    assert "author read as John Keats" in err
    assert out.startswith("poet, after John Keats\n\nThe moon")


@pytest.mark.parametrize("suffix", ["txt", "md", "html", "json"])
def test_no_file_passes_for_the_work_of_the_poet_whose_manner_was_asked_for(
    poet: Poet, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"a.{suffix}"
    assert poet("write", "The moon", "--author", "keats", "--seed", 2, "-o", path)[0] == 0
    text = path.read_text("utf-8")
    assert "poet, after John Keats" in text
    assert "english" in text
    assert ("seed 2" in text) == (suffix != "json")


def test_an_acrostic_in_small_letters_begins_lines_with_capitals(poet: Poet) -> None:
    code, out, err = poet("write", "-a", "sea", "--seed", 2, "--max-chars", 2000)
    assert code == 0
    lines = [line for line in out.split("\n") if line.strip()]
    assert [line.strip()[0] for line in lines] == [*"SEA"]
    assert "acrostic set in capitals" in err


def test_a_theme_chooses_where_no_words_do(poet: Poet) -> None:
    assert " -m english " in poet("write", "--about", "sea,night", "--seed", 1)[2]
    assert " -m tang " in poet("write", "--title", "夜", "--seed", 1)[2]


def test_the_line_again_repeats_a_poem_in_english(poet: Poet) -> None:
    import shlex

    _, out, err = poet("write", "It's late / & cold", "--author", "keats", "--title", "a café")
    again = next(line for line in err.splitlines() if line.startswith("again: poet "))
    assert poet(*shlex.split(again.removeprefix("again: poet ")))[1] == out


def test_the_library_chooses_as_the_command_does(poet: Poet) -> None:
    written = library.write("The moon", seed=1)
    assert written.poem.text.startswith("The moon")
    assert written.facts["model"] == "english"
    assert poet("write", "The moon", "--seed", 1)[1].replace("’", "'") == written.poem.text + "\n"
    assert "horizontal-tb" in written._repr_html_()
    assert library.load().checkpoint.info.name == "english"  # of the locale C
    assert library.write("明月", form="五絕", seed=1, best_of=1).facts["model"] == "tang"
    with pytest.raises(UsageError, match="五絕 is a form of Chinese"):
        library.write(form="五絕", model="english")


def test_output_for_chinese_is_not_refused_where_chinese_is_written() -> None:
    Output(layout="vertical").check_writes(chinese=True)
    with pytest.raises(UsageError, match="--layout vertical"):
        Output(layout="vertical").check_writes(chinese=False)
