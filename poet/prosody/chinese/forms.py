"""The forms of classical Chinese verse: how many lines, how many characters in each, which rules.

    Form
    ├── RegulatedForm  近體詩: 絕句, 律詩 and 排律; tones, one level rhyme, couplets
    ├── CiForm         詞: each line has a tone pattern of its own; several rhymes
    └── LengthsForm    古絕, or lengths such as 7x4: neither tones nor rhyme are bound

A form says what a poem should be. Whether a poem keeps its rules is told by
`poet.prosody.chinese.scan`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate
from string import ascii_uppercase as LETTERS

from poet.errors import UsageError
from poet.prosody.chinese.rhyme_books import PINGSHUI, RhymeBook

MOST_LINES = 60
MOST_CHARACTERS = 30  # in a line


@dataclass(frozen=True, slots=True)
class Form:
    """A form: the number of characters of each line, and other names it is found by.

    `token` is the name of the form token that a model is given for it: by default the name of
    the form, else that of the form a model is trained with whose lengths are the same. `book` is
    the rhyme book that says which characters are level and which rhyme. `english` is its name in
    pinyin and, after a comma, in English.
    """

    name: str
    lengths: tuple[int, ...]
    aliases: tuple[str, ...] = ()
    token: str = ""
    book: RhymeBook = PINGSHUI
    english: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", self.token or self.name)

    @property
    def language(self) -> str:
        """Chinese."""
        return "zh"

    @property
    def stops(self) -> tuple[str, ...]:
        """The punctuation that closes each line.

        >>> RegulatedForm("五絕", (5, 5, 5, 5)).stops
        ('，', '。', '，', '。')
        """
        stops = ["。" if i % 2 else "，" for i in range(len(self.lengths))]
        return (*stops[:-1], "。")

    @property
    def binds_tones(self) -> bool:
        """Whether the form has rules of tone."""
        return True

    @property
    def is_regulated(self) -> bool:
        """Whether 對, 粘 and one level rhyme bind the lines, no rhyme character occurring twice."""
        return False

    @property
    def uses_ci_rhyme(self) -> bool:
        """Whether it rhymes by the classes of 詞林正韻, not by the narrower groups of 平水韻."""
        return False


@dataclass(frozen=True, slots=True)
class RegulatedForm(Form):
    """Regulated verse (近體詩): lines of five or seven characters under the rules of tone."""

    @property
    def is_regulated(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class CiForm(Form):
    """A form with a pattern for each line, in the notation of `poet.prosody.chinese.tunes`.

    The tunes of ci are such forms; so is the answer to a given line of a couplet.
    """

    pattern: tuple[str, ...] = ()

    @property
    def rhyme_ends(self) -> frozenset[int]:
        """How many characters stand before and in each line that rhymes, and in the whole poem."""
        ends = list(accumulate(self.lengths))
        rhyming = (end for end, line in zip(ends, self.pattern, strict=True) if line[-2] in LETTERS)
        return frozenset((*rhyming, ends[-1]))

    @property
    def stops(self) -> tuple[str, ...]:
        return tuple(line[-1] for line in self.pattern)

    @property
    def uses_ci_rhyme(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class LengthsForm(Form):
    """Lines of given lengths without rules of tone or rhyme."""

    @property
    def binds_tones(self) -> bool:
        return False


LONG = {"五排": 5, "七排": 7}  # 排律: any even number of lines above eight -> characters in each
LONG_LINES = 12  # of a 排律 where the number is not given
FORMS = (
    RegulatedForm(
        "五絕",
        (5,) * 4,
        ("五绝", "五言絕句", "五言绝句", "wujue", "5jue"),
        english="Wujue, five-character quatrain",
    ),
    RegulatedForm(
        "七絕",
        (7,) * 4,
        ("七绝", "七言絕句", "七言绝句", "qijue", "7jue"),
        english="Qijue, seven-character quatrain",
    ),
    RegulatedForm(
        "五律",
        (5,) * 8,
        ("五言律詩", "五言律诗", "wulv", "wulu", "5lv"),
        english="Wulü, five-character octave",
    ),
    RegulatedForm(
        "七律",
        (7,) * 8,
        ("七言律詩", "七言律诗", "qilv", "qilu", "7lv"),
        english="Qilü, seven-character octave",
    ),
    RegulatedForm(
        "五排",
        (5,) * LONG_LINES,
        ("五言排律", "排律", "wupai", "5pai"),
        english="Wupai, five-character long verse",
    ),
    RegulatedForm(
        "七排",
        (7,) * LONG_LINES,
        ("七言排律", "qipai", "7pai"),
        english="Qipai, seven-character long verse",
    ),
)
OLD_STYLE = (
    LengthsForm(
        "古絕",
        (5,) * 4,
        ("五古絕", "古绝", "gujue"),
        token="五絕",
        english="Gujue, old-style quatrain",
    ),
    LengthsForm(
        "七古絕",
        (7,) * 4,
        ("七古绝", "qigujue", "7gujue"),
        token="七絕",
        english="Qi Gujue, old-style seven-character quatrain",
    ),
    LengthsForm(
        "六言絕句",
        (6,) * 4,
        ("六言绝句", "六絕", "六绝", "liujue", "6jue"),
        english="Liujue, six-character quatrain",
    ),
)
FREE = ("free", "自由")  # names for no form: the model chooses for itself


def form_of(lengths: tuple[int, ...]) -> RegulatedForm | None:
    """The form of regulated verse that has lines of these lengths, or None.

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


def long_form(name: str, lines: int) -> RegulatedForm:
    """A 排律 with this number of lines. Raises `UsageError` for a number it cannot have.

    >>> len(long_form("五排", 16).lengths)
    16
    """
    if lines <= 8 or lines % 2 or lines > MOST_LINES:
        raise UsageError(
            f"{name} has no {lines} lines",
            f"it has an even number of lines, 10 to {MOST_LINES}, for example {name}16",
        )
    return _long_form(name, lines)


def _long_form(name: str, lines: int) -> RegulatedForm:
    form = next(form for form in FORMS if form.name == name)
    return replace(form, lengths=(LONG[name],) * lines)
