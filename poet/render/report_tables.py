"""The report as tables for a terminal. Nothing here prints."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.table import Table

from poet.evaluation.judge import AMONG, Found
from poet.evaluation.report import HeldOutReport, Judged, Place, Report, Verse, bits, named

if TYPE_CHECKING:
    from poet.dataset.held_out import HeldOut

NONE = "–"  # what was not measured


def format_report(report: Report, width: int) -> str:
    """The tables as text, no wider than `width`, without a last line end."""
    tables: list[Table] = []
    if report.held_out:
        tables.append(held_out_table(report.held_out))
        tables += [place_table(form, places) for form, places in report.held_out.by_place.items()]
        if not report.held_out.by_place:
            tables.append(distance_table(report.held_out))
    if report.samples:
        tables.append(verse_table(report.samples))
    if report.judged:
        tables.append(judge_table(report.judged))
    page = StringIO()
    console = Console(
        file=page, width=width, markup=False, highlight=False, color_system=None, no_color=True
    )
    for table in tables:
        console.print(Group(table, ""))
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines()).strip("\n")


def held_out_table(found: HeldOutReport) -> Table:
    """The held-out figures of everything, of each text, of each form."""
    heads = ("held out", "nats", "bits", "perplexity", "best guess right", "characters", "poems")
    table = _table(heads)
    one_text = len(found.by_text) == 1  # then it is everything
    for name, figures in found.by_text.items():
        table.add_row(Path(name).name, *_figures(figures))
    if not one_text:
        table.add_row("together", *_figures(found.all))
    if found.carried:
        table.add_row("the state carried", *_figures(found.carried))
    for name, figures in found.by_form.items():
        table.add_row(name, *_figures(figures))
    return table


def _figures(found: HeldOut) -> tuple[str, ...]:
    return (
        f"{found.loss:.3f}",
        f"{bits(found.loss):.3f}",
        f"{found.perplexity:,.1f}",
        f"{found.accuracy:.1%}",
        f"{found.characters:,}",
        f"{found.poems:,}",
    )


def place_table(form: str, places: Sequence[Place]) -> Table:
    """Mean nats of every place: a row a line, the stop last."""
    *verse, end = places
    longest = max(place.place for place in verse)
    heads = [f"{form}, nats by place", *map(str, range(1, longest)), "stop"]
    table = _table(heads)
    for line in range(1, end.line):
        row = [f"{place.nats:.2f}" for place in verse if place.line == line]
        table.add_row(f"line {line}", *row)
    table.add_row("the end", f"{end.nats:.2f}")
    return table


def distance_table(found: HeldOutReport) -> Table:
    """Mean nats by how far from the beginning."""
    table = _table(("characters from the beginning", "nats", "bits", "of characters"))
    for one in found.by_distance:
        span = f"{one.first}" if one.first == one.last else f"{one.first}-{one.last}"
        table.add_row(span, f"{one.nats:.3f}", f"{bits(one.nats):.3f}", f"{one.characters:,}")
    return table


def verse_table(samples: Sequence[Verse]) -> Table:
    """The measures, a row a kind of verse of each form."""
    names = list(dict.fromkeys(name for verse in samples for name in verse.measures.shares))
    table = _table(["verse", "poems", *names, "longest run"])
    for verse in samples:
        found = verse.measures
        cells = [_share(name, found.shares.get(name)) for name in names]
        run = str(found.copies.longest_run or NONE) if found.copies else NONE
        table.add_row(f"{verse.form} {named(verse)}".strip(), f"{found.poems:,}", *cells, run)
    return table


def judge_table(judged: Sequence[Judged]) -> Table:
    """How often the judge finds title and second half, a row a kind of verse."""
    heads = ("found among five", "poems", "own title", "own second half")
    table = _table(heads)
    for one in judged:
        table.add_row(named(one), f"{one.poems:,}", *map(_found, (one.titles, one.halves)))
    table.add_row("by guessing", "", *[f"{1 / AMONG:.1%}"] * 2)
    return table


def _found(found: Found) -> str:
    return f"{found.share:.1%} ± {found.error:.1%}" if found.poems else NONE


def _share(name: str, share: float | None) -> str:
    if share is None:
        return NONE
    return f"{share:.3f}" if name.startswith("distinct") else f"{share:.1%}"


def _table(heads: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="")
    for i, head in enumerate(heads):
        table.add_column(head, justify="right" if i else "left", no_wrap=True)
    return table
