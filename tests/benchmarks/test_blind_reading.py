"""A blind reading: titles that can be given, a sheet that tells nothing, marks that are counted."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from benchmarks import blind_reading
from benchmarks.blind_reading import (
    Quatrain,
    Score,
    Z,
    format_sheet,
    human_quatrains,
    in_lines,
    machine_quatrains,
    read_marks,
    score_marks,
    usable_title,
    wilson,
)
from poet.corpus.build import build
from poet.corpus.store import Store
from poet.poem import Poem

ANSWERS = {1: "human", 2: "machine", 3: "human", 4: "machine"}
LINES = in_lines("春水連天碧，明月照大江。孤舟人不寐，燈影落寒窗。")
POEMS = [Quatrain(side, f"江上{number}", LINES) for number, side in ANSWERS.items()]


def test_titles_lose_their_numbers_and_what_is_no_title_is_left_out() -> None:
    titles = ("宮詞三十首 四", "江上 其二", "夜雨二首", "舟中 上", "伊州 第一", "江上秋風")
    assert [usable_title(title) for title in titles] == [
        "宮詞", "江上", "夜雨", "舟中", "伊州", "江上秋風",
    ]  # fmt: skip
    assert not any(map(usable_title, ("失題", "句", "八八", "詩 二十三", "", "組曲 舟行")))


def test_both_sides_have_the_same_stops() -> None:
    assert in_lines("春水連天碧；明月照大江！孤舟人不寐？燈影落寒窗。") == LINES


@pytest.fixture
def quatrains(tmp_path: Path) -> Store:
    """A store of quatrains in both forms, each with a title of its own or one that is none."""
    rng = random.Random(3)
    han = [chr(code) for code in range(0x5200, 0x5240)]
    titles = ["".join(rng.choices(han, k=3)) for _ in range(300)] + ["失題"] * 300

    def verse(size: int) -> str:
        lines = ["".join(rng.choices(han, k=size)) for _ in range(4)]
        return "".join(line + stop for line, stop in zip(lines, "，。，！", strict=True))

    poems = [Poem(verse(5 + 2 * (i % 2)), title) for i, title in enumerate(titles)]
    return build(tmp_path / "store", {"tang": poems})


def test_human_poems_are_held_out_have_a_title_and_share_none(quatrains: Store) -> None:
    found = human_quatrains(quatrains, random.Random(1), 5)
    decode = quatrains.alphabet.decode
    held = {decode(quatrains.verse(int(i))) for i in quatrains.poems(held_out=True)}
    assert len({poem.title for poem in found}) == 5
    assert "失題" not in {poem.title for poem in found}
    assert sorted(len(poem.lines[0]) for poem in found) == [6, 6, 8, 8, 8]
    assert all("".join(poem.lines)[:-1] + "！" in held for poem in found)
    assert found != human_quatrains(quatrains, random.Random(2), 5)
    with pytest.raises(click.ClickException, match="ask for fewer"):
        human_quatrains(quatrains, random.Random(1), 400)


def test_the_machine_answers_each_title_in_its_form() -> None:
    from poet.library import open as open_model

    humans = [Quatrain("human", "江上", LINES), Quatrain("human", "夜雨", ("七" * 7 + "，",) * 4)]
    found = list(machine_quatrains(open_model(), humans, seed=1))
    assert [poem.title for poem in found] == ["江上", "夜雨"]
    assert [[len(line) for line in poem.lines] for poem in found] == [[6] * 4, [8] * 4]
    assert all("".join(line[-1] for line in poem.lines) == "，。，。" for poem in found)


def test_a_sheet_has_every_poem_and_does_not_tell_whose_it_is() -> None:
    sheet = format_sheet(POEMS)
    assert sheet.count("春水連天碧，") == 4
    swapped = [Quatrain("human", poem.title, poem.lines) for poem in POEMS]
    assert format_sheet(swapped) == sheet
    assert read_marks(sheet) == {}


def marked(*marks: str) -> str:
    """The sheet with a mark on each poem; an empty one leaves it open, `both` has two."""
    head, *pieces = format_sheet(POEMS).split("\n## ")
    for i, mark in enumerate(marks):
        for side in blind_reading.SIDES:
            if mark in (side, "both"):
                pieces[i] = pieces[i].replace(f"[ ] {side}", f"[x] {side}")
    return "\n## ".join([head, *pieces])


def test_marks_are_read_and_held_against_the_answers() -> None:
    marks = read_marks(marked("human", "human", "machine", "both"))
    assert marks == {1: "human", 2: "human", 3: "machine"}
    found = score_marks(ANSWERS, marks)
    assert found == Score(marked=3, right=1, humans_doubted=1, machines_believed=1)
    assert found.share == pytest.approx(1 / 3)


@pytest.mark.parametrize(("right", "of"), [(0, 10), (8, 10), (50, 100), (7, 7)])
def test_the_bounds_are_the_shares_that_lie_two_deviations_from_what_was_seen(
    right: int, of: int
) -> None:
    """What Wilson's interval is: where |seen - p| is Z deviations of a share p."""
    low, high = wilson(right, of)
    assert 0 <= low < high <= 1
    for p in (low, high):
        if 0 < p < 1:
            assert abs(right / of - p) == pytest.approx(Z * math.sqrt(p * (1 - p) / of))
    assert wilson(0, 0) == (0, 1)


def test_each_reader_has_a_score(tmp_path: Path) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({"seed": 1, "model": "tang", "answers": ANSWERS}), "utf-8")
    (tmp_path / "li.md").write_text(marked("human", "machine", "human", "machine"), "utf-8")
    (tmp_path / "wang.md").write_text(marked("machine", "", "human", ""), "utf-8")
    words = ["score", str(answers), str(tmp_path / "li.md"), str(tmp_path / "wang.md")]
    done = CliRunner().invoke(blind_reading.main, [*words, "--results", str(tmp_path)])
    assert done.exit_code == 0, done.output
    found = json.loads((tmp_path / "blind_reading.json").read_text("utf-8"))["readers"]
    assert (found["li"]["right"], found["li"]["marked"]) == (4, 4)
    assert (found["wang"]["right"], found["wang"]["marked"]) == (1, 2)
    (tmp_path / "li.md").write_text(format_sheet(POEMS), "utf-8")
    done = CliRunner().invoke(blind_reading.main, [*words, "--results", str(tmp_path)])
    assert "li: no poem is marked" in done.output


def test_two_readers_of_one_name_are_refused_before_either_is_counted(tmp_path: Path) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({"answers": ANSWERS}), "utf-8")
    sheets = [tmp_path / folder / "li.md" for folder in ("east", "west")]
    for sheet in sheets:
        sheet.parent.mkdir()
        sheet.write_text(marked("human", "machine"), "utf-8")
    words = ["score", str(answers), *map(str, sheets), "--results", str(tmp_path)]
    done = CliRunner().invoke(blind_reading.main, words)
    assert done.exit_code == 1
    assert "two readers are called li: rename one of the files" in done.output
    assert not (tmp_path / "blind_reading.json").exists()
