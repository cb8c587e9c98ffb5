"""poet forms lists what can be asked for."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from poet.prosody.find import PROSODIES, find_form

Poet = Callable[..., tuple[int, str, str]]


def test_every_form_is_listed_by_a_name_that_finds_it(poet: Poet) -> None:
    code, out, err = poet("forms")
    assert (code, err) == (0, "")
    rows = [line.split("\t") for line in out.split("\n\n")[0].splitlines()]
    assert [row[0] for row in rows] == [f.name for prosody in PROSODIES for f in prosody.forms]
    for name, explained, example, *_ in rows:
        assert find_form(name) is not None
        assert explained
        command, form = example.split(" --form ")
        assert command == "poet write"
        assert find_form(*shlex.split(form)) == find_form(name)


def test_one_form_is_shown_by_any_of_its_names(poet: Poet) -> None:
    assert poet("forms", "wujue")[1].startswith(
        "五絕\tWujue: regulated quatrain, five characters a line\tpoet write --form wujue\t"
    )
    assert "14 lines of iambic pentameter, ABABCDCDEFEFGG" in poet("forms", "sonnet")[1]
    code, _, err = poet("forms", "sonett")
    assert code == 2
    assert "did you mean sonnet?" in err


def test_a_tune_is_found_by_pinyin_as_people_write_it_and_by_its_english_name(poet: Poet) -> None:
    for name in ("Lang Tao Sha", "Làng táo shā", "lang-tao-sha", "waves sift the sand"):
        assert poet("forms", name)[1].startswith("浪淘沙\tLang Tao Sha, Waves Sift the Sand: tune")
    assert poet("forms", "Wǔ lǜ")[1].startswith("五律\t")
    assert "did you mean 浪淘沙?" in poet("forms", "lang tao shaa")[2]
