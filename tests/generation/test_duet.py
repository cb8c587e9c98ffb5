"""A poem written by two, line by line: what is proposed, what is taken, what is said of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from poet.api import load
from poet.errors import InputError, UsageError
from poet.generation.duet import Duet, Line
from poet.generation.request import WriteRequest
from poet.generation.smc import Particles
from poet.generation.writer import Writer
from poet.prosody.find import find_form, prosody_of

QUICK: dict[str, Any] = {"particles": 4, "best_of": 1, "seed": 3}


@pytest.fixture(scope="module")
def tiny_writer(tiny: Path) -> Writer:
    return load(tiny)


@pytest.fixture(scope="module")
def english() -> Writer:
    return load("english")


def request(form: str, **options: Any) -> WriteRequest:
    return WriteRequest(form=form, **{**QUICK, "strictness": "lenient", **options})


def written(duet: Duet, picks: str) -> Duet:
    """The duet after some picks by number; r asks for others, u takes a line back."""
    proposals = duet.propose()
    for pick in picks:
        if pick == "r":
            duet = duet.refuse(proposals)
        elif pick == "u":
            duet = duet.undo()
        else:
            duet = duet.take(proposals[int(pick) - 1])
        proposals = duet.propose()
    return duet


def test_three_lines_are_proposed_the_best_first(tiny_writer: Writer) -> None:
    proposals = Duet.start(tiny_writer, request("五絕")).propose()
    assert len({proposal.line for proposal in proposals}) == 3
    assert [p.score for p in proposals] == sorted((p.score for p in proposals), reverse=True)
    assert all(len(p.line) == 6 and p.line.endswith("，") for p in proposals)


@pytest.mark.parametrize("form", ["五絕", "七律", "如夢令", "3,5,7"])
def test_whatever_is_taken_the_form_is_kept(tiny_writer: Writer, form: str) -> None:
    for pick in range(2):
        duet = Duet.start(tiny_writer, request(form, seed=pick, rhyme="off"))
        while not duet.is_finished:
            duet = duet.take(duet.propose()[-1])
        asked = find_form(form)
        assert not duet.broken
        assert prosody_of(asked).scan(duet.text, asked).fault_counts().keys() <= {
            "不押韻",
            "出韻",
            "重韻",
        }


@pytest.mark.parametrize("form", ["triolet", "haiku"])
def test_english_forms_are_kept_line_by_line(english: Writer, form: str) -> None:
    duet = Duet.start(english, WriteRequest(form=form, title="Rain", **QUICK))
    while not duet.is_finished:
        duet = duet.take(duet.propose()[0])
    assert duet.facts["keeps_the_rules"], duet.verdict


def test_a_sonnet_begins_with_its_prompt_and_says_what_rhymes(english: Writer) -> None:
    duet = Duet.start(english, WriteRequest(prompt="The moon", form="sonnet", **QUICK))
    assert duet.remark == "line 1 of 14: iambic pentameter, rhymes (A)"
    proposals = duet.propose()
    assert all(proposal.line.startswith("The moon") for proposal in proposals)
    duet = duet.take("The moon is high above the silent sea,").take("And all the stars are cold.")
    assert duet.broken == ("line 2 ends too early for iambic pentameter",)
    assert duet.remark == "line 3 of 14: iambic pentameter, rhymes with sea"
    assert all("The moon" not in proposal.line for proposal in duet.propose(1))


def test_the_same_picks_give_the_same_poem(tiny_writer: Writer) -> None:
    duets = [written(Duet.start(tiny_writer, request("五絕")), "2r1u3") for _ in range(2)]
    first, second = (duet.finish().poem for duet in duets)
    assert first == second
    other = written(Duet.start(tiny_writer, request("五絕", seed=4)), "2r1u3").finish().poem
    assert other != first


def test_others_are_proposed_when_lines_are_refused(tiny_writer: Writer) -> None:
    duet = Duet.start(tiny_writer, request("五絕"))
    seen: set[str] = set()
    for _ in range(4):
        proposals = duet.propose()
        lines = {proposal.line for proposal in proposals}
        assert len(lines) == 3
        assert not lines & seen
        seen |= lines
        duet = duet.refuse(proposals)


def test_a_line_that_is_taken_back_is_proposed_again(tiny_writer: Writer) -> None:
    duet = Duet.start(tiny_writer, request("五絕"))
    duet = duet.refuse(duet.propose())
    proposals = duet.propose()
    again = duet.take(proposals[1]).undo()
    assert again.lines == ()
    assert again.roll == 1
    assert duet.undo() is duet


def test_what_was_read_for_an_earlier_line_changes_nothing(tiny_writer: Writer) -> None:
    asked = request("五絕", title="歸雲")
    duet = written(Duet.start(tiny_writer, asked), "11")
    anew = Duet.start(tiny_writer, asked, duet.lines)
    assert anew == duet
    assert anew.propose() == duet.propose()


def test_an_own_line_that_breaks_the_form_is_taken_and_named(tiny_writer: Writer) -> None:
    duet = Duet.start(tiny_writer, request("五絕", rhyme="off")).take("春山")
    assert duet.poem.text == "春山，"
    assert duet.broken == ("line 1 has 2 characters, 5 are needed",)
    duet = duet.take("a風山月夜落")
    assert duet.broken[1] == "line 2 has 'a', which is no Chinese character"
    rest = duet.finish()
    assert rest.is_finished
    assert rest.poem.text.startswith("春山，a風山月夜落。")
    assert [len(line.text) for line in rest.lines[2:]] == [6, 6]
    assert rest.broken == duet.broken
    assert not rest.facts["keeps_the_rules"]
    assert rest.facts["own_lines"] == (1, 2)
    assert "字數" in rest.verdict


def test_the_rhyme_of_a_line_that_breaks_the_tones_still_counts() -> None:
    duet = Duet.start(load("tang"), WriteRequest(form="五絕", **QUICK))
    duet = duet.take("夜雨歸舟靜").take("天天天天輕")
    assert len(duet.broken) == 1
    assert "rhymes with 輕" in duet.take("西風吹落葉").remark


def test_an_own_line_gets_its_stop_and_the_script_of_the_model(tiny_writer: Writer) -> None:
    duet = Duet.start(tiny_writer, WriteRequest(seed=3))
    assert duet.take("归云 千里").lines == (Line("歸雲千里，", is_own=True),)
    duet = duet.take("山月！").take("江水")
    assert duet.poem.text == "山月！江水。"


def test_several_lines_may_be_taken_at_once(tiny_writer: Writer) -> None:
    duet = Duet.start(tiny_writer, request("五絕")).take("夜雨歸舟靜，燈寒客夢輕。")
    assert [line.text for line in duet.lines] == ["夜雨歸舟靜，", "燈寒客夢輕。"]
    assert len(duet.take("西風吹落葉\n片片作秋聲").lines) == 4
    assert duet.take("西風，吹").lines[2].text == "西風吹，"


def test_a_poem_that_is_whole_takes_no_more(tiny_writer: Writer) -> None:
    duet = Duet.start(tiny_writer, request("五絕")).finish()
    assert duet.propose() == []
    assert duet.finish() is duet
    with pytest.raises(UsageError, match="which has 4 lines, is whole"):
        duet.take("春")
    with pytest.raises(UsageError, match="has 1 left"):
        duet.undo().take("春\n山")
    with pytest.raises(UsageError, match="no line"):
        duet.undo().take(" ，")


def test_a_prompt_gives_lines_and_the_beginning_of_one(tiny_writer: Writer) -> None:
    duet = Duet.start(tiny_writer, request("五絕", prompt="夜雨歸舟夢燈寒", strictness="off"))
    assert [line.text for line in duet.lines] == ["夜雨歸舟夢，"]
    assert all(p.line.startswith("燈寒") for p in duet.propose())
    assert duet.finish().poem.text.startswith("夜雨歸舟夢，燈寒")
    assert not duet.undo().propose()[0].line.startswith("燈寒")
    with pytest.raises(UsageError, match="五絕"):
        Duet.start(tiny_writer, request("五絕", prompt="春，"))
    with pytest.raises(InputError, match="never seen"):
        Duet.start(tiny_writer, request("五絕", prompt="龘"))


def test_free_verse_goes_on_line_by_line(english: Writer) -> None:
    duet = Duet.start(english, WriteRequest(prompt="The rain", seed=4, max_characters=120))
    proposals = duet.propose()
    assert all(p.line.startswith("The rain") and "\n" not in p.line for p in proposals)
    duet = duet.take(proposals[0]).take("and I").take("\nA lamp")
    assert duet.poem.text.endswith("\nand I\n\nA lamp")
    assert duet.finish().poem.text.startswith(duet.poem.text)
    assert not duet.verdict


def test_work_can_be_watched_and_stopped(tiny_writer: Writer) -> None:
    drafts: list[str] = []

    def watch(particles: Particles) -> None:
        drafts.append(particles.draft())

    duet = Duet.start(tiny_writer, request("五絕")).take("夜雨歸舟靜，")
    duet.propose(watch=watch)
    assert all(draft.startswith("夜雨歸舟靜") for draft in drafts)
    assert max(map(len, drafts)) == 12

    def stop(particles: Particles) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        duet.propose(watch=stop)


def test_a_poem_in_simplified_characters_says_so_everywhere(tiny_writer: Writer) -> None:
    duet = Duet.start(tiny_writer, request("五絕", script="hans", strictness="off"))
    duet = duet.take("夜雨归舟静")
    assert duet.poem.text == "夜雨归舟静，"
    proposal = duet.propose()[0]
    assert duet.take(proposal).poem.text == f"夜雨归舟静，{proposal.line}"
