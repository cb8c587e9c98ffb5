"""What was encoded comes back as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from poet.corpus.read import read
from poet.dataset import dataset as storing
from poet.dataset.build import build
from poet.dataset.dataset import FORMAT, TokenDataset
from poet.errors import InputError
from poet.poem import Poem
from poet.tokenizer import BODY, BOS, EOS


@pytest.fixture(scope="module")
def poems(sample: Path) -> list[Poem]:
    return list(read([sample], notify=lambda remark: None).pieces)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, poems: list[Poem]) -> TokenDataset:
    """The sample, and its text backwards: so that few characters are seen but once."""
    text = "".join(poem.text + poem.title for poem in poems)
    once = [Poem(text[at : at + 40][::-1]) for at in range(0, len(text), 40)]
    folder = tmp_path_factory.mktemp("whole")
    return build(folder / "s", {"verse": [*poems, *once]})


def test_a_sequence_decodes_to_its_poem(whole: TokenDataset, poems: list[Poem]) -> None:
    known = 0
    for i, poem in enumerate(poems):
        if whole.tokenizer.unknown(poem.text):
            continue
        known += 1
        ids = whole.sequence(i, form=False, author=False, title=False).tolist()
        assert ids[:2] == [BOS, BODY]
        assert ids[-1] == EOS
        assert whole.tokenizer.decode(ids) == poem.text
        assert whole.tokenizer.decode(whole.verse(i)) == poem.text
    assert known > len(poems) / 2


def test_a_sequence_holds_the_conditions_asked_for(whole: TokenDataset, poems: list[Poem]) -> None:
    i = next(i for i, poem in enumerate(poems) if poem.form == "七絕")
    tokenizer = whole.tokenizer
    title = tokenizer.encode(poems[i].title).tolist()
    form = tokenizer.form_id("七絕")
    head = len([BOS, form, *title, BODY])
    ids = whole.sequence(i, form=True, author=True, title=True).tolist()
    assert ids[:head] == [BOS, form, *title, BODY]
    assert whole.sequence(i, form=True, author=False, title=False).tolist()[:3] == [
        BOS, form, BODY,
    ]  # fmt: skip


def test_the_verse_of_several_poems_is_that_of_each_with_an_end_mark_between(
    whole: TokenDataset,
) -> None:
    chosen = np.array([5, 0, len(whole) - 1, 5])
    row, ends = whole.verses(chosen)
    wanted = [np.r_[whole.verse(int(poem)), EOS] for poem in chosen]
    assert np.array_equal(row, np.concatenate(wanted))
    assert np.array_equal(ends, np.cumsum([len(one) for one in wanted]))
    assert [len(part) for part in whole.verses(chosen[:0])] == [0, 0]


def test_ids_are_16_bit_and_lie_in_a_mapped_file(whole: TokenDataset) -> None:
    assert isinstance(whole.ids, np.memmap)
    assert isinstance(whole.table["start"], np.memmap)
    assert whole.ids.dtype == whole.title_ids.dtype == np.uint16
    assert not whole.ids.flags.writeable
    assert whole.table["start"][-1] == len(whole.ids)
    assert whole.table["title"][-1] == len(whole.title_ids)


def test_a_large_alphabet_needs_32_bits(tmp_path: Path) -> None:
    codes = [*range(0x4E00, 0x9FFF), *range(0x20000, 0x2A6D0)]
    text = "".join(map(chr, codes)) * 2
    pieces = [Poem(text[at : at + 5_000]) for at in range(0, len(text), 5_000)]
    held_out = "".join(map(chr, codes[:20_000]))  # the tenth that has no say
    dataset = build(tmp_path / "s", {"long": [*pieces, Poem(held_out)]}, stream=True)
    assert len(dataset.tokenizer) < 1 << 16
    more = "".join(map(chr, range(0x30000, 0x30000 + 4_000)))
    dataset = build(
        tmp_path / "s", {"long": [Poem(more * 2), *pieces, Poem(held_out)]}, stream=True
    )
    assert len(dataset.tokenizer) > 1 << 16
    assert dataset.ids.dtype == np.uint32
    assert dataset.tokenizer.decode(dataset.ids[:4_000]) == more


def test_every_poem_is_on_one_side_of_the_split(whole: TokenDataset) -> None:
    training, held_out = (whole.poems(held_out=held).tolist() for held in (False, True))
    assert sorted(training + held_out) == list(range(len(whole)))
    assert held_out


def test_text_without_titles_has_no_title_ids(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    poems = [
        Poem("".join(rng.choice(list(map(chr, range(0x4E00, 0x4E60))), 40))) for _ in range(60)
    ]
    dataset = build(tmp_path / "s", {"verse": poems})
    assert len(dataset.title_ids) == 0
    ids = dataset.sequence(0, form=True, author=True, title=True)
    assert dataset.tokenizer.decode(ids) == poems[0].text
    assert len(ids) == len(poems[0].text) + 3


def test_a_store_opened_again_is_the_same(whole: TokenDataset) -> None:
    again = TokenDataset.open(whole.folder)
    assert again.tokenizer == whole.tokenizer
    assert again.facts == whole.facts
    assert np.array_equal(again.ids, whole.ids)


def test_where_there_is_no_store_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no encoded text"):
        TokenDataset.open(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"format": 1}', "was written by another version of poet"),
        ('{"format": ', "holds no encoded text"),
        ("{}", "holds no encoded text"),
        (f'{{"format": {FORMAT}}}', "holds no encoded text"),
        ("[]", "holds no encoded text"),
    ],
)
def test_a_foreign_or_damaged_store_is_not_opened(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "store.json").write_text(text, "utf-8")
    with pytest.raises(InputError, match=message):
        TokenDataset.open(tmp_path)


def test_what_is_held_out_is_not_tallied(whole: TokenDataset) -> None:
    dataset = whole
    wanted = np.zeros(len(dataset.tokenizer), dtype=np.int64)
    for poem in dataset.poems(held_out=False):
        np.add.at(wanted, dataset.verse(int(poem)), 1)
    assert len(dataset.poems(held_out=True)) > 0
    assert dataset.token_counts().tolist() == wanted.tolist()


def test_nor_is_it_in_a_stream_read_in_small_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "PIECE", 97)
    dataset = build(tmp_path / "s", {"text": [Poem("rain on the roof\n" * 200)]}, stream=True)
    training = dataset.verse(int(dataset.poems(held_out=False)[0]))
    assert dataset.token_counts().sum() == len(training) < len(dataset.ids)
    assert (
        dataset.token_counts().tolist()
        == np.bincount(training, minlength=len(dataset.tokenizer)).tolist()
    )
