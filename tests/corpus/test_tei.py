"""TEI: poems, parts and stanzas are read; damage and dangerous XML are not."""

from __future__ import annotations

import tracemalloc
from itertools import chain

import pytest

from poet.corpus.tei import tei_poems
from poet.errors import InputError
from poet.poem import Poem

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<TEI xmlns="http://www.tei-c.org/ns/1.0">'
HEADER = "<teiHeader><titleStmt><author>Ann (A.) Reed</author></titleStmt></teiHeader>"
POEM = """<lg type="poem"><head>RAIN .</head>
<lg type="stanza"><l n="1">On the roof ,<note>a note</note></l><l>on the road .</l></lg>
<lg type="stanza"><l>A lamp<span type="note_anchor">[ 3 ]</span> .</l></lg></lg>"""


def read(body: str, head: str = HEAD) -> list[Poem]:
    text = f"{head}{HEADER}<text><body>{body}</body></text></TEI>"
    return list(tei_poems([text[:40], text[40:]], "a.xml", pytest.fail))


def test_stanzas_are_apart_and_notes_are_left_out() -> None:
    assert read(POEM) == [Poem("On the roof ,\non the road .\n\nA lamp .", "RAIN .", "Ann Reed")]


def test_prose_and_lines_outside_of_poems_are_passed_over() -> None:
    prose = "<p>Prose.</p><lg><l>A line that is quoted</l></lg>"
    assert read(prose + POEM + prose) == read(POEM)


def test_a_part_is_a_poem_of_its_own_with_its_own_title_if_it_has_one() -> None:
    parts = """<lg type="poem"><head>SONNETS</head><l>A motto</l>
    <lg type="part"><head>II .</head><l>One</l></lg>
    <lg type="part"><head>DAWN</head><l>Two</l></lg></lg>"""
    found = [(poem.title, poem.text) for poem in read(parts)]
    assert found == [("SONNETS", "A motto"), ("SONNETS", "One"), ("DAWN", "Two")]


def test_a_numbered_stanza_is_no_poem_of_its_own() -> None:
    stanza = '<lg type="part"><head>{}</head><lg type="stanza"><l>{}</l></lg></lg>'
    body = '<lg type="poem">' + stanza.format("I", "One") + stanza.format("II .", "Two") + "</lg>"
    assert [poem.text for poem in read(body)] == ["One\n\nTwo"]


def test_notes_with_broken_attributes_are_passed_over() -> None:
    assert read(POEM.replace("<note>", '<note n="an " odd & one">')) == read(POEM)


def test_a_book_by_several_authors_names_none() -> None:
    text = f"{HEAD}<author>Various</author><text>{POEM}</text></TEI>"
    assert [poem.author for poem in tei_poems([text], "a.xml", pytest.fail)] == [""]


def test_what_stands_before_damage_is_read_and_the_damage_is_reported() -> None:
    messages: list[str] = []
    text = f"{HEAD}<text>{POEM}<lg type='poem'><l>cut & off"
    assert len(list(tei_poems([text], "a.xml", messages.append))) == 1
    assert "a.xml: not whole XML" in messages[0]


def test_text_that_is_no_xml_is_an_error_that_names_the_file() -> None:
    with pytest.raises(InputError, match=r"a\.xml is damaged"):
        list(tei_poems(["<TEI><text>"], "a.xml", pytest.fail))


@pytest.mark.parametrize(
    "declaration",
    [
        '<!ENTITY a "ten"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">',
        '<!ENTITY a SYSTEM "file:///etc/hostname">',
    ],
)
def test_entities_are_refused(declaration: str) -> None:
    head = f'<?xml version="1.0"?><!DOCTYPE TEI [{declaration}]><TEI>'
    with pytest.raises(InputError, match="not safe"):
        read(POEM.replace("A lamp", "&a;"), head)


def test_control_characters_that_no_xml_may_hold_are_left_out() -> None:
    assert read(POEM.replace("A lamp", "A \x1alamp")) == read(POEM)


def test_a_document_in_pieces_is_read_as_at_once() -> None:
    broken = POEM.replace("<note>", '<note n="4; "Gideon, &c.">')
    text = f"{HEAD}{HEADER}<text>{broken}<p>Prose</p>{broken}</text></TEI>"
    at_once = list(tei_poems([text], "a.xml", pytest.fail))
    assert len(at_once) == 2
    for size in (1, 7, 64):
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        assert list(tei_poems(pieces, "a.xml", pytest.fail)) == at_once


def test_a_large_document_is_never_held_whole() -> None:
    pieces = (f"<div><p>{'a' * 10_000} {n}</p>{POEM}</div>\n" * 10 for n in range(200))
    text = chain([f"{HEAD}{HEADER}<text>"], pieces, ["</text></TEI>"])  # 20 MB
    tracemalloc.start()
    count = sum(1 for _ in tei_poems(text, "a.xml", pytest.fail))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 2_000
    assert peak < 4_000_000


def test_elements_nested_without_end_are_refused() -> None:
    deep = f"{'<hi>' * 50_000}x{'</hi>' * 50_000}"
    with pytest.raises(InputError, match="nested too deeply"):
        read(POEM.replace("A lamp", deep))
