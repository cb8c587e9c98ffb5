"""The forms of English verse as values, read from a file of facts that users can add to.

`forms.toml` beside this module says how a form is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from poet import paths
from poet.errors import InputError, UsageError
from poet.prosody.english.metre import Metre, metre

MOST_LINES = 60
MOST_INDENT = 20
UNRHYMED = "."
LETTERS = ascii_uppercase + ascii_lowercase
_LINES_OF_A_METRE = 8  # of a form that is asked for by the name of its metre alone
_KEYS = ("name", "aliases", "metre", "rhyme", "unit", "refrains", "indents")
_EXAMPLE = 'name = "…", metre = "iambic pentameter" and rhyme = "ABAB"'
_numbered = re.compile(r"(.*\D)(\d{1,3})")


@dataclass(frozen=True, slots=True)
class EnglishForm:
    """A form of verse.

    `metres` has the metre of each line. `schemes` are the rhyme schemes it can have, a letter a
    line and `.` for a line without rhyme. `stanzas` are the numbers of lines between blank ones,
    `refrains` groups of lines, counted from 0, that are the same. Where `unit` is not 0, a poem
    in this form may have any number of such groups of lines. `indents` says by how many columns
    each line is set in; empty where none is.
    """

    name: str
    metres: tuple[Metre, ...]
    schemes: tuple[str, ...]
    stanzas: tuple[int, ...]
    aliases: tuple[str, ...] = ()
    refrains: tuple[tuple[int, ...], ...] = ()
    unit: int = 0
    indents: tuple[int, ...] = ()

    @property
    def language(self) -> str:
        """The language of its verse, as in HTML."""
        return "en"

    @property
    def scheme(self) -> str:
        """The rhyme scheme in which poet writes the form."""
        return self.schemes[0]

    @property
    def lengths(self) -> tuple[int, ...]:
        """The number of syllables of each line, without a feminine ending."""
        return tuple(metre.syllables for metre in self.metres)

    @property
    def token(self) -> str:
        """The name of the form token that a model is given to write in this form; may be empty.

        >>> named = forms_by_name()
        >>> named["ballad"].token, named["petrarchansonnet"].token, named["haiku"].token
        ('common metre', 'sonnet', '')
        """
        names = [metre.name for metre in self.metres]
        if len(names) == 14 and set(names) == {"iambic pentameter"}:
            return "sonnet"
        if (
            len(names) > 3
            and set(names[::2]) | set(names[1::2]) == set(names)
            and names[:2]
            == [
                "iambic tetrameter",
                "iambic trimeter",
            ]
        ):
            return "common metre"
        most = max(self.metres, key=lambda metre: names.count(metre.name))
        return metre_token(most)

    def of(self, count: int) -> EnglishForm | None:
        """The form with this number of lines; None where it cannot have so many.

        >>> forms_by_name()["ballad"].of(8).scheme
        '.A.A.B.B'
        """
        if count == len(self.metres):
            return self
        if not self.unit or count < 1 or count % self.unit:
            return None
        times = count // self.unit
        is_stanza = self.unit == self.stanzas[0]
        schemes = dict.fromkeys(_repeated(scheme[: self.unit], times) for scheme in self.schemes)
        return replace(
            self,
            metres=self.metres[: self.unit] * times,
            schemes=tuple(schemes),
            stanzas=(self.unit,) * times if is_stanza else (count,),
            refrains=tuple(
                tuple(i + n * self.unit for i in same)
                for n in range(times)
                for same in self.refrains
            ),
            indents=self.indents[: self.unit] * times,
        )


def metre_token(metre: Metre) -> str:
    """The form token of lines in one metre; empty where there is none."""
    if metre.kind == "iambic":
        known = ("iambic pentameter", "iambic tetrameter", "iambic trimeter")
        return metre.name if metre.name in known else ""
    return "" if metre.is_syllabic else metre.kind


def _repeated(scheme: str, times: int) -> str:
    """A scheme again and again, each time with letters of its own as long as there are such."""
    letters = list(dict.fromkeys(scheme.replace(UNRHYMED, "")))
    parts = []
    for n in range(times):
        new = {
            letter: LETTERS[(n * len(letters) + i) % len(LETTERS)]
            for i, letter in enumerate(letters)
        }
        parts.append("".join(new.get(letter, UNRHYMED) for letter in scheme))
    return "".join(parts)


@cache
def forms() -> tuple[EnglishForm, ...]:
    """The forms that ship, and the user's own, which replace those of the same name.

    Raises `InputError` where the user's file cannot be read.
    """
    by_name = {_plain(form.name): form for form in _read(Path(__file__).with_name("forms.toml"))}
    users = paths.forms()
    if users.is_file():
        by_name |= {_plain(form.name): form for form in _read(users)}
    return tuple(by_name.values())


@cache
def forms_by_name() -> dict[str, EnglishForm]:
    """Each form by its name and aliases, in small letters without blanks and hyphens."""
    by_alias = {_plain(alias): form for form in forms() for alias in form.aliases}
    return by_alias | {_plain(form.name): form for form in forms()}


def find_form(name: str) -> EnglishForm | None:
    """The form of this name; None where there is none.

    A number after the name asks for so many of its units: three stanzas of a ballad, twelve lines
    of blank verse. The name of a metre asks for lines in it, without rhyme. Raises `UsageError`
    for a number that the form cannot have.

    >>> find_form("Ballad-Stanza 3").stanzas, find_form("iambic tetrameter").token
    ((4, 4, 4), 'iambic tetrameter')
    """
    wanted = _plain(name)
    if form := forms_by_name().get(wanted):
        return form
    numbered = _numbered.fullmatch(wanted)
    if numbered and (form := forms_by_name().get(numbered[1])):
        return _with_units(form, int(numbered[2]))
    return _form_of_metre(" ".join(re.split(r"[\s_-]+", name.strip().lower())))


def _with_units(form: EnglishForm, number: int) -> EnglishForm:
    unit = form.unit
    if not unit:
        raise UsageError(
            f"a {form.name} has {len(form.metres)} lines", f"ask for {form.name} without a number"
        )
    found = form.of(number * unit) if number * unit <= MOST_LINES else None
    if not found:
        units = "lines" if unit == 1 else f"times {unit} lines"
        raise UsageError(f"{form.name} can have 1 to {MOST_LINES // unit} {units}, not {number}")
    return found


@lru_cache(maxsize=64)
def _form_of_metre(name: str) -> EnglishForm | None:
    try:
        found = metre(name)
    except ValueError:
        return None
    count = _LINES_OF_A_METRE
    return EnglishForm(found.name, (found,) * count, (UNRHYMED * count,), (count,), unit=1)


def _plain(name: str) -> str:
    """A name as it is looked up.

    >>> _plain(" In-Memoriam_stanza")
    'inmemoriamstanza'
    """
    return re.sub(r"[\s_-]+", "", name.lower())


def _read(path: Path) -> list[EnglishForm]:
    import tomllib  # only where a form is looked for

    try:
        tables = tomllib.loads(path.read_text("utf-8")).get("form", [])
        if not isinstance(tables, list):
            raise ValueError("[form] should be [[form]]")
        return [_form(table, number) for number, table in enumerate(tables, 1)]
    except (OSError, ValueError) as error:
        raise InputError(
            f"the forms in {path} cannot be read: {error}", f"a form is [[form]] with {_EXAMPLE}"
        ) from error


def _form(table: dict[str, Any], number: int) -> EnglishForm:
    name = table.get("name")
    if not name or not isinstance(name, str):
        raise ValueError(f"form {number} has no name")
    if unknown := [key for key in table if key not in _KEYS]:
        raise ValueError(f"{name} has {unknown[0]}, but a form has only {', '.join(_KEYS)}")
    aliases, rhyme, names = (_strings(name, table, key) for key in ("aliases", "rhyme", "metre"))
    stanzas = {tuple(map(len, scheme.split())) for scheme in rhyme}
    if len(stanzas) != 1 or not (lengths := stanzas.pop()):
        raise ValueError(f"{name} needs a rhyme scheme, or several of the same stanzas")
    schemes = tuple("".join(scheme.split()) for scheme in rhyme)
    for scheme in schemes:
        _check_scheme(name, scheme)
    count = len(schemes[0])
    if not names or count % len(names):
        raise ValueError(f"{name} has {count} lines, but {len(names)} metres")
    metres = tuple(map(metre, names))
    unit = table.get("unit", 0)
    if type(unit) is not int or unit < 0 or (unit and count % unit):
        raise ValueError(f"{name} has {count} lines, which is no multiple of its unit, {unit!r}")
    return EnglishForm(
        name,
        metres * (count // len(names)),
        schemes,
        lengths,
        aliases,
        _refrains(name, table.get("refrains", []), count),
        unit,
        _indents(name, table.get("indents", []), count),
    )


def _check_scheme(name: str, scheme: str) -> None:
    if not re.fullmatch(r"[A-Za-z.]+", scheme) or len(scheme) > MOST_LINES:
        raise ValueError(
            f"{name} has a rhyme scheme that cannot be read, {scheme!r}: "
            f"letters and dots, at most {MOST_LINES}"
        )
    for letter in scheme:
        if letter != UNRHYMED and scheme.count(letter) == 1:
            raise ValueError(f"{name} has {letter} once: a line without rhyme is written as a dot")


def _strings(name: str, table: dict[str, Any], key: str) -> tuple[str, ...]:
    """A list of strings, or one, for which the list's brackets can be left out."""
    strings = table.get(key, [])
    strings = [strings] if isinstance(strings, str) else strings
    if not isinstance(strings, list) or not all(isinstance(part, str) for part in strings):
        raise ValueError(f'{key} of {name} must be a string, or a list of them: ["…", "…"]')
    return tuple(strings)


def _refrains(name: str, groups: object, count: int) -> tuple[tuple[int, ...], ...]:
    is_list = isinstance(groups, list) and all(isinstance(group, list) for group in groups)
    lines: Iterable[Sequence[Any]] = groups if isinstance(groups, list) and is_list else [[None]]
    if not all(type(n) is int and 1 <= n <= count for group in lines for n in group):
        raise ValueError(f"refrains of {name} must be lists of lines, such as [[1, 6], [3, 9]]")
    return tuple(tuple(n - 1 for n in group) for group in lines)


def _indents(name: str, columns: object, count: int) -> tuple[int, ...]:
    if not isinstance(columns, list) or not all(
        type(n) is int and 0 <= n <= MOST_INDENT for n in columns
    ):
        raise ValueError(f"indents of {name} must be a list of numbers from 0 to {MOST_INDENT}")
    if columns and count % len(columns):
        raise ValueError(f"{name} has {count} lines, but {len(columns)} indents")
    return tuple(columns) * (count // len(columns)) if columns else ()
