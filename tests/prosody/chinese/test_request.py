"""Prompt, acrostic, tones and rhyme find their places in a form, or one sentence says why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from poet.errors import InputError, UsageError
from poet.generation.sampling import Sampling
from poet.generation.writer import Writer
from poet.prosody.chinese.forms import CiForm, Form
from poet.prosody.chinese.readings import Tone, find_group, level_groups, readings, tone
from poet.prosody.chinese.request import FormRequest
from poet.prosody.chinese.scan import scan
from poet.prosody.find import find_form
from poet.tokenizer import CharTokenizer

EVERY = frozenset(range(106))  # all rhymes can be had
WHOLE = "夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。"


def named(name: str) -> Form:
    form = find_form(name)
    assert form is not None
    return form


@pytest.fixture(scope="module")
def writer(by_chance: Callable[..., Writer], tokenizer: CharTokenizer) -> Writer:
    return by_chance(tokenizer, bold=0.6)


def poem(writer: Writer, prompt: str = "", form: str | Form = "五絕", **asked: Any) -> str:
    return writer.write(prompt, form=form, seed=1, **asked).poem.text


# Prompts


@pytest.mark.parametrize("prompt", ["春", "春水連", "春水連天碧", "春水連天碧，", "春水連天碧，歸"])
def test_a_prompt_is_gone_on_with_where_it_ends(writer: Writer, prompt: str) -> None:
    text = poem(writer, prompt)
    assert text.startswith(prompt)
    assert scan(text, named("五絕")).keeps()
    assert [text[i] for i in (5, 11, 17, 23)] == [*"，。，。"]


def test_the_stops_of_a_prompt_are_kept(writer: Writer) -> None:
    text = poem(writer, "春水連天碧？歸雲過嶺青！")
    assert text.startswith("春水連天碧？歸雲過嶺青！")
    assert (text[17], text[23]) == ("，", "。")
    assert poem(writer, "春水連天碧；")[5] == "；"


def test_a_whole_poem_is_left_as_it_is(writer: Writer) -> None:
    for given in (WHOLE, WHOLE[:-1], "".join(c for c in WHOLE if c not in "，。")):
        assert poem(writer, given) == WHOLE
    two = [w.poem.text for w in writer.poems(WHOLE, form="五絕", seeds=[(1,), (1, 1)])]
    assert two == [WHOLE, WHOLE]


def test_a_prompt_without_stops_is_laid_out(writer: Writer) -> None:
    assert poem(writer, "春水連天碧歸雲").startswith("春水連天碧，歸雲")


def test_characters_that_the_alphabet_lacks_are_kept_in_the_poem(writer: Writer) -> None:
    assert writer.tokenizer.unknown("龘靐") == ("龘", "靐")
    text = poem(writer, "春龘連靐", "七絕", strictness="off")
    assert text.startswith("春龘連靐")
    assert len(text) == 32
    assert poem(writer, acrostic="龘", strictness="off")[0] == "龘"


@pytest.mark.parametrize(
    ("prompt", "form", "message", "hint"),
    [
        (
            "春水，",
            "五絕",
            "the prompt's ， stands inside a line of 五絕",
            "the lines of 五絕 have 5",
        ),
        (
            "，春水",
            "五絕",
            "the prompt's ， stands inside a line of 五絕",
            "the lines of 五絕 have 5",
        ),
        ("春水連天，", "憶江南", "the prompt's ， stands inside a line of 憶江南", "3, 5, 7, 7, 5"),
        ("春a", "五絕", "'a' in the prompt has no place in 五絕", "--form free takes any text"),
        (WHOLE + "春", "五絕", "the prompt has 21 characters, 五絕 has 20", "a longer --form"),
    ],
)
def test_a_prompt_that_has_no_place_in_the_form_is_refused(
    writer: Writer, prompt: str, form: str, message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as error:
        poem(writer, prompt, form)
    assert error.value.message == message
    assert hint in error.value.hint


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ("春風山山", "line 1, character 4: 山 is 平, 仄 is needed there (平仄 of the line)"),
        (
            "春水連天碧，歸路",
            "line 2, character 2: 路 is 仄, 平 is needed there (失對: it must answer",
        ),
        ("春水連天碧，歸雲過嶺青。孤月", "line 3, character 2: 月 is 仄, 平 is needed there (失粘"),
        ("春水連天碧，歸雲過嶺月", "line 2, character 5: 月 is 仄, 平 is needed there (韻腳)"),
        ("春水連天碧，歸雲過嶺青。孤舟人不山", "line 3, character 5: 山 is 平, 仄 is needed there"),
        (WHOLE[:-2] + "山", "line 4, character 5: 山 (上平十五刪) does not rhyme as 五絕 needs it"),
    ],
)
def test_the_character_that_breaks_a_rule_is_named_and_the_rule(
    writer: Writer, prompt: str, message: str
) -> None:
    with pytest.raises(UsageError) as error:
        poem(writer, prompt)
    assert error.value.message.startswith(message)
    is_rhyme = "does not rhyme" in message
    assert error.value.hint.startswith("--rhyme off" if is_rhyme else "--strictness off")
    less = {"rhyme": "off"} if is_rhyme else {"strictness": "off", "rhyme": "off"}
    assert poem(writer, prompt, **less).startswith(prompt)


def test_without_tones_a_rhyme_is_still_asked_for_and_the_hint_says_how_to_be_free(
    writer: Writer,
) -> None:
    prompt = "春水連天碧，歸路"
    assert poem(writer, prompt, strictness="off").startswith(prompt)
    with pytest.raises(UsageError, match="月 is 仄, 平 is needed there") as error:
        poem(writer, "春水連天碧，歸雲過嶺月", strictness="off")
    assert error.value.hint == "--strictness off --rhyme off binds only the lengths"


def test_a_character_of_two_readings_may_be_given_but_is_not_chosen(writer: Writer) -> None:
    assert tone("看") == Tone.EITHER
    text = poem(writer, "江看")
    assert text.startswith("江看")
    assert scan(text, named("五絕")).keeps()


def test_the_first_line_of_a_prompt_may_rhyme_in_a_neighbouring_group(writer: Writer) -> None:
    text = poem(writer, "燈前聽晚鐘，山外起秋風")  # 冬, then 東
    assert scan(text, named("五絕")).keeps(strict=True)
    assert "東" in {group.head for group in level_groups(text[-2])}


# Rhyme and tones


@pytest.mark.parametrize("group", ["東", "下平八庚", "陽"])
def test_a_rhyme_that_is_asked_for_is_the_poems(writer: Writer, group: str) -> None:
    text = poem(writer, rhyme=group)
    assert all(find_group(group) in readings(text[at]) for at in (10, 22))
    assert scan(text, named("五絕")).keeps(strict=True)


def test_a_tune_rhymes_in_the_class_of_the_group_in_either_tone(writer: Writer) -> None:
    text = poem(writer, form="西江月", rhyme="支")
    (rhyme,) = scan(text, named("西江月")).findings.rhymes
    assert rhyme.name == "第三部"


@pytest.mark.parametrize(
    ("rhyme", "message", "hint"),
    [
        (
            "屋",
            "五絕 needs a level-tone rhyme; 入聲一屋 is oblique",
            "the level groups are 上平一東",
        ),
        ("咸", "the model knows too few characters that rhyme in 下平十五咸", "--rhyme auto takes"),
        ("月亮", "there is no rhyme group called '月亮'", ""),
    ],
)
def test_a_rhyme_that_cannot_be_had_is_refused(
    writer: Writer, rhyme: str, message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as error:
        poem(writer, rhyme=rhyme)
    assert error.value.message == message
    assert error.value.hint.startswith(hint)


def test_a_tune_of_ones_own_may_rhyme_in_any_tone(writer: Writer) -> None:
    own = CiForm("own", (3, 3), pattern=("中中中A，", "中中中A。"))
    text = poem(writer, form=own)
    assert len(text) == 8


# Acrostics


def test_the_lines_begin_with_the_characters_of_an_acrostic(writer: Writer) -> None:
    for form in ("五絕", "七律"):
        text = poem(writer, form=form, acrostic="春夏秋冬")
        size = 6 if form == "五絕" else 8
        assert text[::size][:4] == "春夏秋冬"
        assert all(text.replace(head * 2, head).count(head) == 1 for head in "春夏秋冬")
        assert scan(text, named(form)).keeps()


def test_the_heads_of_an_acrostic_stand_where_they_are_due_alone(
    parrot: Callable[..., Writer], tokenizer: CharTokenizer
) -> None:
    in_love = parrot(tokenizer, 江=9.0, 山=9.0)
    text = poem(in_love, form="7x4", acrostic="江山", sampling=Sampling(0.5))
    assert (text[0], text[8]) == ("江", "山")
    assert text.replace("江江", "江").count("江") == text.replace("山山", "山").count("山") == 1


def test_prompt_and_acrostic_go_together_where_they_agree(writer: Writer) -> None:
    text = poem(writer, "春水連", acrostic="春歸")
    assert text.startswith("春水連")
    assert text[6] == "歸"


@pytest.mark.parametrize(
    ("form", "asked", "message", "hint"),
    [
        ("五絕", {"acrostic": "春夏秋冬月"}, "the acrostic has 5 characters, 五絕 has 4 lines", ""),
        ("五絕", {"acrostic": "R"}, "'R' in the acrostic has no place in 五絕", "a form takes"),
        (
            "五絕",
            {"acrostic": "夏", "prompt": "春水"},
            "the prompt begins a line with 春, the acrostic asks for 夏",
            "give one of them",
        ),
        (
            "憶江南",
            {"acrostic": "月"},
            "line 1, character 1: 月 is 仄, 平 is needed there",
            "--strictness off binds only the lengths of 憶江南 and its rhyme",
        ),
        (
            "如夢令",
            {"acrostic": "春夏秋冬山水"},
            "line 6, character 1: 水 is not what stands in line 5, which 如夢令 repeats here",
            "give the line twice",
        ),
    ],
)  # fmt: skip
def test_an_acrostic_that_cannot_be_had_is_refused(
    writer: Writer, form: str, asked: dict[str, str], message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as error:
        poem(writer, form=form, **asked)
    assert error.value.message == message
    assert error.value.hint.startswith(hint)


def test_a_line_that_repeats_takes_the_same_head_twice(writer: Writer) -> None:
    text = poem(writer, form="如夢令", acrostic="春夏秋冬山山")
    lines = text.replace("，", "。").split("。")
    assert lines[4] == lines[5]
    assert lines[4][0] == "山"


# Without a form


def test_without_a_form_an_acrostic_is_kept_line_by_line(by_chance: Callable[..., Writer]) -> None:
    english = by_chance(CharTokenizer("RAINabcdefg \n"), bold=0.3)
    for seed in range(3):
        text = english.write(acrostic="RAIN", seed=seed).poem.text
        assert "".join(line[0] for line in text.split("\n")) == "RAIN"
    text = english.write("Rab\nA", acrostic="RAIN", seed=1).poem.text
    assert text.startswith("Rab\nA")
    assert "".join(line[0] for line in text.split("\n")) == "RAIN"


def test_without_a_form_chinese_lines_begin_with_the_acrostic_too(
    parrot: Callable[..., Writer], tokenizer: CharTokenizer
) -> None:
    often = parrot(tokenizer, **{"，": 6.0, "。": 6.0})
    text = often.write(acrostic="春夏秋冬", seed=1).poem.text
    lines = [line for line in text.replace("。", "，").split("，") if line]
    assert "".join(line[0] for line in lines) == "春夏秋冬"


def test_without_a_form_what_belongs_to_one_is_refused(writer: Writer) -> None:
    with pytest.raises(UsageError, match="rhyme, best_of has no effect without a form"):
        writer.write("春", rhyme="東", best_of=3)
    with pytest.raises(UsageError, match="the prompt begins a line with 春, the acrostic asks for"):
        writer.write("春水", acrostic="夏秋")
    with pytest.raises(InputError, match="this model has never seen 龘"):
        writer.write(acrostic="春龘")


def test_a_mood_moves_verse_without_a_form_and_is_not_printed(writer: Writer) -> None:
    plain, moved = (writer.write("春", seed=1, context=m).poem.text for m in ("", "夜雨歸舟靜，"))
    assert plain != moved
    assert moved.startswith("春")
    assert not moved.startswith("春夜雨歸")


def test_the_most_lines_that_rhyme_are_counted_in_one_class() -> None:
    assert FormRequest(named("五律")).most_rhymes == 5
    assert FormRequest(named("菩薩蠻")).most_rhymes == 2
    assert FormRequest(named("5,5,7")).most_rhymes == 0


def test_a_prompt_may_not_rhyme_a_character_with_itself(writer: Writer) -> None:
    prompt = "遠看山有色，近聽水無聲。春去花還在，人來鳥不聲。"
    with pytest.raises(UsageError, match="line 4, character 5: 聲 ends another line") as error:
        writer.write(prompt, form="五絕")
    assert "another character" in error.value.hint


def test_three_oblique_ends_are_the_users_to_choose_and_not_poets(writer: Writer) -> None:
    given = FormRequest(named("五絕"), "天明獨去路").automaton(EVERY)  # 三仄尾: 平平仄仄仄
    begun = FormRequest(named("五絕"), "天明獨去").automaton(EVERY)  # which 平平仄仄平 may become
    for rules, may in ((given, True), (begun, False)):
        state = rules.start
        for character in "天明獨去路":
            state = state and rules.step(state, character)
        assert (state is not None) is may


def test_a_rhyme_is_not_asked_of_a_form_that_has_none() -> None:
    with pytest.raises(UsageError, match="7x4 does not rhyme"):
        FormRequest(named("7x4"), rhyme="東").automaton(EVERY)
