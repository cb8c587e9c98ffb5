"""Units that mean something are found where they are, and not where they are not."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from poet.characters import HOLE
from poet.checkpoint import Checkpoint, weight_shapes
from poet.generation.writer import Writer
from poet.interpret import probe
from poet.interpret.gates import Unit
from poet.interpret.labels import Label, labels_of
from poet.interpret.texts import Text
from poet.tokenizer import CharTokenizer

LEVEL, OBLIQUE = "春天明江孤舟", "水碧月照大落"
VERSE = "春水連天碧，明月照大江。孤舟人不寐，燈影落寒窗。"


def by_chance(H: int = 4) -> Writer:
    """Random weights, but for lower:2, which hears the tone of the character just read."""
    tokenizer = CharTokenizer(LEVEL + OBLIQUE + "，。")
    rng = np.random.default_rng(0)
    weights = {
        name: rng.normal(0, 0.3, shape)
        for name, shape in weight_shapes(len(tokenizer), 3, H).items()
    }
    for character in LEVEL + OBLIQUE:
        weights["embedding.weight"][tokenizer.encode(character), 0] = (
            2 if character in OBLIQUE else -2
        )
    candidate = 2 * H + 2
    weights["lower.weight_hh_l0"][[2, H + 2, candidate]] = 0
    weights["lower.weight_ih_l0"][[2, H + 2, candidate]] = 0
    weights["lower.weight_ih_l0"][candidate, 0] = 1
    weights["lower.bias_ih_l0"][[2, H + 2]] = [8, -8]  # lets all in, keeps nothing
    return Writer(Checkpoint(tokenizer, weights))


def verses(count: int, seed: int = 0) -> list[Text]:
    rng = np.random.default_rng(seed)
    lines = ("".join(rng.choice(list(LEVEL + OBLIQUE), 5)) for _ in itertools.count())
    return [Text("".join(f"{next(lines)}{stop}" for stop in "，。，。")) for _ in range(count)]


def trait(name: str, text: str) -> list[float]:
    (found,) = (one for one in labels_of([Text(text)], [False]) if one.name == name)
    return found.values.tolist()


def test_the_unit_that_hears_the_tone_is_found_with_its_figure_on_other_poems() -> None:
    found = {one.trait: one for one in probe.search(by_chance(), verses(40))}
    tone = found["oblique tone (仄)"]
    assert tone.unit == Unit("lower", 2)
    assert tone.rises
    assert tone.measured > 0.99
    assert abs(tone.shuffled - 0.5) < 0.1
    assert tone.meaning == "oblique tone (仄): high"


def test_the_best_known_comes_first_and_too_rare_ones_are_left_out() -> None:
    found = probe.search(by_chance(), verses(40))
    assert found[0].trait == "oblique tone (仄)"
    assert [one.strength for one in found] == sorted((one.strength for one in found), reverse=True)
    assert "lines of 7, not 5" not in {one.trait for one in found}  # all have five


def test_what_is_chosen_by_chance_is_not_found_again_on_the_other_half() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=(400, 2 * 50)).astype(np.float32)
    cells = probe.Activations(values, np.arange(400))
    noise = Label("noise", "yes or no", (rng.random(400) < 0.5).astype(float))
    found = probe.best_unit(noise, cells, np.arange(400) % 2 == 0, rng)
    assert found
    assert found.chosen > 0.6  # the best of a hundred on the half where it was chosen
    assert found.measured < 0.6


def test_the_figures_are_those_of_the_obvious_loops() -> None:
    rng = np.random.default_rng(1)
    values, yes = rng.normal(size=30).astype(np.float32), (rng.random(30) < 0.4).astype(float)
    above = [a > b for a in values[yes == 1] for b in values[yes == 0]]
    asked = Label("yes", "yes or no", yes)
    ranks = probe.rank_columns(values[:, None])
    assert probe.agreement_with(ranks, yes, asked)[0] == pytest.approx(2 * np.mean(above) - 1)
    counts = rng.integers(1, 6, 30).astype(float)
    own, theirs = probe.tied_ranks(counts), ranks[:, 0]
    expected = np.corrcoef(own, theirs)[0, 1]
    assert probe.agreement_with(ranks, counts, Label("n", "number", counts))[0] == pytest.approx(
        expected
    )


def test_labels_of_whole_texts_are_shuffled_as_wholes() -> None:
    text = np.repeat(np.arange(10), 3)
    labels = (text < 5).astype(float)
    whole = probe.shuffled_labels(
        Label("t", "yes or no", labels, True), text, np.random.default_rng(0)
    )
    assert all(len(set(whole[text == i])) == 1 for i in range(10))
    assert sorted(whole) == sorted(labels)
    assert not np.array_equal(whole, labels)


def test_places_and_lines_are_counted_in_verse_and_stops_have_no_place() -> None:
    places = trait("place in the line", VERSE)
    assert places[:5] == [1, 2, 3, 4, 5]
    assert np.isnan(places[5])
    assert trait("number of the line", VERSE)[4:8] == [1, 1, 2, 2]
    assert trait("second line of a couplet", VERSE)[4:8] == [0, 0, 1, 1]
    assert trait("the line ends here", VERSE)[3:5] == [0, 1]


def test_the_rhyme_place_is_where_the_scan_finds_a_rhyme() -> None:
    labels = trait("rhyme place", VERSE)
    assert [i for i, label in enumerate(labels) if label == 1] == [10, 22]


def test_the_rhyme_is_asked_for_between_rhymes_only() -> None:
    (name,) = (t.name for t in labels_of([Text(VERSE)], [False]) if t.name.startswith("rhyme in"))
    asked = np.flatnonzero(~np.isnan(trait(name, VERSE)))
    assert asked.tolist() == [12, 13, 14, 15, 18, 19, 20, 21]  # not at a line's end, not at stops


def test_a_hole_keeps_its_place() -> None:
    assert trait("place in the line", f"春{HOLE}連天碧，")[:3] == [1, 2, 3]


def test_words_and_lines_of_a_western_text_have_labels_of_their_own() -> None:
    text = "KING:\nThe rain.\n"
    assert trait("in a line of capitals", text)[:5] == [1] * 5
    assert trait("place in the word", text)[6:9] == [1, 2, 3]
    assert trait("the word ends here", text)[6:9] == [0, 0, 1]
    assert trait("the line ends here", text)[13:15] == [0, 1]
    for one in labels_of([Text(text)], [False]):
        assert len(one.values) == len(text)
