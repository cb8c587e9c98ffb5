"""The two scripts, at the edge."""

from __future__ import annotations

import subprocess
import sys

import pytest

from poet.poem import Poem, in_script
from poet.scripts import convert, script_of_locale

POEM = Poem("燈寒客夢輕，乾坤日夜浮。", title="頭髮", author="無名")


def test_a_poem_is_shown_in_simplified_characters() -> None:
    assert in_script(POEM, "hans") == Poem("灯寒客梦轻，乾坤日夜浮。", title="头发", author="无名")


def test_in_traditional_characters_it_is_as_it_was() -> None:
    assert in_script(POEM, "hant") is POEM


def test_conversion_keeps_stops_latin_text_and_the_length() -> None:
    assert convert("燈，lamp [sic]。", "t2s") == "灯，lamp [sic]。"


def test_a_lone_surrogate_does_not_stop_the_conversion() -> None:
    assert convert("燈\ud800", "t2s") == "灯�"


@pytest.mark.parametrize(
    ("locale", "script"),
    [
        ("zh_CN.UTF-8", "hans"),
        ("zh_SG", "hans"),
        ("zh-Hans", "hans"),
        ("zh_Hans_HK", "hans"),
        ("zh_TW.UTF-8", "hant"),
        ("zh_HK", "hant"),
        ("zh-Hant-CN", "hant"),
        ("en_US.UTF-8", "hant"),
        ("de_CN", "hant"),
        ("C", "hant"),
        ("", "hant"),
    ],
)
def test_the_locale_says_the_script(locale: str, script: str) -> None:
    assert script_of_locale({"LANG": locale}) == script


def test_lc_all_goes_before_lang() -> None:
    assert script_of_locale({"LANG": "zh_TW", "LC_ALL": "zh_CN"}) == "hans"
    assert script_of_locale({"LANG": "zh_CN", "LC_ALL": ""}) == "hans"


def test_opencc_is_loaded_only_where_something_is_converted() -> None:
    code = (
        "import sys\n"
        "from poet.poem import in_script\n"
        "from poet.poem import Poem\n"
        "in_script(Poem('燈'), 'hant'), in_script(Poem('a lamp'), 'hans')\n"
        "sys.exit('opencc' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
