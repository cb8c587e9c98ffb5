"""A title lifts the characters that go with it, and no others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from math import log
from pathlib import Path

import numpy as np
import pytest

from poet.characters import is_han
from poet.dataset.build import build
from poet.dataset.dataset import TokenDataset, in_judge_half
from poet.errors import InputError
from poet.generation import title_lifts
from poet.generation.title_lifts import FILE, TitleLifts
from poet.poem import Poem

FILLER = [chr(0x7000 + i) for i in range(60)]  # drawn from, so that no two poems are alike


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> TokenDataset:
    """Poems on tea that have smoke in them, and poems on snow that have plum blossom."""
    rng = np.random.default_rng(5)
    poems = []
    for n in range(120):
        title, goes_with = ("煮茶", "煙") if n % 2 else ("江雪", "梅")
        line, other = ("".join(rng.choice(FILLER, 6)) for _ in range(2))
        poems.append(Poem(f"{line}{goes_with}，{other}月。", title))
    poems += [Poem(f"{''.join(rng.choice(FILLER, 9))}月。") for _ in range(40)]
    return build(tmp_path_factory.mktemp("small") / "s", {"verse": poems})


@pytest.fixture(scope="module")
def counted(small: TokenDataset) -> TitleLifts:
    return TitleLifts.from_dataset(small)


def biased(dataset: TokenDataset, title_lifts: TitleLifts, title: str) -> dict[str, float]:
    """The characters that a title lifts, and how much."""
    bias = title_lifts.bias(dataset.tokenizer.encode(title))
    assert bias.shape == (len(dataset.tokenizer),)
    assert bias.dtype == np.float32
    assert (bias >= 0).all()
    return {dataset.tokenizer.decode([int(i)]): float(bias[i]) for i in np.flatnonzero(bias)}


def plain(dataset: TokenDataset, title: str) -> dict[str, float]:
    """What a title lifts, by a loop over the training poems."""
    poems = [
        (
            set(dataset.tokenizer.decode(dataset.title(p))),
            dataset.tokenizer.decode(dataset.verse(p)),
        )
        for p in map(int, dataset.poems(held_out=False))
    ]
    usual = Counter(c for _, verse in poems for c in verse if is_han(c))
    total, shares, lifted = usual.total(), Counter[str](), Counter[str]()
    training = dataset.poems(held_out=False)
    poems = [p for p, judged in zip(poems, in_judge_half(training), strict=True) if not judged]
    for a in set(title):
        with_a = [verse for title, verse in poems if a in title]
        if not with_a or not is_han(a):
            continue
        shares[a] = log(len(poems) / len(with_a)) ** 2  # type: ignore[assignment]
        found = Counter(c for verse in with_a for c in verse if is_han(c))
        prior = TitleLifts.PRIOR
        lift = {
            b: (n + prior) / (found.total() * usual[b] / total + prior) for b, n in found.items()
        }
        by_id = sorted(lift, key=dataset.tokenizer.characters.index)  # which settles what is equal
        best = sorted(by_id, key=lambda b: -found[b] * log(lift[b]))[: TitleLifts.KEPT]
        for b in best:
            lifted[b] += shares[a] * max(0, lift[b] - 1)  # type: ignore[assignment]
    return {b: TitleLifts.STRENGTH * log(1 + x / shares.total()) for b, x in lifted.items() if x}


def test_a_title_lifts_what_goes_with_it(small: TokenDataset, counted: TitleLifts) -> None:
    tea, snow = biased(small, counted, "煮茶"), biased(small, counted, "雪")
    assert tea["煙"] > 0.3
    assert snow["梅"] > 0.3
    assert "梅" not in tea
    assert "煙" not in snow
    assert tea["煙"] == max(tea.values())


def test_stops_and_marks_are_never_lifted(small: TokenDataset, counted: TitleLifts) -> None:
    lifted = {c for title in ("煮茶", "江雪", "，") for c in biased(small, counted, title)}
    assert lifted
    assert all(map(is_han, lifted))
    assert not counted.bias(np.arange(len(small.tokenizer)))[
        : small.tokenizer.first_character
    ].any()


@pytest.mark.parametrize("title", ["", "龘", "，。", "月"])
def test_a_title_that_says_nothing_lifts_nothing(
    small: TokenDataset, counted: TitleLifts, title: str
) -> None:
    assert biased(small, counted, title) == {}


def test_a_part_of_a_title_that_says_nothing_takes_nothing_away(
    small: TokenDataset, counted: TitleLifts
) -> None:
    assert biased(small, counted, "龘茶，茶") == biased(small, counted, "茶")


def test_the_lifts_are_those_that_a_plain_loop_finds(
    dataset: TokenDataset, small: TokenDataset
) -> None:
    for one in (dataset, small):
        counted = TitleLifts.from_dataset(one)
        titles = [one.tokenizer.decode(one.title(int(p))) for p in one.poems(held_out=True)]
        seen = 0
        for title in sorted(set(titles)):
            found, wanted = biased(one, counted, title), plain(one, title)
            seen += len(wanted)
            for character in found.keys() | wanted.keys():
                # a step of 1/32 of a log lift is all that they may be apart
                assert found.get(character, 0) == pytest.approx(
                    wanted.get(character, 0), abs=TitleLifts.STRENGTH / title_lifts.STEPS
                )
        assert seen


def test_held_out_poems_have_no_say(
    small: TokenDataset, counted: TitleLifts, tmp_path: Path
) -> None:
    held = np.array(small.table["held"])
    other = TokenDataset(small.folder, small.tokenizer, small.facts)
    ids, titles = np.array(small.ids), np.array(small.title_ids)
    for text, name in ((ids, "start"), (titles, "title")):
        chosen = np.repeat(held, np.diff(small.table[name]))
        assert chosen.any()
        text[chosen] = small.tokenizer.encode("月")[0]
    other.__dict__.update(ids=ids, title_ids=titles)  # as the cached properties keep them
    again = TitleLifts.from_dataset(other)
    counted.write(tmp_path)
    first = (tmp_path / FILE).read_bytes()
    again.write(tmp_path)
    assert (tmp_path / FILE).read_bytes() == first


def test_the_lifts_do_not_depend_on_the_pieces_that_are_read(dataset: TokenDataset) -> None:
    whole = TitleLifts.from_dataset(dataset)
    pieces = TitleLifts.from_dataset(dataset, chunk_size=3)
    assert whole.steps.tolist() == pieces.steps.tolist()
    assert whole.characters.tolist() == pieces.characters.tolist()


def test_of_many_poems_some_are_counted(small: TokenDataset) -> None:
    assert biased(small, TitleLifts.from_dataset(small, max_poems=50), "茶")["煙"] > 0.3


def test_no_more_than_asked_are_kept(small: TokenDataset) -> None:
    few = TitleLifts.from_dataset(small, kept=2)
    assert few.sizes.max() == 2
    assert "煙" in biased(small, few, "茶")


def test_a_text_without_titles_has_no_lifts(tmp_path: Path) -> None:
    dataset = build(tmp_path / "s", {"long": [Poem("春水連天碧，孤舟載月歸。" * 200)]}, stream=True)
    found = TitleLifts.from_dataset(dataset)
    assert len(found) == len(dataset.tokenizer)
    assert not found.bias(dataset.tokenizer.encode("春水")).any()


def test_lifts_written_and_read_are_the_same(
    small: TokenDataset, counted: TitleLifts, tmp_path: Path
) -> None:
    counted.write(tmp_path)
    first = (tmp_path / FILE).read_bytes()
    again = TitleLifts.read(tmp_path)
    assert again
    assert len(again) == len(small.tokenizer)
    assert biased(small, again, "江雪") == biased(small, counted, "江雪")
    again.write(tmp_path)
    assert (tmp_path / FILE).read_bytes() == first


def test_a_model_without_lifts_has_none(tmp_path: Path) -> None:
    assert TitleLifts.read(tmp_path) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-10],
        lambda data: data[:5],
        lambda data: b"",
        lambda data: data.replace(b'\\"format\\": 1', b'\\"format\\": 9'),
        lambda data: data.replace(b'"lifts"', b'"other"'),
        lambda data: data.replace(b'"steps"', b'"spets"'),
        lambda data: data.replace(b'"U16"', b'"I16"'),
    ],
)
def test_damaged_or_foreign_lifts_are_refused_with_what_to_do(
    counted: TitleLifts, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    counted.write(tmp_path)
    data = (tmp_path / FILE).read_bytes()
    assert damage(data) != data
    (tmp_path / FILE).write_bytes(damage(data))
    with pytest.raises(InputError, match="title lifts") as caught:
        TitleLifts.read(tmp_path)
    assert "delete it" in caught.value.hint


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"characters": np.array([60_000], np.uint16)}, "differ in length"),
        ({"weights": np.zeros(3, np.float32)}, "differ in length"),
        ({"weights": np.zeros(3)}, "other types"),
    ],
)
def test_parts_that_do_not_fit_are_refused(
    counted: TitleLifts, tmp_path: Path, changes: dict[str, np.ndarray], why: str
) -> None:
    replace(counted, **changes).write(tmp_path)
    with pytest.raises(InputError, match=why):
        TitleLifts.read(tmp_path)


def test_characters_beyond_the_alphabet_and_weights_that_are_no_numbers_are_refused(
    counted: TitleLifts, tmp_path: Path
) -> None:
    beyond = replace(counted, characters=counted.characters + np.uint16(60_000))
    infinite = replace(counted, weights=counted.weights + np.float32(np.inf))
    for damaged, why in ((beyond, "characters beyond"), (infinite, "not finite")):
        damaged.write(tmp_path)
        with pytest.raises(InputError, match=why):
            TitleLifts.read(tmp_path)
