"""A form of counted syllables, and how a poem is held against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from poet.prosody.base import VerseRequest


@dataclass(frozen=True, slots=True)
class SyllabicForm:
    """Lines of so many syllables each, unrhymed, in one language."""

    name: str
    language: str
    lengths: tuple[int, ...]
    aliases: tuple[str, ...] = ()

    @property
    def token(self) -> str:
        """Models of users' own texts know no forms by name."""
        return self.name


@dataclass(frozen=True, slots=True)
class SyllabicScan:
    """The syllables of the words of each line."""

    lines: tuple[str, ...]
    form: SyllabicForm | None
    syllables: tuple[tuple[tuple[str, int], ...], ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """The syllables of each line."""
        return tuple(sum(count for _, count in line) for line in self.syllables)

    def keeps(self, strict: bool = False) -> bool:
        """Whether each line has the syllables that the form asks for."""
        return bool(self.form and self.lines) and not self.fault_counts()

    def _wrong_lines(self) -> Iterator[tuple[int, int, int]]:
        """The number of each wrong line, from 1 on, its syllables, and those asked for."""
        asked = self.form.lengths if self.form else ()
        for number, (has, wanted) in enumerate(zip(self.counts, asked, strict=False), 1):
            if has != wanted:
                yield number, has, wanted

    def fault_counts(self, strict: bool = False) -> dict[str, int]:
        """How many lines are wrong, and how many are too many or missing."""
        counts = {"wrong length": len(list(self._wrong_lines()))}
        if self.form and self.lines:
            counts["lines"] = abs(len(self.lines) - len(self.form.lengths))
        return {name: count for name, count in counts.items() if count}

    def sentences(self, strict: bool = False) -> list[str]:
        """A sentence for each fault."""
        sentences = [
            f"line {number} has {has} syllables, not {wanted}: "
            + ", ".join(f"{word} {count}" for word, count in self.syllables[number - 1])
            for number, has, wanted in self._wrong_lines()
        ]
        if self.form and self.lines and len(self.lines) != len(self.form.lengths):
            wanted = len(self.form.lengths)
            sentences.append(f"it has {len(self.lines)} lines, a {self.form.name} has {wanted}")
        return sentences

    def summary(self, strict: bool = False) -> str:
        """One line: the form, the syllables of the lines, the faults."""
        if not self.lines:
            return "no verse"
        name = self.form.name if self.form else "no form"
        faults = [f"{fault} {count}" for fault, count in self.fault_counts().items()]
        return " · ".join([name, f"syllables {' '.join(map(str, self.counts))}", *faults])

    def to_json(self) -> dict[str, Any]:
        """Form, lines with the syllables of each word, verdict."""
        return {
            "form": self.form.name if self.form else "",
            "lines": [
                {"text": text, "syllables": count, "words": [list(word) for word in words]}
                for text, count, words in zip(self.lines, self.counts, self.syllables, strict=True)
            ],
            "faults": self.sentences(),
            "keeps": self.keeps(),
            "verdict": self.summary(),
        }

    def as_asked(self, request: VerseRequest[Any]) -> SyllabicScan:
        """The scan itself: a word has one number of syllables here, so nothing is in doubt."""
        return self

    def left_open(self, request: VerseRequest[Any]) -> list[str]:
        """Nothing is open."""
        return []
