"""A model in one file: out and in again, and everything that must not come in."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import warnings
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from poet import paths
from poet.checkpoint import Checkpoint
from poet.collection import archive
from poet.errors import InputError, NoDigest, PoetError, UsageError
from poet.objects import to_json

Member = tuple[zipfile.ZipInfo | str, bytes]


@pytest.fixture
def packed(tiny: Path, tmp_path: Path) -> Path:
    """The tiny model in a file."""
    archive.export(tiny, "tiny", tmp_path / "tiny.poet")
    return tmp_path / "tiny.poet"


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def manifest_of(files: dict[str, bytes], **changed: object) -> bytes:
    facts = {
        "format": 1,
        "poet": "0",
        "name": "tiny",
        "files": {
            name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in files.items()
        },
    }
    return to_json({**facts, **changed}).encode()


def zipped(path: Path, items: Iterable[Member], method: int = zipfile.ZIP_STORED) -> Path:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", method) as file:
        warnings.simplefilter("ignore", UserWarning)  # of names that come twice
        for name, data in items:
            file.writestr(name, data)
    return path


def left() -> list[str]:
    """What lies in the folder of the user's models."""
    return sorted(path.name for path in paths.models().glob("*"))


def test_a_model_comes_back_as_it_was(packed: Path, tiny: Path) -> None:
    folder = archive.import_(packed, archive.name_of(packed))
    assert folder == paths.models() / "tiny"
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {
        p.name: p.read_bytes() for p in tiny.iterdir()
    }
    assert left() == ["tiny"]
    assert stat.S_IMODE(folder.stat().st_mode) & 0o077  # not only for who made it


def test_the_same_model_gives_the_same_bytes(packed: Path, tiny: Path, tmp_path: Path) -> None:
    archive.export(tiny, "tiny", tmp_path / "again.poet")
    assert (tmp_path / "again.poet").read_bytes() == packed.read_bytes()


