"""What the next line of an English poem has to keep, in words."""

from __future__ import annotations

from collections.abc import Sequence

from poet.prosody.english.forms import UNRHYMED
from poet.prosody.english.plan import Plan


def next_line(plan: Plan, number: int, words: Sequence[str]) -> str:
    """Its metre, its rhyme, and what it repeats or begins with.

    `words` are those that end the lines before this one, which are counted from 0.
    """
    line = plan.lines[number]
    where = f"line {number + 1} of {len(plan.lines)}"
    if line.copy_of is not None:
        return f"{where}: the same as line {line.copy_of + 1}"
    parts = [f"{where}: {line.metre.name}"]
    if line.letter != UNRHYMED:
        before = [words[n] for n in plan.answering(line.letter) if n < number]
        rhyming = f"rhymes with {' '.join(before)}" if before else f"rhymes ({line.letter})"
        parts.append(rhyming)
    if line.initial:
        parts.append(f"begins with {line.initial}")
    return ", ".join(parts)
