"""The Chinese terms that poet prints, each with a short gloss in English."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

GLOSSES = {
    # tones
    "平": "level tone",
    "仄": "oblique tone",
    "中": "either tone",
    "？": "tone unknown",
    # forms
    "五絕": "regulated quatrain, five characters a line",
    "七絕": "regulated quatrain, seven characters a line",
    "五律": "regulated verse of eight lines, five characters a line",
    "七律": "regulated verse of eight lines, seven characters a line",
    "五排": "regulated verse of ten lines or more, five characters a line",
    "七排": "regulated verse of ten lines or more, seven characters a line",
    "古絕": "old-style quatrain: the rules of regulated verse do not apply",
    "七古絕": "old-style quatrain, seven characters a line",
    "古詩": "old-style verse: the rules of regulated verse do not apply",
    "對聯": "couplet of two lines with opposite tones",
    # orders
    "仄起首句不入韻": "the first line's second character is oblique, and the line does not rhyme",
    "仄起首句入韻": "the first line's second character is oblique, and the line rhymes",
    "平起首句不入韻": "the first line's second character is level, and the line does not rhyme",
    "平起首句入韻": "the first line's second character is level, and the line rhymes",
    # rhyme and tones as they are summed up
    "韻": "rhyme",
    "上平": "level-tone rhyme groups, first volume",
    "下平": "level-tone rhyme groups, second volume",
    "上聲": "rising-tone rhyme groups (oblique)",
    "去聲": "departing-tone rhyme groups (oblique)",
    "入聲": "entering-tone rhyme groups (oblique)",
    "第…部": "a rhyme class of ci",
    "格律": "characters whose tone fits, out of those whose tone is known",
    # faults
    "失對": "the even places of a couplet are not opposite in tone",
    "失粘": "the even places of a new couplet do not follow the tones of the line before",
    "失救": "a 大拗 that the answering line does not make good",
    "孤平": "lone level tone: the line has a single 平 apart from its rhyme",
    "三平尾": "the line ends in three level tones",
    "失律": "another place has the wrong tone",
    "平腳": "a line that does not rhyme ends in a level tone",
    "不押韻": "a line that must rhyme ends in the wrong tone",
    "出韻": "a line rhymes in another group",
    "重韻": "a rhyme character is used twice",
    "失疊": "a line that must repeat the one before it does not",
    "字數": "a line has too many or too few characters",
    "句數": "the poem has too many or too few lines",
    "兩讀": "a character has readings in both tones (a fault in strict scans only)",
    # what is allowed, and what is worth a remark
    "特拗": "licence: the third and fourth places from the end are exchanged",
    "小拗": "licence: the third place from the end is oblique, and needs no compensation",
    "小拗對句救": "licence: a 小拗 made good in the line that answers it",
    "折腰體": "a quatrain whose second couplet does not follow the first, and else is right",
    "進退韻": "the rhymes alternate between two neighbouring groups",
    "轆轤韻": "two rhymes of one group, then two of a neighbouring one",
    "六言絕句": "quatrain of six characters a line",
    "大拗": "an oblique tone in the fourth place of five (the sixth of seven) of a first line",
    "大拗對句救": "licence: a 大拗 made good in the line that answers it",
    "孤平拗救": "licence: a lone level tone avoided by a level third place from the end",
    "三仄尾": "the line ends in three oblique tones, which is allowed but avoided",
    "鄰韻": "the first line rhymes in a neighbouring group, which is allowed",
    "對仗": "parallelism of the inner couplets",
}


def glossary(texts: Iterable[str]) -> dict[str, str]:
    """The terms that occur in some texts, with their glosses, in the order of the table.

    Of terms that contain each other only the longest counts where it stands.

    >>> list(glossary(["大拗對句救 · 韻 第十四部"]))
    ['韻', '第…部', '大拗對句救']
    """
    occurring = {match.lastgroup for text in texts for match in _any_term().finditer(text)}
    return {term: gloss for i, (term, gloss) in enumerate(GLOSSES.items()) if f"t{i}" in occurring}


@cache
def _any_term() -> re.Pattern[str]:
    """Any term of the table, a longer one before those it contains."""
    patterns = {
        f"t{i}": re.escape(term).replace("…", "[一二三四五六七八九十]{1,3}")
        for i, term in enumerate(GLOSSES)
    }
    longest_first = sorted(patterns.items(), key=lambda item: -len(item[1]))
    return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in longest_first))
