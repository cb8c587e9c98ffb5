"""What a scan finds: metre, rhyme, form, and each fault where it is."""

from __future__ import annotations

from poet.prosody.base import VerseRequest
from poet.prosody.english.forms import find_form
from poet.prosody.english.scan import EnglishScan, scan

GOOD = (
    "The moon is down upon the hill,\n"
    "The road is white and wide;\n"
    "The wind that walked the wood is still,\n"
    "And I am at your side."
)


def held_against(text: str, name: str) -> EnglishScan:
    """The scan of a text under the form of this name."""
    form = find_form(name)
    assert form
    return scan(text, form)


def test_verse_that_keeps_its_form_has_no_faults_for_a_strict_reader_either() -> None:
    found = held_against(GOOD, "common metre")
    assert found.keeps(strict=True)
    assert found.sentences(strict=True) == []
    assert found.summary() == (
        "common metre · iambic tetrameter and trimeter · ABAB · 4 of 4 lines in metre"
    )


def test_a_syllable_too_many_is_named_with_its_word() -> None:
    found = held_against(GOOD.replace("white and", "white and very"), "common metre")
    assert not found.keeps()
    [fault] = found.findings.faults
    assert (fault.name, fault.line, fault.found, fault.needed) == ("too long", 2, "8", "6")
    assert fault.sentence.startswith("line 2 has 8 syllables, iambic trimeter needs 6: ")


def test_a_missing_syllable_is_named_where_it_is_missing() -> None:
    found = held_against(GOOD.replace("upon the hill", "upon hills"), "common metre")
    assert found.fault_counts()["too short"] == 1


def test_a_wrong_stress_is_named_with_the_syllable_of_the_word() -> None:
    found = held_against(GOOD.replace("The wind that walked", "The wind between"), "common metre")
    assert found.keeps()
    found = held_against(GOOD.replace("upon the hill", "below the hill"), "common metre")
    assert found.keeps()
    found = held_against(GOOD.replace("is down upon", "is under"), "common metre")
    assert not found.keeps()


def test_rhymes_are_held_against_the_lines_that_they_answer() -> None:
    found = held_against(GOOD.replace("side", "door"), "common metre")
    assert found.sentences() == ["line 4: door does not rhyme with wide (line 2)"]
    slant = held_against(GOOD.replace("side", "head"), "common metre")
    assert slant.fault_counts() == {"slant rhyme": 1}
    near = held_against(GOOD.replace("side", "bid"), "common metre")
    assert near.keeps()
    assert near.fault_counts(strict=True) == {"near rhyme": 1}


def test_a_repeated_rhyme_word_is_a_fault_for_the_strict_only() -> None:
    found = held_against(GOOD.replace("side", "wide"), "common metre")
    assert found.keeps()
    assert not found.keeps(strict=True)
    assert found.sentences(strict=True) == ["line 4: wide repeats the word that line 2 ends with"]


def test_a_form_with_stanzas_takes_any_number_of_them_unless_a_number_was_asked_for() -> None:
    assert held_against(f"{GOOD}\n\n{GOOD}", "ballad").keeps()
    found = held_against(GOOD, "ballad 2")
    assert not found.keeps()
    assert "there are 4 lines; ballad has a multiple of 4" in found.sentences()[0]


def test_lines_that_the_user_began_are_read_as_he_means_them() -> None:
    form = find_form("common metre")
    assert form
    prompt = "The moon is down upon the hill,\nThe road to heaven is wide;\n"
    found = scan(prompt + "\n".join(GOOD.split("\n")[2:]), form)
    assert found.keeps()
    assert not found.keeps(strict=True)
    request = VerseRequest(form, prompt)
    assert found.as_asked(request).keeps(strict=True)
    assert found.left_open(request) == ["contraction in the prompt"]
    assert found.left_open(VerseRequest(form)) == []
