"""The report on a model, which `poet eval` prints as JSON, as tables and as pages.

In JSON it is one object. Shares are fractions of 1, losses are in nats per character, and values
that could not be measured are null.

    poet            version
    model           name, parameters, text, fingerprint of that text, kind (poems or stream)
    text            names and fingerprint of the text that was read, and whether it is the model's
                    own
    settings        poems per form, temperature of the free samples, seed, held-out poems at most
    held_out        `all`, `by_text` and `by_form`: loss, bits, perplexity, accuracy, characters,
                    poems (for a stream, windows of 256 characters); read from an empty state,
                    with no form, author or title given. `by_place`: for each form, at each place,
                    line, place (one past the last character is the stop; a line past the last
                    one is the end mark), nats, accuracy, poems. `by_distance`: nats by how many
                    characters were read before, in buckets from first to last. `carried`: for a
                    stream, with the state carried from its beginning. `unknown`: the number of
                    characters outside the vocabulary, which count as the unknown mark
    samples         one object for each form and kind of verse: form (empty if the model knows
                    none), who (steered; free; titled: free, on the titles of held-out poems;
                    human), source of the human poems, poems, then
                    prosody: shape, rhyme, tones, all: how many of the poems keep it
                    variety: distinct_1, distinct_2 (over `poems` of its own, the same number in
                        all rows of a form, since they depend on it), repeats
                    copies: lines of five characters or more, how many of them occur in the
                        training text, the longest shared run of all poems and the median one;
                        upper bounds. Only held-out human poems are searched
                    and examples, the first that were written; none of human poems
    judged          one object for each kind of verse, steered on the titles of held-out poems and
                    these poems themselves (human); none if the text has too few poems with a
                    title: who, source, poems, then `titles` and `halves`: the share of poems whose
                    own title (second half) is found among five by `poet.evaluation.judge`, its
                    standard error, and the number of poems. Guessing finds 0.2
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from poet.sanitize import json_document

if TYPE_CHECKING:
    from poet.dataset.held_out import HeldOut

VerseKind = Literal["steered", "free", "titled", "human"]
KINDS: tuple[VerseKind, ...] = get_args(VerseKind)


@dataclass(frozen=True)
class EvalConfig:
    """The settings of an evaluation."""

    poems: int = 200  # of each form and kind
    temperature: float = 0.7  # of the free samples: cool enough for the model to be at its best
    seed: int = 0
    held_out: int = 20_000  # poems of a text, or windows of a stream, at most; as on model cards


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a form, and the means over the held-out poems there; both count from 1."""

    line: int
    place: int
    nats: float
    accuracy: float
    poems: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """Characters by their distance from the beginning, and their mean nats."""

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


@dataclass(frozen=True, slots=True)
class Prosody:
    """How many poems keep each rule of a form; one with other line lengths keeps none.

    A character with two tones may be read as the form needs.
    """

    shape: int  # lines as many and as long as in the form
    rhyme: int  # no line without its rhyme, none in another group
    tones: int  # no character with a wrong tone
    all: int  # no fault at all


@dataclass(frozen=True, slots=True)
class Variety:
    """How varied verse is. All but `repeats` depend on how many poems there are."""

    poems: int
    distinct_1: float  # different characters, divided by all
    distinct_2: float  # different pairs of neighbours in a line, divided by all
    repeats: float  # the share of poems in which some character occurs twice


@dataclass(frozen=True, slots=True)
class Copies:
    """Overlap with the training text; upper bounds, as the index has some false positives."""

    lines: int  # of five characters or more; shorter ones are words more than lines
    copied: int
    median_run: float  # over poems, of the longest shared run of characters; 0: fewer than five
    longest_run: int


