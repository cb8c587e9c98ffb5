"""What is seen of poems that are being written."""

from __future__ import annotations

from itertools import count, pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from poet.api import load
from poet.generation.assessment import compose
from poet.generation.drafts import Drafts
from poet.generation.request import WriteRequest
from poet.poem import Poem

TIME = "poet.generation.drafts.time"


class Writing:
    """Stands for particles: what each of them has written so far, the best first."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts

    def draft(self, before: str) -> str:
        return next((text for text in self.texts if text.startswith(before)), self.texts[0])


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """More time than drafts wait for passes between two looks at the clock."""
    monkeypatch.setattr(TIME, SimpleNamespace(monotonic=count().__next__))


@pytest.mark.usefixtures("hours")
def test_one_candidate_is_followed_while_it_lives() -> None:
    found: list[str] = []
    drafts, writing = Drafts(found.append), Writing("明月", "春水")
    for writing.texts in (("明月", "春水"), ("春水流", "明月高"), ("春水流東", "春水流西")):
        drafts.watch(writing)  # type: ignore[arg-type]
    assert found == ["明月", "明月高", "春水流東"]


@pytest.mark.usefixtures("hours")
def test_of_candidates_on_several_threads_the_first_are_followed_until_they_are_whole() -> None:
    found: list[str] = []
    drafts, first, second = Drafts(found.append), Writing("明"), Writing("春")
    for writing in (first, second, first):
        drafts.watch(writing)  # type: ignore[arg-type]
    assert found == ["明", "明"]
    del first, writing
    drafts.watch(second)  # type: ignore[arg-type]
    assert found == ["明", "明", "春"]


def test_drafts_do_not_come_faster_than_they_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TIME, SimpleNamespace(monotonic=lambda: 7))
    found: list[str] = []
    drafts, writing = Drafts(found.append), Writing("明月")
    for _ in range(50):
        drafts.watch(writing)  # type: ignore[arg-type]
    assert found == ["明月"]


@pytest.mark.usefixtures("hours")
def test_drafts_of_a_request_are_set_as_its_poem_and_become_longer(tiny: Path) -> None:
    found: list[Poem] = []
    request = WriteRequest(
        form="五絕", prompt="明月", title="夜雨", strictness="off", seed=3, script="hans", best_of=1
    )
    (written,) = compose(load(str(tiny)), request, show_draft=found.append)
    assert {draft.title for draft in found} == {"夜雨"}
    assert all(draft.text.startswith("明月") for draft in found)
    assert any(len(b.text) > len(a.text) for a, b in pairwise(found))
    assert len(found[-1].text) == len(written.poem.text)
