"""Whatever a file is, it is read, or refused with a sentence that says what to do."""

from __future__ import annotations

import io
import json
import os
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from poet.corpus.formats import lines, poems, stream
from poet.corpus.read import Source, read
from poet.corpus.stanzas import stanzas
from poet.corpus.text_lines import MAX_LINE
from poet.errors import InputError, PoetError, UsageError
from poet.poem import Poem
from poet.render.export import save

VERSE = "春水連天碧，明月照大江。孤舟人不寐，燈影落寒窗。"
SIMPLE = "春水连天碧，明月照大江。孤舟人不寐，灯影落寒窗。"


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    def write(content: str | bytes, name: str = "verse.txt") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def quiet(said: str) -> None:
    pass


def texts(source: Source) -> list[str]:
    return [poem.text for poem in source.pieces]


def refused(path: Path, **options: Any) -> PoetError:
    with pytest.raises(PoetError) as error:
        list(read([path], notify=quiet, **options).pieces)
    return error.value


# layouts


def test_poems_stand_between_blank_lines_with_title_and_author_above(
    file: Callable[..., Path],
) -> None:
    path = file(
        "# 夜泊 / 無名\n春水連天碧，\n明月照大江。\n\n\n# 孤舟\n孤舟人不寐，\n燈影落寒窗。\n"
    )
    source = read([path], notify=quiet)
    assert source.kind == "poems"
    assert list(source.pieces) == [
        Poem("春水連天碧，\n明月照大江。", "夜泊", "無名"),
        Poem("孤舟人不寐，\n燈影落寒窗。", "孤舟"),
    ]


def test_whole_poems_a_line_are_one_poem_each(file: Callable[..., Path]) -> None:
    source = read([file(f"{VERSE}\n{VERSE[::-1]}\r\n{VERSE}\n")], notify=quiet)
    assert source.files[0].layout == "lines"
    assert texts(source) == [VERSE, VERSE[::-1], VERSE]


def test_speeches_of_a_play_are_one_long_text(file: Callable[..., Path]) -> None:
    play = "Ann:\nWho knocks so late?\n\nA voice:\nOnly the rain.\r\n\r\nAnn:\nCome in, rain.\n" * 9
    source = read([file(play)], notify=quiet)
    assert source.kind == "stream"
    assert "".join(texts(source)) == play


def test_prose_is_one_long_text(file: Callable[..., Path]) -> None:
    paragraph = "The rain had come in the night, " * 9 + "and nobody had let it in.\n\n"
    assert read([file(paragraph * 5)], notify=quiet).kind == "stream"


def test_english_verse_between_blank_lines_is_poems(file: Callable[..., Path]) -> None:
    verse = "Rain on the roof,\nA lamp in the hall,\nNobody home\nTo hear it fall.\n\n"
    assert read([file(verse * 3)], notify=quiet).kind == "poems"


def test_a_blank_line_is_a_stanza_break_where_poems_have_headings(
    file: Callable[..., Path],
) -> None:
    path = file("# Rain / Nobody\nOn the roof,\n\nand on.\n\n\nand on.\n\n# Lamp\nA lamp.\n")
    source = read([path], notify=quiet)
    assert source.files[0].layout == "stanzas"
    assert list(source.pieces) == [
        Poem("On the roof,\n\nand on.\n\nand on.", "Rain", "Nobody"),
        Poem("A lamp.", "Lamp"),
    ]


@pytest.mark.parametrize("border", ["\n\n\n", "\n \n\t\n\n", "\n\n***\n\n", "\n- - -\n"])
def test_without_headings_poems_end_at_two_blank_lines_or_a_rule(
    border: str, file: Callable[..., Path]
) -> None:
    rain, lamp = "On the roof,\non the sill.\n\nand on.", "A lamp in the hall,\nno one home."
    source = read([file(border.join((rain, lamp, rain)))], notify=quiet)
    assert source.files[0].layout == "stanzas"
    assert texts(source) == [rain, lamp, rain]


