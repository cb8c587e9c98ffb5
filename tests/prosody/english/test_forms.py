"""The forms as they ship, found by names that people type, and the user's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from poet.errors import InputError, UsageError
from poet.prosody.english.forms import find_form, forms, forms_by_name


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file of the user's own forms; the forms are read anew."""
    monkeypatch.setenv("POET_HOME", str(tmp_path))
    forms.cache_clear()
    forms_by_name.cache_clear()
    yield tmp_path / "forms.toml"
    forms.cache_clear()
    forms_by_name.cache_clear()


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("sonnet", "sonnet"),
        ("shakespearean sonnet", "Shakespearean sonnet"),
        ("English-Sonnet", "Shakespearean sonnet"),
        ("italian_sonnet", "Petrarchan sonnet"),
        ("hymn", "common metre"),
        ("common meter", "common metre"),
        ("heroic couplet", "heroic couplets"),
        ("in memoriam", "In Memoriam"),
        ("Spenserian", "Spenserian stanza"),
        ("BLANKVERSE", "blank verse"),
        ("anapestic", "anapaestic quatrain"),
    ],
)
def test_people_find_a_form_by_what_they_call_it(typed: str, name: str) -> None:
    form = find_form(typed)
    assert form is not None
    assert form.name == name


def test_no_two_forms_share_a_name() -> None:
    names = [name for form in forms() for name in (form.name, *form.aliases)]
    assert len(names) == len(set(names)) == len(forms_by_name())
    assert all(find_form(name) in forms() for name in names)


def test_each_line_has_a_metre_and_a_place_in_the_scheme() -> None:
    for form in forms():
        count = len(form.metres)
        assert sum(form.stanzas) == count == len(form.lengths)
        assert all(len(scheme) == count for scheme in form.schemes)
        for same in form.refrains:
            assert len({form.scheme[line] for line in same}) == 1
            assert len({form.metres[line] for line in same}) == 1


def test_a_number_asks_for_so_many_units() -> None:
    ballad, blank = find_form("ballad 2"), find_form("blank verse 3")
    assert ballad
    assert (ballad.scheme, ballad.stanzas, ballad.lengths) == (".A.A.B.B", (4, 4), (8, 6) * 4)
    assert blank
    assert (blank.scheme, blank.stanzas) == ("...", (3,))


@pytest.mark.parametrize(
    ("name", "message"),
    [("sonnet 3", "a sonnet has 14 lines"), ("ballad 40", "1 to 15 times 4 lines, not 40")],
)
def test_a_number_that_cannot_be_is_refused(name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        find_form(name)


def test_a_metre_is_a_form_without_rhyme() -> None:
    form = find_form("trochaic trimeter")
    assert form
    assert (set(form.scheme), form.token, form.unit) == ({"."}, "trochaic", 1)
    assert find_form("iambic pentametre") is None


def test_tokens_are_those_that_a_model_is_trained_with() -> None:
    tokens = {form.token for form in forms()}
    assert tokens == {
        "sonnet", "iambic pentameter", "iambic tetrameter", "iambic trimeter", "common metre",
        "trochaic", "anapaestic", "dactylic", "",
    }  # fmt: skip


def test_a_form_of_ones_own_stands_beside_the_others_and_replaces_one_of_its_name(
    own: Path,
) -> None:
    own.write_text(
        '[[form]]\nname = "my song"\naliases = ["song"]\nrhyme = "AAB CCB"\n'
        'metre = ["iambic tetrameter", "iambic tetrameter", "iambic trimeter"]\nunit = 6\n'
        '[[form]]\nname = "Haiku"\nmetre = ["3 syllables", "5 syllables", "3 syllables"]\n'
        'rhyme = "..."\n',
        encoding="utf-8",
    )
    song, haiku = find_form("song"), find_form("haiku")
    assert song
    assert (song.stanzas, song.scheme, song.lengths) == ((3, 3), "AABCCB", (8, 8, 6) * 2)
    assert haiku
    assert haiku.lengths == (3, 5, 3)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("[[form", "cannot be read"),
        ("[form]\nname = 'x'", r"\[form\] should be \[\[form\]\]"),
        ("[[form]]\nmetre = '5 syllables'", "form 1 has no name"),
        ("[[form]]\nname = 'x'\nmetre = 'iambic'\nrhyme = 'AA'", "'iambic' is no metre"),
        ("[[form]]\nname = 'x'\nmetre = '5 syllables'", "x needs a rhyme scheme"),
        ("[[form]]\nname = 'x'\nmetre = '5 syllables'\nrhyme = 'AB'", "x has A once"),
        ("[[form]]\nname = 'x'\nmetre = '5 syllables'\nrhyme = 'A1'", "cannot be read, 'A1'"),
        ("[[form]]\nname = 'x'\nmetre = 5\nrhyme = 'AA'", "metre of x must be a string"),
        ("[[form]]\nname = 'x'\nmeter = '5'\nrhyme = 'AA'", "x has meter, but a form has only"),
        ("[[form]]\nname = 'x'\nmetre = ['5', '7']\nrhyme = '.'", "1 lines, but 2 metres"),
        ("[[form]]\nname = 'x'\nmetre = '5'\nrhyme = 'AA'\nunit = 3", "no multiple of its unit"),
        ("[[form]]\nname = 'x'\nmetre = '5'\nrhyme = 'AA'\nrefrains = [1]", "refrains of x"),
        ("[[form]]\nname = 'x'\nmetre = '5'\nrhyme = 'AA'\nrefrains = [[3]]", "refrains of x"),
    ],
)
def test_a_damaged_file_is_one_sentence_with_its_name(own: Path, written: str, reason: str) -> None:
    own.write_text(written, encoding="utf-8")
    with pytest.raises(InputError, match=reason) as error:
        find_form("ballad")
    assert str(own) in error.value.message
    assert "\n" not in error.value.message
