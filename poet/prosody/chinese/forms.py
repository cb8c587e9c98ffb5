"""The forms of classical verse: how many lines, how many characters in each, which rules.

The shape says what a poem could be; whether it keeps the rules of tone and rhyme is the
verdict's to say (`poet.prosody.chinese.scan`), and the steering's to see to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from poet.errors import UsageError

Rule = Literal["regulated", "ci", "lengths"]
MOST_LINES = 60
MOST_CHARACTERS = 30  # in a line


@dataclass(frozen=True, slots=True)
class Form:
    """A form: the characters of each line, and the kind of rules that bind them.

    `regulated` verse keeps the tones and the rhyme of 近體詩, a `ci` those of its tune, which
    `pattern` gives line by line (see tunes.toml); of `lengths` nothing else is asked.
    """

    name: str
    lengths: tuple[int, ...]
    rule: Rule = "regulated"
    pattern: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    mark: str = ""  # the form that a model was trained with, where it is not the name itself

    @property
    def stops(self) -> tuple[str, ...]:
        """What closes each line.

        >>> Form("五絕", (5, 5, 5, 5)).stops
        ('，', '。', '，', '。')
        """
        if self.pattern:
            return tuple(line[-1] for line in self.pattern)
        last = len(self.lengths) - 1
        return tuple("，。"[i % 2 or i == last] for i in range(len(self.lengths)))

    @property
    def known_as(self) -> str:
        """The name of the form's mark in the alphabet of a model."""
        return self.mark or self.name


LONG = {"五排": 5, "七排": 7}  # of any even number of lines above eight
_ALIASES = {
    "五排": ("五言排律", "排律", "wupai", "5pai"),
    "七排": ("七言排律", "qipai", "7pai"),
}
LONG_LINES = 12  # of a 排律 where the number was left open
FORMS = (
    Form("五絕", (5,) * 4, aliases=("五绝", "五言絕句", "五言绝句", "wujue", "5jue")),
    Form("七絕", (7,) * 4, aliases=("七绝", "七言絕句", "七言绝句", "qijue", "7jue")),
    Form("五律", (5,) * 8, aliases=("五言律詩", "五言律诗", "wulv", "wulu", "5lv")),
    Form("七律", (7,) * 8, aliases=("七言律詩", "七言律诗", "qilv", "qilu", "7lv")),
    Form("五排", (5,) * LONG_LINES, aliases=_ALIASES["五排"]),
    Form("七排", (7,) * LONG_LINES, aliases=_ALIASES["七排"]),
)
OLD = (
    Form("古絕", (5,) * 4, "lengths", aliases=("五古絕", "古绝", "gujue"), mark="五絕"),
    Form("七古絕", (7,) * 4, "lengths", aliases=("七古绝", "7gujue"), mark="七絕"),
)
FREE = "free"  # no form asked for: the model chooses its own


def form_of(lengths: tuple[int, ...]) -> Form | None:
    """The form of regulated verse whose shape lines of these lengths have, or None.

    >>> form_of((7, 7, 7, 7)).name, form_of((5,) * 20).name
    ('七絕', '五排')
    >>> form_of((3, 7)) is None
    True
    """
    for form in FORMS:
        if form.lengths == lengths and form.name not in LONG:
            return form
    if len(lengths) > 8 and len(lengths) % 2 == 0 and len(set(lengths)) == 1:
        names = (name for name, length in LONG.items() if length == lengths[0])
        return next((_long_form(name, len(lengths)) for name in names), None)
    return None


def long_form(name: str, lines: int) -> Form:
    """A 排律 of so many lines. Raises `UsageError` for a number that it cannot have.

    >>> len(long_form("五排", 16).lengths)
    16
    """
    if lines <= 8 or lines % 2 or lines > MOST_LINES:
        raise UsageError(
            f"{name} has no {lines} lines",
            f"it has an even number of them, 10 to {MOST_LINES}, for example {name}16",
        )
    return _long_form(name, lines)


def _long_form(name: str, lines: int) -> Form:
    return Form(name, (LONG[name],) * lines, aliases=_ALIASES[name])
