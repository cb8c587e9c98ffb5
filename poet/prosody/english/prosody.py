"""English as `poet.prosody.find` sees it. The forms are loaded when they are first asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from poet.prosody.base import KnownLines, VerseRequest

if TYPE_CHECKING:
    from poet.prosody.english.forms import EnglishForm
    from poet.prosody.english.request import EnglishConstraints
    from poet.prosody.english.scan import EnglishScan
    from poet.tokenizer import CharTokenizer

_BEST_KNOWN = ("couplet", "quatrain", "ballad", "sonnet", "limerick", "blank verse", "haiku")
_LEAST_KNOWN = 0.7  # of the words of an English text
_LEAST_OF_FUNCTION = 0.15  # of them are the, of, my …: in French and Italian verse under .1
_FEW_WORDS = 12  # of which none need be such a word
_MOST_WORDS = 400  # that are looked at
_word = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")


def is_english(text: str) -> bool:
    """Whether a text is English: most of its words are in the table of pronunciations.

    >>> is_english("The rain is on the roof."), is_english("Der Regen fällt auf das Dach.")
    (True, False)
    """
    words = [match[0].lower().replace("’", "'") for match in _word.finditer(text)][:_MOST_WORDS]
    if not words:
        return False
    from poet.prosody.english.syllables import ARTICLES, FUNCTION_WORDS, look_up

    if sum(bool(look_up(word)) for word in words) < _LEAST_KNOWN * len(words):
        return False
    of_function = sum(word in FUNCTION_WORDS or word in ARTICLES for word in words)
    return len(words) <= _FEW_WORDS or of_function >= _LEAST_OF_FUNCTION * len(words)


class EnglishProsody:
    """Verse in metres of stressed and unstressed syllables, and forms of counted ones."""

    language = "en"
    breaks_lines = True

    @property
    def forms(self) -> tuple[EnglishForm, ...]:
        """The forms that have names, the user's own among them."""
        from poet.prosody.english.forms import forms

        return forms()

    @property
    def forms_in_brief(self) -> str:
        """Which forms there are, in a line for error messages."""
        more = len(self.forms) - len(_BEST_KNOWN)
        return f"{', '.join(_BEST_KNOWN)} and {more} more of English, or a metre by its name"

    def find_form(self, name: str) -> EnglishForm | None:
        """The form of this name; see `poet.prosody.english.forms.find_form`.

        >>> EnglishProsody().find_form("limerick").scheme
        'AABBA'
        """
        from poet.prosody.english.forms import find_form

        return find_form(name)

    def scan(self, text: str, form: EnglishForm | None = None) -> EnglishScan:
        """Scan the text of a poem; see `poet.prosody.english.scan`."""
        from poet.prosody.english.scan import scan

        return scan(text, form)

    def lines_given(self, request: VerseRequest[EnglishForm]) -> frozenset[int]:
        """The lines that the prompt gives whole: those that it ends with a line break."""
        lines = request.prompt.split("\n")[:-1]
        return frozenset(range(1, sum(bool(line.strip()) for line in lines) + 1))

    def constraints(
        self,
        tokenizer: CharTokenizer,
        known: KnownLines | None = None,
        words: Sequence[str] = (),
    ) -> EnglishConstraints:
        """What makes the constraints of a model; it writes words of its own lexicon only."""
        from poet.prosody.english.request import EnglishConstraints  # loads numpy

        return EnglishConstraints(tokenizer, known)
