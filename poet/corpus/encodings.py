"""From bytes to text: which encoding a file is in, and decoding it piece by piece.

UTF-8 is taken for granted and proved by decoding; UTF-16 needs its byte order
mark; GB18030 and Big5 are recognised only when that is clearly right, because
either of them turns almost any bytes into *some* Chinese characters.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from poet.errors import InputError, UsageError

# Between them about half of all characters of running Chinese text, in both
# scripts, with its punctuation. Bytes read in the wrong encoding give rare
# characters instead: a share of 2 %, not 50.
COMMON = frozenset(
    "，。、；：？！「」『』“”（）《》　…—"
    "的一是不了在人有我他這这個个們们中來来上大為为和國国地到以說说時时要就出會会可也你對对生能而子那得於于著着下自之年"
    "過过發发後后作裡里用道行所然家種种事成方多經经麼么去法學学如都同現现當当沒没動动面起看定天分還还進进好小部其些主樣样"
    "理心本前開开但因只從从想實实日者意無无此情何山風风月春秋花水雲云江夜白長长歸归客相見见高明落空聲声雨青門门君海"
    "馬马千萬万城石流樓楼寒酒柳金香夢梦雪草黃黄楚煙烟故愁老思夕路聞闻舊旧處处知今未已三十二四五百龍龙飛飞紅红玉東东西南北"
)
_MARKS = (  # the longer ones first: that of UTF-32 begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FOREIGN = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a zip archive or an office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
_SUFFIXES = {
    **dict.fromkeys((".docx", ".doc", ".odt", ".rtf", ".pages", ".epub"), "an office document"),
    **dict.fromkeys((".zip", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"), "an archive"),
    ".pdf": "a PDF",
    ".html": "a web page",
    ".htm": "a web page",
}


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec by name, and how many bytes of byte order mark stand before the text."""

    name: str
    mark: int = 0


def refuse_foreign(sample: bytes, name: str) -> None:
    """Raise `InputError` when the file is no plain text: told by its first bytes or its suffix."""
    start = sample.lstrip()[:64].lower()
    what = next((kind for magic, kind in _FOREIGN if sample.startswith(magic)), "")
    if not what and start.startswith((b"<!doctype html", b"<html")):
        what = "a web page"
    if not what:
        suffix = "." + name.rpartition(".")[2].lower()
        what = _SUFFIXES.get(suffix, "") if "." in name else ""
    if what:
        raise InputError(f"{name} is {what}, not text", "save it as plain text (UTF-8) first")


def find_encoding(sample: bytes, name: str, *, whole: bool, asked: str = "auto") -> Encoding:
    """The encoding of a file, told from its first bytes; `asked` names one instead.

    `whole` says that the sample is the whole file: otherwise it may end inside a character.
    Raises `InputError` when no encoding is clearly right, `UsageError` when there is no
    encoding of the asked name.
    """
    mark, by_mark = next(((m, e) for m, e in _MARKS if sample.startswith(m)), (b"", ""))
    if asked != "auto":
        codec = _codec(asked)
        fits = codec == by_mark or (codec == "utf-16" and by_mark.startswith(codec))
        return Encoding(by_mark, len(mark)) if fits else Encoding(codec)
    if by_mark:
        return Encoding(by_mark, len(mark))
    if b"\0" in sample:
        at = sample.index(b"\0")
        raise InputError(
            f"{name} is no text: byte {at} is NUL",
            "save it as UTF-8, or name its encoding: --encoding utf-16-le",
        )
    try:
        _decoded(sample, "utf-8", whole)
    except UnicodeDecodeError as error:
        return _legacy(sample, name, whole, error.start)
    return Encoding("utf-8")


def decode(chunks: Iterable[bytes], encoding: Encoding, name: str) -> Iterator[str]:
    """The text of a file that comes in chunks of bytes, exactly, without its byte order mark.

    Raises `InputError` naming line and byte where the bytes do not decode.
    """
    decoder = codecs.getincrementaldecoder(encoding.name)()
    at, line, mark = 0, 1, encoding.mark
    for chunk in chain(chunks, (b"",)):
        data, mark = chunk[mark:], max(mark - len(chunk), 0)
        at += len(chunk) - len(data)
        start = at - len(decoder.getstate()[0])  # bytes kept back from the chunk before
        try:
            text = decoder.decode(data, final=not chunk)
        except UnicodeDecodeError as error:
            line += error.object[: error.start].decode(encoding.name, "replace").count("\n")
            raise _undecodable(name, encoding.name, start + error.start, line) from None
        if text:
            yield text
        at += len(data)
        line += text.count("\n")


def commonness(text: str) -> float:
    """The share of common Chinese characters among the characters beyond ASCII.

    >>> commonness("春水連天，明月照大江。") > 0.5, commonness("´ºË®Á¬Ìì")
    (True, 0.0)
    """
    beyond = [c for c in text if c > "\x7f"]
    return sum(c in COMMON for c in beyond) / len(beyond) if beyond else 0.0


def _legacy(sample: bytes, name: str, whole: bool, bad: int) -> Encoding:
    """GB18030 or Big5, when it decodes without an error and reads like Chinese."""
    scores = {codec: _score(sample, codec, whole) for codec in ("gb18030", "big5hkscs")}
    best, other = sorted(scores, key=lambda codec: -scores[codec])
    # Right ones score 0.35 to 0.6, wrong ones below 0.1.
    if scores[best] >= 0.2 and scores[best] >= 2 * scores[other]:
        return Encoding(best)
    raise _undecodable(name, "UTF-8", bad, sample[:bad].count(b"\n") + 1)


def _score(sample: bytes, codec: str, whole: bool) -> float:
    try:
        return commonness(_decoded(sample, codec, whole))
    except UnicodeDecodeError:
        return 0.0


def _decoded(sample: bytes, codec: str, whole: bool) -> str:
    return codecs.getincrementaldecoder(codec)().decode(sample, final=whole)


def _codec(asked: str) -> str:
    try:
        codec = codecs.lookup(asked)
        codecs.getincrementaldecoder(asked)().decode(b"").encode("ascii")
    except (LookupError, AttributeError, TypeError, ValueError):
        raise UsageError(
            f"there is no text encoding called {asked!r}",
            "try utf-8, utf-16, gb18030, big5 or latin-1",
        ) from None
    return codec.name


def _undecodable(name: str, codec: str, byte: int, line: int) -> InputError:
    return InputError(
        f"{name} is not {codec}: line {line:,} (byte {byte:,}) does not decode",
        "save it as UTF-8, or name its encoding: --encoding gb18030, big5, latin-1 …",
    )