def test_where_one_blank_line_is_all_there_is_each_block_is_a_poem_unless_told(
    file: Callable[..., Path],
) -> None:
    path = file("On the roof,\non the sill.\n\nA lamp in the hall,\nno one home.\n")
    assert texts(read([path], notify=quiet)) == path.read_text().strip().split("\n\n")
    assert texts(read([path], layout="stanzas", notify=quiet)) == [path.read_text().strip()]


def test_a_slip_of_the_hand_does_not_make_stanzas_of_poems(file: Callable[..., Path]) -> None:
    haiku = "Rain on the roof,\na lamp in the hall,\nnobody home.\n\n"
    source = read([file(haiku * 50 + "\n" + haiku * 50)], notify=quiet)
    assert source.files[0].layout == "poems"
    assert len(texts(source)) == 100


def test_a_line_alone_above_stanzas_is_their_title(file: Callable[..., Path]) -> None:
    rain, lamp = "On the roof,\non the sill.\n\nand on.", "A lamp in the hall,\nno one home."
    path = file(f"RAIN.\n    Nobody\n\n{rain}\n\n\nLamp\n\n\n{lamp}\n\n\n{lamp}\n\n\nWhy not?\n")
    assert list(read([path], notify=quiet).pieces) == [
        Poem(rain, "RAIN.", "Nobody"),
        Poem(lamp, "Lamp"),
        Poem(lamp),
        Poem("Why not?"),
    ]


def test_the_margin_of_a_page_is_no_part_of_its_verse(file: Callable[..., Path]) -> None:
    page = "    Rain on the roof,\n      a lamp in the hall.\n\n    no one,\n    no one.\n\n\n"
    poem = "Rain on the roof,\n  a lamp in the hall.\n\nno one,\nno one."
    assert texts(read([file(page * 2)], notify=quiet)) == [poem, poem]


def test_chinese_poems_are_read_as_they_were(file: Callable[..., Path]) -> None:
    lines = "春水連天碧，\n明月照大江。\n"
    path = file(f"# 夜泊\n{lines}\n{lines}\n\n{lines}\n{lines}")
    source = read([path], notify=quiet)
    assert source.files[0].layout == "poems"
    assert list(source.pieces) == [Poem(lines.strip(), "夜泊"), *[Poem(lines.strip())] * 3]


def test_the_licence_of_project_gutenberg_is_not_read(file: Callable[..., Path]) -> None:
    licence = "This eBook is for the use of anyone anywhere.\n" * 20
    verse = "Rain on the roof,\na lamp in the hall.\n\nno one,\nno one.\n\n\n" * 300
    book = (
        f"{licence}\n*** START OF THE PROJECT GUTENBERG EBOOK RAIN ***\n\n\n{verse}"
        "End of Project Gutenberg's Rain\n\n"
        f"*** END OF THIS PROJECT GUTENBERG EBOOK RAIN ***\n{licence}"
    )
    path = file(book)
    for size in (7, 1_000, 1 << 18):
        found = texts(read([path], chunk_size=size, notify=quiet))
        assert found == ["Rain on the roof,\na lamp in the hall.\n\nno one,\nno one."] * 300


@pytest.mark.parametrize(
    "verse", [["Rain.", "", "A lamp."], [["Rain."], ["A lamp."]], "Rain.\n\nA lamp."]
)
def test_stanzas_in_json_are_kept(verse: object, file: Callable[..., Path]) -> None:
    assert texts(read([file(json.dumps([{"text": verse}]), "a.json")], notify=quiet)) == [
        "Rain.\n\nA lamp."
    ]


