"""Which lines rhyme, and in what: a group of 平水韻, or in a ci a department of 詞林正韻."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from poet.prosody.chinese.faults import Fault, Remark
from poet.prosody.chinese.readings import Group, department, neighbours, readings
from poet.prosody.chinese.verse import HOLE

_NUMERALS = "一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Rhyme:
    """What lines rhyme in: the name of the group, the lines, the characters that end them."""

    name: str
    lines: tuple[int, ...]
    characters: str


@dataclass(frozen=True, slots=True)
class End:
    """How a line ends: where, and its last character as it stands and in traditional form."""

    line: int
    place: int
    character: str
    traditional: str

    def groups(self, asked: str) -> tuple[Group, ...]:
        """The groups that it can rhyme in where 平, 仄 or 中 is asked for."""
        found = readings(self.traditional)
        return tuple(g for g in found if asked == "中" or g.is_level == (asked == "平"))


def shared_group(ends: Sequence[End], first: End | None = None, asked: str = "平") -> Group | None:
    """The group that most of the ends can rhyme in; of equals, one that the first line has too.

    >>> str(shared_group([End(2, 5, "還", "還"), End(4, 5, "山", "山")]))
    '上平十五刪'
    """
    counts = Counter(group for end in ends for group in end.groups(asked))
    if not counts:
        return None
    liked = first.groups(asked) if first else ()
    begun = ends[0].groups(asked)
    return max(counts, key=lambda g: (counts[g], g in liked, g in begun, -g.index))


def regulated(
    ends: Sequence[End], group: Group | None, *, first_rhymes: bool
) -> tuple[Rhyme | None, list[Fault], list[Remark]]:
    """The rhyme of a regulated poem, its faults, and remarks on it.

    `ends` are those of all lines; `first_rhymes` says that line 1 is among those that rhyme.
    """
    rhyming = [end for end in ends if end.line % 2 == 0 or (end.line == 1 and first_rhymes)]
    faults, remarks = repeated(rhyming), list[Remark]()
    kept = []
    for end in rhyming:
        own = end.groups("平")
        near = end.line == 1 and group and any(g in neighbours(group) for g in own)
        if not own and readings(end.traditional) and end.line > 1:
            faults.append(_unrhymed(end, "平"))
        if not own or not group or group in own:
            kept += [end] * (group in own)
        elif near:
            sentence = f"line 1 rhymes by {end.character} in a group near by, {_names(own)}"
            remarks.append(Remark("鄰韻", (1,), sentence))
            kept.append(end)
        else:
            faults.append(_elsewhere(end, _names(own), group.name))
    return _rhyme(group.name if group else "", kept), faults, remarks


def oblique(ends: Sequence[End]) -> Rhyme | None:
    """The rhyme of an old-style poem whose even lines all end 仄; None where they share none."""
    even = [end for end in ends if end.line % 2 == 0]
    group = shared_group(even, asked="仄")
    if group and all(group in end.groups("仄") for end in even):
        return _rhyme(group.name, [e for e in ends if e in even or _joins(e, group)])
    return None


def of_no_form(lines: Sequence[str], old: Sequence[str]) -> Rhyme | None:
    """The rhyme of verse in no form: of its even lines, level or not; None where there is none."""
    ends = ends_of(lines, old)
    even = [end for end in ends if end.line % 2 == 0]
    if len(even) < 2:
        return None
    group = shared_group(even)
    if group and all(group in end.groups("平") for end in even):
        found, _, _ = regulated(ends, group, first_rhymes=group in ends[0].groups("平"))
        return found
    return oblique(ends)


def ends_of(lines: Sequence[str], old: Sequence[str]) -> list[End]:
    """How the lines end; `old` are the same lines in traditional characters."""
    pairs = enumerate(zip(lines, old, strict=True), 1)
    return [End(i, len(line), line[-1], same[-1]) for i, (line, same) in pairs]


def of_tune(
    ends: Sequence[End], classes: Mapping[int, tuple[str, str]]
) -> tuple[list[Rhyme], list[Fault]]:
    """The rhymes of a ci and their faults; `classes` has of each line that rhymes (letter, tone).

    The characters of a class share a department of 詞林正韻.
    """
    rhymes, faults = [], []
    for letter in dict.fromkeys(letter for letter, _ in classes.values()):
        of_class = [end for end in ends if classes.get(end.line, ("",))[0] == letter]
        keys = {end: _departments(end, classes[end.line][1]) for end in of_class}
        counts = Counter(key for found in keys.values() for key in found)
        best = max(counts, key=lambda key: (counts[key], -key), default=None)
        for end in of_class:
            if keys[end] and best not in keys[end]:
                own = "/".join(map(_department_name, sorted(keys[end])))
                faults.append(_elsewhere(end, own, _department_name(best or 0)))
            elif not keys[end] and readings(end.traditional):
                faults.append(_unrhymed(end, classes[end.line][1]))
        kept = [end for end in of_class if best in keys[end]]
        if best and (rhyme := _rhyme(_department_name(best), kept)):
            rhymes.append(rhyme)
    return rhymes, faults


def repeated(rhyming: Iterable[End]) -> list[Fault]:
    """A fault for each rhyme character that has stood before; what is lost (□) is no character."""
    seen: dict[str, int] = {}
    found = []
    for end in rhyming:
        before = seen.setdefault(end.traditional, end.line)
        if before != end.line and end.traditional != HOLE:
            found.append(
                Fault(
                    "重韻",
                    end.line,
                    (end.place,),
                    end.character,
                    "a rhyme again",
                    because=f"line {before} ends in it already",
                )
            )
    return found


def _joins(end: End, group: Group) -> bool:
    return end.line == 1 and group in end.groups("仄")


def _departments(end: End, asked: str) -> frozenset[int]:
    return frozenset(n for group in end.groups(asked) for n in department(group))


def _department_name(number: int) -> str:
    """
    >>> _department_name(7), _department_name(14)
    ('第七部', '第十四部')
    """
    tens, ones = divmod(number, 10)
    return f"第{'十' * tens}{_NUMERALS[ones - 1] if ones else ''}部"


def _unrhymed(end: End, needed: str) -> Fault:
    found = "仄" if needed == "平" else "平"
    because = "this line rhymes"
    return Fault("不押韻", end.line, (end.place,), end.character, found, needed, because)


def _elsewhere(end: End, own: str, needed: str) -> Fault:
    because = f"the poem rhymes in {needed}"
    return Fault("出韻", end.line, (end.place,), end.character, own, needed, because)


def _rhyme(name: str, ends: Sequence[End]) -> Rhyme | None:
    if not name or not ends:
        return None
    return Rhyme(name, tuple(e.line for e in ends), "".join(e.character for e in ends))


def _names(groups: Iterable[Group]) -> str:
    return "/".join(group.name for group in groups)
