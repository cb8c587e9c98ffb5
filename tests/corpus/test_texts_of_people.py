"""Texts as people have them: each poem is found, with its title, and all else is counted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from poet.corpus.clean import clean_source
from poet.corpus.fields import Fields
from poet.corpus.read import read
from poet.errors import InputError, UsageError
from poet.poem import Poem

A = "竹戶臨流水，柴門對遠山。日長人不到，唯有白雲還。"
B = "燈殘更漏永，雨細竹窗深。獨坐無人語，秋蟲伴苦吟。"
C = "石徑苔痕濕，松陰鳥語清。行人知路遠，回首暮雲生。"
VERSES = (A, B, C)
TITLES, AUTHORS = ("溪居", "夜坐", "山行"), ("張三", "李四", "王五")
BARE = [Poem(verse) for verse in VERSES]
TITLED = [Poem(verse, title) for verse, title in zip(VERSES, TITLES, strict=True)]
NAMED = [Poem(*parts) for parts in zip(VERSES, TITLES, AUTHORS, strict=True)]
RECORDS = [{"title": p.title, "author": p.author, "content": p.text} for p in NAMED]

Reading = Callable[..., tuple[list[Poem], Counter[str]]]


def rows(verse: str) -> str:
    """The verse with a line break after each stop."""
    return verse.replace("，", "，\n").replace("。", "。\n").strip()


def each(pattern: str) -> str:
    """The pattern once for each poem: t is its title, a its author, v its verse, r its rows."""
    return "".join(
        pattern.format(t=p.title, a=p.author, v=p.text, r=rows(p.text), n=n)
        for n, p in enumerate(NAMED, 1)
    )


@pytest.fixture
def learnt(tmp_path: Path) -> Reading:
    """The poems of a text as a model learns them, and what was left out of it."""

    def reading(
        content: str | bytes, name: str = "verse.txt", **options: object
    ) -> tuple[list[Poem], Counter[str]]:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        source = read([path], notify=lambda message: None, **options)  # type: ignore[arg-type]
        poems = list(clean_source(source, source.pieces, Counter()))
        return poems, source.left_out

    return reading


# borders


@pytest.mark.parametrize("blank", ["\u00a0", "\u200b", "\u3000", "\t", "\ufeff", " \u2060 "])
def test_a_line_of_invisible_characters_is_blank(blank: str, learnt: Reading) -> None:
    assert learnt(each("{r}\n" + blank + "\n"))[0] == BARE


@pytest.mark.parametrize("rule", ["---", "* * *", "***", "＊＊＊", "※", "——", "======"])
def test_a_row_of_marks_is_a_border(rule: str, learnt: Reading) -> None:
    poems, left_out = learnt(each("{r}\n" + rule + "\n"))
    assert poems == BARE
    assert left_out == {"rows of marks between poems": 3}


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x0b", "\x85", "\r"])
def test_any_line_end_is_one(end: str, learnt: Reading) -> None:
    assert learnt(each("{t}\n{r}\n\n").replace("\n", end))[0] == TITLED


def test_a_blank_line_after_each_line_is_no_border_where_wider_gaps_are(learnt: Reading) -> None:
    text = each("{t}\n{r}\n\n").replace("\n", "\n\n")
    assert learnt(text)[0] == TITLED


# headings


@pytest.mark.parametrize(
    "pattern",
    [
        "{t}\n{r}\n\n",
        "{t}\n\n{r}\n\n",
        "{t}\n{v}\n",
        "{t}：{v}\n",
        "{t}:{v}\n",
        "{t}：{v}\n\n",
        "《{t}》{v}\n",
        "{t} {v}\n",
        "{n}. {t}\n{r}\n\n",
        "{n}、{t}：{v}\n",
        "## {t}\n{r}\n",
        "- **{t}**：{v}\n",
        "{t}\n====\n\n{r}\n\n",
        "\u3000\u3000{t}\u3000\n\u3000\u3000{v}\n\n",
        "{t}\n{v}\n\n- {n} -\n\n",
        "{t}[{n}]\n{v}\n\n",
        "題目：{t}\n{r}\n\n",
        "> {t}\n> {v}\n>\n",
    ],
)
def test_a_title_is_no_verse(pattern: str, learnt: Reading) -> None:
    assert learnt(each(pattern))[0] == TITLED


@pytest.mark.parametrize(
    "pattern",
    [
        "{t}\n{a}\n{r}\n\n",
        "{t}\n\n{a}\n\n{v}\n\n",
        "{t}\n作者：{a}\n{r}\n\n",
        "{t}\n唐代：{a}\n{r}\n\n",
        "{t}\n{a}〔唐代〕\n\n{v}\n\n完善 分享 译文 注释\n\n",
        "00{n}\n{a}\n{t}\n{r}\n\n",
        "{t} {a}\n{r}\n\n",
        "《{t}》〔唐〕{a}\n{r}\n\n",
        "{r}\n——{a}《{t}》\n\n",
        "{a}《{t}》：{v}\n",
        "{t} {a} {v}\n",
        "# {t} / {a}\n{r}\n\n",
        "## {t}\n\n*{a}*\n\n> {v}\n\n---\n",
        "{t}\n作者：{a}\n{v}\n來源：https://example.org/{n}\n\n",
        "{t}&nbsp;{a}<br>{v}<br>\n\n",
    ],
)
def test_title_and_author_are_told_apart(pattern: str, learnt: Reading) -> None:
    assert learnt(each(pattern))[0] == NAMED


def test_headings_of_a_book_and_its_parts_are_counted_and_not_learnt(learnt: Reading) -> None:
    poems, left_out = learnt("古詩選\n\n卷一\n\n" + each("{t}\n\n{v}\n\n"))
    assert poems == TITLED
    assert left_out == {"headings without verse": 2}


def test_numbered_poems_of_one_title_keep_it(learnt: Reading) -> None:
    poems, _ = learnt(f"感遇三首\n\n其一\n{A}\n\n其二\n{B}\n\n其三\n{C}\n")
    assert [poem.title for poem in poems] == ["感遇三首 其一", "感遇三首 其二", "感遇三首 其三"]


def test_a_preface_is_no_verse(learnt: Reading) -> None:
    poems, left_out = learnt(f"溪居\n癸卯暮春，與客遊於溪上，歸而作此。\n{A[:12]}\n{A[12:]}\n")
    assert poems == TITLED[:1]
    assert left_out == {"prefaces": 1}


def test_stanzas_of_free_verse_stay_with_their_title(learnt: Reading) -> None:
    first = "輕輕的風走了，\n正如昨夜的雨；\n我等一個不來的人。"
    second = "那河畔的柳，\n是舊時的新娘；\n影子在心頭蕩漾。"
    poems, _ = learnt(f"再別\n\n{first}\n\n{second}\n\n偶然\n\n{second}\n\n{first}\n")
    assert [(poem.title, len(poem.text)) for poem in poems] == [("再別", 44), ("偶然", 44)]
    bare = "夜\n\n風停了\n燈還亮着\n\n你沒有來\n只有一隻貓\n走過長長的屋頂\n\n\n"
    poems, _ = learnt(f"{bare}晨\n\n窗外的鳥\n叫醒了沒有睡的人\n\n一天又開始\n")
    assert [(poem.title, poem.text.count("\n\n")) for poem in poems] == [("夜", 1), ("晨", 1)]


def test_english_titles_part_poems_and_keep_their_stanzas_together(learnt: Reading) -> None:
    road = "I walked along the empty road\nbefore the sun was high,\n\nand no one\ncame along."
    well = "The well is deep, the well is cold,\nthe bucket has no rope.\n\nWe wait\nand wait."
    expected = [Poem(road, "The Road"), Poem(well, "The Well")]
    assert learnt(f"The Road\n\n{road}\n\nThe Well\n\n{well}\n")[0] == expected
    by = learnt(f"THE ROAD\nby Ann Nobody\n\n{road}\n\n\nTHE WELL\nby Ben Nobody\n\n{well}\n")[0]
    assert by == [Poem(road, "THE ROAD", "Ann Nobody"), Poem(well, "THE WELL", "Ben Nobody")]


def test_numbers_of_english_poems_are_borders(learnt: Reading) -> None:
    poems, _ = learnt("I\n\nA lamp, a door,\nno one.\n\nII\n\nThe rain, the road,\nno one.\n")
    assert [poem.text for poem in poems] == [
        "A lamp, a door,\nno one.",
        "The rain, the road,\nno one.",
    ]


# rows that are no verse


@pytest.mark.parametrize("pinyin", ["yè yǔ tīng shān xiǎng", "ye4 yu3 ting1", "ㄧㄝˋ ㄩˇ ㄊㄧㄥ"])
def test_rows_of_pinyin_are_left_out(pinyin: str, learnt: Reading) -> None:
    text = "\n\n".join("".join(f"{pinyin}\n{row}\n" for row in rows(v).split()) for v in VERSES)
    poems, left_out = learnt(text)
    assert poems == BARE
    assert left_out == {"rows of pinyin": 12}


def test_notes_and_translations_are_left_out(learnt: Reading) -> None:
    poems, left_out = learnt(
        each("{t}①\n{a}\n{r}\n【注釋】\n①竹戶：竹門。\n\n【譯文】\n這是一段白話的翻譯文字。\n\n")
    )
    assert poems == NAMED
    assert left_out == {"rows of notes": 12}


def test_the_times_of_a_song_are_no_verse_and_its_facts_are_its_heading(learnt: Reading) -> None:
    times = "".join(f"[00:0{n}.50]{row}\n" for n, row in enumerate(rows(A).split()))
    poems, left_out = learnt(f"[ti:溪居]\n[ar:張三]\n{times}", "song.lrc")
    assert poems == NAMED[:1]
    assert left_out == {"rows of facts about a song": 2}


@pytest.mark.parametrize(
    "stamp", ["張三 2024-03-01 10:21:11\n", "[01/03/2024, 10:21] Ann: ", "2024/3/1 10:21 - Ann: "]
)
def test_the_times_of_messages_are_no_verse(stamp: str, learnt: Reading) -> None:
    poems, left_out = learnt("".join(f"{stamp}{verse}\n\n" for verse in VERSES))
    assert poems == BARE
    assert left_out == {"times of messages": 3}


# characters between spaces, lines without stops


def test_characters_between_spaces_are_lines_not_words(learnt: Reading) -> None:
    spaced = "\n".join(" ".join(row) for row in rows(A).split())
    assert learnt(spaced.replace(" ，", "").replace(" 。", ""), layout="lines")[0] == [
        Poem(f"{row[:5]}。") for row in rows(A).split()
    ]
    assert learnt(each("{v}\n").replace("", " "))[0] == BARE


def test_poems_in_one_line_without_stops_are_several(learnt: Reading) -> None:
    assert learnt(each("{v}\n").replace("，", "").replace("。", ""))[0] == BARE


def test_haiku_in_one_line_are_japanese_and_several(learnt: Reading) -> None:
    haiku = ["古き池や蛙の音もなき夜かな", "秋の灯や人なき道の雨の音", "夏草や駅に残れる声ひとつ"]
    assert learnt("\n".join(haiku))[0] == [Poem(line) for line in haiku]


# tables


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("题目,朝代,作者,内容\n" + each("{t},唐,{a},{v}\n"), "a.csv"),
        ("\ufefftitle\tauthor\tcontent\n" + each("{t}\t{a}\t{v}\n"), "a.tsv"),
        ("title,author,content\n" + each('{t},{a},"{r}"\n'), "a.csv"),
        (each("{t}|{a}|{v}\n"), "a.txt"),
        (each("{n}\t{t}\t{a}\t{v}\n"), "a.txt"),
        ("| 題目 | 作者 | 詩 |\n|---|---|---|\n" + each("| {t} | {a} | {v} |\n"), "a.md"),
        ("Titel;Autor;Gedicht\n" + each("{t};{a};{v}\n"), "a.csv"),
        (("標題\t作者\t內容\n" + each("{t}\t{a}\t{v}\n")).encode("utf-16"), "a.txt"),
    ],
)
def test_a_table_is_read_by_its_columns(content: str | bytes, name: str, learnt: Reading) -> None:
    assert learnt(content, name)[0] == NAMED


def test_stops_that_are_delimiters_too_stay_in_their_cell(learnt: Reading) -> None:
    table = "title,content\n" + each("{t},{v}\n").replace("，", ",").replace("。", ".")
    assert learnt(table, "a.csv")[0] == TITLED


def test_a_mark_that_is_never_closed_swallows_no_poems(learnt: Reading) -> None:
    table = 'title,content\n"Rain","On the roof."\n"Lamp","A door."\n' * 40
    with pytest.raises(InputError, match="a quotation mark opened in line 121 is not closed"):
        learnt(f'{table[:-1]}\n"Snow","All night.\n"Road","No one."\n', "a.csv")


def test_verse_with_commas_is_no_table(learnt: Reading) -> None:
    verse = "The rain, the lamp,\nthe road, the snow,\nno one, no one,\nno one."
    assert [poem.text for poem in learnt(f"{verse}\n\n{verse}")[0]] == [verse, verse]


# JSON


@pytest.mark.parametrize(
    "value",
    [
        RECORDS,
        {"data": RECORDS},
        {"code": 0, "result": {"total": 3, "items": RECORDS}},
        {str(i): record for i, record in enumerate(RECORDS)},
        [{"诗名": p.title, "作者": p.author, "诗文": p.text} for p in NAMED],
        [{**r, "content": [[row] for row in rows(r["content"]).split()]} for r in RECORDS],
        {"rows": [{"row": record} for record in RECORDS]},
        {p.author: [{"title": p.title, "text": p.text}] for p in NAMED},
        [["title", "author", "content"], *(list(record.values()) for record in RECORDS)],
        [list(record.values()) for record in RECORDS],
        {key: [record[key] for record in RECORDS] for key in RECORDS[0]},
        {key: {str(i): r[key] for i, r in enumerate(RECORDS)} for key in RECORDS[0]},
        {"columns": list(RECORDS[0]), "data": [list(record.values()) for record in RECORDS]},
        [
            {**r, "content": f"<p>{rows(r['content']).replace(chr(10), '<br/>')}</p>"}
            for r in RECORDS
        ],
        {"big": int("9" * 300), "poems": RECORDS},
    ],
)
def test_json_of_any_usual_shape_is_read(value: object, learnt: Reading) -> None:
    for indent in (None, 1):
        assert learnt(json.dumps(value, ensure_ascii=False, indent=indent), "a.json")[0] == NAMED


@pytest.mark.parametrize(
    "value", [{p.title: p.text for p in TITLED}, {p.title: rows(p.text).split() for p in TITLED}]
)
def test_an_object_may_hold_poems_by_their_titles(value: object, learnt: Reading) -> None:
    assert learnt(json.dumps(value), "a.json")[0] == TITLED


def test_lists_of_lines_are_poems(learnt: Reading) -> None:
    assert learnt(json.dumps([rows(verse).split() for verse in VERSES]), "a.json")[0] == BARE


def test_of_joined_json_values_each_is_read(learnt: Reading) -> None:
    joined = "\n".join(json.dumps([record]) for record in RECORDS)
    for text in (joined, joined.replace("\n", ""), json.dumps(RECORDS, indent=1) * 2):
        poems, _ = learnt(text, "a.json")
        assert poems == NAMED * (len(poems) // 3)
    assert len(poems) == 6


def test_a_number_of_thousands_of_digits_does_no_harm(learnt: Reading) -> None:
    for name in ("a.json", "a.jsonl"):
        assert learnt(f'{{"id": {"9" * 5_000}, "text": "{A}"}}\n', name)[0] == BARE[:1]


def test_records_without_text_are_counted(learnt: Reading) -> None:
    poems, left_out = learnt(json.dumps([*RECORDS, {"title": "none"}, {"content": ""}]), "a.json")
    assert poems == NAMED
    assert left_out == {"records without text": 2}


def test_the_field_is_found_said_and_may_be_chosen(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"old": f"{v[::-1]}x", "new": v, "by": "某"} for v in VERSES]))
    said: list[str] = []
    source = read([path], fields=Fields("new"), notify=said.append)
    assert [poem.text for poem in source.pieces] == list(VERSES)
    assert said[-1] == f"{path}: text from 'new', author from 'by'"
    list(read([path], notify=said.append).pieces)
    assert said[-1].endswith("(--text-field old --author-field by)")
    with pytest.raises(UsageError, match="has no field 'nwe'") as error:
        list(read([path], fields=Fields("nwe"), notify=said.append).pieces)
    assert error.value.hint == "did you mean new?"


def test_fields_of_a_plain_text_are_refused(learnt: Reading) -> None:
    with pytest.raises(UsageError, match="plain text, which has no fields"):
        learnt(f"{A}\n\n{B}\n", fields=Fields("text"))


# one character, one codepoint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\u2f49落烏啼霜滿天，江楓漁\u2f55對愁眠。", "月落烏啼霜滿天，江楓漁火對愁眠。"),
        ("月\ufe00落烏\U000e0100啼霜滿天。", "月落烏啼霜滿天。"),
        ("隠者聴泉，黒雲収雨気，独坐無声。", "隱者聽泉，黑雲收雨氣，獨坐無聲。"),
    ],
)
def test_a_character_has_one_form(text: str, expected: str, learnt: Reading) -> None:
    assert learnt(text)[0] == [Poem(expected)]


# folders and encodings


def test_an_empty_file_does_not_refuse_its_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("")
    (tmp_path / "b.txt").write_text(f"{A}\n\n{B}\n")
    said: list[str] = []
    source = read([tmp_path], notify=said.append)
    assert len(list(source.pieces)) == 2
    assert said[0] == f"passed over, since there is nothing in it: {tmp_path / 'a.txt'}"
    (tmp_path / "b.txt").write_text("")
    with pytest.raises(InputError, match=r"a\.txt is empty"):
        read([tmp_path], notify=said.append)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "gb18030", "big5"])
def test_an_encoding_that_is_clearly_another_is_refused(encoding: str, learnt: Reading) -> None:
    with pytest.raises(InputError, match="it is UTF-8") as error:
        learnt(each("{v}\n\n"), encoding=encoding)
    assert error.value.hint == "leave out --encoding"


def test_what_stands_in_a_file_is_read_whole_whatever_its_pieces(tmp_path: Path) -> None:
    def found(text: str, size: int) -> Iterator[Poem]:
        path = tmp_path / "a.txt"
        path.write_text(text)
        return read([path], chunk_size=size, notify=lambda message: None).pieces

    for pattern in ("{t}\n{a}\n{r}\n\n", "{t}：{v}\n", "{t}|{a}|{v}\n", "## {t}\n\n> {v}\n"):
        text = each(pattern)
        whole = list(found(text, 1 << 18))
        assert all(list(found(text, size)) == whole for size in (1, 7, 50))