@pytest.mark.parametrize("suffix", [".txt", ".json", ".jsonl"])
def test_poems_that_poet_saved_are_read_with_their_stanzas(suffix: str, tmp_path: Path) -> None:
    poems = [
        Poem("Rain on the roof,\nall night.\n\nno one,\nno one.", "Rain", "Nobody"),
        Poem("A lamp,\nnothing else.\n\nAnd snow.", "Lamp"),
        Poem("A road,\na road."),
    ]
    save(tmp_path / f"poems{suffix}", poems)
    assert list(read([tmp_path / f"poems{suffix}"], notify=quiet).pieces) == poems


@pytest.mark.parametrize("key", ["paragraphs", "text", "lines", "content"])
def test_json_objects_keep_their_verse_under_any_usual_key(
    key: str, file: Callable[..., Path]
) -> None:
    data = [{key: ["春水連天碧，", "明月照大江。"], "rhythmic": "漁歌", "author": "無名"}]
    source = read([file(json.dumps(data, indent=1), "a.json")], notify=quiet)
    assert list(source.pieces) == [Poem("春水連天碧，\n明月照大江。", "漁歌", "無名")]


def test_a_single_json_object_is_one_poem(file: Callable[..., Path]) -> None:
    source = read(
        [file(json.dumps({"text": VERSE, "title": None}, indent=1), "a.json")], notify=quiet
    )
    assert list(source.pieces) == [Poem(VERSE)]


def test_json_lines_may_be_objects_or_strings(file: Callable[..., Path]) -> None:
    text = json.dumps({"text": VERSE, "author": "無名"}) + "\n\n" + json.dumps(SIMPLE) + "\n"
    source = read([file(text, "a.jsonl")], notify=quiet)
    assert list(source.pieces) == [Poem(VERSE, author="無名"), Poem(SIMPLE)]


def test_json_in_pieces_equals_json_at_once(file: Callable[..., Path]) -> None:
    data = [{"paragraphs": [VERSE] * (n % 3), "title": f"[{n}], {{"} for n in range(40)]
    path = file(json.dumps(data, ensure_ascii=False), "a.json")
    at_once = list(read([path], notify=quiet).pieces)
    for size in (1, 2, 7, 64):
        assert list(read([path], chunk_size=size, notify=quiet).pieces) == at_once
    assert [poem.title for poem in at_once] == [
        item["title"] for item in data if item["paragraphs"]
    ]


def test_text_in_pieces_equals_text_at_once() -> None:
    text = "# a\r\n春\r水\r\n\r\n\n月\n \nb\nc\r"
    for layout in (poems, stanzas, lines):
        at_once = list(layout([text]))
        for size in range(1, 6):
            pieces = [text[at : at + size] for at in range(0, len(text), size)]
            assert list(layout(pieces)) == at_once


def test_half_a_surrogate_pair_in_json_does_not_get_in(file: Callable[..., Path]) -> None:
    assert texts(read([file(r'["春水\ud83d連天"]', "a.json")], notify=quiet)) == ["春水\ufffd連天"]


def test_damaged_json_is_refused_with_the_place(file: Callable[..., Path]) -> None:
    error = refused(file('[{"text": "春水"}, {"text": "明月', "a.json"))
    assert "damaged: no whole JSON value at character 17" in error.message


def test_json_without_verse_is_refused_with_its_keys(file: Callable[..., Path]) -> None:
    error = refused(file('[{"name": "a", "desc": "b"}]', "a.json"))
    assert "no verse: its objects have the keys name desc" in error.message


def test_what_is_found_is_said_aloud(file: Callable[..., Path]) -> None:
    said: list[str] = []
    path = file(f"{VERSE}\n\n{VERSE}\n")
    read([path], notify=said.append)
    assert said == [f"{path}: poems between blank lines (--layout poems)"]


def test_an_unknown_layout_is_refused_with_the_known_ones(file: Callable[..., Path]) -> None:
    with pytest.raises(UsageError) as error:
        read([file(VERSE)], layout="colums", notify=quiet)
    assert "auto poems stanzas lines table json jsonl tei stream" in error.value.hint


