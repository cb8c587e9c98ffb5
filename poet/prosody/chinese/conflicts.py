"""Why a prompt or an acrostic cannot stand in a form: which character breaks which rule."""

from __future__ import annotations

from collections.abc import Mapping

from poet.errors import UsageError
from poet.prosody.chinese.automaton import FormAutomaton, Keys
from poet.prosody.chinese.forms import Form
from poet.prosody.chinese.readings import Tone
from poet.prosody.chinese.request import FormRequest

NAMES = {Tone.LEVEL: "平", Tone.OBLIQUE: "仄", Tone.EITHER: "平 or 仄"}
OFF = "--strictness off --rhyme off binds only the lengths"


def explain_conflict(
    request: FormRequest, keys: Keys, placed: Mapping[int, str] | None = None
) -> UsageError:
    """An error that names the first fixed character that breaks a rule, and the rule.

    For a request whose automaton has no start; `keys` are the rhymes a model can choose from.
    `placed` are the characters that stand in their places, by default those of the request.
    """
    form = request.form
    fixed = sorted((request.fixed if placed is None else placed).items())
    keys = request.rhyme_keys(keys)
    if request.automaton_with({}, keys).start is None:
        return UsageError(
            f"the model knows too few characters that rhyme for {form.name}",
            "--rhyme off leaves the line ends free",
        )
    count = 1
    while request.automaton_with(dict(fixed[:count]), keys).start is not None:
        count += 1
    place, character = fixed[count - 1]
    before = request.automaton_with(dict(fixed[: count - 1]), keys)
    line = next(line for end, line in before.ends.items() if place <= end)
    where = f"line {line + 1}, character {place - sum(form.lengths[:line]) + 1}: {character}"
    hint = f"--strictness off binds only the lengths of {form.name}"
    hint += " and its rhyme" if request.rhyme != "off" else ""
    if place in before.echoes:
        return UsageError(
            f"{where} is not what stands in line {line}, which {form.name} repeats here",
            "give the line twice, or end the prompt before it",
        )
    asked = _asked(before, place)
    tone_of = form.book.tone if place in before.ends else form.book.usual_tone
    own = tone_of(character)
    if own and not own & asked:
        named = form.is_regulated and request.strictness != "off"
        return UsageError(
            f"{where} is {NAMES[own]}, {NAMES[asked]} is needed there"
            + (f" ({_named(place, line, form, place in before.ends)})" if named else ""),
            OFF if request.strictness == "off" else hint,
        )
    if place in before.ends:
        if character in {before.fixed.get(end) for end in before.ends}:
            return UsageError(
                f"{where} ends another line already, and no character rhymes with itself",
                "end one of the two with another character",
            )
        rhymes = ", ".join(map(str, form.book.readings(character))) or "no known group"
        return UsageError(
            f"{where} ({rhymes}) does not rhyme as {form.name} needs it",
            "--rhyme off leaves the line ends free",
        )
    return UsageError(
        f"{where} fits no way of keeping the tones of {form.name}, together with what stands "
        "before it",
        hint,
    )


def _asked(rules: FormAutomaton, place: int) -> Tone:
    """The tones that the schemes still open ask for at a place."""
    found = Tone.UNKNOWN
    for candidate, wanted in ((Tone.LEVEL, "平"), (Tone.OBLIQUE, "仄")):
        if rules.takes(place, wanted):
            found |= candidate
    return found


def _named(place: int, line: int, form: Form, is_end: bool) -> str:
    """The rule that asks for the tone of a place, by its name in the handbooks."""
    at = place - sum(form.lengths[:line])
    if is_end:
        return "韻腳" if line % 2 else "the line's end"
    if at % 2 and line:
        return "失對: it must answer the line above" if line % 2 else "失粘: it must follow it"
    return "平仄 of the line"
