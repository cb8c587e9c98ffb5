"""Rhyme books: the traditional 平水韻, and the two that new verse in Mandarin goes by.

    平水  平水韻, the 106 groups of the Tang and Song
    新韻  中華新韻 (2005): fourteen rhymes, tones as in Mandarin
    通韻  中華通韻 (2019): sixteen rhymes, tones as in Mandarin

In the modern books a character is level in the first and second tone of Mandarin and oblique in the
third and fourth; those that were in the entering tone are spread over all four.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from poet.errors import UsageError
from poet.prosody.chinese import readings as traditional
from poet.prosody.chinese.readings import Group, Tone, chinese_numeral

# Rhyming parts of Mandarin finals; ï is the vowel of zhi, chi, shi, ri, zi, ci, si
FINALS = [
    "a",
    "o",
    "e",
    "ie",
    "ai",
    "ei",
    "ao",
    "ou",
    "an",
    "en",
    "ang",
    "eng",
    "ong",
    "i",
    "ï",
    "er",
    "ü",
    "u",
]
XINYUN_RHYMES = (
    ("麻", "a"), ("波", "o e"), ("皆", "ie"), ("開", "ai"), ("微", "ei"), ("豪", "ao"),
    ("尤", "ou"), ("寒", "an"), ("文", "en"), ("唐", "ang"), ("庚", "eng ong"), ("齊", "i er ü"),
    ("支", "ï"), ("姑", "u"),
)  # fmt: skip
TONGYUN_RHYMES = (
    ("啊", "a"), ("喔", "o"), ("鵝", "e ie"), ("衣", "i ï"), ("烏", "u"), ("迂", "ü"),
    ("哀", "ai"), ("欸", "ei"), ("熬", "ao"), ("歐", "ou"), ("安", "an"), ("恩", "en"),
    ("昂", "ang"), ("英", "eng"), ("雍", "ong"), ("兒", "er"),
)  # fmt: skip


class RhymeBook(Protocol):
    """What the rules of verse ask of a rhyme book. Characters are traditional ones."""

    @property
    def name(self) -> str:
        """The name by which a user asks for it."""

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups of regulated verse, each in one tone; `Group.index` counts them."""

    def readings(self, character: str) -> tuple[Group, ...]:
        """The groups of a character's readings; empty where it is not known."""

    def tone(self, character: str) -> Tone:
        """The tones of all readings."""

    def usual_tone(self, character: str) -> Tone:
        """The tones without readings that are hardly used but in rhyme."""

    def is_certain(self, character: str) -> bool:
        """Whether nobody would read it in another tone or rhyme than the book has."""

    def neighbours(self, group: Group) -> frozenset[Group]:
        """The other groups in which line 1 may rhyme."""

    def ci_classes(self, group: Group) -> tuple[int, ...]:
        """The classes, from 1 on, in which a group rhymes in ci, where tones do not matter."""

    def class_name(self, number: int) -> str:
        """The name of such a class."""

    def find_group(self, name: str) -> Group:
        """The group of this name. Raises `UsageError` when there is none."""


class Pingshui:
    """平水韻: see `poet.prosody.chinese.readings`."""

    name = "平水"
    groups = traditional.GROUPS
    readings = staticmethod(traditional.readings)
    tone = staticmethod(traditional.tone)
    usual_tone = staticmethod(traditional.usual_tone)
    is_certain = staticmethod(traditional.is_certain)
    neighbours = staticmethod(traditional.neighbours)
    ci_classes = staticmethod(traditional.ci_rhyme_classes)
    find_group = staticmethod(traditional.find_group)

    @staticmethod
    def class_name(number: int) -> str:
        """
        >>> Pingshui.class_name(7), Pingshui.class_name(14)
        ('第七部', '第十四部')
        """
        return f"第{chinese_numeral(number)}部"


