"""The two scripts of Chinese, at the edge: inside, poems are in traditional characters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Literal

from ..poem import Poem, is_han
from .rows import without_surrogates

Script = Literal["hans", "hant"]


def in_script(poem: Poem, script: Script) -> Poem:
    """The poem in simplified characters; in traditional ones it is as it was.

    >>> in_script(Poem("燈寒客夢輕。"), "hans").text
    '灯寒客梦轻。'
    """
    if script == "hant":
        return poem
    text, title, author = (convert(part, "t2s") for part in (poem.text, poem.title, poem.author))
    return replace(poem, text=text, title=title, author=author)


def script_of_locale(environ: Mapping[str, str]) -> Script:
    """The script that the locale asks for; traditional where it says nothing.

    >>> script_of_locale({"LANG": "zh_CN.UTF-8"}), script_of_locale({"LANG": "de_DE.UTF-8"})
    ('hans', 'hant')
    """
    said = next(filter(None, map(environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    parts = said.lower().split(".")[0].replace("-", "_").replace("@", "_").split("_")
    if parts[0] != "zh" or "hant" in parts:
        return "hant"
    return "hans" if {"hans", "cn", "sg"} & set(parts) else "hant"


def convert(text: str, config: Literal["t2s", "s2t"]) -> str:
    """The text in the other script; text without Chinese is left alone, and OpenCC unloaded."""
    if not any(map(is_han, text)):
        return text
    converted: str = _converter(config).convert(without_surrogates(text))
    return converted


@cache
def _converter(config: str) -> Any:
    import opencc  # takes a quarter of the time of a whole short run: only when needed

    return opencc.OpenCC(config)
