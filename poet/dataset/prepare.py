"""From the texts that a user names to an encoded dataset, built once and cached."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Literal

from poet import paths
from poet.characters import is_chinese
from poet.corpus import catalogue
from poet.corpus.clean import clean_source
from poet.corpus.fields import ANY_FIELDS, Fields
from poet.corpus.read import Notify, Source, is_read_once, natural_order, read
from poet.dataset.build import build
from poet.dataset.dataset import TokenDataset
from poet.errors import InputError, UsageError
from poet.poem import Poem
from poet.scripts import script_of, to_traditional
from poet.tokenizer import CharTokenizer

VERSION = 5  # of everything between a file and its dataset: raise it when cleaning changes
SCRIPT_SAMPLE = 50  # poems whose script decides for the whole corpus

Track = Callable[[Iterator[Poem]], Iterable[Poem]]  # passes poems on and shows progress
TextPath = Path | Literal["-"]  # `-` is stdin


def locate(names: Sequence[str]) -> list[TextPath]:
    """The files and folders of texts given as catalogue names, paths or `-`.

    An existing path takes precedence over a name. Raises `InputError` for a corpus that has not
    been fetched, `UsageError` for an unknown name.
    """
    return [_locate(name) for name in names]


def _locate(name: str) -> TextPath:
    if name == "-":
        return "-"
    path = Path(name)
    if path.exists() or path.suffix or "/" in name:
        return path  # `read` raises the error for a path that does not exist
    entry = catalogue.find(name)
    if not catalogue.is_fetched(entry.name):
        raise InputError(f"{name} has not been fetched yet", f"poet corpus fetch {name}")
    return catalogue.folder(entry.name)


def prepare(
    names: Sequence[str],
    *,
    layout: str = "auto",
    encoding: str = "auto",
    fields: Fields = ANY_FIELDS,
    notify: Notify,
    folder: Path | None = None,
    track: Track = lambda poems: poems,
    base: CharTokenizer | None = None,
) -> TokenDataset:
    """The dataset of the texts named, from the cache if it has been built before.

    It is built in `folder`, if one is given, instead of the cache. `notify` receives messages for
    the user, `track` may wrap the poems being read to show progress, and `base` is a tokenizer
    whose ids are kept. Raises `InputError` where a text is missing, unreadable or too short.
    """
    locations = locate(names)
    folder = folder or paths.texts() / _key(locations, layout, encoding, fields, base)
    reader = partial(read, layout=layout, encoding=encoding, fields=fields, notify=notify)
    if not any(map(is_read_once, locations)):
        with suppress(InputError):  # not built yet, damaged, or by another version
            return TokenDataset.open(folder)
        with _alone(folder, notify):
            with suppress(InputError):  # another process has built it meanwhile
                return TokenDataset.open(folder)
            return _build(names, locations, reader, notify, folder, track, base)
    return _build(names, locations, reader, notify, folder, track, base)


@contextmanager
def _alone(folder: Path, notify: Notify) -> Iterator[None]:
    """Keep other processes from building the same dataset; they wait for this one."""
    from filelock import FileLock, Timeout

    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder.with_name(f".{folder.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        notify("another process is reading this text: waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _build(
    names: Sequence[str],
    locations: Sequence[TextPath],
    reader: Callable[[Sequence[TextPath]], Source],
    notify: Notify,
    folder: Path,
    track: Track,
    base: CharTokenizer | None,
) -> TokenDataset:
    counts: Counter[str] = Counter()
    texts, kinds = {}, set()
    for name, path in zip(names, locations, strict=True):
        source = reader(_files(path))
        kinds.add(source.kind)
        texts[name] = _cleaned(source, track(source.pieces), counts, notify)
    if len(kinds) > 1:
        raise UsageError(
            "one of these texts holds poems, another is one long text",
            "read them as one kind: --layout stream, or --layout poems",
        )
    return build(folder, texts, stream="stream" in kinds, counts=counts, base=base)


def _files(path: TextPath) -> Sequence[TextPath]:
    """What is read for a path: of a fetched corpus the files that were verified, and no others."""
    if path == "-":
        return [path]
    files = catalogue.verified_files(path) or [path]
    return [*sorted(files, key=natural_order)]


def _cleaned(
    source: Source, pieces: Iterable[Poem], counts: Counter[str], notify: Notify
) -> Iterator[Poem]:
    """The cleaned text; poems in simplified characters are converted to traditional ones."""
    cleaned = clean_source(source, pieces, counts)
    return cleaned if source.kind == "stream" else _in_one_script(cleaned, notify)


def _in_one_script(poems: Iterator[Poem], notify: Notify) -> Iterator[Poem]:
    first = list(islice(poems, SCRIPT_SAMPLE))
    if script_of("".join(poem.text for poem in first if is_chinese(poem.text))) != "hans":
        yield from first
        yield from poems
        return
    notify("simplified characters: converted to traditional ones, which tell tones and rhymes")
    for poem in (*first, *poems):
        parts = (poem.text, poem.title, poem.author)
        yield Poem(*map(to_traditional, parts)) if is_chinese(poem.text) else poem


def _key(
    paths: Sequence[TextPath],
    layout: str,
    encoding: str,
    fields: Fields,
    base: CharTokenizer | None,
) -> str:
    """The name of a dataset in the cache, which changes when any of its files does."""
    files = sorted(
        (str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns)
        for path in paths
        if path != "-"
        for file in (path.rglob("*") if path.is_dir() else [path])
        if file.is_file()
    )
    parts = [VERSION, [str(p) for p in paths], files, layout, encoding, fields.options]
    data = json.dumps([*parts, base.to_json()] if base else parts)
    return hashlib.sha256(data.encode()).hexdigest()[:16]