@dataclass(frozen=True)
class MandarinBook:
    """A book of rhymes in Mandarin: for each its name and the finals that it has."""

    name: str
    rhymes: tuple[tuple[str, str], ...]

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Each rhyme in level and in oblique tone.

        >>> [str(group) for group in XINYUN.groups[:2]]
        ['新韻一麻平', '新韻一麻仄']
        """
        return tuple(
            Group(2 * i + j, self.name, f"{chinese_numeral(i + 1)}{head}", tone)
            for i, (head, _) in enumerate(self.rhymes)
            for j, tone in enumerate("平仄")
        )

    @cached_property
    def _table(self) -> dict[str, tuple[Group, ...]]:
        group_of = {
            (final, j): self.groups[2 * i + j]
            for i, (_, finals) in enumerate(self.rhymes)
            for final in finals.split()
            for j in (0, 1)
        }
        table: dict[str, tuple[Group, ...]] = {}
        text = Path(__file__).with_name("mandarin.txt").read_text("utf-8")
        for line in text.splitlines():
            if line.startswith("#"):
                continue
            final, *in_tones = line.split("\t")
            for j, characters in enumerate(in_tones):
                for character in characters:
                    group = (group_of[final, j],)
                    if group[0] not in table.get(character, ()):
                        table[character] = table.get(character, ()) + group
        return table

    def readings(self, character: str) -> tuple[Group, ...]:
        """
        >>> [str(group) for group in XINYUN.readings("重")], XINYUN.readings("x")
        (['新韻十一庚平', '新韻十一庚仄'], ())
        """
        return self._table.get(character, ())

    def tone(self, character: str) -> Tone:
        """
        >>> XINYUN.tone("白").name, XINYUN.tone("月").name, XINYUN.tone("x").name
        ('LEVEL', 'OBLIQUE', 'UNKNOWN')
        """
        found = Tone.UNKNOWN
        for group in self.readings(character):
            found |= Tone.LEVEL if group.is_level else Tone.OBLIQUE
        return found

    usual_tone = tone

    def is_certain(self, character: str) -> bool:
        """Whether it has one reading."""
        return len(self.readings(character)) == 1

    def neighbours(self, group: Group) -> frozenset[Group]:
        """None: the rhymes of Mandarin are wide."""
        return frozenset()

    def ci_classes(self, group: Group) -> tuple[int, ...]:
        """The number of the rhyme.

        >>> XINYUN.ci_classes(XINYUN.groups[0]), XINYUN.ci_classes(XINYUN.groups[1])
        ((1,), (1,))
        """
        return (group.index // 2 + 1,)

    def class_name(self, number: int) -> str:
        """
        >>> TONGYUN.class_name(15)
        '通韻十五雍'
        """
        return f"{self.name}{chinese_numeral(number)}{self.rhymes[number - 1][0]}"

    def find_group(self, name: str) -> Group:
        """The level group of a rhyme: 麻, 一麻, 新韻一麻; or, with 仄 after it, the oblique one."""
        plain = name.strip().removeprefix(self.name)
        tone = "仄" if plain.endswith("仄") else "平"
        for i, (head, _) in enumerate(self.rhymes):
            if plain.rstrip("平仄") in (head, chinese_numeral(i + 1) + head):
                return self.groups[2 * i + (tone == "仄")]
        own = self.readings(name.strip())
        heads = " ".join(head for head, _ in self.rhymes)
        raise UsageError(
            f"{self.name} has no rhyme called {name!r}",
            f"{name} itself rhymes in {', '.join(map(str, own))}" if own else f"it has {heads}",
        )


PINGSHUI: RhymeBook = Pingshui()
XINYUN: RhymeBook = MandarinBook("新韻", XINYUN_RHYMES)
TONGYUN: RhymeBook = MandarinBook("通韻", TONGYUN_RHYMES)
BOOKS = (PINGSHUI, XINYUN, TONGYUN)
_ALIASES = {
    "平水": ("平水韻", "平水韵", "pingshui"),
    "新韻": ("新韵", "中華新韻", "中华新韵", "xinyun"),
    "通韻": ("通韵", "中華通韻", "中华通韵", "tongyun"),
}


def find_book(name: str) -> RhymeBook:
    """The rhyme book of this name, in either script or in pinyin. Raises `UsageError` for another.

    >>> find_book("xinyun").name
    '新韻'
    """
    for book in BOOKS:
        if name.strip().lower() in (book.name, *_ALIASES[book.name]):
            return book
    names = " ".join(book.name for book in BOOKS)
    raise UsageError(f"there is no rhyme book called {name!r}", f"the rhyme books are {names}")
