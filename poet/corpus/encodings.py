"""Encodings: detecting the encoding of a file, and decoding the file piece by piece.

UTF-8 is assumed and verified by decoding; UTF-16 needs a byte order mark; GB18030 and Big5 are
recognised only when clearly right, because both turn almost any bytes into some Chinese text.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from poet.errors import InputError, UsageError

# These make up about half of running Chinese text, in either script and with punctuation. Bytes
# decoded with the wrong codec give rare characters: these are then 2 %, not 50 %.
COMMON = frozenset(
    "，。、；：？！「」『』“”（）《》　…—"
    "的一是不了在人有我他這这個个們们中來来上大為为和國国地到以說说時时要就出會会可也你對对生能而子那得於于著着下自之年"
    "過过發发後后作裡里用道行所然家種种事成方多經经麼么去法學学如都同現现當当沒没動动面起看定天分還还進进好小部其些主樣样"
    "理心本前開开但因只從从想實实日者意無无此情何山風风月春秋花水雲云江夜白長长歸归客相見见高明落空聲声雨青門门君海"
    "馬马千萬万城石流樓楼寒酒柳金香夢梦雪草黃黄楚煙烟故愁老思夕路聞闻舊旧處处知今未已三十二四五百龍龙飛飞紅红玉東东西南北"
)
_BYTE_ORDER_MARKS = (  # the longer ones first: UTF-32's begins like UTF-16's
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
    """The name of a codec, and the length in bytes of the byte order mark before the text."""

    name: str
    mark: int = 0


def refuse_foreign(sample: bytes, name: str) -> None:
    """Raise `InputError` for a file that is not plain text, by its first bytes or its suffix."""
    start = sample.lstrip()[:64].lower()
    kind = next((kind for magic, kind in _FOREIGN if sample.startswith(magic)), "")
    if not kind and start.startswith((b"<!doctype html", b"<html")):
        kind = "a web page"
    if not kind:
        suffix = "." + name.rpartition(".")[2].lower()
        kind = _SUFFIXES.get(suffix, "") if "." in name else ""
    if kind:
        raise InputError(f"{name} is {kind}, not text", "save it as plain text (UTF-8) first")


def find_encoding(sample: bytes, name: str, *, whole: bool, encoding: str = "auto") -> Encoding:
    """The encoding of a file, detected from its first bytes unless `encoding` names one.

    `whole` says that the sample is the whole file; otherwise it may end inside a character.
    Raises `InputError` when no encoding is clearly right, `UsageError` for an unknown name.
    """
    marks = (pair for pair in _BYTE_ORDER_MARKS if sample.startswith(pair[0]))
    mark, marked_codec = next(marks, (b"", ""))
    if encoding != "auto":
        codec = _codec(encoding)
        if codec == marked_codec or (codec == "utf-16" and marked_codec.startswith(codec)):
            return Encoding(marked_codec, len(mark))
        _refuse_utf8(sample, codec, name, whole)
        return Encoding(f"{codec}-le" if codec in ("utf-16", "utf-32") else codec)
    if marked_codec:
        return Encoding(marked_codec, len(mark))
    if b"\0" in sample:
        raise InputError(
            f"{name} is not text: byte {sample.index(0)} is NUL",
            "save it as UTF-8, or name its encoding: --encoding utf-16-le",
        )
    try:
        _decoded(sample, "utf-8", whole)
    except UnicodeDecodeError as error:
        return _legacy(sample, name, whole, error.start)
    return Encoding("utf-8")


def _refuse_utf8(sample: bytes, codec: str, name: str, whole: bool) -> None:
    """Raise `InputError` if a text is clearly UTF-8 and not of the encoding that was named."""
    if codec == "utf-8" or sample.isascii():
        return
    try:
        text = _decoded(sample, "utf-8", whole)
    except UnicodeDecodeError:
        return
    if codec.startswith(("utf-16", "utf-32")) or (
        commonness(text) >= 0.2 and _score(sample, codec, whole) < 0.1
    ):
        raise InputError(f"{name} is not {codec}: it is UTF-8", "leave out --encoding")


def decode(chunks: Iterable[bytes], encoding: Encoding, name: str) -> Iterator[str]:
    """The text of a file that comes in chunks of bytes, without its byte order mark.

    Raises `InputError`, which names line and byte, if the bytes cannot be decoded.
    """
    decoder = codecs.getincrementaldecoder(encoding.name)()
    offset, line, mark = 0, 1, encoding.mark
    for chunk in chain(chunks, (b"",)):
        data, mark = chunk[mark:], max(mark - len(chunk), 0)
        offset += len(chunk) - len(data)
        start = offset - len(decoder.getstate()[0])  # bytes kept back from the chunk before
        try:
            text = decoder.decode(data, final=not chunk)
        except UnicodeDecodeError as error:
            line += error.object[: error.start].decode(encoding.name, "replace").count("\n")
            raise _undecodable(name, encoding.name, start + error.start, line) from None
        if text:
            yield text
        offset += len(data)
        line += text.count("\n")


def commonness(text: str) -> float:
    """The share of common Chinese characters among the characters beyond ASCII.

    >>> commonness("春水連天，明月照大江。") > 0.5, commonness("´ºË®Á¬Ìì")
    (True, 0.0)
    """
    characters = [c for c in text if c > "\x7f"]
    return sum(c in COMMON for c in characters) / max(1, len(characters))


def _legacy(sample: bytes, name: str, whole: bool, bad_byte: int) -> Encoding:
    """GB18030 or Big5, whichever decodes without an error and gives plausible Chinese."""
    scores = {codec: _score(sample, codec, whole) for codec in ("gb18030", "big5hkscs")}
    best, second = sorted(scores, key=lambda codec: -scores[codec])
    # The right codec scores 0.35 to 0.6, a wrong one below 0.1
    if scores[best] >= 0.2 and scores[best] >= 2 * scores[second]:
        return Encoding(best)
    raise _undecodable(name, "UTF-8", bad_byte, sample[:bad_byte].count(b"\n") + 1)


def _score(sample: bytes, codec: str, whole: bool) -> float:
    try:
        return commonness(_decoded(sample, codec, whole))
    except UnicodeError:
        return 0.0


def _decoded(sample: bytes, codec: str, whole: bool) -> str:
    return codecs.getincrementaldecoder(codec)().decode(sample, final=whole)


def _codec(encoding: str) -> str:
    """The codec of this name, as Python spells it. Raises `UsageError` if it decodes no text."""
    try:
        codec = codecs.lookup(encoding)
        codecs.getincrementaldecoder(encoding)().decode(b"").encode("ascii")
    except (LookupError, AttributeError, TypeError, ValueError):
        raise UsageError(
            f"there is no text encoding called {encoding!r}",
            "try utf-8, utf-16, gb18030, big5 or latin-1",
        ) from None
    return codec.name


def _undecodable(name: str, codec: str, byte: int, line: int) -> InputError:
    return InputError(
        f"{name} is not {codec}: line {line:,} (byte {byte:,}) cannot be decoded",
        "save it as UTF-8, or name its encoding: --encoding gb18030, big5, latin-1 …",
    )
