"""Make the pictures of docs/explain.md anew, and the figures that stand in it between marks.

    python docs/explain.py

runs `poet explain` and `poet explain --reach`, and takes what `python -m benchmarks.gradient_reach`
left in benchmarks/results.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from poet.interpret.clipping import sentences
from poet.interpret.reach_curve import ReachCurve
from poet.render.reports.gradient_reach import draw_reach
from poet.training.run import machine

DOCS = Path(__file__).parent
PAGE = DOCS / "explain.md"
TRAINED = DOCS.parent / "benchmarks" / "results" / "gradient_reach.json"


def main() -> None:
    """Run the commands, draw, write the page."""
    gates = explained("-o", DOCS / "explain-gates.svg")
    reach = explained("--reach", "-o", DOCS / "explain-reach.svg")
    trained = json.loads(TRAINED.read_text("utf-8"))
    curves = [ReachCurve(one["name"], tuple(one["norms"])) for one in trained["networks"]]
    source = f"{trained['places']} places in {trained['text']}"
    draw_reach(DOCS / "explain-trained.svg", curves, source)
    here = f"{machine()}, torch {torch.__version__}, {datetime.now(UTC):%Y-%m-%d}"
    marked = {
        "found": f"{units_table(gates)}\n\nRead: {gates['read']}. ({here})",
        "reach": f"{curves_table(reach)}\n\nRead: {reach['read']}. ({here})",
        "clipping": "\n".join(f"- {said[0].upper()}{said[1:]}." for said in said_of(reach)),
        "trained": f"{curves_table(trained)}\n\nRead: {source}. (`{trained['command']}`, "
        f"{trained['machine']}, torch {trained['torch']}, {trained['date'][:10]})",
    }
    PAGE.write_text(filled(PAGE.read_text("utf-8"), marked), "utf-8", newline="\n")


def explained(*arguments: object) -> dict[str, Any]:
    """What `poet explain` says in JSON, a picture drawn besides."""
    command = [sys.executable, "-m", "poet", "explain", "--json", *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def said_of(reach: Mapping[str, Any]) -> list[str]:
    """What is known of clipping."""
    return sentences(dict(reach["clipping"]))


def units_table(gates: Mapping[str, Any]) -> str:
    """The units found, as a table of Markdown."""
    rows = [
        (
            f"{one['layer']}:{one['unit']}", one["trait"], "high" if one["rises"] else "low",
            one["figure"], *(f"{one[name]:.3f}" for name in ("chosen", "measured", "shuffled")),
        )
        for one in gates["found"]
    ]  # fmt: skip
    return table(
        ("unit", "what it knows", "cell", "figure", "chosen", "measured", "shuffled"), rows
    )


def curves_table(facts: Mapping[str, Any]) -> str:
    """The networks' half-lives, and the losses of those that were trained for the comparison."""
    rows = [
        (
            one["name"], str(one["half"] or "beyond"),
            f"{one['half_life']:.1f}" if one["half_life"] else "–",
            f"{one['norms'][-1]:.1e}", loss_of(one),
        )
        for one in facts["networks"]
    ]  # fmt: skip
    last = len(facts["networks"][0]["norms"]) - 1
    head = ("network", "below half at", "half-life", f"left at k = {last}", "held out, nats")
    return table(head, rows)


def loss_of(network: Mapping[str, Any]) -> str:
    """Its held-out loss, where it was trained for the comparison."""
    return f"{network['training']['held_out']['loss']:.3f}" if "training" in network else "–"


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table of Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


def filled(page: str, marked: Mapping[str, str]) -> str:
    """The page with what stands between `<!-- name -->` and `<!-- end -->` replaced."""
    for name, text in marked.items():
        found = re.search(rf"<!-- {name} -->\n(.*?)<!-- end -->", page, re.DOTALL)
        if not found:
            sys.exit(f"{PAGE} has no place for {name}")
        page = f"{page[: found.start(1)]}{text}\n{page[found.end(1) :]}"
    return page


if __name__ == "__main__":
    main()
