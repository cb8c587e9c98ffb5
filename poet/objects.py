"""Objects on disk: what poet writes and reads again, with digests, so that damage never passes.

A JSON file is sealed by the SHA-256 of its values, under the key `sha256`. The files that belong
to a model are named in its `model.json`, each with the SHA-256 of its bytes:

    {"format": 3, …, "digests": {"model.safetensors": "…", "novelty.safetensors": "…"},
     "sha256": "…"}

Files without digests, of older versions, are read as well, with a warning.

SHA-256 reads the 28 MB of a model in 14 ms (blake2b in 20, CRC-32 in 4, on the machine of
benchmarks/results.md): a third of what reading the file at once instead of mapping it saves.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from poet.errors import InputError, NoDigest
from poet.files import Write, fill, open_plain, replace_together, settle, write_atomically
from poet.typed import MAX_BYTES, Malformed, parse, typed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MODEL_FILE = "model.json"
SEAL, DIGESTS = "sha256", "digests"
TRIES = 3  # of reading a model that is being replaced
T = TypeVar("T")


def sealed(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts with their seal as the last key.

    >>> is_sealed(sealed({"lines": 4})), is_sealed({"lines": 4})
    (True, False)
    """
    plain = {name: value for name, value in facts.items() if name != SEAL}
    return {**plain, SEAL: _seal(plain)}


def is_sealed(facts: Mapping[str, Any]) -> bool:
    """Whether the facts have a seal. Raises `Malformed` where it is not theirs."""
    if SEAL not in facts:
        if DIGESTS in facts:
            raise Malformed(f"its {SEAL} is missing")
        return False
    if facts[SEAL] != _seal({name: value for name, value in facts.items() if name != SEAL}):
        raise Malformed("it is not as it was written, by its digest")
    return True


def _seal(facts: Mapping[str, Any]) -> str:
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def warn_of_no_digest(what: object) -> None:
    """Warn that a file or folder, which an older version wrote, cannot be verified."""
    warnings.warn(
        NoDigest(f"{what} has no digests, as of an older version: damage would not be noticed"),
        stacklevel=3,
    )


def to_json(facts: Mapping[str, Any], indent: int | None = None) -> str:
    """The facts with their seal as a JSON file."""
    return json.dumps(sealed(facts), ensure_ascii=False, indent=indent) + "\n"


def digest(path: Path) -> str:
    """The SHA-256 of a file. Raises `InputError` where it cannot be read."""
    with open_plain(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


# Tensors


def read_tensors(path: Path, expected: str = "") -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """The tensors of a safetensors file, and its metadata; `expected` is its SHA-256, if known.

    Raises `InputError` where it is no plain file or cannot be opened, `Malformed` for what is in
    it.
    """
    import numpy as np

    with open_plain(path) as file:
        size = int.from_bytes(file.read(8), "little")
        header = parse(file.read(min(MAX_BYTES + 1, size)))
        metadata = typed(header.pop("__metadata__", {}), dict[str, str], "its metadata")
        entries = typed(header, dict[str, _Entry], "")
        begin, end = 8 + size, os.fstat(file.fileno()).st_size
        _check_places([entry["data_offsets"] for entry in entries.values()], end - begin)
        file.seek(0)
        data = np.fromfile(file, np.uint8)
    if expected and hashlib.sha256(data.data).hexdigest() != expected:
        raise Malformed("it is not the file that was written, by its digest")
    tensors = {name: _view(data[begin:], name, entry) for name, entry in entries.items()}
    return tensors, metadata


class _Entry(TypedDict):
    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, ...]


def _check_places(places: list[tuple[int, ...]], size: int) -> None:
    """Raise `Malformed` unless tensors at these places follow each other from 0 to `size`."""
    at = 0
    for place in sorted(places):
        if len(place) != 2 or place[0] != at or place[1] < at:
            raise Malformed("its tensors do not follow each other")
        at = place[1]
    if at != size:
        raise Malformed("it is cut short, or goes on after its end")


def _view(data: NDArray[np.uint8], name: str, entry: _Entry) -> NDArray[Any]:
    """A tensor of a file's data, which is not copied."""
    import numpy as np

    kind, shape = KINDS.get(entry["dtype"]), entry["shape"]
    if kind is None:
        raise Malformed(f"tensor {name} is {entry['dtype']}, which poet never writes")
    first, last = entry["data_offsets"]
    if min(shape, default=0) < 0 or last - first != math.prod(shape) * np.dtype(kind).itemsize:
        raise Malformed(f"tensor {name} does not have the size that it says")
    return data[first:last].view(kind).reshape(shape)


