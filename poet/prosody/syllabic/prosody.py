"""Counted syllables as `poet.prosody.find` sees them: forms of any language, found by name.

`haiku:de` and `tanka:fr` are forms of a language, `8x4:es` is four lines of eight syllables,
`5,7,5:it` gives the lines one by one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poet.errors import UsageError
from poet.prosody.base import KnownLines, VerseRequest
from poet.prosody.syllabic.syllables import check_language, line_syllables
from poet.prosody.syllabic.verse import SyllabicForm, SyllabicScan

if TYPE_CHECKING:
    from poet.prosody.syllabic.constraint import SyllabicConstraints
    from poet.tokenizer import CharTokenizer

_NAMED = {"haiku": (5, 7, 5), "tanka": (5, 7, 5, 7, 7)}
_name = re.compile(r"(haiku|tanka|\d+x\d+|\d+(?:,\d+)*):([a-z]{2,3})")
LONGEST, MOST_LINES = 30, 60
_OWN_FORMS = {"en": "haiku, tanka or 8 syllables", "zh": "7x4 or a form by its name"}


class SyllabicProsody:
    """Forms of counted syllables. The language stands in the name of each form."""

    language = "mul"  # as HTML names several languages at once
    breaks_lines = True

    @property
    def forms(self) -> tuple[SyllabicForm, ...]:
        """None by itself: there is a haiku in each language."""
        return ()

    @property
    def forms_in_brief(self) -> str:
        """Which forms there are, in a line for error messages."""
        return "haiku:de, 8x4:es, 5,7,5:it and the like for syllables of other languages"

    def find_form(self, name: str) -> SyllabicForm | None:
        """The form of this name. Raises `UsageError` for a language or lengths that cannot be.

        >>> SyllabicProsody().find_form("8x4:es").lengths, SyllabicProsody().find_form("sonnet")
        ((8, 8, 8, 8), None)
        """
        match = _name.fullmatch(name.replace(" ", ""))
        if not match:
            return None
        shape, language = match.groups()
        if language in _OWN_FORMS:
            raise UsageError(
                f"{shape}:{language} is not needed: this language has forms of its own",
                f"ask for {_OWN_FORMS[language]}",
            )
        check_language(language)
        lengths = _lengths(shape)
        if not lengths:
            raise UsageError(
                f"{name if len(name) <= 40 else name[:40] + '…'!r} is not a poem's shape",
                f"a line has 1 to {LONGEST} syllables, a poem up to {MOST_LINES} lines",
            )
        return SyllabicForm(match[0], language, lengths)

    def scan(self, text: str, form: SyllabicForm | None = None) -> SyllabicScan:
        """Count the syllables of a poem's lines in the language of the form."""
        lines = tuple(line.strip() for line in text.splitlines() if re.search(r"\w", line))
        if not form:
            return SyllabicScan((), None, ())
        return SyllabicScan(lines, form, tuple(line_syllables(x, form.language) for x in lines))

    def lines_given(self, request: VerseRequest[SyllabicForm]) -> frozenset[int]:
        """The lines that the prompt gives whole: those that it ends with a line break."""
        lines = request.prompt.split("\n")[:-1]
        return frozenset(range(1, sum(bool(line.strip()) for line in lines) + 1))

    def constraints(
        self, tokenizer: CharTokenizer, known: KnownLines | None = None
    ) -> SyllabicConstraints:
        """What makes constraints for a model with this vocabulary."""
        from poet.prosody.syllabic.constraint import SyllabicConstraints  # loads numpy

        return SyllabicConstraints(tokenizer, known)


def _lengths(shape: str) -> tuple[int, ...]:
    """The lengths that a shape names; none where no poem has them."""
    if shape in _NAMED:
        return _NAMED[shape]
    if len(shape) > 4 * MOST_LINES:
        return ()
    numbers = [int(number) for number in re.findall(r"\d{1,4}", shape)]
    lengths = tuple(numbers)
    if "x" in shape:
        length, count = numbers[0], numbers[-1]
        lengths = (length,) * count if len(numbers) == 2 and count <= MOST_LINES else ()
    possible = len(lengths) <= MOST_LINES and all(1 <= length <= LONGEST for length in lengths)
    return lengths if possible else ()
