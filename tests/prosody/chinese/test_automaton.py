"""A form as an automaton: it accepts what the handbook accepts, and never leads to a dead end."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poet.prosody.chinese.automaton import Allowed, FormAutomaton, State
from poet.prosody.chinese.forms import Form
from poet.prosody.chinese.readings import (
    Tone,
    ci_rhyme_classes,
    find_group,
    is_certain,
    readings,
    tone,
)
from poet.prosody.find import find_form

LEVEL, OBLIQUE = "東", "月"  # the two abstract characters of the brute force
FORMS = ["五絕", "七絕", "五律", "七律", "五排", "西江月", "菩薩蠻", "如夢令", "水調歌頭", "5,5,7"]


def named(name: str) -> Form:
    form = find_form(name)
    assert form is not None
    return form


# The handbook, in its own words and not in the package's


def is_a(line: str, answer: str) -> bool:
    plain = like(line, "中仄中平仄")
    return plain or (like(line, "中仄中仄仄") and answer[-3] == "平")  # saved in the second line


def is_level_a(line: str) -> bool:
    return like(line, "中仄仄平平")


def is_b(line: str) -> bool:
    return like(line, "中平平仄仄") or like(line, "平平仄平仄")


def is_level_b(line: str) -> bool:
    alone = line[-4:] == "平仄仄平" and line[-5] == "仄"  # 孤平
    return (
        like(line, "中平中仄平") and (not alone) and (like(line, "平平中仄平") or line[-3] == "平")
    )


def like(line: str, pattern: str) -> bool:
    """Whether the last five places are like the pattern; of seven, those in front alternate."""
    if len(line) == 7 and line[1] == pattern[1]:
        return False
    return all(p in ("中", t) for t, p in zip(line[-5:], pattern, strict=True))


def couplets(length: int) -> Mapping[str, set[str]]:
    lines = ["".join(tones) for tones in product("平仄", repeat=length)]
    level_a, level_b = list(filter(is_level_a, lines)), list(filter(is_level_b, lines))
    return {
        "aB": {one + two for one in lines for two in level_b if is_a(one, two)},
        "bA": {one + two for one in filter(is_b, lines) for two in level_a},
        "AB": {one + two for one in level_a for two in level_b},
        "BA": {one + two for one in level_b for two in level_a},
    }


def quatrains(length: int) -> set[str]:
    made = couplets(length)
    orders = (("aB", "bA"), ("AB", "bA"), ("bA", "aB"), ("BA", "aB"))
    return {one + two for first, second in orders for one in made[first] for two in made[second]}


def accepted(rules: FormAutomaton) -> set[str]:
    """All strings of tones that the automaton lets through, tried character by character."""
    found: set[str] = set()
    waiting: list[tuple[State | None, str]] = [(rules.start, "")]
    while waiting:
        state, tones = waiting.pop()
        if state is None:
            continue
        if state.place == rules.places:
            found.add(tones)
            continue
        waiting += [(rules.step(state, LEVEL), tones + "平")]
        waiting += [(rules.step(state, OBLIQUE), tones + "仄")]
    return found


def test_where_sources_dispute_a_character_it_stands_in_free_places_alone() -> None:
    assert tone("漢") is Tone.OBLIQUE
    assert not is_certain("漢")
    start = FormAutomaton.of(named("五絕")).start
    strict, lenient = (
        FormAutomaton.of(named("五絕"), tones=tones) for tones in ("strict", "lenient")
    )
    assert start is not None
    after = strict.step(start, "漢")  # line 1 may begin with either tone, but of 平平中仄平
    assert after is not None
    assert strict.step(after, "漢") is None
    assert lenient.step(after, "漢") is not None


@pytest.mark.parametrize(("name", "length"), [("五絕", 5), ("七絕", 7)])
def test_a_quatrain_is_accepted_when_the_handbook_accepts_it(name: str, length: int) -> None:
    expected = quatrains(length)
    assert len(expected) == {5: 396, 7: 6336}[length]
    assert accepted(FormAutomaton.of(named(name))) == expected


def test_an_eight_line_poem_goes_on_as_a_quatrain_goes_on() -> None:
    made = couplets(5)
    orders = ("aB bA aB bA", "AB bA aB bA", "bA aB bA aB", "BA aB bA aB")
    rules = FormAutomaton.of(named("五律"))
    rng = random.Random(1)
    for order in orders:
        for _ in range(20):
            tones = "".join(rng.choice(sorted(made[couplet])) for couplet in order.split())
            assert walked(rules, tones)
            at = rng.randrange(1, 40, 5)  # a second place turned round is 失對 or 失粘
            turned = tones[:at] + ("仄" if tones[at] == "平" else "平") + tones[at + 1 :]
            assert not walked(rules, turned)


def walked(rules: FormAutomaton, tones: str) -> bool:
    state = rules.start
    for wanted in tones:
        state = state and rules.step(state, LEVEL if wanted == "平" else OBLIQUE)
    return state is not None


@cache
def pool() -> Mapping[Tone, str]:
    """Characters by their tone; they end lines in every group."""
    found = dict.fromkeys((Tone.UNKNOWN, Tone.LEVEL, Tone.OBLIQUE, Tone.EITHER), "")
    for code in range(0x4E00, 0x9FA6):
        if tone(chr(code)) in (Tone.UNKNOWN, Tone.EITHER) or is_certain(chr(code)):
            found[tone(chr(code))] += chr(code)
    return found


def meeting(option: Allowed, rules: FormAutomaton) -> Iterator[str]:
    asked = {Tone.LEVEL: "平", Tone.OBLIQUE: "仄", Tone.EITHER: "中"}[option.tone]
    sources = [Tone.LEVEL, Tone.OBLIQUE] if asked == "中" else [option.tone]
    for source in sources:
        for character in pool()[source]:
            if option.rhyme is None or option.rhyme & rules.keys_of(character, asked):
                yield character


def walk(rules: FormAutomaton, rng: random.Random) -> str:
    """A poem written by chance; a place where nothing is open raises."""
    state, written = rules.start, ""
    assert state is not None
    while state.place < rules.places:
        if state.place in rules.fixed:
            character = rules.fixed[state.place]
        elif state.place in rules.echoes:
            character = written[rules.echoes[state.place]]
        else:
            option = rng.choice(sorted(rules.options(state), key=str))
            some = [c for c, _ in zip(meeting(option, rules), range(40), strict=False)]
            assert some, f"a dead end at {state.place}"
            character = rng.choice(some)
        following = rules.step(state, character)
        assert following is not None, f"{character} breaks what was open at {state.place}"
        state, written = following, written + character
    return written


@given(
    st.sampled_from(FORMS),
    st.sampled_from(["strict", "lenient", "off"]),
    st.booleans(),
    st.integers(0, 1 << 30),
)
def test_from_every_place_that_is_reached_the_poem_can_be_ended(
    name: str, tones: str, rhyme: bool, seed: int
) -> None:
    assert walk(FormAutomaton.of(named(name), tones=tones, rhyme=rhyme), random.Random(seed))


@given(st.sampled_from(FORMS), st.integers(0, 1 << 30), st.data())
def test_what_is_fixed_further_on_leads_to_no_dead_end(
    name: str, seed: int, data: st.DataObject
) -> None:
    form = named(name)
    places = st.integers(0, sum(form.lengths) - 1)
    some = st.sampled_from("".join(pool()[Tone(t)][:200] for t in (1, 2, 3)))
    fixed = data.draw(st.dictionaries(places, some, max_size=4))
    rules = FormAutomaton.of(form, fixed=fixed)
    if rules.start is not None:
        written = walk(rules, random.Random(seed))
        assert all(written[place] == character for place, character in fixed.items())


def test_a_head_that_only_some_orders_take_rules_out_the_others_from_the_first_place() -> None:
    rules = FormAutomaton.of(
        named("五絕"), fixed={6: "風"}
    )  # the second place of line 2 is level: aB, AB
    assert rules.start is not None
    names = {rules.schemes[track.scheme].name for track in rules.start.hypotheses}
    assert names == {"仄起首句不入韻", "仄起首句入韻"}


def test_heads_that_no_order_takes_together_are_known_at_once() -> None:
    assert FormAutomaton.of(named("五絕"), fixed={1: "風", 6: "風"}).start is None  # 失對
    assert FormAutomaton.of(named("五絕"), fixed={6: "風", 11: "月"}).start is None  # 失粘
    assert FormAutomaton.of(named("五絕"), fixed={9: "月"}).start is None  # a rhyme that is oblique


def test_the_first_line_may_rhyme_with_a_neighbour_where_the_prompt_says_so() -> None:
    east, winter, river = (find_group(name).index for name in "東冬江")
    fixed = {4: "風", 9: "鐘"}  # 東 and 冬
    assert FormAutomaton.of(named("五絕"), fixed=fixed).start is not None
    assert FormAutomaton.of(named("五絕"), fixed={9: "風", 19: "鐘"}).start is None
    assert FormAutomaton.of(named("五絕"), fixed={4: "江", 9: "鐘"}).start is None
    keys = frozenset({winter, river})
    rules = FormAutomaton.of(named("五絕"), fixed={4: "風"}, keys=keys)
    assert rhymes_of(rules) == {frozenset({winter}), None}
    assert east not in keys


def rhymes_of(rules: FormAutomaton) -> set[frozenset[int] | None]:
    """What the end of line 2 can rhyme in, in any way through line 1 that chance finds."""
    found: set[frozenset[int] | None] = set()
    for seed in range(20):
        rng, state = random.Random(seed), rules.start
        while state and state.place < 9:
            options = rules.options(state)
            if state.place in rules.fixed:
                state = rules.step(state, rules.fixed[state.place])
            else:
                state = rules.step(state, rng.choice(list(meeting(rng.choice(options), rules))))
        assert state
        found |= {option.rhyme for option in rules.options(state)}
    return found | {None}


def test_a_rhyme_narrows_to_what_all_its_characters_share() -> None:
    rules = FormAutomaton.of(named("菩薩蠻"))
    text, state = walk(rules, random.Random(5)), rules.start
    for character in text[:13]:
        assert state
        state = rules.step(state, character)
    assert state
    (option,) = {o for o in rules.options(state) if o.rhyme}
    own = frozenset(d for g in readings(text[6]) if not g.is_level for d in ci_rhyme_classes(g))
    assert option.tone == Tone.OBLIQUE
    assert option.rhyme == own


def test_the_rhymes_of_a_tune_change_where_its_pattern_changes_them() -> None:
    rules = FormAutomaton.of(named("菩薩蠻"))
    tones = {rhymes[0] for rhymes in (rules.schemes[0].rhymes[i : i + 2] for i in (0, 2, 4, 6))}
    assert tones == set("ABCD")
    for seed in range(20):
        text = walk(rules, random.Random(seed))
        lines = [text[start : start + n] for start, n in starts(rules.form)]
        for one, two in zip(lines[::2], lines[1::2], strict=True):
            assert shared(one[-1], two[-1])
            assert tone(one[-1]) == tone(two[-1])


def starts(form: Form) -> Iterator[tuple[int, int]]:
    at = 0
    for length in form.lengths:
        yield at, length
        at += length


def shared(one: str, two: str) -> set[int]:
    return {d for g in readings(one) for d in ci_rhyme_classes(g)} & {
        d for g in readings(two) for d in ci_rhyme_classes(g)
    }


def test_level_and_oblique_lines_of_a_tune_rhyme_with_each_other() -> None:
    rules = FormAutomaton.of(named("西江月"))
    for seed in range(20):
        text = walk(rules, random.Random(seed))
        ends = [text[at + n - 1] for at, n in starts(rules.form)]
        rhyming = [end for end, name in zip(ends, rules.schemes[0].rhymes, strict=True) if name]
        assert {tone(end) for end in rhyming} == {Tone.LEVEL, Tone.OBLIQUE}
        assert all(shared(rhyming[0], end) for end in rhyming)


def test_a_line_that_repeats_the_one_before_asks_for_its_characters() -> None:
    rules = FormAutomaton.of(named("如夢令"))
    assert rules.echoes == {25: 23, 26: 24}
    assert FormAutomaton.of(rules.form, fixed={23: "花", 25: "花"}).start is not None
    assert FormAutomaton.of(rules.form, fixed={23: "花", 25: "風"}).start is None


def test_without_tones_only_the_ends_that_rhyme_are_bound() -> None:
    found = accepted(FormAutomaton.of(named("2x4"), tones="off"))
    assert len(found) == 2**8  # lengths bind nothing
    rules = FormAutomaton.of(named("五絕"), tones="off")
    rng, ends = random.Random(1), set()
    for _ in range(300):
        tones = "".join(rng.choice("平仄") for _ in range(20))
        assert walked(rules, tones) == (tones[9] == tones[19] == "平")
        ends.add(tones[4::5])
    assert len(ends) == 16


def test_without_rhyme_the_tones_stay() -> None:
    rules = FormAutomaton.of(named("五絕"), rhyme=False)
    assert accepted(rules) == quatrains(5)
    rng = random.Random(1)
    assert any(not rhyming_groups(walk(rules, rng)) for _ in range(10))
    rhymed = FormAutomaton.of(named("五絕"))
    assert all(rhyming_groups(walk(rhymed, rng)) for _ in range(10))


def rhyming_groups(text: str) -> set[int]:
    one, two = ({g.index for g in readings(text[at]) if g.is_level} for at in (9, 19))
    return one & two


def test_with_neither_tones_nor_rhyme_nothing_is_bound_but_the_lengths() -> None:
    rules = FormAutomaton.of(named("菩薩蠻"), tones="off", rhyme=False)
    rng = random.Random(1)
    for _ in range(50):
        assert walked(rules, "".join(rng.choice("平仄") for _ in range(rules.places)))


def test_where_only_some_rhymes_can_be_had_the_others_are_never_open() -> None:
    keys = frozenset({find_group("庚").index, find_group("尤").index})
    rules = FormAutomaton.of(named("七絕"), keys=keys)
    for seed in range(10):
        groups = rhyming_groups_of(walk(rules, random.Random(seed)), (13, 27))
        assert groups & keys
    assert FormAutomaton.of(named("七絕"), keys=frozenset()).start is None


def rhyming_groups_of(text: str, places: tuple[int, ...]) -> set[int]:
    return set.intersection(*({g.index for g in readings(text[place])} for place in places))


def test_a_character_of_two_tones_is_no_answer_to_a_strict_place_unless_it_is_given() -> None:
    # the second place of line 1; 看 can be either
    for tones, fixed, fits in (("strict", {}, False), ("lenient", {}, True), ("strict", 1, True)):
        rules = FormAutomaton.of(named("五絕"), tones=tones, fixed={1: "看"} if fixed else {})
        assert rules.start
        state = rules.step(rules.start, LEVEL)
        assert state
        assert (rules.step(state, "看") is not None) == fits


def test_pairs_end_at_even_places_and_at_the_end_of_a_line() -> None:
    rules = FormAutomaton.of(named("5,7,3"))
    pairs = [rules.ends_pair(place) for place in range(rules.places)]
    as_drawn = "".join("|" if pair else "." for pair in pairs)
    assert as_drawn == ".|.||" + ".|.|.||" + ".||"


def test_what_is_fixed_in_a_rhyme_without_level_characters_leaves_no_tune_that_asks_for_them() -> (
    None
):
    assert (
        FormAutomaton.of(named("西江月"), fixed={24: "冊"}).start is None
    )  # 入聲 where 平 rhymes too
