"""What people rhymed is counted as their stanza says, and their metre line by line."""

from __future__ import annotations

from pathlib import Path

from tools.human_english import RhymeTally, is_right, line_rates, read_annotated

QUATRAIN = """\
The curfew tolls the knell of parting day,
The winter moon is on the silver sea,
The weary herd has wandered on its way,
And all the wind is silent on the lea.""".splitlines()


def test_pairs_are_those_of_the_scheme_and_a_word_is_no_pair_with_itself() -> None:
    tally = RhymeTally()
    tally.add(["day", "song", "way", "wrong"], "ABAB")
    tally.add(["day", "day"], "AA")
    assert tally.pairs == {"all": 2, "strict": 2, "lenient": 2}
    assert tally.others["all"] == 4
    assert tally.shares() == (100, 100, 0, 0)


def test_a_pair_that_the_checker_refuses_is_listed() -> None:
    tally = RhymeTally()
    tally.add(["moon", "hill"], "AA")
    assert tally.missed == {("moon", "hill"): 1}
    assert tally.shares()[:2] == (0, 0)


def test_annotated_end_words_are_read_stanza_by_stanza(tmp_path: Path) -> None:
    path = tmp_path / "some.pgold"
    path.write_text("A0 day Sea way lea\n1 2 1 2\n1 2 1 2\n\nA1 one two\n7 8\n", "utf-8")
    (ends, letters), (_, others) = read_annotated(path)
    assert ends == ["day", "sea", "way", "lea"]
    assert letters[0] == letters[2] != letters[1] == letters[3]
    assert others[0] != others[1]


def test_a_quatrain_is_right_where_metre_and_rhyme_hold_in_all_of_it() -> None:
    metre = ["iambic pentameter"]
    assert is_right(QUATRAIN, metre, strict=True)
    assert not is_right([*QUATRAIN[:3], QUATRAIN[3].replace("lea", "land")], metre, strict=True)
    assert not is_right(QUATRAIN, ["iambic tetrameter"], strict=False)


def test_lines_with_an_unknown_word_do_not_count() -> None:
    assert line_rates([*QUATRAIN, "The xqzzt tolls the knell of parting day,"])[0] == 4
