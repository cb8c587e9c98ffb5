"""Which lines rhyme, and in what: a group of 平水韻, or in a ci a class of 詞林正韻."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from poet.characters import HOLE
from poet.prosody.chinese.faults import Fault, Remark
from poet.prosody.chinese.readings import OPPOSITE, Group
from poet.prosody.chinese.rhyme_books import PINGSHUI, RhymeBook


@dataclass(frozen=True, slots=True)
class Rhyme:
    """A rhyme: the name of its group or class, its lines, and the characters that end them."""

    name: str
    lines: tuple[int, ...]
    characters: str


@dataclass(frozen=True, slots=True)
class LineEnd:
    """The end of a line: its number, its last place, and the character there.

    `traditional` is the same character in traditional script, which stands in the rhyme `book`.
    """

    line: int
    place: int
    character: str
    traditional: str
    book: RhymeBook = PINGSHUI

    @property
    def is_known(self) -> bool:
        """Whether the book has the character."""
        return bool(self.book.readings(self.traditional))

    def groups(self, tone: str) -> tuple[Group, ...]:
        """The groups in which it can rhyme at a place that needs 平 or 仄, or takes either (中)."""
        groups = self.book.readings(self.traditional)
        return tuple(g for g in groups if tone == "中" or g.is_level == (tone == "平"))


def line_ends(
    lines: Sequence[str], traditional: Sequence[str], book: RhymeBook = PINGSHUI
) -> list[LineEnd]:
    """The ends of lines; `traditional` are the same lines in traditional characters."""
    pairs = enumerate(zip(lines, traditional, strict=True), 1)
    return [LineEnd(i, len(line), line[-1], same[-1], book) for i, (line, same) in pairs]


def shared_group(
    ends: Sequence[LineEnd], first: LineEnd | None = None, tone: str = "平"
) -> Group | None:
    """The group in which most of the ends can rhyme; of equals, one that line 1 has too.

    >>> str(shared_group([LineEnd(2, 5, "還", "還"), LineEnd(4, 5, "山", "山")]))
    '上平十五刪'
    """
    counts = Counter(group for end in ends for group in end.groups(tone))
    if not counts:
        return None
    of_first = first.groups(tone) if first else ()
    of_next = ends[0].groups(tone)
    return max(counts, key=lambda g: (counts[g], g in of_first, g in of_next, -g.index))


def regulated_rhyme(
    ends: Sequence[LineEnd], group: Group | None, *, first_rhymes: bool
) -> tuple[Rhyme | None, list[Fault], list[Remark]]:
    """The rhyme of a regulated poem in a group, its faults, and remarks on it.

    `ends` are those of all lines; `first_rhymes` says that line 1 is among those that rhyme.
    """
    rhyming = [end for end in ends if end.line % 2 == 0 or (end.line == 1 and first_rhymes)]
    faults, remarks = _repeated(rhyming), list[Remark]()
    if two := two_groups([end for end in rhyming if end.line > 1]):
        name, pair = two
        numbers = tuple(end.line for end in rhyming)
        sentence = f"the rhymes are of two neighbouring groups, {_names(pair)}: {name}"
        names = _names(dict.fromkeys(pair))
        return _rhyme(names, rhyming), faults, [Remark(name, numbers, sentence)]
    in_group = []
    for end in rhyming:
        groups = end.groups("平")
        if not groups:
            if end.is_known and end.line > 1:
                faults.append(_unrhymed(end, "平"))
        elif not group:
            continue
        elif group in groups:
            in_group.append(end)
        elif end.line == 1 and any(g in end.book.neighbours(group) for g in groups):
            sentence = f"line 1 rhymes by {end.character} in a group near by, {_names(groups)}"
            remarks.append(Remark("鄰韻", (1,), sentence))
            in_group.append(end)
        else:
            faults.append(_other_rhyme(end, _names(groups), group.name))
    return _rhyme(group.name if group else "", in_group), faults, remarks


def two_groups(ends: Sequence[LineEnd]) -> tuple[str, tuple[Group, Group]] | None:
    """The name of the rhyme of four lines that divide it between two neighbouring groups.

    進退韻 goes to and fro between the two, 轆轤韻 has two lines of each. None where one group
    would do, or no such two.

    >>> found = two_groups([LineEnd(2 * i, 5, c, c) for i, c in enumerate("東宗中龍", 1)])
    >>> found[0], [str(group) for group in found[1]]
    ('進退韻', ['上平一東', '上平二冬'])
    """
    groups = [set(end.groups("平")) for end in ends]
    neighbours = ends[0].book.neighbours if ends else PINGSHUI.neighbours
    if len(ends) != 4 or set.intersection(*groups):
        return None
    for name, (a, b, c, d) in (("進退韻", (0, 2, 1, 3)), ("轆轤韻", (0, 1, 2, 3))):
        for first in sorted(groups[a] & groups[b], key=_index):
            for second in sorted(groups[c] & groups[d] & neighbours(first), key=_index):
                return name, (first, second)
    return None


def _index(group: Group) -> int:
    return group.index


def unregulated_rhyme(
    lines: Sequence[str], traditional: Sequence[str], book: RhymeBook = PINGSHUI
) -> Rhyme | None:
    """The rhyme that all even lines share, level or oblique; None where there is none."""
    ends = line_ends(lines, traditional, book)
    even = [end for end in ends if end.line % 2 == 0]
    if len(even) < 2:
        return None
    for tone in "平仄":
        group = shared_group(even, tone=tone)
        if group and all(group in end.groups(tone) for end in even):
            rhyming = (end for end in ends if end.line == 1 or end.line % 2 == 0)
            return _rhyme(group.name, [end for end in rhyming if group in end.groups(tone)])
    return None


def ci_rhymes(
    ends: Sequence[LineEnd], letters: Mapping[int, tuple[str, str]]
) -> tuple[list[Rhyme], list[Fault]]:
    """The rhymes of a ci and their faults.

    `letters` has the letter and the tone (平 or 仄) of each line that rhymes. The lines of one
    letter share a class of 詞林正韻, or a rhyme of a modern book.
    """
    rhymes, faults = [], []
    class_name = (ends[0].book if ends else PINGSHUI).class_name
    for letter in dict.fromkeys(letter for letter, _ in letters.values()):
        rhyming = [end for end in ends if letters.get(end.line, ("",))[0] == letter]
        classes = {end: _ci_classes(end, letters[end.line][1]) for end in rhyming}
        counts = Counter(number for numbers in classes.values() for number in numbers)
        best = max(counts, key=lambda number: (counts[number], -number), default=None)
        for end in rhyming:
            if classes[end] and best not in classes[end]:
                names = "/".join(map(class_name, sorted(classes[end])))
                faults.append(_other_rhyme(end, names, class_name(best or 0)))
            elif not classes[end] and end.is_known:
                faults.append(_unrhymed(end, letters[end.line][1]))
        in_class = [end for end in rhyming if best in classes[end]]
        if best and (rhyme := _rhyme(class_name(best), in_class)):
            rhymes.append(rhyme)
    return rhymes, faults


def _repeated(rhyming: Iterable[LineEnd]) -> list[Fault]:
    """A fault for each rhyme character used before; a missing character (□) repeats nothing."""
    first_line: dict[str, int] = {}
    faults = []
    for end in rhyming:
        before = first_line.setdefault(end.traditional, end.line)
        if before != end.line and end.traditional != HOLE:
            because = f"line {before} ends in it already"
            where = (end.line, (end.place,), end.character)
            faults.append(Fault("重韻", *where, "a rhyme again", because=because))
    return faults


def _ci_classes(end: LineEnd, tone: str) -> frozenset[int]:
    return frozenset(number for group in end.groups(tone) for number in end.book.ci_classes(group))


def _unrhymed(end: LineEnd, needed: str) -> Fault:
    where = (end.line, (end.place,), end.character)
    return Fault("不押韻", *where, OPPOSITE[needed], needed, "this line rhymes")


def _other_rhyme(end: LineEnd, found: str, needed: str) -> Fault:
    where = (end.line, (end.place,), end.character)
    return Fault("出韻", *where, found, needed, f"the poem rhymes in {needed}")


def _rhyme(name: str, ends: Sequence[LineEnd]) -> Rhyme | None:
    if not name or not ends:
        return None
    return Rhyme(name, tuple(e.line for e in ends), "".join(e.character for e in ends))


def _names(groups: Iterable[Group]) -> str:
    return "/".join(group.name for group in groups)
