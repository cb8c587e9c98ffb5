"""What the next line of a poem in a Chinese form has to keep, in words."""

from __future__ import annotations

from poet.prosody.chinese.automaton import FormAutomaton, State


def next_line(automaton: FormAutomaton, state: State, line: int) -> str:
    """Its length, tones and rhyme, and what it repeats or begins with.

    `state` stands within this line, counted from 0, or before it. 中 is a place of either tone.
    """
    form = automaton.form
    length, start = form.lengths[line], sum(form.lengths[:line])
    parts = [f"line {line + 1} of {len(form.lengths)}: {length} characters"]
    if start in automaton.echoes:
        return f"{parts[0]}, the same as line {line}"
    ways = [automaton.line_of(hypothesis, line) for hypothesis in sorted(state.hypotheses)]
    places = [{tones[i] for tones, _ in ways} for i in range(length)]
    tones = "".join(place.pop() if len(place) == 1 else "中" for place in places)
    if set(tones) != {"中"}:
        parts.append(tones)
    letters = {letter for _, letter in ways}
    if letters != {""}:
        ends = _rhyming(automaton, state, line)
        with_these = f" with {' '.join(ends)}" if ends else ""
        parts.append(("may rhyme" if "" in letters else "rhymes") + with_these)
    if head := automaton.fixed.get(start):
        parts.append(f"begins with {head}")
    return ", ".join(parts)


def _rhyming(automaton: FormAutomaton, state: State, line: int) -> list[str]:
    """The characters before it that a line rhymes with."""
    schemes = [automaton.schemes[hypothesis.scheme].rhymes for hypothesis in state.hypotheses]
    return [
        automaton.fixed[place]
        for place, number in automaton.ends.items()
        if number < line
        and place in automaton.fixed
        and any(rhymes[number] == rhymes[line] != "" for rhymes in schemes)
    ]
