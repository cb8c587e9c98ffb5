"""An evaluation as tables for a terminal. Nothing here prints."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.table import Table

from poet.evaluation.judge import CANDIDATES
from poet.evaluation.report import (
    EvalReport,
    HeldOutReport,
    JudgeReport,
    Place,
    Retrieval,
    SampleReport,
    bits,
    label,
)
from poet.render.tables import fit

if TYPE_CHECKING:
    from poet.dataset.held_out import HeldOut

NONE = "–"  # for a value that was not measured


def format_report(report: EvalReport, width: int) -> str:
    """The tables as text, no wider than `width`, without a final line end."""
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
        console.print(Group(fit(table, width), ""))
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines()).strip("\n")


def held_out_table(report: HeldOutReport) -> Table:
    """The held-out figures of each text, of all together, of each form."""
    heads = ("held out", "nats", "bits", "perplexity", "best guess right", "characters", "poems")
    table = _table(heads)
    has_one_text = len(report.by_text) == 1
    for name, figures in report.by_text.items():
        table.add_row(Path(name).name, *_figures(figures))
    if not has_one_text:
        table.add_row("together", *_figures(report.all))
    if report.carried:
        table.add_row("the state carried", *_figures(report.carried))
    for name, figures in report.by_form.items():
        table.add_row(name, *_figures(figures))
    return table


def _figures(figures: HeldOut) -> tuple[str, ...]:
    return (
        f"{figures.loss:.3f}",
        f"{bits(figures.loss):.3f}",
        f"{figures.perplexity:,.1f}",
        f"{figures.accuracy:.1%}",
        f"{figures.characters:,}",
        f"{figures.poems:,}",
    )


def place_table(form: str, places: Sequence[Place]) -> Table:
    """Mean nats at each place: a row for each line, the stop last."""
    *verse, end = places
    longest = max(place.place for place in verse)
    heads = [f"{form}, nats by place", *map(str, range(1, longest)), "stop"]
    table = _table(heads)
    for line in range(1, end.line):
        row = [f"{place.nats:.2f}" for place in verse if place.line == line]
        table.add_row(f"line {line}", *row)
    table.add_row("the end", f"{end.nats:.2f}")
    return table


def distance_table(report: HeldOutReport) -> Table:
    """Mean nats by distance from the beginning."""
    table = _table(("characters from the beginning", "nats", "bits", "of characters"))
    for bucket in report.by_distance:
        span = f"{bucket.first}" if bucket.first == bucket.last else f"{bucket.first}-{bucket.last}"
        table.add_row(
            span, f"{bucket.nats:.3f}", f"{bits(bucket.nats):.3f}", f"{bucket.characters:,}"
        )
    return table


def verse_table(samples: Sequence[SampleReport]) -> Table:
    """The measures, a row for each form and kind of verse."""
    names = list(dict.fromkeys(name for sample in samples for name in sample.measures.shares))
    table = _table(["verse", "poems", *names, "longest run"])
    for sample in samples:
        measures = sample.measures
        cells = [_share(name, measures.shares.get(name)) for name in names]
        run = str(measures.copies.longest_run or NONE) if measures.copies else NONE
        table.add_row(f"{sample.form} {label(sample)}".strip(), f"{measures.poems:,}", *cells, run)
    return table


def judge_table(judged: Sequence[JudgeReport]) -> Table:
    """How often the judge finds title and second half, a row for each kind of verse."""
    heads = ("found among five", "poems", "own title", "own second half")
    table = _table(heads)
    for report in judged:
        shares = map(_retrieval, (report.titles, report.halves))
        table.add_row(label(report), f"{report.poems:,}", *shares)
    table.add_row("by guessing", "", *[f"{1 / CANDIDATES:.1%}"] * 2)
    return table


def _retrieval(result: Retrieval) -> str:
    return f"{result.share:.1%} ± {result.error:.1%}" if result.poems else NONE


def _share(name: str, share: float | None) -> str:
    if share is None:
        return NONE
    return f"{share:.3f}" if name.startswith("distinct") else f"{share:.1%}"


def _table(heads: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="")
    for i, head in enumerate(heads):
        table.add_column(head, justify="right" if i else "left", no_wrap=True)
    return table
