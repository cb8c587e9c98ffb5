"""A poem as data: what `--json` and `--jsonl` print.

`--json` is one object, `--jsonl` one poem a line:

    {"poet": "0.1.0", "poems": [{"title": "", "author": "", "form": "五絕",
     "text": "夜雨歸舟靜，…", "lines": ["夜雨歸舟靜，", …], "seed": 8841, …}]}

The first five keys are always there; an unknown title, author or form is empty. The text is as the
model wrote it: with ' for an apostrophe, \\n between lines of Western verse, an empty line between
stanzas, and nothing set in. Files for readers (.txt .md .html) have ’ instead. `form` is the
regulated form whose line lengths the text has: empty for a tune of ci, a couplet and free verse.
After these come the facts that the caller knows; `poet write` gives

    model                   its name, or its path as on the command line
    seed, number            the seed of the call; the number of the poem in it, from 0
    temperature             the sampling temperature
    asked_form              the form that was requested, such as 水調歌頭, 對聯 or 7x4; empty
                            if none was
    nats_per_character      mean negative log-likelihood of what the model wrote
    verdict                 for verse in a form: the line that is printed about the poem
    keeps_the_rules         and whether it keeps all rules of the form, as --tones sets them;
                            how the characters of the prompt are read is left to the user
    lines_in_training_text  how many of its lines occur in the training text, and
    longest_shared_run      the longest run of characters shared with it; both only if the
                            model has an index of that text
    score, ranking          for verse in a form: the score that it was chosen by, and its parts
                            (`poet.generation.ranking`)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from poet.poem import Poem
from poet.sanitize import dump_json, json_document, jsonable


def poem_record(poem: Poem, **facts: object) -> dict[str, Any]:
    """The poem and the facts about it, in plain types that JSON has.

    Raises `ValueError` for a fact named like one of the poem's own keys.

    >>> poem_record(Poem("夜雨。"), seed=8841)["seed"]
    8841
    """
    values = {
        "title": poem.title,
        "author": poem.author,
        "form": poem.form,
        "text": poem.text,
        "lines": poem.lines,
    }
    if repeated := values.keys() & facts.keys():
        raise ValueError(f"a poem already has {', '.join(sorted(repeated))}")
    record: dict[str, Any] = jsonable(values | facts)
    return record


def to_json(records: Iterable[Mapping[str, Any]], version: str = "") -> str:
    """The object that `--json` prints, indented, without a final line end."""
    return json_document({"poems": list(records)}, version)


def to_jsonl(record: Mapping[str, Any]) -> str:
    """One poem as one line, without its line end."""
    return dump_json(record)
