"""A model as one file, NAME.poet, and the way in for files that come from elsewhere.

An archive is a zip with nothing compressed, since 16-bit weights hardly shrink:

    manifest.json    format, version of poet, name; of each other member size and SHA-256; sealed
    README.md        the model card
    model.json       …and the other files of the model's folder

The same model gives the same bytes. What comes from elsewhere is unpacked into a folder that
nobody sees, verified, and only then given its name. Nothing in it is ever run or unpickled.
"""

from __future__ import annotations

import hashlib
import stat
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, TypedDict

from poet import paths
from poet.checkpoint import COUNTED, WEIGHTS_FILE, Checkpoint
from poet.collection.manage import check_digests, check_name
from poet.errors import InputError, NoDigest, UsageError
from poet.files import fill, open_plain, place, replace_together, temporary, write_atomically
from poet.model_card import model_card
from poet.objects import (
    DIGESTS,
    MODEL_FILE,
    SEAL,
    is_sealed,
    to_json,
    unchanged,
    warn_of_no_digest,
)
from poet.sanitize import installed_version
from poet.typed import MAX_BYTES, Malformed, parse, typed

FORMAT = 1
MANIFEST, CARD = "manifest.json", "README.md"
NEEDED = (CARD, MODEL_FILE, WEIGHTS_FILE)
MEMBERS = (*NEEDED, *COUNTED)  # nothing else belongs to a model
MAX_MODEL = 1 << 32  # bytes of all members; the largest model that poet trains has 200 MB
MAX_RATIO = 50  # of a member to its compressed size; weights that mean anything reach 2
MANY = 1 << 20  # bytes read at once
EPOCH = (1980, 1, 1, 0, 0, 0)  # the date of every member


class _Member(TypedDict):
    size: int
    sha256: str


class _Manifest(TypedDict):
    format: int
    poet: str
    name: str
    files: dict[str, _Member]


# Out


def members(folder: Path) -> dict[str, bytes]:
    """The files of a whole model by name, as they were at one moment, with its card.

    Raises `InputError` where it is damaged.
    """

    def read() -> dict[str, bytes]:
        facts = _verified(folder)
        found = {name: _bytes(folder / name) for name in MEMBERS if (folder / name).exists()}
        return {CARD: model_card(facts).encode(), **found}

    return unchanged(folder, read)


def export(folder: Path, name: str, target: Path) -> None:
    """Write the model in a folder into one file.

    Raises `InputError` where the model is damaged, `PoetError` where the disk refuses.
    """
    files = members(folder)
    manifest = _Manifest(
        format=FORMAT,
        poet=installed_version(),
        name=name,
        files={
            name: _Member(size=len(data), sha256=hashlib.sha256(data).hexdigest())
            for name, data in sorted(files.items())
        },
    )

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(_info(MANIFEST), to_json(manifest, indent=1))
            for name, data in sorted(files.items()):
                archive.writestr(_info(name), data)

    write_atomically(target, write)


def _info(name: str) -> zipfile.ZipInfo:
    """A member that is the same on every computer."""
    info = zipfile.ZipInfo(name, EPOCH)
    info.create_system, info.external_attr = 3, (stat.S_IFREG | 0o644) << 16
    return info


def _bytes(path: Path) -> bytes:
    with open_plain(path) as file:
        return file.read()


# In


def check_free(name: str, *, force: bool) -> None:
    """Raise `UsageError` where a model from elsewhere cannot be called so."""
    check_name(name)
    if (paths.models() / name).exists() and not force:
        raise UsageError(
            f"there is already a model called {name}",
            "choose another with --name, or replace it with --force",
        )


def name_of(source: Path) -> str:
    """The name that an archive gives its model. Raises `InputError` for what is no archive."""
    return _opened(source, lambda archive: _manifest(source, archive)["name"])


def import_(source: Path, name: str, *, force: bool = False) -> Path:
    """Verify an archive and add its model under a name; the model's folder.

    Raises `InputError` for what is not as poet wrote it, `UsageError` for a name that is taken,
    `PoetError` where the disk refuses. Nothing is then left behind.
    """

    def unpack(folder: Path) -> None:
        _opened(source, lambda archive: _unpack(source, archive, folder))

    return add(unpack, str(source), name, force=force)


def add(fill_folder: Callable[[Path], None], source: str, name: str, *, force: bool) -> Path:
    """Add a model whose files come from `source`, once they are all here and whole.

    `fill_folder` puts files into a folder that nobody sees. Raises as `import_`.
    """
    check_free(name, force=force)
    home = paths.models()
    home.mkdir(parents=True, exist_ok=True)
    with temporary(home, is_folder=True) as work:
        folder = work / "model"  # the work folder is held: what replaces files would wait for it
        folder.mkdir()
        fill_folder(folder)
        _check_files(folder, source)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", NoDigest)  # it would name a folder that will go
                facts = _verified(folder)
        except InputError as error:
            why = error.message.replace(f"{folder}/", "").replace(str(folder), "what is in it")
            raise InputError(f"{source} was not added: {why}", "get the model again") from error
        if SEAL not in facts:
            warn_of_no_digest(source)
        if not (folder / CARD).exists():
            fill(folder / CARD, model_card(facts))
        if (home / name).exists() and force:
            _replace(home / name, folder)
        elif not place(folder, home / name):
            check_free(name, force=False)
    return home / name


