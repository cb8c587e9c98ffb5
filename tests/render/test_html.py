"""A poem in a notebook and in Markdown."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from poet.poem import Poem
from poet.render.html import format_html, format_markdown, format_text, html_page

QUATRAIN = Poem("夜雨歸舟靜，燈寒客夢輕。", title="夜雨", author="無名")
RAIN = Poem("Rain <on> the roof\n    & a lamp\n\nNight.")


class Reader(HTMLParser):
    """What a browser reads: the tags that are open, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)
        if tag not in ("br", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_chinese_stands_in_columns_and_western_text_across() -> None:
    assert "writing-mode:vertical-rl" in format_html(QUATRAIN)
    assert "writing-mode:horizontal-tb" in format_html(RAIN)


def test_html_takes_its_colours_from_the_page_and_loads_nothing() -> None:
    assert "color:inherit" in format_html(QUATRAIN)
    assert "http" not in html_page([QUATRAIN, RAIN])


@given(st.text("夜雨歸舟，。！；ab \x1b").filter(str.strip))
def test_a_notebook_shows_what_a_page_shows(text: str) -> None:
    poem = Poem(text, title="夜", author="無名")
    assert poem._repr_html_() == format_html(poem)


def test_html_is_escaped_and_keeps_its_lines() -> None:
    html = format_html(RAIN)
    assert "Rain &lt;on&gt; the roof<br>\n&nbsp;&nbsp;&nbsp;&nbsp;&amp; a lamp<br>\n<br>" in html


@given(st.text("夜雨，。<>&\"'`\x1b\ud800a\n"))
def test_no_poem_can_leave_its_place(text: str) -> None:
    reader = Reader()
    reader.feed(html_page([Poem(text, title=text, author=text)]).encode().decode())
    assert not reader.open
    assert reader.seen <= {"html", "head", "meta", "title", "body", "div", "p", "br", "span"} | {
        "strong"
    }


def test_markdown_has_a_heading_an_author_and_every_line() -> None:
    assert format_markdown(QUATRAIN) == "## 夜雨\n\n*無名*\n\n夜雨歸舟靜，\\\n燈寒客夢輕。"


def test_markdown_is_escaped_and_keeps_stanzas() -> None:
    poem = Poem("1. *one* [sic]\n- two\n  # three\n\n\n<b>")
    assert format_markdown(poem) == (
        "1\\. \\*one\\* \\[sic\\]\\\n\\- two\\\n&nbsp;&nbsp;\\# three\n\n\\<b\\>"
    )


def test_plain_text_is_the_poem_in_lines() -> None:
    assert format_text(QUATRAIN) == "夜雨　　無名\n\n夜雨歸舟靜，\n燈寒客夢輕。"


def test_verse_in_letters_is_set_in_with_curved_apostrophes() -> None:
    poem = Poem("O'er\nthe sea", title="Moon's", author="O'Neil", indents=(0, 2))
    assert format_markdown(poem) == "## Moon’s\n\n*O’Neil*\n\nO’er\\\n&nbsp;&nbsp;the sea"
    assert format_text(poem) == "Moon’s\n    O’Neil\n\nO’er\n  the sea"
    for html in (format_html(poem), poem._repr_html_()):
        assert "O’er<br>\n&nbsp;&nbsp;the sea" in html
        assert "Moon’s" in html
        assert "'" not in html.split(">", 1)[1]
    assert "<title>Moon’s</title>" in html_page([poem])


def test_an_empty_poem_has_no_paragraph() -> None:
    assert "<p" not in format_html(Poem(""))
    assert format_markdown(Poem("")) == ""
