"""A blind reading: titles that can be given, a sheet that tells nothing, marks that are counted."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import blind_reading
from benchmarks.blind_marks import (
    HUMAN,
    MARKS,
    Reading,
    Titled,
    agreement,
    averages,
    in_lines,
    read_key,
    read_marks,
    read_titled,
)
from benchmarks.blind_poems import (
    EVERYDAY,
    everyday,
    format_sheet,
    in_random_order,
    jsonl,
    kept,
    machine_poems,
    unread,
)
from poet.dataset.build import build
from poet.dataset.dataset import TokenDataset
from poet.generation.sampling import Sampling
from poet.poem import Poem
from poet.prosody.find import find_form

VERSE = "春水連天碧，明月照大江。孤舟人不寐，燈影落寒窗。"
TITLES = [f"江上{c}" for c in "甲乙丙丁戊己庚辛"]


def poems(*origins: str) -> list[Titled]:
    """A poem of each origin on each title."""
    return [Titled(title, "五絕", VERSE, origin) for title in TITLES for origin in origins]


def run(*words: object) -> str:
    """The command with these words, which has to succeed: all that it says."""
    done = CliRunner().invoke(blind_reading.main, [*map(str, words)])
    assert done.exit_code == 0, done.output
    return done.output


def refused(*words: object) -> str:
    done = CliRunner().invoke(blind_reading.main, [*map(str, words)])
    assert done.exit_code > 0
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.output


@pytest.fixture
def quatrains(tmp_path: Path) -> TokenDataset:
    """A store of quatrains in both forms, each with a title of its own, one that is none, or
    one that is an everyday title."""
    rng = random.Random(3)
    han = [chr(code) for code in range(0x5200, 0x5240)]
    titles = ["".join(rng.choices(han, k=3)) for _ in range(300)] + ["失題"] * 300
    titles += [name for name in EVERYDAY.read_text("utf-8").split() for _ in range(2)]

    def verse(size: int) -> str:
        lines = ["".join(rng.choices(han, k=size)) for _ in range(4)]
        return "".join(line + stop for line, stop in zip(lines, "，。，！", strict=True))

    made = [Poem(verse(5 + 2 * (i % 2)), title) for i, title in enumerate(titles)]
    return build(tmp_path / "store", {"tang": made})


def test_unread_titles_are_of_held_out_poems_and_none_stands_twice(quatrains: TokenDataset) -> None:
    found = unread(quatrains, random.Random(1), {"unread": 3, "human": 2})
    decode = quatrains.tokenizer.decode
    held = {decode(quatrains.verse(int(i))) for i in quatrains.poems(held_out=True)}
    assert len({poem.title for poem in found}) == 5
    assert "失題" not in {poem.title for poem in found}
    assert sorted(poem.form for poem in found) == ["七絕", "七絕", "五絕", "五絕", "五絕"]
    assert sorted(poem.kind for poem in found) == ["human", "human", "unread", "unread", "unread"]
    assert {poem.text for poem in found} <= held
    assert found != unread(quatrains, random.Random(2), {"unread": 3, "human": 2})
    with pytest.raises(click.ClickException, match="ask for fewer"):
        unread(quatrains, random.Random(1), {"unread": 400})


def test_everyday_titles_come_with_a_human_poem_in_their_form_where_there_is_one(
    quatrains: TokenDataset,
) -> None:
    names = EVERYDAY.read_text("utf-8").split()
    assert len(names) == len(set(names)) >= 40
    found = everyday(quatrains, random.Random(1), len(names))
    assert {one.title for one in found} == set(names)
    with_one = [one for one in found if one.text]
    assert with_one
    assert all(len(in_lines(one.text)[0]) == {"五絕": 6, "七絕": 8}[one.form] for one in with_one)
    with pytest.raises(click.ClickException, match="ask for fewer"):
        everyday(quatrains, random.Random(1), len(names) + 1)


def test_the_machine_writes_on_each_title_in_its_form_and_settings_reach_it() -> None:
    asked: list[dict[str, Any]] = []

    class Writing:
        poem = Poem(VERSE)

    class Parrot:
        def poems(self, **words: Any) -> Iterator[Writing]:
            asked.append(words)
            yield Writing()

    titles = [Titled("江上", "五絕", kind="unread"), Titled("夜雨", "七絕")]
    settings = {"particles": 8, "temperature": 0.5}
    parrot: Any = Parrot()
    found = list(machine_poems(parrot, titles, "now", 7, settings))
    assert [(one.title, one.text, one.origin) for one in found] == [
        ("江上", VERSE, "now"), ("夜雨", VERSE, "now"),
    ]  # fmt: skip
    assert [(one["form"], one["title"], one["seeds"]) for one in asked] == [
        ("五絕", "江上", [(7, 0)]), ("七絕", "夜雨", [(7, 1)]),
    ]  # fmt: skip
    assert asked[0]["particles"] == 8
    assert asked[0]["sampling"] == replace(Sampling.default(find_form("五絕")), temperature=0.5)
    assert "sampling" not in next(iter(_asked_plainly(parrot, titles, asked)))


def _asked_plainly(
    parrot: Any, titles: list[Titled], asked: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """What reaches the writer where no setting is given."""
    asked.clear()
    list(machine_poems(parrot, titles, "now", 7, {}))
    return asked


def test_every_poem_has_the_same_stops_and_script() -> None:
    assert in_lines("春水連天碧；明月照大江！孤舟人不寐？燈影落寒窗。") == in_lines(VERSE)
    (one,) = (Titled("夜泊", "五絕", "云归山路远、灯影落寒窗"),)
    assert "雲歸山路遠，  \n燈影落寒窗。" in format_sheet({1: one})


def test_each_origin_keeps_its_own_share_and_one_poem_a_title() -> None:
    found = kept(poems("now", "now", "old", HUMAN), 0.75, random.Random(1))
    titles = {name: {p.title for p in found if p.origin == name} for name in ("now", "old", HUMAN)}
    assert len(found) == 18
    assert [len(own) for own in titles.values()] == [6, 6, 6]
    assert titles["now"] != titles["old"]


@pytest.mark.parametrize("seed", range(5))
def test_poems_on_one_title_never_stand_side_by_side(seed: int) -> None:
    given = poems("now", "old", HUMAN)
    found = in_random_order(given, random.Random(seed))
    assert sorted(found, key=repr) == sorted(given, key=repr)
    assert all(a.title != b.title for a, b in pairwise(found))
    tight = [Titled("江上", "五絕", VERSE)] * 4 + given[:9:3]  # can be done in one way only
    assert all(a.title != b.title for a, b in pairwise(in_random_order(tight, random.Random(seed))))
    with pytest.raises(click.ClickException, match="more than half of the poems are on 江上"):
        in_random_order([*tight, tight[0]], random.Random(seed))


def test_a_sheet_does_not_tell_whose_a_poem_is() -> None:
    mine = dict(enumerate(poems("now"), 1))
    theirs = dict(enumerate(poems(HUMAN), 1))
    assert format_sheet(mine) == format_sheet(theirs)
    assert format_sheet(mine).count("春水連天碧，") == len(TITLES)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sheet in two parts, of two origins and people, and its key."""
    kinds = [Titled(title, "五絕", VERSE, kind="unread") for title in TITLES]
    (tmp_path / "titles.jsonl").write_text(jsonl(kinds), "utf-8")
    for name in ("now", "old"):
        records = ({"text": VERSE, "title": t, "seed": 3, "lines": []} for t in TITLES)
        lines = "\n".join(json.dumps(one) for one in records)
        (tmp_path / f"{name}.jsonl").write_text(lines, "utf-8")
    origins = [f"--origin={name}={tmp_path / name}.jsonl" for name in ("now", "old")]
    run("sheet", tmp_path / "titles.jsonl", *origins, "--folder", tmp_path / "s", "--parts", 2)
    return tmp_path / "s"


