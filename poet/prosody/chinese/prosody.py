"""Classical Chinese as `poet.prosody.find` sees it: its forms, found by name, alias or lengths."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from poet.errors import UsageError
from poet.prosody.base import KnownLines, VerseRequest
from poet.prosody.chinese.forms import (
    FORMS,
    LONG,
    MOST_CHARACTERS,
    MOST_LINES,
    OLD_STYLE,
    Form,
    LengthsForm,
    form_of,
    long_form,
)
from poet.prosody.chinese.request import FormRequest
from poet.prosody.chinese.romanised import letters
from poet.prosody.chinese.scan import Scan, scan
from poet.prosody.chinese.tunes import tunes

if TYPE_CHECKING:
    from poet.prosody.chinese.constraint import ChineseConstraints
    from poet.tokenizer import CharTokenizer

_numbered = re.compile(r"(\D+?)\s*(\d{1,3})")
_times = re.compile(r"(\d{1,3})\s*[x×*]\s*(\d{1,3})")
_list = re.compile(r"\d{1,3}(?:\s*[,，]\s*\d{1,3})*")
_too_long = re.compile(r"\d{4}")  # no form has such a number, and a longer one takes time to read


class ChineseProsody:
    """Regulated verse, the tunes of ci, and lines of any lengths."""

    language = "zh"
    breaks_lines = False

    @property
    def forms(self) -> tuple[Form, ...]:
        """The forms that have names, those of the user's own tunes among them."""
        return (*FORMS, *OLD_STYLE, *tunes())

    @property
    def forms_in_brief(self) -> str:
        """Which forms there are, in a line for error messages."""
        names = " ".join(form.name for form in (*FORMS, *OLD_STYLE))
        return f"{names}, lengths such as 7x4, and {len(tunes())} tunes of ci"

    def find_form(self, name: str) -> Form | None:
        """The form of this name; None where there is none.

        五排16 is a 排律 of sixteen lines; 7x4 or 5,5,7 asks for lines of these lengths without
        other rules. Pinyin may have tone marks, capitals, blanks and hyphens, and the English
        name will do. Raises `UsageError` for impossible lengths.

        >>> chinese = ChineseProsody()
        >>> chinese.find_form("wujue").name, chinese.find_form("sonnet")
        ('五絕', None)
        >>> chinese.find_form("Làng Táo Shā").name, chinese.find_form("partridge sky").name
        ('浪淘沙', '鷓鴣天')
        >>> chinese.find_form("3,3,7").lengths
        (3, 3, 7)
        """
        wanted = name.strip().lower()
        if _too_long.search(wanted):
            raise _impossible(wanted)
        by_name = _by_name((*FORMS, *OLD_STYLE))
        if wanted in by_name:
            return by_name[wanted]
        if numbered := _numbered.fullmatch(wanted):
            form = by_name.get(numbered[1])
            if form and form.name in LONG:
                return long_form(form.name, int(numbered[2]))
        if _times.fullmatch(wanted) or _list.fullmatch(wanted):
            return _lengths_form(wanted)
        by_name |= _by_name(tunes())  # last, for its file takes time to read
        return by_name.get(wanted) or _by_letters(self.forms).get(letters(wanted))

    def scan(self, text: str, form: Form | None = None) -> Scan:
        """Scan the text of a poem; see `poet.prosody.chinese.scan`."""
        return scan(text, form)

    def lines_given(self, request: VerseRequest[Form]) -> frozenset[int]:
        """The lines of which every place is filled by prompt or acrostic."""
        places = FormRequest.from_any(request).places
        return frozenset(
            line
            for line, length in enumerate(request.form.lengths, 1)
            if all((line, place) in places for place in range(1, length + 1))
        )

    def constraints(
        self, tokenizer: CharTokenizer, known: KnownLines | None = None
    ) -> ChineseConstraints:
        """What makes the constraints of a model."""
        from poet.prosody.chinese.constraint import ChineseConstraints  # loads numpy

        return ChineseConstraints(tokenizer, known.contains_lines if known else None)


def _by_name(forms: Iterable[Form]) -> dict[str, Form]:
    return {alias.lower(): form for form in forms for alias in (form.name, *form.aliases)}


def _by_letters(forms: Iterable[Form]) -> dict[str, Form]:
    """Each form by its names in letters: pinyin and English."""
    names = ((form, (*form.aliases, *form.english.split(", ", 1))) for form in forms)
    found = {letters(name): form for form, others in names for name in others}
    return {plain: form for plain, form in found.items() if plain}


def _lengths_form(text: str) -> LengthsForm:
    """The form that `7x4` or `5,5,7` asks for."""
    if times := _times.fullmatch(text):
        length, count = int(times[1]), int(times[2])
        lengths = (length,) * min(count, MOST_LINES + 1)
    else:
        lengths = tuple(int(n) for n in re.split("[,，]", text))
    if not 1 <= len(lengths) <= MOST_LINES or not all(1 <= n <= MOST_CHARACTERS for n in lengths):
        raise _impossible(text)
    shape = form_of(lengths)
    return LengthsForm(text, lengths, token=shape.token if shape else "")


def _impossible(text: str) -> UsageError:
    shown = text if len(text) <= 40 else text[:40] + "…"
    return UsageError(
        f"{shown} is not a poem's shape",
        f"1 to {MOST_LINES} lines of 1 to {MOST_CHARACTERS} characters, for example 7x4",
    )
