"""A prompt whose lines may break the rules: what of it binds the lines that follow.

Of a line that breaks a rule each character that can be kept is, the rhyme first. The others stand
where they are and bind nothing, so that the rest of the poem keeps the form as far as it can.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate

from poet.characters import STOPS, is_han
from poet.errors import UsageError
from poet.prosody.chinese.automaton import Keys
from poet.prosody.chinese.conflicts import explain_conflict
from poet.prosody.chinese.request import FormRequest


@dataclass(frozen=True, slots=True)
class Given:
    """The characters of a prompt, by place. A loose one binds nothing.

    Where a line is too short, a loose place holds no character, where it is too long, several.
    """

    fixed: Mapping[int, str]  # those of the acrostic too
    count: int  # of the places that the prompt fills
    stops: tuple[str, ...]
    loose: Mapping[int, str]
    broken: tuple[str, ...]  # what is wrong with it, a sentence for each line

    @classmethod
    def strict(cls, request: FormRequest) -> Given:
        """All of the prompt binds. Raises `UsageError` where it does not fit into the form."""
        return cls(request.fixed, request.given, request.stops, {}, ())

    @classmethod
    def forgiven(cls, request: FormRequest, keys: Keys) -> Given:
        """What of the prompt can bind; its lines end at stops.

        Raises `UsageError` where it has too many lines, or its last one, not whole, does not fit.
        """
        form, stops = request.form, list(request.form.stops)
        starts = [0, *accumulate(form.lengths)]
        lines = list(_lines(request.prompt))
        if len(lines) > len(form.lengths):
            raise UsageError(
                f"the prompt has {len(lines)} lines, {form.name} has {len(form.lengths)}",
                "shorten it, or ask for a longer --form",
            )
        fixed = dict(replace(request, prompt="").fixed)
        asked = request.rhyme_keys(keys)

        def binds(more: Mapping[int, str]) -> bool:
            return request.automaton_with({**fixed, **more}, asked).start is not None

        loose: dict[int, str] = {}
        broken: list[str] = []
        count = 0
        for number, (line, stop) in enumerate(lines):
            start, length = starts[number], form.lengths[number]
            stops[number] = stop or stops[number]
            count = start + (length if stop else len(line))
            if not stop and not (len(line) <= length and all(map(is_han, line))):
                raise UsageError(
                    f"{line} does not begin a line of {length} characters", "shorten it"
                )
            placed = dict(enumerate(line, start))
            wrong = _wrong_shape(number, line, length) if stop else ""
            if not wrong and not binds(placed):
                error = explain_conflict(request, keys, fixed | placed)
                if not stop:
                    raise error
                wrong = error.message
            if not wrong:
                fixed |= placed
                continue
            broken.append(wrong)
            fixed.pop(start, None)  # the head of an acrostic
            for place, character in _by_weight(line, start, length):
                if is_han(character) and binds({place: character}):
                    fixed[place] = character
            texts = _spread(line, length)
            loose |= {start + i: text for i, text in enumerate(texts) if start + i not in fixed}
        return cls(fixed, count, tuple(stops), loose, tuple(broken))


def _lines(prompt: str) -> Iterator[tuple[str, str]]:
    """The lines of a prompt, each with its stop; the last may have none."""
    line = ""
    for character in prompt:
        if character in STOPS:
            yield line, character
            line = ""
        else:
            line += character
    if line:
        yield line, ""


def _wrong_shape(number: int, line: str, length: int) -> str:
    """What is wrong with a line before its sounds are looked at; empty where nothing is."""
    others = [character for character in line if not is_han(character)]
    if others:
        return f"line {number + 1} has {others[0]!r}, which is no Chinese character"
    if len(line) != length:
        count = f"{len(line)} character{'s' * (len(line) != 1)}"
        return f"line {number + 1} has {count}, {length} are needed"
    return ""


def _by_weight(line: str, start: int, length: int) -> Iterator[tuple[int, str]]:
    """The characters of a broken line with their places, the rhyme first."""
    if line:
        yield start + length - 1, line[-1]
    if len(line) == length:
        yield from enumerate(line[:-1], start)


def _spread(line: str, length: int) -> list[str]:
    """The text of a line on so many places: its end on the last, what is too much before it.

    >>> _spread("春水連", 5), _spread("春水連天碧色", 5)
    (['春', '水', '', '', '連'], ['春', '水', '連', '天碧', '色'])
    """
    head, tail = line[:-1], line[-1:]
    if length == 1:
        return [line]
    places = [head[i : i + 1] for i in range(length - 1)]
    places[-1] += head[length - 1 :]
    return [*places, tail]
