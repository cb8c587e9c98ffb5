"""A request for poems: one value that a command line, a server or a script can build.

It is checked where it is built and knows nothing of a command line. It does not load numpy
until it is used, so that help texts can read its defaults.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args
from unicodedata import category

from poet.characters import STOPS
from poet.errors import NoEffect, UsageError
from poet.language import Choice, choose_model
from poet.prosody.base import Form, Strictness
from poet.prosody.chinese.couplets import couplet_form
from poet.prosody.chinese.forms import Form as ChineseForm
from poet.prosody.chinese.rhyme_books import PINGSHUI, find_book
from poet.prosody.find import find_form
from poet.scripts import to_traditional

if TYPE_CHECKING:
    from poet.generation.sampling import Sampling

MAX_CHARACTERS = 200  # a poem without a form that has not ended by then is cut
MAX_LETTERS = 400  # likewise in verse of letters, which is cut at the end of a line
PARTICLES = 12  # candidates of a poem in a form that are steered side by side
BEST_OF = 4  # poems written for each that is printed
SYLLABLES = 120  # that are written in all for an English poem, where it may be the best of several
GUIDANCE = 2.0  # weight of title, theme and author (docs/log.md has the readers' marks)
MOST_CANDIDATES = 1024

AskedScript = Literal["auto", "hans", "hant"]
Unknown = Literal["error", "skip"]
_IN_FORMS_ONLY = ("strictness", "rhyme", "rhymes", "best_of", "particles")
_CHOICES: dict[str, tuple[str, ...]] = {
    "strictness": get_args(Strictness),
    "script": get_args(AskedScript),
    "unknown": get_args(Unknown),
}
RANGES: dict[str, tuple[float, float | None]] = {
    "count": (1, None),
    "seed": (0, None),
    "max_characters": (1, None),
    "best_of": (1, MOST_CANDIDATES),
    "particles": (1, MOST_CANDIDATES),
    "guidance": (0, 10),
}


def usual_best_of(form: Form) -> int:
    """How many poems are written for each that is given; of long English ones fewer, for speed.

    >>> usual_best_of(find_form("七律")), usual_best_of(find_form("sonnet"))
    (4, 1)
    """
    if form.language == "zh":
        return BEST_OF
    return max(1, min(BEST_OF, SYLLABLES // sum(form.lengths)))


@dataclass(frozen=True, kw_only=True)
class WriteRequest:
    """A request for one or more poems.

    None means "not asked for" and stands for the default in the comment. Raises `UsageError`,
    its `field` naming the argument, for a value out of range, for an unknown form, for arguments
    that exclude each other and for one that would have no effect.

    >>> WriteRequest(form="wujue", title="夜雨").verse_form.name
    '五絕'
    >>> WriteRequest(rhyme="東")
    Traceback (most recent call last):
        ...
    poet.errors.NoEffect: rhyme has no effect without a form
    """

    model: str = ""  # a name or a folder; empty: the one that `chosen_model` gives
    prompt: str = ""  # the beginning of the poem
    form: str = "free"  # 五絕, 水調歌頭, 7x4 …, as `find_form` takes it
    couplet: str = ""  # a line to answer: the poem is the couplet (對聯) of both
    acrostic: str = ""  # the characters that the lines begin with (藏頭)
    strictness: Strictness | None = None  # strict
    rhyme: str | None = None  # auto: any that has enough words; off, or a rhyme
    rhymes: str | None = None  # 平水, the rhyme book of Chinese forms; or 新韻 or 通韻
    title: str = ""
    about: str | tuple[str, ...] = ""  # a theme, as one text or in words
    author: str = ""  # whose manner it is to have
    guidance: float | None = None  # GUIDANCE
    context: str = ""  # read before the poem, and no part of it
    temperature: float | tuple[float, ...] | None = None  # `Sampling.default`; or poems at each
    top_k: int = 0  # all
    top_p: float = 1.0  # all
    min_p: float | None = None  # .05
    best_of: int | None = None  # `usual_best_of`
    particles: int | None = None  # PARTICLES
    max_characters: int | None = None  # MAX_CHARACTERS or MAX_LETTERS
    count: int = 1  # poems, at each temperature
    seed: int | None = None  # one by chance
    script: AskedScript = "auto"  # the prompt's
    unknown: Unknown = "error"  # for characters of the prompt that the model does not know

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in (None, *choices):
                raise _wrong(name, f"is {getattr(self, name)!r}", f"it is {' or '.join(choices)}")
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if value is not None and not (low <= value and (high is None or value <= high)):
                most = "" if high is None else f" and at most {high}"
                raise _wrong(name, f"is {value}", f"it must be at least {low}{most}")
        self._tidy("acrostic", re.sub(r"\s", "", self.acrostic))
        line = re.sub(r"[^\S\r\n]", "", self.couplet.strip())
        self._tidy("couplet", line.rstrip(STOPS + ",.!?;:"))
        if self.couplet and (self.prompt or self.form != "free" or self.acrostic):
            raise NoEffect(
                "couplet answers one line and nothing else",
                "leave out prompt, form and acrostic",
                "couplet",
                "form",
                "acrostic",
            )
        if any(category(character)[0] == "P" for character in self.acrostic):
            raise _wrong(
                "acrostic", "is made of the first characters of lines", "leave out punctuation"
            )
        if self.verse_form is None:
            for name in _IN_FORMS_ONLY:
                if getattr(self, name) is not None:
                    hint = "add a form, such as 七絕 or sonnet"
                    raise _idle(name, "has no effect without a form", hint)
        elif self.max_characters is not None:
            raise NoEffect(
                "max-characters has no effect in a form, which has its own length",
                "leave it out",
                "max_characters",
                "form",
            )
        if self.guidance is not None and not (self.title or self.about or self.author):
            raise _idle(
                "guidance", "has no effect alone", "add a title, a theme (about) or an author"
            )
        assert self.samplings  # raises where one is out of range

    def _tidy(self, name: str, value: str) -> None:
        if getattr(self, name) and not value:
            raise _wrong(name, "has no characters in it", "leave it out, or give some")
        object.__setattr__(self, name, value)

    @cached_property
    def verse_form(self) -> Form | None:
        """The form whose rules are kept; None for free verse."""
        book = find_book(self.rhymes or PINGSHUI.name)
        if self.couplet:
            return couplet_form(to_traditional(self.couplet), book)
        form = find_form(self.form)
        if form is None or self.rhymes is None:
            return form
        if not isinstance(form, ChineseForm):
            raise _idle("rhymes", f"has no effect in {form.name}, which is not a Chinese form")
        return replace(form, book=book)

    @cached_property
    def samplings(self) -> tuple[Sampling, ...]:
        """The sampling settings, one for each temperature."""
        from poet.generation.sampling import Sampling

        has_subject = bool(self.title or self.about)
        default = Sampling.default(self.verse_form, has_subject=has_subject)
        asked = self.temperature if isinstance(self.temperature, tuple) else (self.temperature,)
        temperatures = [default.temperature if t is None else t for t in asked]
        min_p = default.min_p if self.min_p is None else self.min_p
        first = Sampling(temperatures[0], self.top_k, self.top_p, min_p)
        return tuple(replace(first, temperature=temperature) for temperature in temperatures)

    def chosen_model(self, environ: Mapping[str, str]) -> Choice:
        """The model that suits a request which names none; raises as `choose_model` does."""
        about = (self.about,) if isinstance(self.about, str) else self.about
        form = self.verse_form
        return choose_model(
            {"prompt": self.prompt, "couplet": self.couplet, "acrostic": self.acrostic},
            (self.title, *about, self.context),
            author=self.author,
            form=form.name if form else "",
            language=form.language if form else "",
            environ=environ,
            lenient=self.unknown == "skip",
        )

    @property
    def is_strict(self) -> bool:
        """Whether every reading of a word must fit its place."""
        return self.verse_form is not None and self.strictness in (None, "strict")

    @property
    def steering(self) -> dict[str, Any]:
        """The options of `Writer.poems` and `Writer.write` that were given, besides the texts."""
        names = {*_IN_FORMS_ONLY, "guidance"} - {"rhymes"}  # which the form itself has
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


def _idle(name: str, what: str, hint: str = "leave it out") -> NoEffect:
    return NoEffect(f"{name.replace('_', '-')} {what}", hint, name)


def _wrong(name: str, what: str, hint: str = "leave it out") -> UsageError:
    return UsageError(f"{name.replace('_', '-')} {what}", hint, name)
