"""Poems labelled by their metre, which a model is trained with."""

from __future__ import annotations

import pytest

from poet.prosody.english.label import fit, metre_of

# Two lines of each poem: the metre of a poem is a fact about it
KNOWN = [
    ("iambic pentameter", "Hope springs eternal in the human breast:\nMan never Is, but always "
     "To be blest."),
    ("iambic tetrameter", "I sometimes hold it half a sin\nTo put in words the grief I feel"),
    ("common metre", "Because I could not stop for Death,\nHe kindly stopped for me;"),
    ("trochaic", "Should you ask me, whence these stories?\nWhence these legends and traditions,"),
    ("trochaic", "Tyger Tyger, burning bright,\nIn the forests of the night;"),
    ("anapaestic", "The Assyrian came down like the wolf on the fold,\nAnd his cohorts were "
     "gleaming in purple and gold;"),
    ("dactylic", "Half a league, half a league,\nHalf a league onward,"),
]  # fmt: skip


@pytest.mark.parametrize(("token", "lines"), KNOWN)
def test_a_famous_poem_has_the_metre_that_everyone_knows(token: str, lines: str) -> None:
    assert metre_of(lines.split("\n")) == token


def test_fourteen_lines_of_pentameter_are_a_sonnet() -> None:
    line = "The winter evening settles on the sea,"
    assert metre_of([line] * 14) == "sonnet"
    assert metre_of([line] * 13) == "iambic pentameter"
    assert metre_of([line, ""] * 14) == "sonnet"


def test_prose_and_noise_have_no_metre() -> None:
    assert metre_of([]) is None
    assert metre_of(["xqz wvk", "zzxq"]) is None
    assert (
        metre_of(
            [
                "The committee will consider the financial statements of the previous year.",
                "Members who are unable to attend should notify the secretary in writing.",
            ]
        )
        is None
    )


def test_a_line_with_an_unknown_word_fits_nothing_known() -> None:
    assert fit("The xqzvk lay upon the sea") is None


def test_what_fits_strictly_fits_leniently() -> None:
    for _, lines in KNOWN:
        for line in lines.split("\n"):
            found = fit(line)
            assert found is not None
            assert found.strict <= found.lenient
