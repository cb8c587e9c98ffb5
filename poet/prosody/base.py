"""What the rest of poet asks of a language's prosody, so that languages can stand side by side.

`poet.prosody.find` lists the languages. Each has a package of its own, such as
`poet.prosody.chinese`. How verse in a form is written is another interface: the `Constraint` that
`poet.generation` samples under.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar


class Form(Protocol):
    """A form of verse: 七絕, a sonnet."""

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


class Prosody(Protocol[FormT]):
    """The forms of one language, and their rules."""

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
