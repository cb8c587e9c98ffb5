"""Which tune of ci a poem is written to, by the lengths of its lines.

What makes a tune is where it rhymes; between two rhymes poets divide their lines as the sense asks,
and editors as they like: 故國不堪回首月明中 is one line of nine or two of six and three.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import accumulate, chain

from poet.prosody.chinese.forms import CiForm
from poet.prosody.chinese.tunes import SAME, tunes_and_variants
from poet.scripts import to_traditional

_NEAR = 0.7  # share of lines that two poems have alike, above which the one is a slip of the other
_MOST_SAID = 3
_after_name = re.compile(r"[\s·・‧•．.:：(（].*", re.DOTALL)


def tunes_of_shape(lengths: Sequence[int], name: str = "") -> list[CiForm]:
    """The tunes, or shapes of the one called `name`, that lines of these lengths can be.

    Those with these very lines; else those that rhyme where these lines end, in as many characters;
    else those that are as long when sung twice.

    >>> [tune.name for tune in tunes_of_shape([7, 5, 7, 9] * 2)]
    ['虞美人']
    """
    tunes = [tune for tune in chain(*tunes_and_variants()) if name in ("", tune.name)]
    ends = list(accumulate(lengths))
    twice = [_twice(tune) for tune in tunes if 2 * sum(tune.lengths) == ends[-1]]
    exact = [tune for tune in (*tunes, *twice) if tune.lengths == tuple(lengths)]
    return exact or [
        tune
        for tune in (*tunes, *twice)
        if sum(tune.lengths) == ends[-1] and tune.rhyme_ends <= set(ends)
    ]


def _twice(tune: CiForm) -> CiForm:
    """A tune sung twice over, as 憶江南 mostly is; the second stanza may rhyme otherwise."""
    letters = {line[-2] for line in tune.pattern if line[-2].isascii()}
    other = {letter: chr(ord(letter) + len(letters)) for letter in letters}
    again = tuple(
        line if line.startswith(SAME) else line[:-2] + other.get(line[-2], line[-2]) + line[-1]
        for line in tune.pattern
    )
    return replace(tune, lengths=tune.lengths * 2, pattern=(*tune.pattern, *again))


def nearest_tune(lengths: Sequence[int], title: str = "") -> str:
    """A sentence about the tune that the title names, or whose lines are most like these.

    Empty where none is near. It says which of the lines differ.
    """
    named = to_traditional(_after_name.sub("", title.strip()))
    tunes = list(chain(*tunes_and_variants()))
    of_title = [t for t in tunes if named and named in map(to_traditional, (t.name, *t.aliases))]
    if not of_title and len(set(lengths)) == 1:
        return ""  # lines of one length are more likely to be no ci
    compared = [(SequenceMatcher(None, t.lengths, lengths, False), t) for t in of_title or tunes]
    matcher, tune = max(compared, key=lambda pair: pair[0].ratio())
    if matcher.ratio() < _NEAR and not of_title:
        return ""
    differences = list(_differences(matcher, tune.lengths, lengths))
    said = "; ".join(differences[:_MOST_SAID]) + ("; …" if len(differences) > _MOST_SAID else "")
    is_named = "the title names" if of_title else "the nearest tune is"
    return f"{is_named} {tune.name}, {sum(tune.lengths)} characters (here {sum(lengths)}): {said}"


def _differences(
    matcher: SequenceMatcher[int], wanted: Sequence[int], found: Sequence[int]
) -> Iterator[str]:
    for what, i, j, first, last in matcher.get_opcodes():
        if what != "equal":
            here = _lengths(found[first:last]) or "no line"
            yield f"after line {first}, {here} for {_lengths(wanted[i:j]) or 'none'}"


def _lengths(lengths: Iterable[int]) -> str:
    return " ".join(map(str, lengths))