def test_the_sheet_has_all_numbers_of_the_key_in_its_parts(folder: Path) -> None:
    found, facts = read_key(folder / "key.json")
    parts = [(folder / f"sheet-{n}.md").read_text("utf-8") for n in (1, 2)]
    heads = [line for part in parts for line in part.splitlines() if line.startswith("## ")]
    assert heads == [f"## {number} {one.title}" for number, one in enumerate(found, 1)]
    assert [len(part.split("\n## ")) for part in parts] == [10, 10]  # what stands before them too
    assert {one.origin for one in found} == {"now", "old", HUMAN}
    assert {one.kind for one in found} == {"unread"}
    assert facts == {"seed": 1, "keep": 0.75}
    words = ("sheet", folder.parent / "titles.jsonl", "--folder", folder)
    assert "holds a sheet already" in refused(*words)


def test_an_origin_needs_a_name_of_its_own_and_a_file(folder: Path) -> None:
    titles, poems = folder.parent / "titles.jsonl", folder.parent / "now.jsonl"
    for given in (poems, f"{HUMAN}={poems}", "now=nowhere.jsonl"):
        assert "NAME=FILE" in refused("sheet", titles, "--origin", given, "--folder", "x")
    poems.write_text('{"text": "春水。"}\n', "utf-8")
    said = refused("sheet", titles, "--origin", f"now={poems}", "--folder", "x")
    assert "line 1: there is no title" in said
    poems.write_text("no JSON", "utf-8")
    with pytest.raises(click.ClickException, match="line 1: no JSON object"):
        read_titled(poems)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,1,2,3,4,5,h", "not marked: 2"),
        ("1,1,2,3,4,5,h\n2,1,2,3,4,6,h", "line 2: marks go from 1 to 5"),
        ("1,1,2,3,4,5,h\n1,1,2,3,4,5,h", "line 2: poem 1 is marked twice"),
        ("3,1,2,3,4,5,h", "line 1: the poems go from 1 to 2"),
        ("1,1,2,3,4,h", "line 1 is '1,1,2,3,4,h': it should be number,fluency,"),
        ("1,1,2,3,4,5,x", "it should be number,fluency,"),
        ("1,1,2,3,4,nan,h", "line 1: marks go from 1 to 5"),
    ],
)
def test_marks_that_cannot_be_are_told_by_their_line(text: str, said: str) -> None:
    with pytest.raises(click.ClickException) as error:
        read_marks(text, 2)
    assert said in error.value.message