# Little-endian, as the format has it
KINDS = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}  # fmt: skip


def tensors_digest(tensors: Mapping[str, NDArray[Any]]) -> str:
    """The SHA-256 of the names, types, shapes and values of contiguous tensors.

    For a file that is to hold its own digest.
    """
    found = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name]
        found.update(json.dumps([name, tensor.dtype.str, tensor.shape]).encode())
        found.update(tensor.tobytes() if tensor.ndim == 0 else tensor.data)
    return found.hexdigest()


# Models: a folder of files that belong together


def read_description(folder: Path) -> tuple[dict[str, Any], bool]:
    """What `model.json` in a folder says, and whether it is sealed.

    Raises `InputError` where it is no plain file or cannot be opened, `Malformed` for its contents.
    """
    facts, has_seal = _read_sealed(_description(folder))
    return dict(facts), has_seal


def _description(folder: Path) -> bytes:
    settle(folder)
    with open_plain(folder / MODEL_FILE) as file:
        return file.read(MAX_BYTES + 1)


@lru_cache(2)  # it is asked for the digest of each file beside it
def _read_sealed(data: bytes) -> tuple[dict[str, Any], bool]:
    facts = parse(data)
    return facts, is_sealed(facts)


def member_digests(folder: Path) -> dict[str, str] | None:
    """The digests of the files that belong to the model in a folder; None where it has none.

    Raises as `read_description`.
    """
    settle(folder)
    if not (folder / MODEL_FILE).exists():
        return None
    facts, _ = read_description(folder)
    return typed(facts[DIGESTS], dict[str, str], DIGESTS) if DIGESTS in facts else None


def read_member(folder: Path, name: str) -> tuple[dict[str, NDArray[Any]], dict[str, str]] | None:
    """The tensors and metadata of a file that belongs to the model in a folder; None without it.

    Raises `InputError` and `Malformed` as `read_tensors` does.
    """
    digests = member_digests(folder)
    if digests is None:
        return read_tensors(folder / name) if (folder / name).exists() else None
    if name in digests:
        if not (folder / name).exists():
            raise Malformed("it is missing, though it belongs to the model")
        return read_tensors(folder / name, digests[name])
    if (folder / name).exists():
        raise Malformed(f"it does not belong to the model: {MODEL_FILE} has no digest of it")
    return None


def unchanged(folder: Path, read: Callable[[], T]) -> T:
    """What `read` makes of a model's files, read again if the model is replaced meanwhile."""
    for _ in range(TRIES - 1):
        before = _current(folder)
        try:
            made = read()
        except InputError:
            if _current(folder) == before:
                raise
        else:
            if _current(folder) == before:
                return made
    return read()


def _current(folder: Path) -> bytes:
    try:
        return _description(folder)
    except InputError:
        return b""


def write_model(
    folder: Path, facts: Mapping[str, Any], files: Mapping[str, Write | None], indent: int = 1
) -> None:
    """Write files and the `model.json` that they belong to, with their digests, as one.

    The digests of files that are not among them are kept as they are in `facts`. Raises
    `PoetError` as `replace_together`.
    """
    digests = {k: v for k, v in facts.get(DIGESTS, {}).items() if k not in files}

    def write_and_digest(name: str, write: Write) -> Callable[[Path], None]:
        def run(path: Path) -> None:
            write(path)
            if name.endswith(".safetensors"):
                digests[name] = digest(path)

        return run

    def describe(path: Path) -> None:
        fill(path, to_json({**facts, DIGESTS: dict(sorted(digests.items()))}, indent))

    made = {name: write and write_and_digest(name, write) for name, write in files.items()}
    replace_together(folder, {**made, MODEL_FILE: describe})


def write_member(folder: Path, name: str, write: Write) -> None:
    """Write a file that belongs to the model in a folder, and its digest if the model has any.

    Raises `PoetError` as `replace_together`, `InputError` where `model.json` is damaged.
    """
    try:
        facts = read_description(folder)[0] if (folder / MODEL_FILE).exists() else {}
    except Malformed as error:
        raise InputError(f"{folder / MODEL_FILE} cannot be read: {error}") from error
    if DIGESTS in facts:
        write_model(folder, facts, {name: write})
    else:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / name, write)
