"""poet forms lists what can be asked for."""

from __future__ import annotations

from collections.abc import Callable

from poet.prosody.find import PROSODIES, find_form

Poet = Callable[..., tuple[int, str, str]]


def test_every_form_is_listed_by_a_name_that_finds_it(poet: Poet) -> None:
    code, out, err = poet("forms")
    assert (code, err) == (0, "")
    rows = [line.split("\t") for line in out.split("\n\n")[0].splitlines()]
    assert [row[0] for row in rows] == [f.name for prosody in PROSODIES for f in prosody.forms]
    for name, described, *_ in rows:
        assert find_form(name) is not None
        assert described


def test_one_form_is_shown_by_any_of_its_names(poet: Poet) -> None:
    assert poet("forms", "wujue")[1].startswith(
        "五絕\tregulated quatrain, five characters a line\t"
    )
    assert "14 lines of iambic pentameter, ABABCDCDEFEFGG" in poet("forms", "sonnet")[1]
    code, _, err = poet("forms", "sonett")
    assert code == 2
    assert "did you mean sonnet?" in err