def test_the_file_is_a_plain_zip_that_says_what_is_in_it(packed: Path) -> None:
    found = members(packed)
    facts = json.loads(found["manifest.json"])
    assert set(facts) == {"format", "poet", "name", "files", "sha256"}
    assert set(facts["files"]) == {"README.md", "model.json", "model.safetensors"}
    for name, member in facts["files"].items():
        data = found[name]
        assert member == {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def test_one_that_was_compressed_since_is_read_too(packed: Path, tmp_path: Path) -> None:
    again = zipped(tmp_path / "c.poet", members(packed).items(), zipfile.ZIP_DEFLATED)
    assert archive.import_(again, "c").is_dir()


def test_a_damaged_model_is_not_exported(tiny: Path, tmp_path: Path) -> None:
    Checkpoint.read(tiny).write(tmp_path / "m")
    data = bytearray((tmp_path / "m" / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (tmp_path / "m" / "model.safetensors").write_bytes(data)
    with pytest.raises(InputError, match="by its digest"):
        archive.export(tmp_path / "m", "m", tmp_path / "m.poet")
    assert not (tmp_path / "m.poet").exists()


def test_one_without_digests_is_named_by_its_file(packed: Path, tmp_path: Path) -> None:
    files = members(packed)
    del files["manifest.json"]
    facts = json.loads(files["model.json"])
    del facts["digests"], facts["sha256"]
    files["model.json"] = json.dumps(facts).encode()
    old = zipped(tmp_path / "old.poet", {"manifest.json": manifest_of(files), **files}.items())
    with pytest.warns(NoDigest, match=r"old\.poet has no digests"):
        archive.import_(old, "old")


def _info(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return info


BAD: dict[str, tuple[Callable[[dict[str, bytes]], Iterable[Member]], str]] = {
    "a way up": (lambda m: [*m.items(), ("../up", b"x")], "holds '../up', which no model has"),
    "an absolute name": (lambda m: [*m.items(), ("/etc/x", b"x")], "which no model has"),
    "a name of Windows": (lambda m: [*m.items(), ("C:\\x", b"x")], "which no model has"),
    "a folder": (lambda m: [*m.items(), ("sub/", b"")], "holds 'sub/', which no model has"),
    "a pickle": (lambda m: [*m.items(), ("model.pkl", b"x")], "holds 'model.pkl'"),
    "files being replaced": (lambda m: [*m.items(), (".poet-new/model.json", b"x")], "no model"),
    "a name twice": (lambda m: [*m.items(), ("README.md", b"x")], "holds README.md twice"),
    "no manifest": (lambda m: list(m.items())[1:], "manifest.json is missing"),
    "no weights": (
        lambda m: [i for i in m.items() if "tensors" not in i[0]], "model.safetensors is missing",
    ),
    "a link": (
        lambda m: [
            (_info(k, stat.S_IFLNK | 0o777) if k == "README.md" else k, v) for k, v in m.items()
        ],
        "README.md in it is no plain file",
    ),
    "a card that swells": (
        lambda m: [(k, b"0" * 20_000_000 if k == "README.md" else v) for k, v in m.items()],
        "README.md in it would swell beyond all measure",
    ),
    "another card": (
        lambda m: [(k, v[::-1] if k == "README.md" else v) for k, v in m.items()],
        "README.md in it is damaged, by its digest",
    ),
    "a longer card": (
        lambda m: [(k, v + b"x" if k == "README.md" else v) for k, v in m.items()],
        "does not hold the files that its manifest.json names",
    ),
    "another format": (
        lambda m: {**m, "manifest.json": manifest_of({}, format=2)}.items(), "its format is not 1",
    ),
    "an unsealed manifest": (
        lambda m: {**m, "manifest.json": b'{"format": 1}'}.items(), "it has no digest",
    ),
    "a forged manifest": (
        lambda m: {**m, "manifest.json": m["manifest.json"].replace(b"tiny", b"tony")}.items(),
        "it is not as it was written",
    ),
    "no JSON": (lambda m: {**m, "manifest.json": b"["}.items(), "manifest.json in it cannot be"),
    "a manifest that lacks files": (
        lambda m: {**m, "manifest.json": manifest_of({})}.items(), "does not hold the files",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_what_is_not_as_poet_wrote_it_is_refused(packed: Path, tmp_path: Path, kind: str) -> None:
    make, message = BAD[kind]
    method = zipfile.ZIP_DEFLATED if "swells" in kind else zipfile.ZIP_STORED
    bad = zipped(tmp_path / "bad.poet", make(members(packed)), method)
    with pytest.raises(InputError) as caught:
        archive.import_(bad, "bad")
    assert str(caught.value).startswith(f"{bad} was not added: ")
    assert message in str(caught.value)
    assert caught.value.hint
    assert left() == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.poet", "home", "tiny.poet"]


def test_weights_that_fit_their_digests_but_no_model_are_refused(
    packed: Path, tmp_path: Path
) -> None:
    files = {**members(packed), "model.safetensors": b"\x80\x04cposix\nsystem\n"}
    del files["manifest.json"]
    bad = zipped(tmp_path / "b.poet", {"manifest.json": manifest_of(files), **files}.items())
    with pytest.raises(InputError, match=r"model\.safetensors is not the file that belongs"):
        archive.import_(bad, "b")
    assert left() == []


def test_a_file_cut_anywhere_is_refused(packed: Path, tmp_path: Path) -> None:
    data = packed.read_bytes()
    for cut in (*range(0, len(data), 1501), len(data) - 1):
        (tmp_path / "cut.poet").write_bytes(data[:cut])
        with pytest.raises(InputError):
            archive.import_(tmp_path / "cut.poet", "cut")
    assert left() == []


def test_a_bit_changed_anywhere_is_refused_or_does_no_harm(
    packed: Path, tiny: Path, tmp_path: Path
) -> None:
    data, whole = packed.read_bytes(), members(packed)
    refused = 0
    for place in range(7, len(data), 397):
        changed = bytearray(data)
        changed[place] ^= 1
        (tmp_path / "bit.poet").write_bytes(changed)
        try:
            folder = archive.import_(tmp_path / "bit.poet", "bit", force=True)
        except InputError:
            refused += 1
        else:  # a date, or a flag that nobody reads
            assert all(p.read_bytes() == whole[p.name] for p in folder.iterdir())
    assert refused > 50


@pytest.mark.parametrize("name", ["pipe", "folder", "/dev/zero", "nothing"])
def test_only_plain_files_are_read(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError):
        archive.name_of(tmp_path / name)


def test_a_name_that_is_taken_is_refused_unless_forced(packed: Path, tiny: Path) -> None:
    archive.import_(packed, "a")
    (paths.models() / "a" / "cliches.safetensors").write_bytes(b"of the old one")
    with pytest.raises(UsageError, match="there is already a model called a"):
        archive.import_(packed, "a")
    archive.import_(packed, "a", force=True)
    assert {p.name for p in (paths.models() / "a").iterdir()} == {p.name for p in tiny.iterdir()}


@pytest.mark.parametrize("name", ["", ".", "..", "../up", "a/b", "/x", "-x", "x" * 101, "a\nb"])
def test_no_name_leads_elsewhere(packed: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a model"):
        archive.import_(packed, name)
    with pytest.raises(UsageError, match="comes with poet"):
        archive.import_(packed, "tang")


def test_an_import_that_is_killed_leaves_nothing_that_is_seen(
    packed: Path, killed_at: Callable[[int, Callable[[], object]], bool]
) -> None:
    moment = 0
    while killed_at(moment, lambda: archive.import_(packed, "a")):
        seen = [name for name in left() if not name.startswith(".poet-")]
        if seen:  # killed after it had its name
            Checkpoint.read(paths.models() / "a")
            break
        moment += 1
    assert moment > 5
    archive.import_(packed, "a", force=True)
    assert left() == ["a"]


def test_a_replacement_that_is_killed_leaves_the_old_model_or_the_new(
    packed: Path, tiny: Path, killed_at: Callable[[int, Callable[[], object]], bool]
) -> None:
    old = Checkpoint.read(tiny)
    old.write(paths.models() / "a")
    moment = 0
    while killed_at(moment, lambda: archive.import_(packed, "a", force=True)):
        Checkpoint.read(paths.models() / "a")
        moment += 1
    assert moment > 10


def test_a_full_disk_leaves_nothing_behind(packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device", "x")

    monkeypatch.setattr(archive, "_copy", full)
    with pytest.raises((OSError, PoetError)):
        archive.import_(packed, "a")
    assert left() == []
