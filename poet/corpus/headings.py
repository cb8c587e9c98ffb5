"""Titles and authors as they stand above poems, below them, or before them in the same line."""

from __future__ import annotations

import re

from poet.characters import HAN, STOPS, is_chinese

MAX_AUTHOR = 40  # characters
_SURNAMES = frozenset(
    "王李張张劉刘陳陈楊杨趙赵黃黄周吳吴徐孫孙胡朱高林何郭馬马羅罗梁宋鄭郑謝谢韓韩唐馮冯于董蕭萧程曹袁鄧邓許许傅沈曾彭呂吕蘇苏盧卢蔣蒋蔡賈贾丁"
    "魏薛葉叶閻阎余潘杜戴夏鍾钟汪田任姜范方石姚譚谭廖鄒邹熊金陸陆郝孔白崔康毛邱秦江史顧顾侯邵孟龍龙萬万段雷錢钱湯汤尹黎易常武喬乔賀贺賴赖龔龚文"
    "柳岑駱骆儲储祖元劍皎賀晏辛納纳屈陶阮嵇鮑鲍庾"
)
_COMPOUND = (
    "歐陽",
    "欧阳",
    "司馬",
    "司马",
    "司空",
    "上官",
    "諸葛",
    "诸葛",
    "皇甫",
    "長孫",
    "长孫",
    "令狐",
    "納蘭",
    "纳兰",
)
_DYNASTY = (
    "先秦|[兩两東东西]?[漢汉晉晋周]|秦|三[國国]|魏[晉晋]?|[南北]{1,2}朝|隋|[晚初盛中]?唐|五代|[北南兩两]?宋"
    "|[遼辽金元明清]|民[國国]|近?[現现]代|近代|[當当]代"
)
_OPEN, _CLOSE = r"\[［〔【（(<〈", r"\]］〕】）)>〉"
_dynasty_before = re.compile(
    rf"^(?:[{_OPEN}](?:{_DYNASTY})[代朝]?[{_CLOSE}]\s*"
    rf"|(?:{_DYNASTY})[代朝]?\s*[·・•.:：\s]\s*)"
)
_dynasty_after = re.compile(rf"\s*[{_OPEN}](?:{_DYNASTY})[代朝]?[{_CLOSE}]$")
_label = re.compile(
    r"^(?:作者|[詩诗詞词]人|作家|撰|author|poet|von|par|(?:written )?by)(?:\s*[:：]\s*|\s+)(?=\S)",
    re.IGNORECASE,
)
_title_label = re.compile(
    r"^(?:題目|题目|標題|标题|詩題|诗题|詩名|诗名|篇名|title)\s*[:：]\s*(?=\S)", re.IGNORECASE
)
_other_label = re.compile(
    r"^(?:朝代|年代|體裁|体裁|出處|出处|類型|类型|標籤|标签|来源|來源|選自|选自|字數|字数|date|source|tags?)\s*[:：]",
    re.IGNORECASE,
)
_book = re.compile(r"^(.*?)\s*《([^《》]+)》\s*(.*)$")
_number = re.compile(
    r"^[(（]?(?:\d{1,4}|[一二三四五六七八九十百]{1,5}(?=[、.．]))[)）]?(?:[、.．:：)）]\s*|\s+)(?=\S)"
)
_attribution = re.compile(r"^(?:[—–―─]{1,3}|-{2,3})\s*(?=\S)")
_quoted = re.compile(r"^[「『“\"](.+)[」』”\"]$")
_stop = re.compile(f"[{STOPS}]")
_han_name = re.compile(f"[{HAN}·]{{2,4}}")
_latin_name = re.compile(r"[^\W\d_][\w.'’-]*(?: (?:[^\W\d_][\w.'’-]*|de|von|van|la|le)){1,3}")


def parse_heading(text: str) -> tuple[str, str]:
    """The title and the author that a heading names; either may be empty.

    >>> parse_heading("Rain / Nobody"), parse_heading("王维《相思》")
    (('Rain', 'Nobody'), ('相思', '王维'))
    >>> parse_heading("3、相思 〔唐〕王维")
    ('相思', '王维')
    >>> parse_heading("題目：江上"), parse_heading("作者：某人")
    (('江上', ''), ('', '某人'))
    """
    text = " ".join(text.split())
    if text.startswith("/ ") or " / " in text:
        title, _, author = text.partition("/ ")
        return title.strip(), author.strip()
    if author := author_in_label(text):
        return "", author
    text = _title_label.sub("", _number.sub("", text))
    if book := _book.match(text):
        before, title, after = book.groups()
        author = _author(before) or _author(after)
        if author or not (before or after):
            return title.strip(), author
    title = text.strip(" :：")
    if quoted := _quoted.match(title):
        title = quoted[1]
    first, _, last = title.rpartition(" ")
    if first and is_name(_author(last)) and is_chinese(last):
        before, _, dynasty = first.rpartition(" ")
        if before and _dynasty_before.match(f"{dynasty} "):  # 相思 唐 王维
            first = before
        return first.strip(), _author(last)
    return title, ""


