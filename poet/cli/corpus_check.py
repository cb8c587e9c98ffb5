"""poet corpus check: what a file is, and whether it is worth training on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from poet.corpus.formats import LAYOUTS

if TYPE_CHECKING:
    from poet.corpus.check import Report

SCRIPTS = {
    "hant": "traditional Chinese",
    "hans": "simplified Chinese",
    "mixed": "Chinese, both scripts mixed",
}


@click.command(epilog="Example: poet corpus check poems.txt")
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(allow_dash=True, path_type=Path),
)
@click.option(
    "--layout",
    type=click.Choice(("auto", *LAYOUTS)),
    default="auto",
    show_default=True,
    help="How the poems lie in the file.",
)
@click.option("--encoding", default="auto", show_default=True, help="utf-8, gb18030, big5 …")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def check(files: tuple[Path, ...], layout: str, encoding: str, as_json: bool) -> None:
    """Tell what files are, and whether they are worth training on.

    FILE is a text, JSON or JSON lines file, a folder of them, or - for stdin.
    """
    from poet.corpus.check import check as check_source
    from poet.corpus.read import read

    source = read(files, layout=layout, encoding=encoding, say=_remark)
    report = check_source(source)
    click.echo(format_json(report) if as_json else format_report(report))


def format_report(report: Report) -> str:
    """The report as lines of text, the verdict last."""
    from poet.corpus.check import WHAT, verdict

    rows = [
        ("files", f"{report.files:,}, {' and '.join(report.encodings)}"),
        ("layout", " and ".join(report.layouts)),
        ("poems", _poems(report)),
        (
            "text",
            f"{report.characters:,} characters, {report.distinct:,} different, "
            f"{report.once:,} of them once",
        ),
        ("script", SCRIPTS.get(report.script, "")),
        ("forms", _counted(report.forms, unnamed="other")),
        ("left out", _counted(report.dropped, separator="; ")),
    ]
    rows += [
        (
            "doubtful",
            f"{doubt.count:,} {WHAT[doubt.kind]}; the first in {_place(report, doubt.piece)}"
            f"{doubt.context}",
        )
        for doubt in report.doubts
    ]
    rows.append(("verdict", verdict(report)))
    return "\n".join(f"{name:<9} {what}" for name, what in rows if what)


def format_json(report: Report) -> str:
    """The report as one JSON object: its fields, `enough` and `verdict`."""
    import dataclasses
    import json

    from poet.corpus.check import verdict

    fields = dataclasses.asdict(report)
    fields |= {"forms": {name or "other": count for name, count in report.forms}}
    fields |= {"dropped": dict(report.dropped)}
    fields |= {"enough": report.enough, "verdict": verdict(report)}
    return json.dumps(fields, ensure_ascii=False, indent=2)


def _poems(report: Report) -> str:
    if report.kind == "stream":
        return ""
    copies = f", {report.copies:,} of them exact copies" if report.copies else ""
    return f"{report.poems:,}, {report.fit:,} fit to learn from{copies}"


def _place(report: Report, piece: int) -> str:
    return "the text: " if report.kind == "stream" else f"poem {piece:,}: "


def _counted(pairs: tuple[tuple[str, int], ...], unnamed: str = "", separator: str = ", ") -> str:
    if all(not name for name, _ in pairs):  # no form was found at all
        return ""
    return separator.join(f"{name or unnamed} {count:,}" for name, count in pairs)


def _remark(said: str) -> None:
    click.echo(said, err=True)
