"""Tables, picture and page: all figures are there, and nothing is fetched to show them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from poet.dataset.held_out import HeldOut
from poet.errors import InputError, UsageError
from poet.evaluation.report import (
    Bucket,
    Copies,
    EvalReport,
    HeldOutReport,
    JudgeReport,
    Measures,
    Place,
    Prosody,
    Retrieval,
    SampleReport,
    Variety,
    VerseKind,
    to_json,
)
from poet.render.reports.evaluation_page import check_path, html_page, save, svg_page
from poet.render.reports.evaluation_tables import format_report

POEM = "夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。"
SVG = "{http://www.w3.org/2000/svg}"


def a_verse(who: VerseKind, shape: int, example: str = POEM) -> SampleReport:
    measures = Measures(
        8, Prosody(shape, shape, 3, 2), Variety(8, 0.251, 0.752, 0.5), Copies(32, 4, 5.0, 11)
    )
    examples = () if who == "human" else (example,)
    return SampleReport(
        "五絕", who, "texts/<tang>.txt" if who == "human" else "", measures, examples
    )


@pytest.fixture
def report() -> EvalReport:
    figures = HeldOut(4.3211, 0.2468, 1234, 56)
    spots = [(line, p) for line in range(1, 5) for p in range(1, 7)] + [(5, 1)]
    places = tuple(Place(line, p, line + p / 10, 0.5, 7) for line, p in spots)
    return EvalReport(
        model={"name": "<mine>", "parameters": 1_234_567, "text": "tang", "kind": "poems"},
        text={"names": ["tang"], "fingerprint": "ab", "is_own": True},
        settings={"poems": 8, "temperature": 0.7, "seed": 0, "held_out": 9},
        held_out=HeldOutReport(
            figures, {"tang": figures}, {"五絕": figures}, {"五絕": places}, (), None, 3
        ),
        samples=(a_verse("steered", 8), a_verse("free", 5), a_verse("human", 7)),
    )


@pytest.fixture
def of_a_stream(report: EvalReport) -> EvalReport:
    figures, carried = HeldOut(1.625, 0.5, 900, 4), HeldOut(1.5, 0.5, 1000, 1)
    buckets = (Bucket(1, 1, 3.0, 4), Bucket(2, 2, 2.5, 4), Bucket(3, 4, 2.0, 8))
    measures = Measures(4, None, Variety(4, 0.4, 0.9, 1.0), None)
    return replace(
        report,
        held_out=HeldOutReport(figures, {"plays": figures}, {}, {}, buckets, carried, 0),
        samples=(SampleReport("", "free", "", measures, ("To be & not\nto be " * 40,)),),
    )


def words(picture: str) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def test_the_tables_hold_every_figure(report: EvalReport) -> None:
    rows = [line.split() for line in format_report(report, 140).splitlines()]
    assert ["tang", "4.321", "6.234", "75.3", "24.7%", "1,234", "56"] in rows
    assert ["line", "4", "4.10", "4.20", "4.30", "4.40", "4.50", "4.60"] in rows
    assert ["the", "end", "5.10"] in rows
    free = ["五絕", "free", "8", "62.5%", "62.5%", "37.5%", "25.0%"]
    assert [*free, "0.251", "0.752", "50.0%", "12.5%", "11"] in rows
    assert any(row[:3] == ["五絕", "human", "(<tang>.txt)"] for row in rows)


def test_tables_are_no_wider_than_asked(report: EvalReport) -> None:
    text = format_report(report, 60)
    assert max(map(len, text.splitlines())) <= 60


def test_what_was_not_measured_is_a_dash(report: EvalReport) -> None:
    measures = replace(report.samples[0].measures, copies=None)
    verse = replace(report.samples[0], measures=measures)
    text = format_report(replace(report, samples=(verse, report.samples[1])), 140)
    (row,) = (line.split() for line in text.splitlines() if "steered" in line)
    assert row[-2:] == ["–", "–"]


def test_json_is_one_object_with_bits_and_perplexity(report: EvalReport) -> None:
    found = json.loads(to_json(report))
    assert found["held_out"]["all"]["bits"] == pytest.approx(6.234, abs=1e-3)
    assert found["held_out"]["by_place"]["五絕"][6]["line"] == 2
    assert found["held_out"]["carried"] is None
    assert [one["who"] for one in found["samples"]] == ["steered", "free", "human"]
    assert found["samples"][1]["prosody"]["shape"] == 5
    assert json.loads(to_json(replace(report, held_out=None, samples=())))["held_out"] is None


def test_what_the_judge_found_stands_in_tables_page_and_json(report: EvalReport) -> None:
    some, none = Retrieval(0.6625, 0.0411, 80), Retrieval(0.0, 0.0, 0)
    judged = (
        JudgeReport("steered", "", 80, some, none),
        JudgeReport("human", "tang", 80, some, some),
    )
    whole = replace(report, judged=judged)
    rows = [line.split() for line in format_report(whole, 140).splitlines()]
    assert ["steered", "80", "66.2%", "±", "4.1%", "–"] in rows
    assert ["human", "(tang)", "80", *["66.2%", "±", "4.1%"] * 2] in rows
    assert ["by", "guessing", "20.0%", "20.0%"] in rows
    assert "own second half" in html_page(whole)
    found = json.loads(to_json(whole))["judged"]
    assert found[0]["titles"] == {"share": 0.6625, "error": 0.0411, "poems": 80}
    assert json.loads(to_json(report))["judged"] == []
    assert "second half" not in format_report(report, 140)


def test_the_picture_has_a_dot_a_place_and_a_bar_a_share(report: EvalReport) -> None:
    picture = svg_page(report)
    root = ElementTree.fromstring(picture)
    told = [node.text for node in root.iter(f"{SVG}title")]
    assert "line 2, character 5: 2.50 nats, best guess right 50%" in told
    assert len([t for t in told if t and t.startswith("line ")]) == 4 * 6
    bars = [r for r in root.iter(f"{SVG}rect") if r.get("class") == "free"]
    tracks = [r for r in root.iter(f"{SVG}rect") if r.get("rx") and r.get("class") == "band"]
    shares = list(report.samples[1].measures.shares.values())
    assert [float(b.get("width", 0)) for b in bars] == pytest.approx(
        [share * float(tracks[0].get("width", 0)) for share in shares], abs=0.1
    )
    assert {"<mine>", "五絕", "4.321", "62.5 %", "0.752", "夜"} <= set(words(picture))


def test_no_place_is_so_hard_that_it_leaves_its_chart(report: EvalReport) -> None:
    assert report.held_out
    easy = report.held_out.by_place["五絕"]
    hard = (replace(easy[0], nats=16.0), *easy[1:])
    heights = []
    for places in (easy, hard):
        found = replace(report, held_out=replace(report.held_out, by_place={"五絕": places}))
        root = ElementTree.fromstring(svg_page(found))
        dots = [
            n for n in root.iter(f"{SVG}circle") if "line 1, character" in "".join(n.itertext())
        ]
        heights.append([float(n.get("cy", 0)) for n in dots])
    assert min(heights[1]) == heights[1][0] >= 24  # the top of the chart
    assert heights[1][1] > heights[0][1]  # the others give way


def test_a_poem_stands_in_columns_read_from_the_right(report: EvalReport) -> None:
    picture = svg_page(report)
    nodes = list(ElementTree.fromstring(picture).iter(f"{SVG}text"))
    at = {n.text: (float(n.get("x", 0)), float(n.get("y", 0))) for n in reversed(nodes)}
    assert at["夜"][0] > at["燈"][0] > at["西"][0] > at["片"][0]
    assert at["夜"][0] == at["雨"][0]
    assert at["夜"][1] < at["雨"][1]


def test_verse_longer_than_its_form_is_cut_and_that_is_shown(report: EvalReport) -> None:
    for example in (POEM + POEM, "夜雨歸舟靜燈寒客夢輕，"):
        samples = (a_verse("steered", 8, example),)
        assert words(svg_page(replace(report, samples=samples))).count("︙") == 1


def test_a_stream_is_drawn_by_distance_with_its_words(of_a_stream: EvalReport) -> None:
    found = words(svg_page(of_a_stream))
    assert {"3.00", "2.50", "2.00", "3–4", "1.500 with the state carried on"} <= set(found)
    assert any(said.startswith("To be & not") for said in found)
    text = format_report(of_a_stream, 140)
    assert "the state carried" in text
    assert ["3-4", "2.000", "2.885", "8"] in [line.split() for line in text.splitlines()]


def test_nothing_comes_from_elsewhere(report: EvalReport, of_a_stream: EvalReport) -> None:
    for one in (report, of_a_stream, replace(report, held_out=None, samples=())):
        for page in (svg_page(one), html_page(one)):
            links = set(re.findall(r"https?://[^\s\"']+", page)) - {"http://www.w3.org/2000/svg"}
            assert links == set()
            assert not re.search(r"<script|<link|@import|url\(|\bsrc=|\bhref=", page)
            assert "<mine>" not in page
            assert "&lt;mine&gt;" in page


def test_the_page_is_light_and_dark_and_holds_the_figures(report: EvalReport) -> None:
    page = html_page(report)
    assert page.count("prefers-color-scheme: dark") == 2
    assert "line 4" in page.partition("<pre>")[2]


def test_a_report_is_written_whole(tmp_path: Path, report: EvalReport) -> None:
    for name in ("report.svg", "EvalReport.HTML"):
        check_path(tmp_path / name)
        save(tmp_path / name, report)
    assert ElementTree.parse(tmp_path / "report.svg").getroot().tag == f"{SVG}svg"
    assert (tmp_path / "EvalReport.HTML").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert len(list(tmp_path.iterdir())) == 2


def test_a_place_that_cannot_be_written_to_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"not written as \.pdf"):
        check_path(tmp_path / "report.pdf")
    with pytest.raises(InputError, match="there is no folder"):
        check_path(tmp_path / "none" / "report.svg")


def test_characters_that_xml_lacks_leave_the_picture_whole(
    report: EvalReport, tmp_path: Path
) -> None:
    odd = "a\x01\x1b\ufffe\ud800b"
    found = replace(report, model={**report.model, "name": odd, "text": odd})
    for name in ("a.svg", "a.html"):
        save(tmp_path / name, found)
        page = (tmp_path / name).read_text("utf-8")
        assert not set(page) & set("\x01\x1b\ufffe")
    ElementTree.parse(tmp_path / "a.svg")