# size


def test_a_stream_in_pieces_is_the_text_exactly() -> None:
    text = ["ab\r\n" * 300_000, "", "c" * 1_500_000, "\n"]
    pieces = [piece.text for piece in stream(text)]
    assert "".join(pieces) == "".join(text)
    assert [len(piece) for piece in pieces] == [1_200_000, 1_500_000, 1]


def test_an_endless_line_comes_in_pieces(file: Callable[..., Path]) -> None:
    source = read([file("春" * (2 * MAX_LINE + 5))], layout="lines", notify=quiet)
    assert [len(text) for text in texts(source)] == [MAX_LINE, MAX_LINE, 5]


@pytest.mark.parametrize("layout", ["poems", "stanzas", "lines", "stream"])
def test_a_large_file_is_never_held_whole(layout: str, file: Callable[..., Path]) -> None:
    path = file("a" * 24_000_000)
    tracemalloc.start()
    total = sum(len(piece.text) for piece in read([path], layout=layout, notify=quiet).pieces)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 24_000_000
    assert peak < 8_000_000


# folders and stdin


def test_a_folder_is_read_in_natural_order_and_counts_what_it_ignores(
    file: Callable[..., Path],
) -> None:
    for number in (0, 1000, 10000, 2000):
        path = file(json.dumps([f"第{number}首"]), f"corpus/poet.tang.{number}.json")
    for other in ("README.md", "fetched.json", "authors.tang.json", ".hidden.txt", "a.png"):
        file("x", f"corpus/{other}")
    said: list[str] = []
    source = read([path.parent], notify=said.append)
    assert texts(source) == ["第0首", "第1000首", "第2000首", "第10000首"]
    assert said[0] == f"{path.parent}: 5 other files ignored"


def test_a_folder_without_text_is_refused(tmp_path: Path) -> None:
    assert "holds no text" in refused(tmp_path).message


@pytest.mark.parametrize("dash", ["-", Path("-")])
def test_a_dash_is_stdin(dash: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = "\ufeff" + f"{VERSE}\n" * 3_000  # longer than what is looked at first
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    source = read([dash], notify=quiet)
    assert source.names == ("stdin",)
    assert texts(source) == [VERSE] * 3_000


def test_poems_and_long_texts_are_not_mixed(file: Callable[..., Path]) -> None:
    play = file("Ann:\nWho knocks?\n\nA voice:\nThe rain.\n", "play.txt")
    with pytest.raises(InputError, match="one long text"):
        read([file(f"{VERSE}\n\n{VERSE}"), play], notify=quiet)


# encodings


@pytest.mark.parametrize(
    ("text", "codec"),
    [(VERSE, "big5"), (SIMPLE, "gb18030"), (VERSE, "gb18030"), (SIMPLE, "utf-16")],
)
def test_other_encodings_are_recognised_and_said_aloud(
    text: str, codec: str, file: Callable[..., Path]
) -> None:
    said: list[str] = []
    source = read([file(f"{text}\n\n{text}\n".encode(codec))], notify=said.append)
    assert texts(source) == [text, text]
    assert (
        "not UTF-8, read as " + {"big5": "big5", "utf-16": "utf-16-le"}.get(codec, codec)
        in (said[0])
    )


def test_a_byte_order_mark_is_no_part_of_the_text(file: Callable[..., Path]) -> None:
    assert texts(read([file(("\ufeff" + VERSE).encode())], notify=quiet)) == [VERSE]


def test_latin_1_is_not_taken_for_chinese(file: Callable[..., Path]) -> None:
    path = file("Où sont les neiges d'été, où la rosée, où l'âge?\n\n".encode("latin-1") * 9)
    error = refused(path)
    assert error.message == f"{path} is not UTF-8: line 1 (byte 1) cannot be decoded"
    assert "--encoding" in error.hint
    assert "été" in texts(read([path], encoding="latin-1", notify=quiet))[0]


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "big5"])
def test_a_bad_byte_deep_inside_is_named(codec: str, file: Callable[..., Path]) -> None:
    good = f"{VERSE}\n".encode(codec) * 20_000
    error = refused(file(good + b"\xe6\xff\xff" + good), encoding=codec)
    assert f"line 20,001 (byte {len(good):,}) cannot be decoded" in error.message


