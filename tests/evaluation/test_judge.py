"""The automatic judge: what it counts, what it finds, and that nothing else tells it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from poet.dataset.build import build
from poet.dataset.dataset import TokenDataset, in_judge_half
from poet.errors import UsageError
from poet.evaluation.association import Association
from poet.evaluation.judge import CANDIDATES, Judge, halves_of, judge_verse, retrieval
from poet.evaluation.report import EvalConfig, Retrieval
from poet.generation.result import Generation, Token
from poet.generation.writer import Writer
from poet.poem import Poem
from poet.progress import SilentProgress

HAN = [chr(code) for code in range(0x5200, 0x5200 + 90)]
TOPICS = [HAN[i : i + 9] for i in range(0, 90, 9)]  # ten, of characters of their own


def a_poem(rng: random.Random, topic: int, second: int | None = None) -> Poem:
    """A 五絕 on a topic that its title names by two characters; its second half may be on another.

    Half of its characters are of the topic, the others any; rhyme characters are always the same.
    """

    def line(topic: int, end: str) -> str:
        return (
            "".join(rng.choice(TOPICS[topic] if rng.random() < 0.5 else HAN) for _ in "四字連行")
            + end
        )

    later = topic if second is None else second
    lines = [line(topic, "開"), line(topic, "天"), line(later, "月"), line(later, "年")]
    verse = "".join(one + "，。"[i % 2] for i, one in enumerate(lines))
    return Poem(verse, "".join(rng.sample(TOPICS[topic], 2)) + rng.choice("春夏秋冬"))


def some_poems(count: int, seed: int = 1) -> list[Poem]:
    rng = random.Random(seed)
    return [a_poem(rng, i % 10) for i in range(count)]


@pytest.fixture(scope="module")
def topics(tmp_path_factory: pytest.TempPathFactory) -> TokenDataset:
    """A store of 1,500 poems in which topics can be told."""
    return build(tmp_path_factory.mktemp("topics") / "store", {"tang": some_poems(1500)})


@pytest.fixture(scope="module")
def judge(topics: TokenDataset) -> Judge:
    return Judge.from_dataset(topics)


def test_about_half_of_the_poems_are_counted_whatever_else_there_is() -> None:
    found = in_judge_half(np.arange(10_000))
    assert found.mean() == pytest.approx(0.5, abs=0.02)
    assert in_judge_half(np.arange(5_000, 6_000)).tolist() == found[5_000:6_000].tolist()


def test_the_counts_are_those_of_the_obvious_loop(topics: TokenDataset) -> None:
    """Of its own half of the training poems alone; what stands in no poem of it has lift 1."""
    judge, decode = Judge.from_dataset(topics), topics.tokenizer.decode
    chosen = topics.poems(held_out=False)
    chosen = chosen[in_judge_half(chosen)]
    assert judge.poems == len(chosen)
    titles, halves = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for i in map(int, chosen):
        verse = decode(topics.verse(i))
        titles.update((a, b) for a, b in product(decode(topics.title(i)), verse) if b not in "，。")
        lines = verse.replace("。", "，").split("，")
        halves.update(product("".join(lines[:2]), "".join(lines[2:])))
    for counts, lifts, smoothing in ((titles, judge.titles, 2), (halves, judge.halves, 10)):
        rows, columns = Counter[str](), Counter[str]()
        for (a, b), n in counts.items():
            rows[a] += n
            columns[b] += n
        total = sum(rows.values())
        for a, b in [*random.Random(2).sample(sorted(counts), 50), ("春", "夏")]:
            expected = rows[a] * columns[b] / total
            found = lifts.table[judge.characters.index(a), judge.characters.index(b)]
            assert found == pytest.approx((counts[a, b] + smoothing) / (expected + smoothing), 1e-4)


def test_a_score_is_the_mean_log_of_the_weighted_lifts() -> None:
    table = np.array([[1, 2, 4], [8, 1, 2], [1, 1, 1]], np.float32)
    lifts = Association(table, np.array([1, 3, 1], np.float32))
    given, coming = np.array([0, 1], np.int32), np.array([0, 2, 2], np.int32)
    nothing = np.zeros(0, np.int32)
    found = lifts.scores([given, nothing], [coming, nothing])
    assert found[0, 0] == pytest.approx(np.log([25 / 4, 10 / 4, 10 / 4]).mean())
    assert found[0, 1] == found[1, 0] == found[1, 1] == 0


def test_titles_and_second_halves_are_found_and_those_of_others_are_not(judge: Judge) -> None:
    rng, poems = random.Random(7), some_poems(100, seed=5)
    assert judge.title_retrieval(poems).share > 0.6  # one of ten has a title on the same topic
    assert judge.half_retrieval(poems).share > 0.6
    strange = [Poem(p.text, q.title) for p, q in zip(poems, rng.sample(poems, 100), strict=True)]
    assert judge.title_retrieval(strange).share == pytest.approx(1 / CANDIDATES, abs=0.12)
    torn = [a_poem(rng, rng.randrange(10), rng.randrange(10)) for _ in range(200)]
    assert judge.half_retrieval(torn).share == pytest.approx(1 / CANDIDATES, abs=0.12)


def test_single_scores_are_those_that_finding_compares(judge: Judge) -> None:
    poems = some_poems(10, seed=9)
    own = [judge.title_score(poem.title, poem.text) for poem in poems]
    other = [judge.title_score(poems[i - 1].title, poem.text) for i, poem in enumerate(poems)]
    assert np.mean(own) > np.mean(other)
    first = judge.columns(halves_of(poems[0].text)[0])
    second = judge.columns(halves_of(poems[0].text)[1])
    assert judge.coherence_score(poems[0].text) == judge.halves.scores([first], [second])[0, 0]
    assert judge.title_score("abc", "，。") == 0
    assert judge.coherence_score("") == 0


def test_the_share_is_that_of_all_ways_to_draw_four() -> None:
    """By hand: of six others two are better, so four of the four that are worse, of C(6, 4)."""
    scores = np.array([[5.0, 6, 7, 1, 2, 3, 4]])
    found = retrieval(scores, np.array([0]), np.ones((1, 7), bool))
    assert found.share == pytest.approx(1 / 15)
    alike = np.zeros((3, 5))
    assert retrieval(alike, np.arange(3), np.ones((3, 5), bool)).share < 0.5
    best = np.array([[9.0, 1, 2, 3, 4]])
    assert retrieval(best, np.array([0]), np.ones((1, 5), bool)) == Retrieval(1, 0, 1)
    few = np.array([[True, True, True, True, False]])
    assert retrieval(best, np.array([0]), few) == Retrieval(0, 0, 0)


def test_a_scores_order_is_all_that_chance_leaves_a_fifth() -> None:
    scores = np.random.default_rng(3).random((2_000, 12))
    found = retrieval(scores, np.zeros(2_000, int), np.ones((2_000, 12), bool))
    assert found.share == pytest.approx(1 / CANDIDATES, abs=4 * found.error)
    assert 0 < found.error < 0.02


def test_only_poems_of_one_shape_are_each_others_rivals(judge: Judge) -> None:
    longer = [Poem(poem.text + poem.text, poem.title) for poem in some_poems(4, seed=2)]
    poems = some_poems(20, seed=3)
    assert judge.half_retrieval(poems + longer).poems == 20
    assert judge.half_retrieval([*poems, Poem("春水。")]) == judge.half_retrieval(poems)
    assert judge.half_retrieval([]).poems == judge.title_retrieval([]).poems == 0
    assert judge.title_retrieval([Poem(poem.text) for poem in poems]).poems == 0


def test_rhyme_characters_tell_nothing(judge: Judge) -> None:
    (poem,) = some_poems(1)
    swapped = poem.text.replace("天。", "星。").replace("年。", "眠。")
    assert judge.coherence_score(swapped) == judge.coherence_score(poem.text)
    assert halves_of("一二，三四。五六，") == ("一三", "五六")


def test_a_stream_has_no_judge(tmp_path: Path) -> None:
    dataset = build(tmp_path / "s", {"long": [Poem("春水 江月\n" * 900)]}, stream=True)
    with pytest.raises(UsageError, match="no titles to judge by"):
        Judge.from_dataset(dataset)


def test_steered_poems_are_judged_on_titles_of_unread_poems_beside_these(
    topics: TokenDataset,
) -> None:
    asked: list[tuple[str, str]] = []

    class Parrot:
        def poems(self, *, form: str, title: str, **more: object) -> Iterable[Generation]:
            asked.append((form, title))
            text = a_poem(random.Random(title), len(asked) % 10).text
            yield Generation(iter([Token(text, None)]), title, "", is_chinese=True)

    parrot: Writer = Parrot()  # type: ignore[assignment]
    asked_of = parrot, topics, EvalConfig(poems=30), ["五絕"], SilentProgress()
    assert judge_verse(*asked_of) == ()  # too few poems to count
    steered, human = judge_verse(*asked_of, min_counted=100)
    assert (steered.kind, human.kind, human.source) == ("steered", "human", "tang")
    assert steered.poems == human.poems == len(asked) == 30
    decode = topics.tokenizer.decode
    held = {decode(topics.title(int(i))) for i in topics.poems(held_out=True)}
    assert {title for _, title in asked} <= held
    assert human.titles.share > 0.5 > steered.titles.share
    assert judge_verse(parrot, topics, EvalConfig(poems=30), [], SilentProgress()) == ()
