"""poet write in a form: every option once, from the command line to the page."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from poet.api import load as open_poet
from poet.dataset.dataset import TokenDataset
from poet.errors import FormNotReached
from poet.generation.ranking import WEIGHTS
from poet.generation.result import Generation
from poet.generation.writer import Writer
from poet.novelty.index import NoveltyIndex
from poet.prosody.chinese.scan import scan
from poet.prosody.find import find_form

Poet = Callable[..., tuple[int, str, str]]
WHOLE = "夜雨歸舟曉，燈寒客夢輕。西風吹落葉，片片作秋聲。"


@pytest.fixture
def write(poet: Poet, tiny: Path) -> Poet:
    """`poet write` with the tiny model, always the same poem."""

    def run(*arguments: object) -> tuple[int, str, str]:
        return poet("write", "-m", tiny, *arguments)

    return run


@pytest.fixture
def indexed(poet: Poet, tiny: Path, dataset: TokenDataset, tmp_path: Path) -> Poet:
    """`poet write` with a tiny model that knows the lines of the sample corpus."""
    folder = tmp_path / "indexed"
    shutil.copytree(tiny, folder)
    index = NoveltyIndex.from_dataset(dataset)
    assert index
    index.write(folder)
    return lambda *arguments: poet("write", "-m", folder, *arguments)


def keeps(out: str, name: str, strict: bool = True) -> bool:
    return scan(out, find_form(name)).keeps(strict=strict)


def again(err: str) -> list[str]:
    (words,) = re.findall(r"^again: poet (.*)\Z", err, re.MULTILINE | re.DOTALL)
    return shlex.split(words)


@pytest.mark.parametrize("name", ["五絕", "qilv", "五排10", "浣溪沙", "古絕", "3,3,7"])
def test_a_form_that_is_asked_for_is_kept_and_its_verdict_said(write: Poet, name: str) -> None:
    code, out, err = write("-f", name, "--seed", 1)
    assert code == 0
    assert keeps(out, name)
    verdict = scan(out, find_form(name)).summary(strict=True)
    assert err.splitlines()[0].startswith(f"{verdict} · ")
    assert err.splitlines()[0].endswith(" nats/character")


@pytest.mark.parametrize(
    "arguments",
    [
        ("春水", "-f", "五絕"),
        ("-f", "五絕", "-n", 2, "--tones", "lenient", "--rhyme", "東", "--best-of", 3),
        ("-f", "五絕", "--tones", "off", "--rhyme", "off", "--layout", "couplets"),
        ("-f", "七絕", "--acrostic", "春風", "--context", "夜雨 歸舟", "--show", "tones,rhyme"),
        ("--couplet", "春水連天碧", "--title", "江 上", "-t", 0.7),
        ("-f", "五絕", "--temps", "0.3,1.25", "-n", 2, "--script", "hans", "--show", "novelty"),
        ("-f", "五絕", "-t", 0, "--author", "某", "--layout", "vertical"),
        (
            "-f",
            "五絕",
            "--about",
            "春水,月",
            "--guidance",
            3,
            "--particles",
            5,
            "--show",
            "ranking",
        ),
        ("--title", "春水", "--about", "月", "--guidance", 1.5, "--max-chars", 40),
        ("-f", "五絕", "--top-k", 5, "--top-p", 0.9, "--min-p", 0),
        ("--acrostic", "春風秋", "--max-chars", 40),
        ("春龘", "-f", "5,5", "--unknown", "skip", "--no-stream"),
        ("归云", "-f", "五絕"),
        ("春水連天碧\n歸雲", "-f", "五絕"),
    ],
)
def test_the_line_again_repeats_the_poem_with_every_option(
    write: Poet, poet: Poet, arguments: tuple[object, ...]
) -> None:
    code, out, err = write(*arguments)
    assert code == 0, err
    repeated = poet(*again(err))
    assert repeated[:2] == (0, out)
    assert again(repeated[2]) == again(err)


def test_a_poem_in_a_file_can_be_repeated_on_the_page(
    write: Poet, poet: Poet, tmp_path: Path
) -> None:
    file = tmp_path / "poem.txt"
    code, out, err = write("-f", "五絕", "-o", file)
    assert (code, out) == (0, "")
    verse, _, signed = file.read_text("utf-8").partition("\n\nwritten by poet: ")
    assert poet(*again(err))[1].strip() == verse.strip()
    assert signed.startswith("model tiny, seed ")


def test_tones_can_be_strict_lenient_or_off(write: Poet) -> None:
    given = ("江看", "-f", "五絕", "--seed", 1)  # 看 can be read in both tones
    lenient = write(*given, "--tones", "lenient")[1]
    assert keeps(lenient, "五絕", strict=False)
    assert not keeps(write("春江水", "-f", "五絕", "--tones", "off", "--seed", 1)[1], "五絕")


def test_a_prompt_that_breaks_a_rule_names_it_and_how_to_go_on(write: Poet) -> None:
    prompt = "春水連天碧，歸路"
    code, out, err = write(prompt, "-f", "五絕")
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "poet: line 2, character 2: 路 is 仄, 平 is needed there "
        "(失對: it must answer the line above)",
        "      --strictness off binds only the lengths of 五絕 and its rhyme",
    ]
    code, out, _ = write(prompt, "-f", "五絕", "--tones", "off")
    assert code == 0
    assert out.startswith("春水連天碧，\n歸路")


def test_a_rhyme_in_either_script_can_be_asked_for(write: Poet) -> None:
    for group in ("東", "东", "上平一東"):
        code, out, err = write("-f", "五絕", "--rhyme", group, "--seed", 1)
        assert code == 0
        assert "韻 上平一東" in err
        assert keeps(out, "五絕")


def test_more_candidates_make_a_likelier_poem(write: Poet) -> None:
    def nats(best_of: int) -> float:
        out = write("-f", "五絕", "--best-of", best_of, "-n", 4, "--seed", 2, "--json")[1]
        return sum(float(poem["nats_per_character"]) for poem in json.loads(out)["poems"])

    assert nats(60) < nats(1)


def test_why_a_poem_was_chosen_is_told_where_that_is_asked(write: Poet) -> None:
    code, _, err = write("-f", "五絕", "--show", "ranking", "--seed", 1)
    assert code == 0
    (told,) = re.findall(r"^ranking: score (\S+) from (.*)$", err, re.MULTILINE)
    score, parts = float(told[0]), dict(part.split() for part in told[1].split(", "))
    assert set(parts) == {"fluency", "rhyme"}  # this model has no clichés
    weighted = sum(WEIGHTS[name] * float(value) for name, value in parts.items())
    assert score == pytest.approx(weighted, abs=0.02)
    (poem,) = json.loads(write("-f", "五絕", "--seed", 1, "--json")[1])["poems"]
    assert poem["score"] == pytest.approx(score, abs=0.006)
    assert set(poem["ranking"]) == {"fluency", "rhyme"}
    assert "ranking" not in write("-f", "五絕", "--seed", 1)[2]


def test_a_theme_is_no_title_of_the_poem(write: Poet) -> None:
    _, out, err = write("-f", "五絕", "--about", "春,水", "--seed", 1, "--json")
    assert not err
    about = json.loads(out)
    titled = json.loads(write("-f", "五絕", "--title", "春水", "--seed", 1, "--json")[1])
    assert about["poems"][0]["text"] == titled["poems"][0]["text"]
    assert about["poems"][0]["title"] == ""
    assert titled["poems"][0]["title"] == "春水"


def test_an_acrostic_begins_the_lines_with_a_form_and_without(write: Poet) -> None:
    for form in ("五絕", "free"):
        code, out, _ = write("-f", form, "--acrostic", "春風秋雨", "--seed", 1)
        assert code == 0
        assert "".join(line[0] for line in out.splitlines()) == "春風秋雨"
    code, out, _ = write("-f", "五絕", "-a", "归云", "--seed", 1)
    assert [line[0] for line in out.splitlines()][:2] == ["归", "云"]
    code, _, err = write("-f", "五絕", "-a", "龘", "--seed", 1)
    assert code == 3
    assert "this model has never seen 龘" in err


def test_a_couplet_answers_one_line_and_nothing_else(write: Poet) -> None:
    code, out, err = write("--couplet", "春水連天碧", "--seed", 1)
    first, second = out.splitlines()
    assert code == 0
    assert first == "春水連天碧，"
    assert len(second) == 6
    assert not set(first) & set(second)
    assert err.startswith("對聯")
    for more in (("明月",), ("-f", "五絕"), ("-a", "春")):
        code, out, err = write("--couplet", "春水連天碧", *more)
        assert (code, out) == (2, "")
        assert "couplet" in err
    assert write("--couplet", "spring")[0] == 2
    assert write("--couplet", "春水连天碧", "--seed", 1)[1].startswith("春水连天碧，")


def test_a_context_changes_the_poem_and_is_not_printed(write: Poet) -> None:
    for form in ("free", "五絕"):
        plain = write("春", "-f", form, "--seed", 1)[1]
        context = "夜雨歸舟靜，燈寒客夢輕。"
        moved = write("春", "-f", form, "--seed", 1, "--context", context)[1]
        assert moved != plain
        assert write("春", "-f", form, "--seed", 1, "--mood", context)[1] == moved  # as it was
        assert moved.startswith("春")
        assert "夜雨" not in moved


def test_a_ladder_of_temperatures_writes_the_poems_of_each(write: Poet) -> None:
    code, out, err = write("-f", "五絕", "--temps", "0.2,1,2", "--seed", 1)
    poems = out.rstrip("\n").split("\n\n")
    assert code == 0
    assert len(poems) == 3
    assert re.findall(r"^temperature (.*)$", err, re.MULTILINE) == ["0.2", "1", "2"]
    alone = write("-f", "五絕", "-t", 2, "--seed", 1)[1]
    assert poems[2] == alone.rstrip("\n")
    out = write("-f", "五絕", "--temps", "0.2,1", "-n", 2, "--seed", 1, "--jsonl")[1]
    found = [json.loads(line)["temperature"] for line in out.splitlines()]
    assert found == [0.2, 0.2, 1, 1]
    assert write("--temps", "0.2,hot")[0] == 2
    assert "temperature is 11.0" in write("--temps", "0.2,11")[2]


def test_temperature_0_has_one_answer(write: Poet) -> None:
    one = write("-f", "五絕", "-t", 0, "--seed", 1)[1]
    assert write("-f", "五絕", "-t", 0, "--seed", 2)[1] == one
    code, _, err = write("-f", "五絕", "-t", 0, "-n", 2)
    assert code == 4
    assert "temperature 0" in err


def test_marks_stand_beside_the_characters(write: Poet) -> None:
    def marked(*marks: str) -> str:
        code, out, err = write(WHOLE, "-f", "五絕", "--seed", 1, "--show", ",".join(marks))
        assert code == 0, err
        return out

    assert marked("tones").splitlines()[:2] == ["夜　雨　歸　舟　曉，", "仄　仄　平　平　仄"]
    assert [line[-1] for line in marked("rhyme").splitlines()] == [*"，韻，韻"]
    assert marked("pinyin").splitlines()[0].split() == ["yè", "yǔ", "guī", "zhōu", "xiǎo"]
    everything = marked("pinyin", "tones", "rhyme").splitlines()
    assert [len(row) > 0 for row in everything[:4]] == [True, True, True, False]


def test_marks_stand_beside_simplified_characters_too(write: Poet) -> None:
    out = write("归云", "-f", "五絕", "--seed", 1, "--show", "tones")[1]
    assert out.startswith("归　云")
    assert out.splitlines()[1].startswith("平　平")


def test_marks_of_free_verse_begin_where_the_characters_do(write: Poet) -> None:
    out = write("，，春水，", "--seed", 1, "--show", "tones", "--max-chars", 1, "--min-p", 0)[1]
    assert out.splitlines()[:2] == ["春　水，", "平　仄"]


def test_novelty_is_a_line_beside_the_verdict(write: Poet, indexed: Poet) -> None:
    assert "novelty: this model has no index" in write("-f", "五絕", "--show", "novelty")[2]
    err = indexed("-f", "五絕", "--show", "novelty", "--seed", 1)[2]
    assert "0 of 4 lines are in the training text" in err
    assert "novelty: no line is in the training text; longest run" in err
    known = "落日平沙外，"  # of the sample corpus
    err = indexed(known, "-f", "五絕", "--show", "novelty", "--seed", 1)[2]
    assert "1 of 4 lines are in the training text" in err
    assert "novelty: line 1 is in the training text" in err


@pytest.mark.parametrize("layout", ["vertical", "couplets"])
def test_marks_and_another_layout_are_refused(write: Poet, layout: str) -> None:
    code, out, err = write("-f", "五絕", "--show", "tones", "--layout", layout)
    assert (code, out) == (2, "")
    assert "--show" in err
    assert "--layout" in err
    assert write("-f", "五絕", "--show", "novelty", "--layout", layout)[0] == 0


def test_a_mark_that_there_is_not_is_refused(write: Poet) -> None:
    code, _, err = write("-f", "五絕", "--show", "tones,colour")
    assert code == 2
    assert "colour" in err


def test_json_has_the_verdict_and_what_is_copied(write: Poet, indexed: Poet) -> None:
    def first(run: Poet, *arguments: object) -> dict[str, Any]:
        code, out, err = run(*arguments, "--seed", 1, "--json")
        assert (code, err) == (0, "")
        found: dict[str, Any] = json.loads(out)["poems"][0]
        return found

    poem = first(write, "-f", "五絕")
    assert poem["asked_form"] == "五絕"
    assert poem["keeps_the_rules"] is True
    assert poem["verdict"] == scan(poem["text"], find_form("五絕")).summary(strict=True)
    assert "lines_in_training_text" not in poem
    poem = first(indexed, "落日平沙外，", "-f", "五絕")
    assert poem["lines_in_training_text"] == 1
    assert poem["longest_shared_run"] >= 5
    poem = first(write, "江看", "-f", "五絕")  # how 看 is read is the user's to know
    assert poem["keeps_the_rules"] is True
    assert poem["verdict"].endswith(" · 格律 20/20 · 兩讀 in the prompt: 看")
    assert first(write, "江看", "-f", "五絕", "--tones", "lenient")["keeps_the_rules"] is True


def test_jsonl_is_one_poem_a_line_in_the_script_asked_for(write: Poet) -> None:
    arguments = ("-f", "五絕", "-n", 3, "--seed", 5, "--jsonl")
    code, out, err = write(*arguments)
    assert (code, err) == (0, "")
    records = [json.loads(line) for line in out.splitlines()]
    assert [record["number"] for record in records] == [0, 1, 2]
    assert all(keeps(record["text"], "五絕") for record in records)
    lines = [line for record in records for line in record["lines"]]
    assert len(set(lines)) == 12
    simplified = [
        json.loads(x)["text"] for x in write(*arguments, "--script", "hans")[1].splitlines()
    ]
    assert simplified != [record["text"] for record in records]
    assert [len(text) for text in simplified] == [24, 24, 24]


def test_a_line_of_the_training_text_is_never_written(indexed: Poet) -> None:
    code, out, err = indexed("-f", "五絕", "-n", 6, "--seed", 1, "-t", 0.3)
    assert code == 0
    assert err.count("0 of 4 lines are in the training text") == 6
    assert len(out.split()) == 24


def test_a_poem_that_cannot_be_had_is_one_sentence(write: Poet) -> None:
    code, out, err = write("-f", "五絕", "--rhyme", "咸")
    assert (code, out) == (2, "")
    assert "poet: the model knows too few characters that rhyme in 下平十五咸" in err


def test_the_library_writes_what_the_command_line_writes(write: Poet, tiny: Path) -> None:
    out = write("春水", "-f", "五絕", "--seed", 4)[1]
    poem = open_poet(tiny).write("春水", form="五絕", seed=4).poem
    assert out == "\n".join(poem.lines) + "\n"


@pytest.mark.parametrize("typed", ["春風 秋雨", "春風\n秋雨", "\u3000春風秋雨\t"])
def test_spaces_in_an_acrostic_are_left_out(write: Poet, typed: str) -> None:
    code, out, err = write("-f", "五絕", "-a", typed, "--seed", 1)
    assert code == 0, err
    assert "".join(line[0] for line in out.splitlines()) == "春風秋雨"
    assert "-a 春風秋雨 " in err


@pytest.mark.parametrize(
    "typed", ["春 水連\u3000天碧", "春水連天碧。", "春水連天碧，", " 春水連天碧. "]
)
def test_spaces_and_the_stop_of_a_line_to_be_answered_are_left_out(write: Poet, typed: str) -> None:
    plain = write("--couplet", "春水連天碧", "--seed", 1)
    assert plain[0] == 0
    assert write("--couplet", typed, "--seed", 1) == plain


def test_two_lines_are_no_line_to_be_answered(write: Poet) -> None:
    code, _, err = write("--couplet", "春水連\n天碧明")
    assert code == 2
    assert "couplet" in err


def test_a_ladder_is_repeated_without_a_temperature_that_does_nothing(write: Poet) -> None:
    words = again(write("-f", "五絕", "--temps", "0.3,1", "--seed", 1)[2])
    assert "--temps" in words
    assert "-t" not in words


def test_the_readings_of_what_was_given_are_named_and_no_fault(write: Poet) -> None:
    err = write("江看", "-f", "五絕", "--seed", 1)[2]
    assert " · 格律 20/20 · 兩讀 in the prompt: 看 · " in err
    err = write("-a", "看", "-f", "五絕", "--tones", "lenient", "--seed", 1)[2]
    assert "兩讀" not in err


def fail_after(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Let the writer find so many poems in a form, and then no more."""
    found = Writer.poems

    def poems(self: Writer, *given: Any, **asked: Any) -> Iterator[Generation]:
        yield from itertools.islice(found(self, *given, **asked), most)
        raise FormNotReached("no more poems")

    monkeypatch.setattr(Writer, "poems", poems)