def test_a_text_cut_inside_a_character_is_refused(file: Callable[..., Path]) -> None:
    whole = (f"{VERSE}\n" * 2_000).encode()
    assert f"line 2,000 (byte {len(whole) - 4:,})" in refused(file(whole[:-2])).message


@pytest.mark.parametrize("place", range(65_530, 65_540))
def test_a_character_across_the_end_of_the_sample_does_no_harm(
    place: int, file: Callable[..., Path]
) -> None:
    source = read([file("a" * place + "春" * 9)], layout="stream", notify=quiet)
    assert "".join(texts(source)) == "a" * place + "春" * 9


def test_surrogates_by_bytes_are_refused(file: Callable[..., Path]) -> None:
    assert "byte 3" in refused(file("春".encode() + b"\xed\xa0\x80")).message


@pytest.mark.parametrize("name", ["utf-9", "hex", "rot13", ""])
def test_an_unknown_encoding_is_refused(name: str, file: Callable[..., Path]) -> None:
    assert "no text encoding" in refused(file(VERSE), encoding=name).message


# what is no text


@pytest.mark.parametrize(
    ("content", "name", "what"),
    [
        (b"PK\x03\x04\x14\x00", "a.txt", "a zip archive"),
        (b"%PDF-1.7", "a.txt", "a PDF"),
        (b"\x1f\x8b\x08\x00", "a.txt", "a gzip archive"),
        (b"<!DOCTYPE HTML><html>", "a.txt", "a web page"),
        (b"whatever", "a.docx", "an office document"),
    ],
)
def test_documents_and_archives_are_to_be_saved_as_text_first(
    content: bytes, name: str, what: str, file: Callable[..., Path]
) -> None:
    error = refused(file(content, name))
    assert what in error.message
    assert error.hint == "save it as plain text (UTF-8) first"


def test_nul_bytes_are_no_text(file: Callable[..., Path]) -> None:
    assert "byte 4 is NUL" in refused(file(b"abcd\x00\x01\x02")).message


@pytest.mark.parametrize("content", [b"", b" \n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(content: bytes, file: Callable[..., Path]) -> None:
    assert refused(file(content)).message.endswith("is empty")


def test_a_missing_file_is_met_with_a_similar_name(file: Callable[..., Path]) -> None:
    path = file(VERSE, "quatrains.txt")
    error = refused(path.with_name("quatrain.txt"))
    assert "there is no file" in error.message
    assert error.hint == f"did you mean {path}?"
    assert error.exit_code == 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_with_a_name_is_read_once_however_slow_its_writer(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def write() -> None:
        with pipe.open("w", encoding="utf-8") as file:
            for line in VERSE.splitlines(keepends=True):
                time.sleep(0.01)
                file.write(line)
                file.flush()

    with ThreadPoolExecutor() as pool:
        writing = pool.submit(write)
        poems = list(read([pipe], notify=lambda remark: None).pieces)
        writing.result()
    (tmp_path / "verse.txt").write_text(VERSE, "utf-8")
    assert poems == list(read([tmp_path / "verse.txt"], notify=lambda remark: None).pieces)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_that_nobody_writes_into_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poet.files.PATIENCE", 0.05)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="nobody has written into the pipe") as error:
        read([tmp_path / "pipe"], notify=lambda remark: None)
    assert "give a file" in error.value.hint


def test_a_device_is_refused() -> None:
    with pytest.raises(InputError, match="is a device, and holds no text"):
        read([Path(os.devnull)], notify=lambda remark: None)