def test_marks_may_come_in_any_order_with_a_head_line() -> None:
    found = read_marks("number,fluency,coherence,…\n\n2, 5,4,5,4,5, Human\n1,1,2,1,2,1.5,m\n", 2)
    assert found.marks.tolist() == [[1, 2, 1, 2, 1.5], [5, 4, 5, 4, 5]]
    assert found.guesses.tolist() == [False, True]


def a_reading(*marks: float, human: int = 0) -> Reading:
    guesses = np.arange(len(marks)) < human
    return Reading(np.repeat(np.array(marks)[:, None], len(MARKS), 1), guesses)


def test_the_means_are_over_poems_and_readers_people_last() -> None:
    origins = [HUMAN, "old", "old", "now"]
    rows = averages(origins, [a_reading(5, 1, 2, 3, human=2), a_reading(4, 2, 3, 3, human=1)])
    assert [row.origin for row in rows] == ["now", "old", HUMAN]
    assert [row.marks[0] for row in rows] == [3, 2, 4.5]
    assert [(row.believed, row.readings) for row in rows] == [(0, 2), (1, 4), (2, 2)]
    assert rows[1].errors[0] == pytest.approx(0.5)  # 1.5 and 2.5
    assert np.isnan(rows[0].errors[0])


def test_readers_agree_as_far_as_their_marks_go_together() -> None:
    one, same, other = a_reading(1, 2, 3), a_reading(2, 3, 4, human=1), a_reading(3, 2, 1)
    found = agreement([one, same])
    assert found == pytest.approx(dict.fromkeys(MARKS, 1.0) | {"guess": 2 / 3})
    assert agreement([one, same, other])["fluency"] == pytest.approx(-1 / 3)
    assert agreement([one]) == {}
    assert np.isnan(agreement([one, a_reading(3, 3, 3)])["fluency"])


def test_marks_are_scored_and_recorded(folder: Path) -> None:
    found, _ = read_key(folder / "key.json")
    for reader, mark in (("li", 4), ("wang", 2)):
        lines = [
            f"{number},{','.join(['5' if one.origin == HUMAN else str(mark)] * 5)},h"
            for number, one in enumerate(found, 1)
        ]
        (folder / f"{reader}.csv").write_text("\n".join(lines), "utf-8")
    readers = [folder / "li.csv", folder / "wang.csv"]
    said = run("score", folder / "key.json", *readers, "--results", folder, "--variant", "test")
    assert "3.00 ±0.00" in said
    saved = json.loads((folder / "blind_reading_test.json").read_text("utf-8"))
    assert saved["origins"]["now"]["marks"]["poetic"] == 3
    assert saved["origins"][HUMAN]["taken_for_human"] == 1
    assert saved["by_reader"]["wang"]["old"]["fluency"] == 2
    assert saved["agreement"]["guess"] == 1
    (folder / "li.csv").write_text("1,1,1,1,1,1,h", "utf-8")
    said = refused("score", folder / "key.json", *readers, "--results", folder)
    assert "li.csv: not marked: 2, 3" in said
    said = refused("score", folder / "key.json", readers[1], readers[1], "--results", folder)
    assert "two readers are called wang" in said
