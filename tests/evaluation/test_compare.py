"""What stands side by side can be compared: as many poems, copies looked for in unread ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import poet.evaluation.compare as room
from poet.checkpoint import Checkpoint
from poet.dataset.dataset import TokenDataset
from poet.errors import FormNotReached
from poet.evaluation.compare import compare
from poet.evaluation.metrics import copies, distinct
from poet.evaluation.references import human_poems
from poet.evaluation.report import EvalConfig, SampleReport
from poet.generation.result import Generation, Token
from poet.generation.writer import Writer
from poet.novelty.index import NoveltyIndex
from poet.progress import SilentProgress


class Notes(SilentProgress):
    """Keeps the remarks."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        self.notes.append(message)


@pytest.fixture(scope="module")
def writer(tiny: Path, dataset: TokenDataset) -> Writer:
    index = NoveltyIndex.from_dataset(dataset)
    assert index
    return Writer(Checkpoint.read(tiny), index)


def compared(
    writer: Writer,
    dataset: TokenDataset,
    asked: EvalConfig,
    forms: list[str] | None = None,
    max_characters: int = 200,
) -> dict[tuple[str, str], SampleReport]:
    found = compare(writer, dataset, asked, forms, SilentProgress(), max_characters)
    return {(sample.form, sample.kind): sample for sample in found}


def test_forms_are_those_that_model_and_text_both_have(
    writer: Writer, dataset: TokenDataset
) -> None:
    found = compared(writer, dataset, EvalConfig(poems=1))
    assert {form for form, _ in found} == {"五絕", "七絕"}
    assert {who for _, who in found} == {"steered", "free", "titled", "human"}


def test_variety_is_counted_in_as_many_poems_of_each_kind(
    writer: Writer, dataset: TokenDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = ["夜雨歸舟靜，燈寒客夢輕。西風吹落葉，片片作秋聲。"] * 2
    monkeypatch.setattr(room, "human_poems", lambda *a, **k: few)
    found = compared(writer, dataset, EvalConfig(poems=5), ["五絕"])
    steered = found["五絕", "steered"]
    assert (steered.measures.poems, steered.measures.variety.poems) == (5, 2)
    assert steered.measures.variety.distinct_1 == distinct(steered.examples[:2], 1)
    assert found["五絕", "human"].measures.variety.distinct_2 == 0.5


def test_copies_of_human_verse_are_looked_for_in_what_was_held_out(
    writer: Writer, dataset: TokenDataset
) -> None:
    """In poems that were trained on every line would stand."""
    found = compared(writer, dataset, EvalConfig(poems=6), ["七絕"])["七絕", "human"].measures
    unseen = human_poems(dataset, "七絕", 6, held_out=True)
    assert found.poems == 6
    assert writer.index
    assert found.copies == copies(unseen, writer.index)
    assert (
        found.copies.copied
        < copies(human_poems(dataset, "七絕", 6, held_out=False), writer.index).copied
    )


def test_poems_that_were_not_found_are_told_and_the_others_count(
    writer: Writer, dataset: TokenDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tired(self: Writer, **asked: object) -> Iterator[Generation]:
        yield Generation(iter([Token("夜雨歸舟靜，", None)]), "", "", is_chinese=True)
        raise FormNotReached("no more were found")

    monkeypatch.setattr(Writer, "poems", tired)
    notes = Notes()
    found = list(compare(writer, dataset, EvalConfig(poems=3), ["五絕"], notes))
    assert notes.notes == ["五絕: no more were found"]
    assert found[0].measures.poems == 1


def test_without_a_form_pieces_are_as_long_as_samples(
    writer: Writer, dataset: TokenDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = compared(writer, dataset, EvalConfig(poems=2), [], max_characters=9)
    assert list(found) == [("", "free"), ("", "human")]
    assert found["", "human"].measures.prosody is None
    assert found["", "human"].source == " ".join(dataset.names)
