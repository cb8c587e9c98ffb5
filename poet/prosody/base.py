"""What the rest of poet asks of a language's prosody, so that languages can stand side by side.

`poet.prosody.find` lists the languages. Each has a package of its own, such as
`poet.prosody.chinese`. Whoever adds one gives

- a `Form` for each form of verse,
- a `Prosody`, which finds forms by name and scans poems under their rules,
- a `ScanResult`, which says what a scan has found,
- and, so that verse in these forms can be written, a maker of `Constraints`. What the sampler asks
  of a single constraint is in `poet.prosody.constraint`.

Help texts read this module, so it loads no numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

if TYPE_CHECKING:
    from poet.prosody.constraint import Bools, Codes, FormConstraint
    from poet.tokenizer import CharTokenizer

Strictness = Literal["strict", "lenient", "off"]


class Form(Protocol):
    """A form of verse: 七絕, a sonnet."""

    @property
    def language(self) -> str:
        """The language of the form, as HTML names it: zh, en."""

    @property
    def name(self) -> str:
        """The name that is printed."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names by which it is found."""

    @property
    def lengths(self) -> tuple[int, ...]:
        """The length of each line, in the unit of its language: characters, or syllables."""

    @property
    def token(self) -> str:
        """The name of the form token that a model is given to write in this form."""


FormT = TypeVar("FormT", bound=Form)


@dataclass(frozen=True, slots=True)
class VerseRequest(Generic[FormT]):
    """What a poem in a form has to satisfy.

    `strictness` says how words that can be read in several ways are taken: strict (every reading
    must fit), lenient (one must) or off (metre or tones do not count). `rhyme` is auto, off, or a
    rhyme in the terms of the language: a rhyme group, a word. `acrostic` gives the characters that
    the lines begin with. `forgives`: whole lines of the prompt may break the rules, and what
    follows keeps them as far as it can.
    """

    form: FormT
    prompt: str = ""  # the beginning of the poem
    acrostic: str = ""
    strictness: Strictness = "strict"
    rhyme: str = "auto"
    forgives: bool = False

    @property
    def is_strict(self) -> bool:
        """Whether every reading must fit."""
        return self.strictness == "strict"


class ScanResult(Protocol):
    """What was found about one poem."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of verse as they were read; none where the text holds no verse."""

    @property
    def form(self) -> Form | None:
        """The form whose rules the poem was held against."""

    def keeps(self, strict: bool = False) -> bool:
        """Whether the poem keeps all rules of its form; strict: however its words are read."""

    def fault_counts(self, strict: bool = False) -> dict[str, int]:
        """How often each fault occurs, by its name."""

    def sentences(self, strict: bool = False) -> list[str]:
        """The faults and remarks, a sentence each."""

    def summary(self, strict: bool = False) -> str:
        """One line that sums the poem up."""

    def to_json(self) -> dict[str, Any]:
        """The result as plain values."""

    def as_asked(self, request: VerseRequest[Any]) -> ScanResult:
        """The result without doubts about what the user wrote.

        How the words of prompt and acrostic are to be read is the user's choice, and no fault.
        """

    def left_open(self, request: VerseRequest[Any]) -> list[str]:
        """Which words of the user can be read in several ways: what `as_asked` leaves out."""


class KnownLines(Protocol):
    """The lines of a training text, which are not to be written again."""

    def contains_line(self, line: str) -> bool:
        """Whether a line stands in the text, long enough to be called copied."""

    def contains_lines(self, codes: Codes) -> Bools:
        """The same (N,) for codepoints (N, T) of lines of Chinese characters."""


class Constraints(Protocol):
    """Makes the constraints of requests, for one model; what they share is worked out once."""

    def of(self, request: VerseRequest[Any]) -> FormConstraint:
        """What the sampler asks. Raises `UsageError`, saying why, where no poem can be written."""


class Prosody(Protocol[FormT]):
    """The forms of one language, and their rules."""

    @property
    def language(self) -> str:
        """The language that its forms name."""

    @property
    def breaks_lines(self) -> bool:
        """Whether lines end at line breaks. In Chinese verse they end at stops."""

    @property
    def forms(self) -> tuple[FormT, ...]:
        """The forms that have names."""

    @property
    def forms_in_brief(self) -> str:
        """Which forms there are, in a line for error messages."""

    def find_form(self, name: str) -> FormT | None:
        """The form of this name or alias; None where the language has no such form.

        Raises `UsageError` for a name that asks for a form with impossible lengths.
        """

    def scan(self, text: str, form: FormT | None = None) -> ScanResult:
        """Scan the text of a poem under the form asked for, or under the one it seems to have."""

    def lines_given(self, request: VerseRequest[FormT]) -> frozenset[int]:
        """Which lines, from 1 on, the user wrote whole.

        Raises `UsageError` where prompt or acrostic have no place in the form.
        """

    def constraints(self, tokenizer: CharTokenizer, known: KnownLines | None = None) -> Constraints:
        """What makes constraints for a model with this vocabulary; no line of `known` is copied."""