@dataclass(frozen=True, slots=True)
class Measures:
    """All measures of some poems; None for one that does not apply."""

    poems: int
    prosody: Prosody | None
    variety: Variety
    copies: Copies | None

    @property
    def shares(self) -> dict[str, float]:
        """The measures that are shares of 1, by name, in the order in which they are shown."""
        shares: dict[str, float] = {}
        if rules := self.prosody:
            counts = {"shape": rules.shape, "rhyme": rules.rhyme, "tones": rules.tones}
            counts["all right"] = rules.all
            shares |= {name: count / self.poems for name, count in counts.items()}
        shares |= {"distinct-1": self.variety.distinct_1, "distinct-2": self.variety.distinct_2}
        if rules:  # in verse without a form, longer pieces would repeat more
            shares["repeats"] = self.variety.repeats
        if self.copies:
            shares["lines copied"] = self.copies.copied / max(1, self.copies.lines)
        return shares


@dataclass(frozen=True)
class SampleReport:
    """The measures of verse of one form and kind."""

    form: str
    kind: VerseKind
    source: str  # the text that human poems come from
    measures: Measures
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retrieval:
    """How often the true candidate is the best of five, over all ways to draw the four others."""

    share: float  # 0 if no poem could be judged
    error: float  # its standard error over poems
    poems: int


@dataclass(frozen=True, slots=True)
class JudgeReport:
    """The results of the automatic judge on poems with titles."""

    kind: VerseKind
    source: str  # the text that human poems come from
    poems: int
    titles: Retrieval
    halves: Retrieval


@dataclass(frozen=True)
class EvalReport:
    """All measurements of a model."""

    model: Mapping[str, Any]
    text: Mapping[str, Any]
    settings: Mapping[str, Any]
    held_out: HeldOutReport | None
    samples: tuple[SampleReport, ...]
    judged: tuple[JudgeReport, ...] = ()

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms that were sampled; an empty name for verse without a form."""
        return tuple(dict.fromkeys(sample.form for sample in self.samples))

    def kinds_of(self, form: str) -> dict[VerseKind, SampleReport]:
        """The kinds of verse in a form that were measured."""
        return {sample.kind: sample for sample in self.samples if sample.form == form}


def label(report: SampleReport | JudgeReport) -> str:
    """The name of a kind of verse; for human verse, with the text that it comes from.

    >>> nothing = Measures(1, None, Variety(0, 0, 0, 0), None)
    >>> label(SampleReport("七絕", "human", "tang", nothing))
    'human (tang)'
    """
    return f"{report.kind} ({Path(report.source).name})" if report.source else report.kind


def bits(nats: float) -> float:
    """
    >>> bits(math.log(8))
    3.0
    """
    return nats / math.log(2)


def to_json(report: EvalReport) -> str:
    """The report as one JSON object, indented, without a final line end."""
    return json_document(
        {
            "model": report.model,
            "text": report.text,
            "settings": report.settings,
            "held_out": _held_out_facts(report.held_out) if report.held_out else None,
            "samples": [_sample_facts(sample) for sample in report.samples],
            "judged": [_judge_facts(judged) for judged in report.judged],
        }
    )


def _held_out_facts(report: HeldOutReport) -> dict[str, Any]:
    return {
        "all": _figures(report.all),
        "by_text": {name: _figures(figures) for name, figures in report.by_text.items()},
        "by_form": {name: _figures(figures) for name, figures in report.by_form.items()},
        "by_place": {form: list(map(asdict, places)) for form, places in report.by_place.items()},
        "by_distance": list(map(asdict, report.by_distance)),
        "carried": _figures(report.carried) if report.carried else None,
        "unknown": report.unknown,
    }


def _figures(figures: HeldOut) -> dict[str, Any]:
    return {**asdict(figures), "bits": bits(figures.loss), "perplexity": figures.perplexity}


def _sample_facts(sample: SampleReport) -> dict[str, Any]:
    facts = {"form": sample.form, "who": sample.kind, "source": sample.source}
    return {**facts, **asdict(sample.measures), "examples": sample.examples}


def _judge_facts(judged: JudgeReport) -> dict[str, Any]:
    facts = asdict(judged)
    return {"who": facts.pop("kind"), **facts}
