"""The catalogue: facts that agree with each other, and names that are found."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path

import pytest

from poet import paths
from poet.corpus import catalogue
from poet.corpus.catalogue import Digest, Fetched, digest, file_digests
from poet.errors import InputError, UsageError

POEM: dict[str, object] = {
    "author": "某",
    "title": "江上",
    "paragraphs": ["春水連天碧，", "孤帆入曉煙。"],
}


def as_bytes(*poems: dict[str, object], **how: object) -> bytes:
    return json.dumps(poems, **how).encode()  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["tang", "song", "ci", "english"])
def test_the_counts_of_the_catalogue_are_those_of_the_digests(name: str) -> None:
    entry = catalogue.find(name)
    assert entry.poems == sum(known.poems for known in entry.contents)
    assert entry.files == len({known.file for known in entry.contents})


@pytest.mark.parametrize("name", ["tang", "song", "ci"])
def test_every_digest_is_a_sha256_of_a_plain_file_name(name: str) -> None:
    for known in catalogue.find(name).contents:
        assert re.fullmatch(r"[0-9a-f]{64}", known.sha256)
        assert re.fullmatch(r"(poet\.tang|poet\.song|ci\.song)\.\d+\.json", known.file)


def test_every_file_of_the_english_corpus_has_both_digests_and_a_path_of_its_own() -> None:
    for known in catalogue.find("english").contents:
        assert re.fullmatch(r"[0-9a-f]{64}", known.sha256)
        assert re.fullmatch(r"[0-9a-f]{40}", known.blob)
        assert re.fullmatch(r"\d{4}-\d{4}_Poetry/[\w-]+\.xml", known.file)


def test_a_file_is_intact_only_byte_for_byte_where_the_digest_is_of_the_file() -> None:
    entry, data = catalogue.find("english"), b"<TEI/>"
    sha256, blob = file_digests(data)
    assert catalogue.is_intact(entry, data, Digest(sha256, "a.xml", 0, blob))
    assert not catalogue.is_intact(entry, data + b"\n", Digest(sha256, "a.xml", 0, blob))
    assert not catalogue.is_intact(entry, data, Digest(sha256, "a.xml", 0, blob[::-1]))


def test_the_same_poems_have_one_digest_however_they_are_laid_out() -> None:
    dressed = {"tags": ["水"], "id": "7", **dict(reversed(POEM.items()))}
    assert digest(as_bytes(POEM)) == digest(as_bytes(dressed, indent=4, ensure_ascii=False))


def test_the_tune_of_a_ci_counts_as_its_title() -> None:
    ci = {"author": "某", "rhythmic": "江上", "paragraphs": POEM["paragraphs"]}
    assert digest(as_bytes(ci)) == digest(as_bytes(POEM))


@pytest.mark.parametrize(
    "other",
    [
        {**POEM, "author": "誰"},
        {**POEM, "title": "江中"},
        {**POEM, "paragraphs": ["春水連天碧，孤帆入曉煙。"]},
    ],
)
def test_other_poems_have_another_digest(other: dict[str, object]) -> None:
    assert digest(as_bytes(POEM)) != digest(as_bytes(other))


def test_the_order_of_poems_counts() -> None:
    other = {**POEM, "title": "江中"}
    assert digest(as_bytes(POEM, other)) != digest(as_bytes(other, POEM))


def test_a_lone_surrogate_has_a_digest_too() -> None:
    assert digest(b'[{"title": "\\ud800"}]')[1] == 1


@pytest.mark.parametrize("data", [b"", b"<html>", b"{}", b"[1]", b"\xff\xfe\xff"])
def test_what_is_no_list_of_poems_has_no_digest(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        digest(data)


def test_a_mistyped_name_is_met_with_the_nearest() -> None:
    with pytest.raises(UsageError) as error:
        catalogue.find("Tangs")
    assert error.value.message == "there is no corpus called 'Tangs'"
    assert error.value.hint == "did you mean tang? the corpora are tang song ci english sample"


def test_the_sample_ships_and_needs_no_fetching() -> None:
    assert catalogue.is_fetched("sample")
    assert catalogue.folder("sample") == paths.shipped() / "corpus" / "sample"
    assert catalogue.find("sample").poems > 0


def test_a_corpus_is_not_fetched_before_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POET_HOME", str(tmp_path))
    assert catalogue.folder("tang") == tmp_path / "corpus" / "tang"
    assert not catalogue.is_fetched("tang")


def test_only_a_marker_of_these_very_poems_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POET_HOME", str(tmp_path))
    marker = catalogue.folder("tang") / catalogue.MARKER
    marker.parent.mkdir(parents=True)
    entry = catalogue.find("tang")
    whole = asdict(Fetched("tang", "npm", "2026-01-01", 58, 57_607, entry.fingerprint))
    del whole["digests"]  # which older ones lack
    others: list[object] = [None, [], {}, {**whole, "fingerprint": "of other poems"}]
    for other in others:
        marker.write_text(json.dumps(other))
        assert not catalogue.is_fetched("tang")
    marker.write_text(json.dumps(whole))
    assert not catalogue.is_fetched("tang")  # a marker without the files is none
    for content in entry.contents:
        (marker.parent / content.file).touch()
    assert catalogue.is_fetched("tang")


def test_a_catalogue_that_cannot_be_read_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "shipped", lambda: tmp_path)
    with pytest.raises(InputError, match="the catalogue of corpora cannot be read"):
        catalogue.load()
