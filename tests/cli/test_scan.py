"""poet scan: everything on stdout, the exit code says whether the form was met."""

from __future__ import annotations

import io
import json
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from poet.poem import Poem
from poet.render.record import poem_record, to_json, to_jsonl

Poet = Callable[..., tuple[int, str, str]]
GOOD = "夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。"
OTHER = "春水連天碧，明月照大江。"


@pytest.fixture
def verse(tmp_path: Path) -> Path:
    path = tmp_path / "verse.txt"
    path.write_text(GOOD + "\n", encoding="utf-8")
    return path


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Puts bytes into stdin."""

    def typed(text: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text), encoding="utf-8"))

    return typed


def test_a_form_that_is_not_met_is_exit_code_4(poet: Poet, typing: Callable[[bytes], None]) -> None:
    typing(OTHER.encode())
    code, out, err = poet("scan", "-", "--form", "五絕")
    assert code == 4
    assert out.splitlines() == [
        "春 水 連 天 碧   平仄平平仄",
        "明 月 照 大 江   平仄仄仄平  韻",
        "line 2, character 2: 月 is 仄 here, 平 is needed (失對: it must answer 水 above it)",
        "2 of 4 lines; 五絕 needs 4.",
    ]
    assert err == "poet: the poem is not 五絕\n      句數 1 失對 1\n"


def test_without_a_form_nothing_is_refused(poet: Poet, typing: Callable[[bytes], None]) -> None:
    typing(OTHER.encode())
    code, out, err = poet("scan")
    assert (code, err) == (0, "")
    assert out.endswith("no form: 2 lines of 5 characters\n")


def test_syllables_of_another_language_are_counted(
    poet: Poet, typing: Callable[[bytes], None]
) -> None:
    typing("Der Mond geht still\nüber den verschneiten Wald,\nund alles wird still.".encode())
    code, out, err = poet("scan", "-", "--form", "haiku:de")
    assert code == 4
    assert out.splitlines()[-2:] == [
        "line 1 has 4 syllables, not 5: Der 1, Mond 1, geht 1, still 1",
        "haiku:de · syllables 4 7 5 · wrong length 1",
    ]
    assert err.startswith("poet: the poem does not keep the form haiku:de\n      line 1 has 4")


def test_a_form_that_is_met_is_exit_code_0(poet: Poet, verse: Path) -> None:
    code, out, err = poet("scan", verse, "--form", "wujue")
    assert (code, err) == (0, "")
    assert out.endswith("五絕 仄起首句不入韻 · 韻 下平八庚 (輕 聲) · 格律 20/20\n")


def test_terms_are_explained_beside_the_scan_where_people_read_it(
    poet: Poet, verse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, plain, err = poet("scan", verse)
    assert err == ""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    code, out, err = poet("scan", verse)
    assert (code, out) == (0, plain)
    terms = [line.split()[0] for line in err.splitlines() if line]
    assert {"平", "仄", "中", "五絕", "仄起首句不入韻", "韻", "下平", "格律"} <= set(terms)
    assert "孤平" not in terms
    assert len(terms) == len(set(terms))
    assert poet("scan", verse, "--json")[2] == ""


def test_strict_asks_for_every_reading(poet: Poet, verse: Path) -> None:
    code, out, err = poet("scan", verse, "--form", "五絕", "--tones", "strict")
    assert code == 4
    assert "吹 can be 平 and 仄, 平 is needed (兩讀" in out
    assert out.endswith("格律 19/20 · 兩讀 1\n")
    assert "--strictness lenient" in err
    assert poet("scan", verse, "--tones", "strict")[0] == 0


def test_json_is_one_object_with_each_poem(poet: Poet, tmp_path: Path) -> None:
    path = tmp_path / "two.txt"
    path.write_text(f"# 夜雨\n{GOOD}\n\n{OTHER}\n", encoding="utf-8")
    code, out, err = poet("scan", path, "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert list(found) == ["poet", "poems"]
    assert [(one["title"], one["form"]) for one in found["poems"]] == [("夜雨", "五絕"), ("", "")]
    assert json.loads(poet("scan", path, "--json", "--form", "五絕")[1])["poems"][1]["faults"]


@pytest.mark.parametrize(
    "text",
    [
        f"{GOOD}\n{GOOD}\n",
        f"{GOOD}\n\n{GOOD}",
        f"\n\n{GOOD[:12]}\r\n{GOOD[12:]}\r\n\r\n \r\n{GOOD}",
        f"夜雨\n\n{GOOD}\n\n秋聲\n某\n" + GOOD.replace("，", "，\n"),
        f"# 夜雨 / 某\n{GOOD}\n\n# 秋聲\n{GOOD}",
        f"夜雨\n{GOOD.replace('，', chr(10)).replace('。', chr(10))}\n{GOOD}（二首）",
        f"\ufeff{GOOD[:6]}（一作水）{GOOD[6:]}\n\n[三]{GOOD}",
    ],
)
def test_poems_stand_one_a_line_or_between_blank_lines(
    poet: Poet, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "poems.txt"
    path.write_bytes(text.encode())
    code, out, err = poet("scan", path, "--form", "五絕")
    assert (code, err) == (0, "")
    assert out.count("格律 20/20") == 2
    assert out.count("\n\n") == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "big5", "utf-16"])
def test_any_encoding_that_is_clearly_right_is_read(
    poet: Poet, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "poem.txt"
    path.write_bytes(GOOD.encode(encoding))
    code, out, _ = poet("scan", path, "--form", "五絕")
    assert code == 0
    assert "夜 雨 歸 舟 靜" in out


def test_simplified_verse_is_shown_as_it_is(poet: Poet, typing: Callable[[bytes], None]) -> None:
    typing("夜雨归舟静，灯寒客梦轻。西风吹落叶，片片作秋声。".encode())
    code, out, _ = poet("scan", "-", "--form", "五绝")
    assert code == 0
    assert "灯 寒 客 梦 轻   平平仄仄平  韻" in out


def test_lines_of_unequal_length_are_aligned(poet: Poet, typing: Callable[[bytes], None]) -> None:
    typing("江村好，落日滿前灘。一葉扁舟歸去晚，數聲漁笛隔秋山。新月出雲間。".encode())
    code, out, _ = poet("scan", "-", "--form", "憶江南")
    rows = out.splitlines()[:5]
    assert code == 0
    assert rows[0] == "江 村 好 　 　 　 　   平平仄"
    assert {row.index("   ") for row in rows} == {13}


@pytest.mark.parametrize("name", ["五排", "五言排律", "wupai", "5pai", " WuPai "])
def test_a_long_regulated_poem_may_have_any_number_of_lines(
    poet: Poet, typing: Callable[[bytes], None], name: str
) -> None:
    typing((GOOD * 4).encode())
    code, out, _ = poet("scan", "-", "--form", name)
    assert code == 4  # for its rhymes come back
    assert "needs" not in out
    assert "重韻" in out


def test_a_long_regulated_poem_asked_for_by_number_has_so_many_lines(
    poet: Poet, typing: Callable[[bytes], None]
) -> None:
    typing((GOOD * 4).encode())
    code, out, _ = poet("scan", "-", "--form", "wupai12")
    assert code == 4
    assert out.endswith("\n16 lines; 五排 needs 12.\n")


def written(tmp_path: Path) -> Path:
    """A poem as `poet write` leaves it in a file."""
    path = tmp_path / "written.json"
    record = poem_record(Poem("夜雨歸舟靜，燈寒客夢輕。\n西風吹落葉，片片作秋聲。"))
    path.write_text(to_json([record]), encoding="utf-8")
    return path


def test_what_poet_write_leaves_in_a_file_is_scanned(
    poet: Poet, typing: Callable[[bytes], None], tmp_path: Path
) -> None:
    code, out, _ = poet("scan", written(tmp_path), "--form", "五絕")
    assert code == 0
    assert out.count("格律 20/20") == 1
    typing(written(tmp_path).read_bytes())
    assert poet("scan", "-", "--form", "五絕") == (0, out, "")
    typing((to_jsonl(poem_record(Poem(GOOD))) + "\n").encode() * 2)
    code, out, err = poet("scan", "-", "--form", "五絕")
    assert (code, err) == (0, "")
    assert out.count("格律 20/20") == 2


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="there are no numbered files here")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_what_another_command_writes_into_a_pipe_is_scanned(poet: Poet, encoding: str) -> None:
    reading, writing = os.pipe()
    os.write(writing, GOOD.encode(encoding))
    os.close(writing)
    try:
        code, out, err = poet("scan", f"/dev/fd/{reading}", "--form", "五絕")
    finally:
        os.close(reading)
    assert code == 0
    assert "poet:" not in err
    assert out.endswith("格律 20/20\n")


@pytest.mark.skipif(not Path("/dev/stdin").exists(), reason="stdin has no name here")
def test_stdin_may_be_given_by_its_name(poet: Poet, typing: Callable[[bytes], None]) -> None:
    typing(GOOD.encode())
    code, out, _ = poet("scan", "/dev/stdin", "--form", "五絕")
    assert code == 0
    assert out.endswith("格律 20/20\n")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_no_command_waits_for_ever_for_a_pipe(
    poet: Poet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poet.files.PATIENCE", 0.05)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for arguments in (
        ("scan", pipe),
        ("corpus", "check", pipe),
        ("corpus", "show", pipe),
        ("corpus", "fetch", "tang", "--from-archive", pipe),
        ("train", pipe, "--steps", 1),
    ):
        code, out, err = poet(*arguments)
        assert (code, out) == (3, ""), arguments
        assert f"nobody has written into the pipe {pipe}" in err


def test_a_device_holds_no_verse(poet: Poet) -> None:
    code, out, err = poet("scan", os.devnull)
    assert (code, out) == (3, "")
    assert err.startswith(f"poet: there is no Chinese or English verse in {os.devnull}\n")
    assert "train" not in err


def test_a_folder_is_refused(poet: Poet, verse: Path) -> None:
    code, out, err = poet("scan", verse.parent)
    assert (code, out) == (2, "")
    assert err.endswith("is a directory.\n")


def test_bytes_that_only_a_mark_makes_characters_are_no_verse(
    poet: Poet, typing: Callable[[bytes], None]
) -> None:
    typing(b"\xff\xfe\0bad")
    code, out, err = poet("scan", "-")
    assert (code, out) == (3, "")
    assert "poet: there is no Chinese or English verse in stdin\n" in err
    typing("戀摡".encode("utf-16"))
    assert poet("scan", "-", "--encoding", "utf-16")[0] == 0  # who names it is believed


@pytest.mark.parametrize(
    ("poems", "said"),
    [
        (f"{GOOD}\n\n{OTHER}", "1 of 2 poems is not 五絕"),
        (f"{OTHER}\n\n{OTHER}", "2 of 2 poems are not 五絕"),
        (OTHER, "the poem is not 五絕"),
    ],
)
def test_how_many_poems_miss_the_form_is_said(
    poet: Poet, typing: Callable[[bytes], None], poems: str, said: str
) -> None:
    typing(poems.encode())
    assert poet("scan", "-", "--form", "五絕")[2].startswith(f"poet: {said}\n")


@pytest.mark.parametrize("text", [b"", b"\n", b"[", b"12 34", b"\xff\xfe", b"{}", b"..."])
def test_where_nothing_is_chinese_it_is_said_with_an_example(
    poet: Poet, typing: Callable[[bytes], None], text: bytes
) -> None:
    typing(text)
    code, out, err = poet("scan", "-")
    assert (code, out) == (3, "")
    assert err.startswith("poet: ")
    assert len(err.splitlines()) == 2


def test_a_missing_file_is_met_with_a_near_name(poet: Poet, verse: Path) -> None:
    code, out, err = poet("scan", verse.with_name("vers.txt"))
    assert (code, out) == (3, "")
    assert str(verse) in err


def test_without_a_file_a_terminal_is_not_waited_for(
    poet: Poet, monkeypatch: pytest.MonkeyPatch, typing: Callable[[bytes], None]
) -> None:
    typing(b"")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    code, _, err = poet("scan")
    assert code == 2
    assert "name a file" in err


def test_a_form_that_does_not_exist_is_met_with_the_nearest(poet: Poet, verse: Path) -> None:
    code, _, err = poet("scan", verse, "--form", "五觉")
    assert code == 2
    assert "五" in err


def test_no_bytes_lead_to_a_traceback(poet: Poet, typing: Callable[[bytes], None]) -> None:
    rng = random.Random(7)
    pieces = [
        GOOD.encode(),
        b"[/red]",
        b"\xed\xa0\x80",
        b"\x1b[31m",
        "□（".encode(),
        b"\n\n",
        b"\0",
    ]
    for _ in range(40):
        typing(b"".join(rng.choices([*pieces, rng.randbytes(3)], k=4)))
        code, out, err = poet("scan", "-", *rng.choice([(), ("--json",), ("--form", "七絕")]))
        assert code in (0, 3, 4)
        assert "Traceback" not in err
        assert "\x1b" not in out
