"""Files of Chinese verse with pinyin, tones and English words beside the characters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from poet.poem import Poem
from poet.prosody.chinese.scan import scan
from poet.prosody.described import verdict_in_english
from poet.render.export import save

POEM = Poem("夜雨歸舟靜，\n燈寒客夢輕。\n西風吹落葉，\n片片作秋聲。", title="夜<泊>", author="poet")


def saved(path: Path, *marks: str) -> str:
    save(path, [POEM], [{"model": "m", "seed": 3}], marks=marks, scans=[scan(POEM.text)])
    return path.read_text("utf-8")


def test_marks_stand_below_each_other_in_a_block_of_code_of_markdown(tmp_path: Path) -> None:
    text = saved(tmp_path / "p.md", "pinyin", "gloss")
    assert text.startswith("## 夜")
    block = text.split("```")[1].splitlines()
    assert block[1].split()[:5] == ["yè", "yǔ", "guī", "zhōu", "jìng"]
    assert "rain" in block[3]


def test_a_page_has_each_word_with_its_marks_and_escapes_what_is_given(tmp_path: Path) -> None:
    page = saved(tmp_path / "p.html", "pinyin", "tones", "gloss")
    assert "<title>夜&lt;泊&gt;</title>" in page
    assert "<泊>" not in page
    assert ">yè<" in page or ">yè yǔ<" in page
    assert ">平<" in page or ">平 平<" in page


def test_a_plain_file_has_title_and_marks(tmp_path: Path) -> None:
    text = saved(tmp_path / "p.txt", "tones")
    assert "夜" in text.splitlines()[0]
    assert "仄" in text


def test_poet_write_saves_marks_and_refuses_them_where_there_is_no_place(
    poet: Callable[..., tuple[int, str, str]], tiny: Path, tmp_path: Path
) -> None:
    call = ["write", "春", "-m", tiny, "--seed", 1, "--show", "pinyin", "-o"]
    code, out, err = poet(*call, tmp_path / "p.html")
    assert (code, out) == (0, ""), err
    assert ">chūn<" in (tmp_path / "p.html").read_text("utf-8")
    assert poet(*call, tmp_path / "p.json")[0] == 2
    assert not (tmp_path / "p.json").exists()


@pytest.mark.parametrize(
    ("verdict", "english"),
    [
        (
            "七絕 仄起首句入韻 · 韻 下平十一尤 (樓 頭) · 格律 28/28",
            "Qijue, seven-character quatrain; oblique start, first line rhymes"
            " · rhyme yóu (lóu tóu) · tones 28/28",
        ),
        ("2 of 4 lines; 五絕 needs 4.", "2 of 4 lines; 五絕 needs 4."),
    ],
)
def test_a_verdict_can_be_read_by_those_who_know_no_chinese(verdict: str, english: str) -> None:
    assert verdict_in_english(verdict) == english
