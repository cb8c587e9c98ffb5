"""From what a user names to text that a model can be trained on, made once and kept."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from poet import paths
from poet.corpus import catalogue
from poet.corpus.clean import clean_all, clean_stream, in_chinese
from poet.corpus.read import Source, read
from poet.dataset.build import build
from poet.dataset.dataset import TokenDataset
from poet.errors import InputError, UsageError
from poet.poem import Poem
from poet.scripts import script_of, to_traditional
from poet.tokenizer import CharTokenizer

VERSION = 3  # of everything between a file and its store: raise it when cleaning changes
LOOKED_AT = 50  # poems whose script decides for all of a corpus

Path_ = Path | Literal["-"]


def locate(names: Sequence[str]) -> list[Path_]:
    """The files and folders that names stand for: names of the catalogue, paths, `-`.

    A path that exists comes before a name. Raises `InputError` for a corpus that is known
    but not fetched, `UsageError` for what is neither.
    """
    return [_locate(name) for name in names]


def _locate(name: str) -> Path_:
    if name == "-":
        return "-"
    path = Path(name)
    if path.exists() or path.suffix or "/" in name:
        return path  # a path that does not exist is refused where it is read
    entry = catalogue.find(name)
    if not catalogue.is_fetched(entry.name):
        raise InputError(f"{name} has not been fetched yet", f"poet corpus fetch {name}")
    return catalogue.folder(entry.name)


def prepare(
    names: Sequence[str],
    *,
    layout: str = "auto",
    encoding: str = "auto",
    say: Callable[[str], None],
    folder: Path | None = None,
    watch: Callable[[Iterator[Poem]], Iterable[Poem]] = lambda poems: poems,
    base: CharTokenizer | None = None,
) -> TokenDataset:
    """The encoded store of the texts named, from the cache where it has been made before.

    It is made in `folder`, if one is given, instead of the cache. `watch` may wrap the poems
    as they are read, to show how it goes; `base` is an alphabet to be kept. Raises
    `InputError` where a text is missing, unreadable or too little.
    """
    found = locate(names)
    folder = folder or paths.texts() / _key(found, layout, encoding, base)
    if "-" not in found:
        with suppress(InputError):  # not made yet, or by another version: make it
            return TokenDataset.open(folder)
    counts: Counter[str] = Counter()
    texts, kinds = {}, set()
    for name, path in zip(names, found, strict=True):
        source = read([path], layout=layout, encoding=encoding, say=say)
        kinds.add(source.kind)
        texts[name] = _cleaned(source, watch(source.pieces), counts, say)
    if len(kinds) > 1:
        raise UsageError(
            "one of these texts holds poems, another is one long text",
            "read them as one kind: --layout stream, or --layout poems",
        )
    return build(folder, texts, stream="stream" in kinds, counts=counts, base=base)


def _cleaned(
    source: Source, pieces: Iterable[Poem], counts: Counter[str], say: Callable[[str], None]
) -> Iterator[Poem]:
    """Clean text; poems in traditional characters, even where they came in simplified ones."""
    if source.kind == "stream":
        return clean_stream(pieces)
    return _in_one_script(clean_all(pieces, counts), say)


def _in_one_script(poems: Iterator[Poem], say: Callable[[str], None]) -> Iterator[Poem]:
    first = [poem for _, poem in zip(range(LOOKED_AT), poems, strict=False)]
    if script_of("".join(poem.text for poem in first if in_chinese(poem.text))) != "hans":
        yield from first
        yield from poems
        return
    say("simplified characters: kept as traditional ones inside, where tones and rhymes are clear")
    for poem in (*first, *poems):
        parts = (poem.text, poem.title, poem.author)
        yield Poem(*map(to_traditional, parts)) if in_chinese(poem.text) else poem


def _key(paths: Sequence[Path_], layout: str, encoding: str, base: CharTokenizer | None) -> str:
    """A name for a text and its reading: changes when any file of it does."""
    files = sorted(
        (str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns)
        for path in paths
        if path != "-"
        for file in (path.rglob("*") if path.is_dir() else [path])
        if file.is_file()
    )
    asked = [VERSION, [str(p) for p in paths], files, layout, encoding]
    data = json.dumps([*asked, base.to_json()] if base else asked)
    return hashlib.sha256(data.encode()).hexdigest()[:16]
