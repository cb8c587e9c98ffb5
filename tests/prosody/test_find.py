"""Forms by shape, by name, and by nearly the name."""

from __future__ import annotations

import pytest

from poet.errors import UsageError
from poet.prosody import find
from poet.prosody.chinese.forms import FORMS, form_of
from poet.prosody.chinese.tunes import tunes
from poet.prosody.find import PROSODIES, find_form


@pytest.mark.parametrize(
    ("lengths", "name"),
    [
        ((5,) * 4, "五絕"),
        ((7,) * 4, "七絕"),
        ((5,) * 8, "五律"),
        ((7,) * 8, "七律"),
        ((5,) * 12, "五排"),
        ((7,) * 20, "七排"),
        ((5,) * 200, "五排"),  # 杜甫 wrote as many
    ],
)
def test_a_shape_has_one_form(lengths: tuple[int, ...], name: str) -> None:
    found = form_of(lengths)
    assert found is not None
    assert found.name == name


def test_each_language_answers_as_the_protocol_says() -> None:
    for prosody in PROSODIES:
        form = prosody.forms[0]
        assert prosody.find_form(form.name) == form
        assert prosody.find_form("no such form") is None
        assert form.name in prosody.forms_in_brief
        assert form.token
        assert find.prosody_of(form) is prosody
        assert all(length > 0 for length in form.lengths)
        nothing = prosody.scan("", form)
        assert (nothing.lines, nothing.form) == ((), form)
        assert nothing.summary() == nothing.to_json()["verdict"]


@pytest.mark.parametrize("lengths", [(), (5,) * 6, (5,) * 9, (5, 5, 7, 5), (4,) * 4])
def test_other_shapes_have_none(lengths: tuple[int, ...]) -> None:
    assert form_of(lengths) is None


def test_every_name_and_alias_finds_its_form() -> None:
    for form in FORMS:
        assert all(find_form(name) is form for name in (form.name, *form.aliases))
    assert find_form(" WuJue ") is FORMS[0]


def test_free_is_no_form() -> None:
    assert find_form("free") is find_form("自由") is None


def test_a_mistyped_form_is_met_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="there is no form called 'wujeu'") as error:
        find_form("wujeu")
    assert error.value.hint.startswith("did you mean 五絕? the forms are 五絕 七絕")


@pytest.mark.parametrize("name", ["@@@@", "nope"])
def test_a_form_like_no_other_is_met_with_those_there_are(name: str) -> None:
    with pytest.raises(UsageError) as error:
        find_form(name)
    assert error.value.hint.startswith(
        "the forms are 五絕 七絕 五律 七律 五排 七排 古絕 七古絕 六言絕句, "
        f"lengths such as 7x4, and {len(tunes())} tunes of ci; "
    )
    assert error.value.hint.endswith("; or free")


@pytest.mark.parametrize(
    ("name", "guess"),
    [("五言", "五絕"), ("如夢", "如夢令"), ("huanxisa", "浣溪沙"), ("fre", "free")],
)
def test_a_name_that_is_nearly_right_is_guessed_in_either_script(name: str, guess: str) -> None:
    with pytest.raises(UsageError) as error:
        find_form(name)
    assert error.value.hint.startswith(f"did you mean {guess}? ")


@pytest.mark.parametrize(
    "name",
    ["5x99999999999999999999", "9999999999999x99999999999", "五排" + "9" * 5000,
     "9" * 5000 + "x1", "5x300000000", "5x999", "0x4", "31x4", "5x61", "5," * 60 + "5"],
)  # fmt: skip
def test_a_shape_beyond_all_measure_is_one_short_sentence(name: str) -> None:
    with pytest.raises(UsageError, match="is not a poem's shape") as error:
        find_form(name)
    assert len(error.value.message) < 80


def test_a_number_of_lines_beyond_all_measure_is_refused() -> None:
    with pytest.raises(UsageError, match="五排 has no 998 lines"):
        find_form("五排998")