def _replace(target: Path, folder: Path) -> None:
    """Put the files of a folder in the place of a model's."""

    def moved(path: Path) -> Callable[[Path], object]:
        return lambda part: path.replace(part)

    files = {name: folder / name for name in MEMBERS}
    replace_together(
        target, {name: moved(path) if path.exists() else None for name, path in files.items()}
    )


def _check_files(folder: Path, source: str) -> None:
    """Raise `InputError` unless a folder holds plain files of a model, and not too much."""
    total = 0
    for path in folder.iterdir():
        facts = path.lstat()
        if path.name not in MEMBERS or not stat.S_ISREG(facts.st_mode) or not facts.st_size:
            raise _refused(source, f"{path.name} in it is no file of a model")
        total += facts.st_size
    if total > MAX_MODEL:
        raise _refused(source, f"it is larger than {MAX_MODEL:,} bytes")


def _verified(folder: Path) -> Mapping[str, Any]:
    """What `model.json` says of a model whose files can all be read and belong together."""
    facts = Checkpoint.describe(folder)
    check_digests(folder, facts.get(DIGESTS, {}))
    Checkpoint.read(folder)
    return facts


def _opened(source: Path, use: Callable[[zipfile.ZipFile], Any]) -> Any:
    """What `use` makes of an archive. Raises `InputError` where it is not one, or damaged."""
    with open_plain(source) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                return use(archive)
        except (
            zipfile.BadZipFile,
            zipfile.LargeZipFile,
            NotImplementedError,
            EOFError,
            ValueError,
            RuntimeError,
        ) as error:
            raise _refused(source, f"it is not a whole archive ({error})") from error
        except OSError as error:
            if error.filename is not None:  # of the folder it goes into
                raise
            raise _refused(source, f"it cannot be read ({error})") from error


def _refused(source: object, why: str) -> InputError:
    return InputError(
        f"{source} was not added: {why}",
        "poet models export makes such files; get this one again from where it was made",
    )


def _manifest(source: Path, archive: zipfile.ZipFile) -> _Manifest:
    """What an archive says of itself; it is then known to hold only what a model has."""
    infos = archive.infolist()
    names = [info.filename for info in infos]
    for info in infos:
        mode = info.external_attr >> 16
        if info.filename not in (MANIFEST, *MEMBERS):
            raise _refused(source, f"it holds {info.filename!r}, which no model has")
        if names.count(info.filename) > 1:
            raise _refused(source, f"it holds {info.filename} twice")
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise _refused(source, f"{info.filename} in it is no plain file")
        if info.flag_bits & 1:
            raise _refused(source, f"{info.filename} in it is encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _refused(source, f"{info.filename} is compressed in a way that poet does not use")
        if info.file_size > MAX_RATIO * max(info.compress_size, 1 << 10):
            raise _refused(source, f"{info.filename} in it would swell beyond all measure")
    if missing := [name for name in (MANIFEST, *NEEDED) if name not in names]:
        raise _refused(source, f"{missing[0]} is missing in it")
    if sum(info.file_size for info in infos) > MAX_MODEL:
        raise _refused(source, f"it is larger than {MAX_MODEL:,} bytes")
    with archive.open(MANIFEST) as file:
        data = file.read(MAX_BYTES + 1)
    try:
        facts = parse(data)
        if facts.get("format") != FORMAT:
            raise Malformed(f"its format is not {FORMAT}, which this version reads")
        if not is_sealed(facts):
            raise Malformed("it has no digest")
        manifest: _Manifest = typed(facts, _Manifest, "")
    except Malformed as error:
        raise _refused(source, f"{MANIFEST} in it cannot be read ({error})") from error
    sizes = {info.filename: info.file_size for info in infos if info.filename != MANIFEST}
    if sizes != {name: member["size"] for name, member in manifest["files"].items()}:
        raise _refused(source, f"it does not hold the files that its {MANIFEST} names")
    return manifest


def _unpack(source: Path, archive: zipfile.ZipFile, folder: Path) -> None:
    for name, member in _manifest(source, archive)["files"].items():
        with archive.open(name) as file, (folder / name).open("xb") as copy:
            found = _copy(file, copy, member["size"])
        if found != member["sha256"]:
            raise _refused(source, f"{name} in it is damaged, by its digest")


def _copy(file: IO[bytes], copy: IO[bytes], size: int) -> str:
    """Copy a file of this size; its SHA-256. What goes on after that is not read."""
    found = hashlib.sha256()
    while size > 0 and (data := file.read(min(size, MANY))):
        found.update(data)
        copy.write(data)
        size -= len(data)
    return found.hexdigest()
