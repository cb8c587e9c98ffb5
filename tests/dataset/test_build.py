"""From poems to an encoded store: counted at every stage, split once, whole or not at all."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from poet.dataset import build as building
from poet.dataset.build import build
from poet.dataset.dataset import TokenDataset
from poet.dataset.deduplication import SIMILAR, similarity
from poet.errors import InputError
from poet.poem import Poem
from poet.tokenizer import OTHER_AUTHOR, UNK

FEW = "".join(map(chr, range(0x4E00, 0x4E00 + 90)))  # few enough that each one matters


def verse(rng: np.random.Generator, characters: str, length: int = 5) -> str:
    """A quatrain of random characters."""
    chosen = rng.choice(list(characters), (4, length))
    return "".join("".join(line) + stop for line, stop in zip(chosen, "，。，。", strict=True))


def poems(count: int, characters: str = FEW, seed: int = 1) -> list[Poem]:
    """Random quatrains, no two alike, every other one of seven characters a line."""
    rng = np.random.default_rng(seed)
    return [
        Poem(verse(rng, characters, 5 + 2 * (i % 2)), title=f"{characters[i % 50]}第", author="甲")
        for i in range(count)
    ]


def texts_of(dataset: TokenDataset, *, held_out: bool) -> list[str]:
    return [dataset.tokenizer.decode(dataset.verse(i)) for i in dataset.poems(held_out=held_out)]


def is_held(text: str, one_of: int = 5) -> bool:
    """Whether the hash holds a poem out: one of five where there are few, else one of twenty."""
    return int(hashlib.md5(text.encode()).hexdigest(), 16) % one_of == 0


def test_every_stage_is_counted(tmp_path: Path) -> None:
    some = poems(120)
    near = Poem(some[3].text.replace(some[3].text[2], "一", 1))
    counts = Counter({"read": 130})
    dataset = build(tmp_path / "s", {"verse": [*some, some[0], near, some[7]]}, counts=counts)
    held = sum(is_held(poem.text) for poem in some)
    assert dataset.facts["counts"] == {
        "read": 130,
        "kept": 123,
        "exact copies": 2,
        "near copies": 1,
        "characters": sum(len(poem.text) for poem in some),
        "held out": held,
        "unknown characters": 0,
    }
    assert 0 < held < 40
    assert len(dataset) == 120


def test_a_poem_is_held_out_by_the_md5_of_its_text(tmp_path: Path) -> None:
    some = poems(building.SMALL)
    dataset = build(tmp_path / "s", {"verse": some})
    assert texts_of(dataset, held_out=True) == [p.text for p in some if is_held(p.text, 20)]
    assert texts_of(dataset, held_out=False) == [p.text for p in some if not is_held(p.text, 20)]


def test_of_few_poems_more_are_held_out_and_those_of_many_among_them(tmp_path: Path) -> None:
    some = poems(building.SMALL - 1)
    dataset = build(tmp_path / "s", {"verse": some})
    held = texts_of(dataset, held_out=True)
    assert held == [p.text for p in some if is_held(p.text, 5)]
    assert {p.text for p in some if is_held(p.text, 20)} < set(held)


def test_nothing_that_is_held_out_is_trained_on(tmp_path: Path) -> None:
    some = poems(150)
    held = [poem for poem in some if is_held(poem.text)]
    copies = [Poem(poem.text.replace("，", "！")) for poem in held]
    near = [Poem(poem.text[:8] + "丁" + poem.text[9:]) for poem in held]
    assert any(not is_held(poem.text) for poem in copies + near)
    dataset = build(tmp_path / "s", {"verse": [*some, *copies, *near]})
    training, unread = (texts_of(dataset, held_out=held_out) for held_out in (False, True))
    assert unread == [poem.text for poem in held]
    closest = max(similarity(one, other) for one in unread for other in training)
    assert closest < SIMILAR


def test_where_the_hash_chose_nothing_the_last_twentieth_is_held_out(tmp_path: Path) -> None:
    some = [poem for poem in poems(130) if not is_held(poem.text)]
    dataset = build(tmp_path / "s", {"verse": some})
    assert texts_of(dataset, held_out=True) == [p.text for p in some[-(len(some) // 20) :]]


def test_characters_seen_once_are_unknown_in_a_large_alphabet(tmp_path: Path) -> None:
    many = "".join(map(chr, range(0x5000, 0x5000 + 700)))
    some = [*poems(150, many), Poem("龘" + verse(np.random.default_rng(9), many))]
    dataset = build(tmp_path / "s", {"verse": some})
    training = "".join(p.text + p.title for p in some if not is_held(p.text))
    seen = Counter(training)
    assert set(dataset.tokenizer.characters) == {c for c, n in seen.items() if n >= 2}
    assert dataset.tokenizer.encode("龘").tolist() == [UNK]
    unknown = sum(seen[c] < 2 for poem in some for c in poem.text)
    assert dataset.facts["counts"]["unknown characters"] == unknown > 0


def test_the_held_out_side_has_no_say_in_the_alphabet(tmp_path: Path) -> None:
    some = poems(150)
    held = next(i for i, poem in enumerate(some) if is_held(poem.text))
    rare = next(
        Poem(text)
        for c in map(chr, range(0x6000, 0x6400))
        if is_held(text := c + some[held].text[1:])
    )
    some[held] = rare
    dataset = build(tmp_path / "s", {"verse": some})
    assert dataset.tokenizer.unknown(rare.text) == (rare.text[0],)


def test_an_author_with_few_poems_shares_a_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "MIN_AUTHOR_POEMS", 30)
    names = ["甲"] * 60 + ["乙"] * 50 + ["丙"] * 10
    some = [Poem(p.text, author=name) for p, name in zip(poems(120), names, strict=True)]
    dataset = build(tmp_path / "s", {"verse": some})
    assert dataset.tokenizer.authors == (OTHER_AUTHOR, "甲", "乙")
    assert dataset.tokenizer.forms == ("五絕", "七絕")
    rows = dataset.table
    wanted = [dataset.tokenizer.author_id(name) for name in names]
    assert rows["author"].tolist() == wanted
    assert rows["form"].tolist() == [4, 5] * 60


def test_of_two_texts_each_poem_knows_its_own(tmp_path: Path) -> None:
    one, other = poems(90, seed=1), poems(80, seed=2)
    dataset = build(tmp_path / "s", {"one": one, "other": [one[4], *other]})
    assert dataset.names == ["one", "other"]
    assert dataset.table["source"].tolist() == [0] * 90 + [1] * 80
    held = [dataset.poems(held_out=True, source=i) for i in (0, 1)]
    assert np.concatenate(held).tolist() == dataset.poems(held_out=True).tolist()


def test_too_little_text_says_how_much_there_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there are 80 characters of text, too few") as error:
        build(tmp_path / "s", {"verse": poems(3)})
    assert error.value.hint.startswith("give at least 2000;")
    assert list(tmp_path.iterdir()) == []


def test_no_text_at_all_is_too_little_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there are 0 characters"):
        build(tmp_path / "s", {"verse": []})


def test_an_error_while_reading_leaves_no_folder(tmp_path: Path) -> None:
    def cut_off() -> Iterator[Poem]:
        yield from poems(100)
        raise InputError("the second file is damaged")

    with pytest.raises(InputError, match="the second file is damaged"):
        build(tmp_path / "s", {"verse": cut_off()})
    assert list(tmp_path.iterdir()) == []


def test_an_error_while_reading_leaves_the_store_that_was_there(tmp_path: Path) -> None:
    before = build(tmp_path / "s", {"verse": poems(100)}).fingerprint
    with pytest.raises(InputError):
        build(tmp_path / "s", {"verse": poems(3)})
    assert TokenDataset.open(tmp_path / "s").fingerprint == before
    assert [path.name for path in tmp_path.iterdir()] == ["s"]


def test_the_fingerprint_changes_with_the_text_and_with_nothing_else(tmp_path: Path) -> None:
    one = build(tmp_path / "1", {"verse": poems(100)})
    same = build(tmp_path / "2", {"another name": poems(100)})
    other = build(tmp_path / "3", {"verse": poems(101)})
    assert one.fingerprint == same.fingerprint != other.fingerprint


# streams


def test_the_last_tenth_of_a_stream_is_held_out(tmp_path: Path) -> None:
    text = "".join(poem.text for poem in poems(100))
    pieces = [Poem(text[at : at + 997]) for at in range(0, len(text), 997)]
    dataset = build(tmp_path / "s", {"long": pieces}, stream=True)
    training, held = texts_of(dataset, held_out=False)[0], texts_of(dataset, held_out=True)[0]
    assert dataset.is_stream
    assert len(held) == round(len(text) / 10)
    assert training + held == text
    assert dataset.facts["counts"]["characters"] == len(text)


@pytest.mark.parametrize("part", [5, 64, 1 << 24])
def test_no_character_is_cut_whatever_is_read_at_a_time(tmp_path: Path, part: int) -> None:
    text = "aé月𠀀" * 700  # one, two, three and four bytes
    dataset = build(tmp_path / "s", {"long": [Poem(text)]}, stream=True, part=part)
    assert texts_of(dataset, held_out=False) == [text[:2520]]
    assert texts_of(dataset, held_out=True) == [text[2520:]]
    assert dataset.facts["counts"]["unknown characters"] == 0


def test_poems_read_a_few_at_a_time_are_the_same_dataset(tmp_path: Path) -> None:
    some = [*poems(100), poems(1)[0]]
    at_once = build(tmp_path / "1", {"verse": some})
    in_parts = build(tmp_path / "2", {"verse": some}, part=400)
    assert in_parts.fingerprint == at_once.fingerprint


def test_a_tiny_stream_is_too_little_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there are 400 characters of text, too few"):
        build(tmp_path / "s", {"long": [Poem("aé月𠀀" * 100)]}, stream=True)
