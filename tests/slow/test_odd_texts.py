"""Texts drawn at random, in every format and damaged, through `poet corpus check`.

The answer has to be a report (exit code 0), or one sentence (exit code 2 or 3), within a few
seconds, never a traceback; and every record and verse of a whole text is learnt or counted.
Run by hand it prints its counts: python tests/slow/test_odd_texts.py [TEXTS]
"""

from __future__ import annotations

import csv
import io
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from poet.corpus.check import check
from poet.corpus.formats import FORMATS
from poet.corpus.read import read
from poet.errors import PoetError

TEXTS = 1_000
SECONDS = 10  # that one text may take
HAN = "春水江月夜雨明山花風人不一無天來日何上有中時白雲千生行長見石松竹鳥秋寒"
MARKS = (
    "#*_>-|,;:\"'`[]{}()《》【】〔〕（）：，。！？；、—…·\\/&<>="
    "\t\r\n\n\n \u3000\xa0\u200b\ufeff\u2028\x0c"
)
ODD = (
    "\ufe00",
    "\u2f49",
    "\ud800",
    "\x00",
    "\x1b[31m",
    "&nbsp;",
    "<br>",
    "[00:01.00]",
    "**",
    "\n---\n",
)
ODD_PIECES = (
    *ODD,
    "【注釋】",
    "作者：",
    "——",
    '"',
    "yè yǔ",
    "□",
    "隠",
    "２０２４-01-01 10:00",
    "\n\n\n",
)

Poem = tuple[str, str, str]  # title, author, verse
Writer = Callable[[list[Poem], random.Random], str]


def draw_poems(rng: random.Random) -> list[Poem]:
    """Quatrains of characters at random, each with another title, so that none is a copy."""

    def line() -> str:
        return "".join(rng.choices(HAN, k=5))

    return [
        (
            f"題{rng.choice(HAN)}{chr(0x5000 + number)}",
            rng.choice(("張三", "李四", "王五")),
            f"{line()}，{line()}。{line()}，{line()}。",
        )
        for number in range(rng.randint(3, 40))
    ]


def _rows(verse: str) -> str:
    return verse.replace("，", "，\n").replace("。", "。\n").strip()


def _pattern(pattern: str) -> Writer:
    return lambda poems, rng: "".join(
        pattern.format(t=t, a=a, v=v, r=_rows(v), n=n) for n, (t, a, v) in enumerate(poems, 1)
    )


def _records(poems: list[Poem]) -> list[dict[str, str]]:
    return [{"title": t, "author": a, "content": v} for t, a, v in poems]


def _table(delimiter: str) -> Writer:
    def write(poems: list[Poem], rng: random.Random) -> str:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=delimiter, quoting=rng.choice((csv.QUOTE_ALL, 0)))
        writer.writerow(("title", "author", "content"))
        writer.writerows((t, a, _rows(v) if rng.random() < 0.5 else v) for t, a, v in poems)
        return out.getvalue()

    return write


def _json(shape: Callable[[list[dict[str, str]]], object]) -> Writer:
    return lambda poems, rng: json.dumps(
        shape(_records(poems)), ensure_ascii=rng.random() < 0.5, indent=rng.choice((None, 1))
    )


WRITERS: dict[str, Writer] = {
    **{
        pattern: _pattern(pattern)
        for pattern in (
            "{r}\n\n",
            "{t}\n{r}\n\n",
            "{t}\n\n{r}\n\n",
            "{t}\n{a}\n{v}\n\n",
            "{t}：{v}\n",
            "{n}. {t}\n{r}\n\n",
            "## {t}\n\n*{a}*\n\n> {v}\n\n---\n",
            "- **{t}**：{v}\n",
            "# {t} / {a}\n{r}\n\n",
            "{r}\n——{a}《{t}》\n\n",
            "{t}|{a}|{v}\n",
            "{n}\t{t}\t{a}\t{v}\n",
            "{v}\n",
            "{t}\n{r}\n【注釋】\n①甲：乙。\n\n",
            "張三 2024-03-01 10:20:11\n{v}\n\n",
        )
    },
    "CSV": _table(","),
    "TSV": _table("\t"),
    "JSON": _json(lambda records: records),
    "JSON by id": _json(lambda records: {str(i): record for i, record in enumerate(records)}),
    "JSON wrapped": _json(lambda records: {"code": 0, "data": {"items": records}}),
    "JSON in columns": _json(lambda records: {k: [r[k] for r in records] for k in records[0]}),
    "JSON in rows": _json(lambda records: [list(record.values()) for record in records]),
    "JSON lines": lambda poems, rng: "\n".join(map(json.dumps, _records(poems))),
    "JSON joined": lambda poems, rng: "".join(json.dumps([r]) for r in _records(poems)),
}


