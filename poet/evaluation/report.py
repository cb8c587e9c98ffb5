"""The report of a model: what `poet eval --json` prints, and what tables and pages are made of.

One object. Shares are of 1, losses mean nats a character; what could not be measured is null.

    poet            version
    model           name, parameters, text, fingerprint of that text, kind (poems or stream)
    text            names and fingerprint of the text read here, and whether it is the model's own
    settings        poems a form, temperature of the free samples, seed, held-out poems at most
    held_out        `all`, `by_text` and `by_form`: loss, bits, perplexity, accuracy, characters,
                    poems (of a stream, windows of 256 characters); from an empty state, with no
                    form, author or title given. `by_place`: of each form, of every place, line,
                    place (one past the last character is the stop, a line past the last one the
                    end mark), nats, accuracy, poems. `by_distance`: nats by how many characters
                    were read before, in buckets from first to last. `carried`: of a stream, with
                    the state carried from its beginning. `unknown`: the characters that the
                    alphabet lacks, which count as the unknown mark
    samples         one object a form and a kind of verse: form (empty where the model knows
                    none), who (steered, free, titled: free on the titles of held-out poems,
                    human), source of the human poems, poems, then
                    prosody: shape, rhyme, tones, all: how many poems keep it, of all poems
                    variety: distinct_1, distinct_2 (over `poems` of its own, equal for all rows
                        of a form, since they hang on how many there are), repeats
                    copies: lines of five characters or more, how many of them stand in the
                        training text, longest shared run of all poems and the median one; upper
                        bounds. Of human poems those held out alone are looked at
                    and examples, the first that came; of human poems none
    judged          one object a kind of verse, steered on the titles of held-out poems and these
                    poems themselves (human); none where the text has too few poems with a title:
                    who, source, poems, then `titles` and `halves`: the share of poems whose own
                    title (second half) is found among five by `poet.evaluation.judge`, its
                    standard error, and of how many poems. 0.2 is guessing
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from poet.evaluation.judge import Found
from poet.evaluation.metrics import Measures
from poet.sanitize import json_document

if TYPE_CHECKING:
    from poet.dataset.held_out import HeldOut

Who = Literal["steered", "free", "titled", "human"]


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a form, and the mean over the held-out poems there; both count from 1."""

    line: int
    place: int
    nats: float
    accuracy: float
    poems: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """The characters so far from the beginning, and their mean nats."""

    first: int
    last: int
    nats: float
    characters: int


@dataclass(frozen=True)
class HeldOutReport:
    """Figures on held-out text."""

    all: HeldOut
    by_text: Mapping[str, HeldOut]
    by_form: Mapping[str, HeldOut]
    by_place: Mapping[str, tuple[Place, ...]]
    by_distance: tuple[Bucket, ...]
    carried: HeldOut | None
    unknown: int


@dataclass(frozen=True)
class Verse:
    """What was counted in verse of one kind."""

    form: str
    who: Who
    source: str  # the text that human poems come from
    measures: Measures
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What the automatic judge found in poems with titles."""

    who: Who
    source: str  # the text that human poems come from
    poems: int
    titles: Found
    halves: Found


@dataclass(frozen=True)
class Report:
    """Everything that was measured of a model."""

    model: Mapping[str, Any]
    text: Mapping[str, Any]
    settings: Mapping[str, Any]
    held_out: HeldOutReport | None
    samples: tuple[Verse, ...]
    judged: tuple[Judged, ...] = ()

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms that were sampled; empty names where there is none."""
        return tuple(dict.fromkeys(verse.form for verse in self.samples))

    def of(self, form: str) -> dict[Who, Verse]:
        """The kinds of verse of a form that were measured."""
        return {verse.who: verse for verse in self.samples if verse.form == form}


def named(verse: Verse | Judged) -> str:
    """What a kind of verse is called; human verse by the text that it comes from too.

    >>> from poet.evaluation.metrics import Measures, variety
    >>> named(Verse("七絕", "human", "tang", Measures(1, None, variety([]), None)))
    'human (tang)'
    """
    return f"{verse.who} ({Path(verse.source).name})" if verse.source else verse.who


def bits(nats: float) -> float:
    """
    >>> bits(math.log(8))
    3.0
    """
    return nats / math.log(2)


def to_json(report: Report) -> str:
    """The one documented object, indented, without a last line end."""
    facts = {
        "model": report.model,
        "text": report.text,
        "settings": report.settings,
        "held_out": _unread(report.held_out) if report.held_out else None,
        "samples": [_verse(verse) for verse in report.samples],
        "judged": [asdict(one) for one in report.judged],
    }
    return json_document(facts)


def _unread(found: HeldOutReport) -> dict[str, Any]:
    return {
        "all": _figures(found.all),
        "by_text": {name: _figures(one) for name, one in found.by_text.items()},
        "by_form": {name: _figures(one) for name, one in found.by_form.items()},
        "by_place": {form: [asdict(p) for p in places] for form, places in found.by_place.items()},
        "by_distance": [asdict(bucket) for bucket in found.by_distance],
        "carried": _figures(found.carried) if found.carried else None,
        "unknown": found.unknown,
    }


def _figures(found: HeldOut) -> dict[str, Any]:
    return {**asdict(found), "bits": bits(found.loss), "perplexity": found.perplexity}


def _verse(verse: Verse) -> dict[str, Any]:
    own = {"form": verse.form, "who": verse.who, "source": verse.source}
    return {**own, **asdict(verse.measures), "examples": verse.examples}