def author_in_label(text: str) -> str:
    """The author that a line such as 作者：王维 or `by John Keats` names; else empty.

    >>> author_in_label("作者：〔唐〕王维"), author_in_label("唐代：王维")
    ('王维', '王维')
    >>> author_in_label("by the river we sat")
    ''
    """
    text = text.strip()
    match = _label.match(text)
    if not match:
        name = _dynasty_before.sub("", text)
        has_dynasty = name != text and text[len(text) - len(name) - 1] in ":：·・•]］〕】）)>〉"
        return name if has_dynasty and _han_name.fullmatch(name) else ""
    author = _author(text[match.end() :])
    has_colon = match[0].rstrip()[-1] in ":："
    if len(author) > MAX_AUTHOR or _stop.search(author):
        return ""
    return author if has_colon or (is_latin_name(author) and not is_chinese(text)) else ""


def is_label(text: str) -> bool:
    """Whether a row is a fact about a poem under its name, such as 朝代：唐, and no verse.

    >>> is_label("朝代：唐"), is_label("作者：王维"), is_label("春水連天碧，")
    (True, True, False)
    """
    text = text.strip()
    if len(text) > 2 * MAX_AUTHOR:
        return False
    return bool(_other_label.match(text) or _title_label.match(text) or author_in_label(text))


def is_author_row(text: str) -> bool:
    """Whether a row is a name, perhaps with a dynasty, or names an author after a label.

    >>> is_author_row("王维〔唐代〕"), is_author_row("作者：王维"), is_author_row("相思")
    (True, True, False)
    """
    return is_name(_author(text)) or bool(author_in_label(text))


def attribution(text: str) -> tuple[str, str] | None:
    """The title and author in a row that stands below a poem after a dash; else None.

    >>> attribution("——王维《相思》"), attribution("— John Keats"), attribution("— and so on.")
    (('相思', '王维'), ('', 'John Keats'), None)
    """
    text = text.strip()
    match = _attribution.match(text)
    if not match and not (text.startswith(("（", "(")) and "《" in text):
        return None
    inner = text[match.end() :] if match else text[1:-1]
    if len(inner) > 2 * MAX_AUTHOR:
        return None
    if _book.match(inner):
        title, author = parse_heading(inner)
        return (title, author) if author or title != inner else None
    name = _author(inner)
    return ("", name) if is_name(name) else None


def is_name(text: str) -> bool:
    """Whether a text is the name of a person, as far as its letters tell."""
    if _han_name.fullmatch(text):
        return text[0] in _SURNAMES or text.startswith(_COMPOUND) or text.endswith(("人", "氏"))
    return is_latin_name(text)


def is_latin_name(text: str) -> bool:
    """Whether a text is a name of two to four words, each with a capital.

    >>> is_latin_name("John Keats"), is_latin_name("the road"), is_latin_name("W. B. Yeats")
    (True, False, True)
    """
    return _latin_name.fullmatch(text) is not None and all(
        word[0].isupper() for word in text.split() if word not in ("de", "von", "van", "la", "le")
    )


def _author(text: str) -> str:
    """A name without the dynasty beside it."""
    text = _dynasty_after.sub("", _dynasty_before.sub("", text.strip()))
    return text.strip(" ·・[]［］〔〕()（）")


def title_and_author(rows: list[str]) -> tuple[str, str]:
    """The title and the author in the rows above a poem.

    >>> title_and_author(["001", "王维", "相思"])
    ('相思', '王维')
    >>> title_and_author(["相思", "作者：王维", "朝代：唐"])
    ('相思', '王维')
    """
    titles: list[str] = []
    author = ""
    for row in rows:
        if _other_label.match(row.strip()):
            continue
        title, named = parse_heading(row)
        author = author or named
        if title and not re.fullmatch(r"\W*\d*\W*", title):
            titles.append(title)
    if not author and len(titles) > 1:
        names = [_author(title) for title in titles]
        if is_name(names[0]) and not is_name(names[-1]):
            author = names[0]
            del titles[0]
        elif len(names[-1]) <= 4 or is_name(names[-1]) or names[-1] != titles[-1]:
            author = names[-1]
            del titles[-1]
    return " ".join(titles), author