def damaged(text: str, rng: random.Random) -> bytes:
    """The text with marks put in, pieces cut out, doubled or exchanged, or as other bytes."""
    for _ in range(rng.randint(1, 6)):
        at = rng.randint(0, len(text))
        to = min(len(text), at + rng.randint(0, 40))
        piece = rng.choice((*ODD_PIECES, rng.choice(MARKS) * rng.randint(1, 200)))
        change = rng.randrange(5)
        if change == 0:
            text = text[:at] + piece + text[at:]
        elif change == 1:
            text = text[:at] + text[to:]
        elif change == 2:
            text = text[:to] + text[at:]
        elif change == 3:
            text = text[:at] + "".join(rng.choices(MARKS, k=rng.randint(1, 30))) + text[to:]
        else:
            text = "".join(rng.choices((*ODD_PIECES, *MARKS, *HAN), k=rng.randint(0, 300)))
    encoding = rng.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "gb18030", "big5"))
    data = bytearray(
        text.encode(encoding, "ignore" if encoding == "big5" else "surrogatepass")
        if encoding.startswith("utf")
        else text.encode(encoding, "ignore")
    )
    if data and rng.random() < 0.2:
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def answer(path: Path, **options: str) -> str:
    """How a file is answered: `read`, `refused`, or what is wrong."""
    began = time.monotonic()
    try:
        check(read([path], notify=lambda message: None, **options))  # type: ignore[arg-type]
        found = "read"
    except PoetError as error:
        found = "refused" if error.message and error.exit_code in (2, 3) else f"bad: {error!r}"
    except Exception as error:
        found = f"traceback: {error!r}"
    return found if time.monotonic() - began < SECONDS else f"hang: {found}"


def silent_drops(path: Path, poems: list[Poem]) -> list[str]:
    """The verses of a whole text that are neither learnt nor counted as anything else."""
    source = read([path], notify=lambda message: None)
    learnt = "".join(poem.text for poem in source.pieces).replace("\n", "")
    missing = [verse for _, _, verse in poems if verse not in learnt]
    return missing if len(missing) > source.left_out["records without text"] else []


def draw(texts: int, seed: int, folder: Path) -> tuple[Counter[str], list[str]]:
    """The counts of answers to so many texts, and what was wrong with which."""
    rng = random.Random(seed)
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for number in range(texts):
        kind = rng.choice(list(WRITERS))
        poems = draw_poems(rng)
        text = WRITERS[kind](poems, rng)
        path = folder / f"{number}.{rng.choice(('txt', 'txt', 'md', 'csv', 'json', 'jsonl'))}"
        if number % 4 == 0:
            path = path.with_suffix(".txt")
            path.write_text(text, encoding="utf-8")
            found = answer(path)
            if found != "read":
                found = f"whole text: {found}"
            elif missing := silent_drops(path, poems):
                found = f"silent drop: {missing[0]}"
        else:
            path.write_bytes(damaged(text, rng))
            layout = rng.choice(("auto", "auto", "auto", *FORMATS))
            found = answer(path, layout=layout)
        counts[found.partition(":")[0]] += 1
        if found not in ("read", "refused"):
            wrong.append(f"{number} {kind!r}: {found}")
        else:
            path.unlink()
    return counts, wrong


def test_a_few_texts_are_read_or_refused_and_nothing_is_dropped_in_silence(tmp_path: Path) -> None:
    counts, wrong = draw(60, 2, tmp_path)
    assert not wrong, f"{dict(counts)}: {wrong[:5]}"


@pytest.mark.slow
def test_a_thousand_texts_are_read_or_refused_and_nothing_is_dropped_in_silence(
    tmp_path: Path,
) -> None:
    counts, wrong = draw(TEXTS, 1, tmp_path)
    assert not wrong, f"{dict(counts)}: {wrong[:5]}"


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else TEXTS
    where = Path(tempfile.mkdtemp())
    found_counts, found_wrong = draw(number, 1, where)
    print(f"{number} texts: {dict(found_counts)}; wrong: {len(found_wrong)} ({where})")
    print("\n".join(found_wrong[:20]))
