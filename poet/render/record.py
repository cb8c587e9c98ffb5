"""A poem as data: what `--json` and `--jsonl` print.

`--json` is one object, `--jsonl` one poem a line:

    {"poet": "0.1.0", "poems": [{"title": "", "author": "", "form": "五絕",
     "text": "夜雨歸舟靜，…", "lines": ["夜雨歸舟靜，", …], "seed": 8841, …}]}

The first five keys are always there, an unknown title, author or form is empty: `form` is the
regulated form whose shape the text has, so empty for a tune of ci, a couplet and free verse.
After them stand the facts that the writer knows; `poet write` gives

    model                   its name or path, as asked for
    seed, number            the seed of the call; which of its poems this is, from 0 on
    temperature             how boldly it was written
    asked_form              the form that was asked for, such as 水調歌頭, 對聯 or 7x4; empty
                            where none was
    nats_per_character      mean negative log-likelihood of what the model wrote
    verdict                 of verse in a form: the line that is said beside the poem
    keeps_the_rules         and whether all rules of the form are kept, as --tones asks;
                            readings of the prompt's own characters are the user's to judge
    lines_in_training_text  how many lines stand in the training text, and
    longest_shared_run      the longest run of characters shared with it; both only where the
                            model has an index of that text
    score, ranking          of verse in a form: what it was chosen by, and what that is made of
                            (`poet.generation.ranking`)
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from poet.characters import replace_surrogates
from poet.poem import Poem

_unsafe = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")


def poem_record(poem: Poem, **facts: object) -> dict[str, Any]:
    """The poem and the facts about it, in plain types that JSON has.

    >>> poem_record(Poem("夜雨。"), seed=8841)["seed"]
    8841
    """
    own = {
        "title": poem.title,
        "author": poem.author,
        "form": poem.form,
        "text": poem.text,
        "lines": poem.lines,
    }
    if taken := own.keys() & facts.keys():
        raise ValueError(f"a poem has its own {', '.join(sorted(taken))}")
    record: dict[str, Any] = plain(own | facts)
    return record


def to_json(records: Iterable[Mapping[str, Any]], version: str = "") -> str:
    """The one documented object, indented, without a last line end."""
    return _dump({"poet": version or installed_version(), "poems": list(records)}, indent=2)


def to_jsonl(record: Mapping[str, Any]) -> str:
    """One poem on one line, without its line end."""
    return _dump(record, indent=None)


def plain(value: Any) -> Any:
    """The value in plain types: no surrogates, no NaN, nothing that JSON lacks.

    >>> plain({"temperature": float("nan"), "seeds": (1, 2)})
    {'temperature': None, 'seeds': [1, 2]}
    """
    if isinstance(value, str):
        return replace_surrogates(value)
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    if hasattr(value, "item"):  # a number of numpy or torch
        return plain(value.item())
    return plain(str(value))


def installed_version() -> str:
    """The version of poet, empty where it runs without having been installed."""
    from importlib import metadata  # a twentieth of the time that a poem takes

    try:
        return metadata.version("poet")
    except metadata.PackageNotFoundError:
        return ""


def _dump(value: Mapping[str, Any], indent: int | None) -> str:
    """JSON in which no character can harm a terminal or end a line."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    return _unsafe.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