def test_poems_written_before_an_error_are_not_lost(
    write: Poet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = ("-f", "五絕", "-n", 3, "--seed", 1)
    whole = json.loads(write(*asked, "--json")[1])["poems"]
    fail_after(monkeypatch, 2)
    code, out, err = write(*asked, "--json")
    assert (code, err) == (4, "poet: no more poems\n")
    assert json.loads(out)["poems"] == whole[:2]
    file = tmp_path / "poems.jsonl"
    code, out, err = write(*asked, "-o", file)
    assert (code, out) == (4, "")
    assert [json.loads(line) for line in file.read_text("utf-8").splitlines()] == whole[:2]
    assert err.splitlines()[-2].startswith("again: poet write ")
    code, out, err = write("-f", "五絕", "--temps", "0.5,1", "-n", 3, "--jsonl")
    assert (code, len(out.splitlines())) == (4, 2)


def test_an_error_before_the_first_poem_leaves_no_file(
    write: Poet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fail_after(monkeypatch, 0)
    code, out, err = write("-f", "五絕", "-o", tmp_path / "poems.txt")
    assert (code, out, err) == (4, "", "poet: no more poems\n")
    assert not (tmp_path / "poems.txt").exists()


def test_no_line_of_a_poem_is_lost_beside_its_marks(write: Poet) -> None:
    given = (
        "hello，春「水」流，归🌙云，",
        "--unknown",
        "skip",
        "--seed",
        1,
        "--max-chars",
        1,
        "--min-p",
        0,
    )
    code, out, err = write(*given, "--show", "tones")
    assert code == 0, err
    first, second, third = out.split("\n\n")[:3]
    assert first == "hello，"
    assert second.splitlines() == ["春　「水　」流，", "平　  仄　  平"]
    assert third.splitlines()[0] == "归🌙云，"
