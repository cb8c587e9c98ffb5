"""The text that a model is held against, in the model's own alphabet."""

from __future__ import annotations

from pathlib import Path

import pytest

from poet.dataset.dataset import TextInfo, TokenDataset
from poet.dataset.for_model import dataset_for_model, with_tokenizer
from poet.errors import InputError
from poet.tokenizer import BODY, BOS, EOS, UNK, CharTokenizer


def silent(remark: str) -> None:
    pass


TOKENIZER = CharTokenizer("春水")


def own(text: TextInfo, said: list[str]) -> TokenDataset:
    return dataset_for_model(TOKENIZER, text, notify=said.append)


def test_a_store_in_its_own_alphabet_is_itself(dataset: TokenDataset) -> None:
    assert with_tokenizer(dataset, dataset.tokenizer) is dataset


def test_another_alphabet_reads_the_same_poems(dataset: TokenDataset) -> None:
    kept = dataset.tokenizer.characters[: len(dataset.tokenizer.characters) // 2][::-1]
    tokenizer = CharTokenizer("龘" + kept, ("七律", "七絕"))
    found = with_tokenizer(dataset, tokenizer)
    assert found.tokenizer == tokenizer
    for poem in range(0, len(dataset), 11):
        text = dataset.tokenizer.decode(dataset.verse(poem))
        known = "".join(c for c in text if c in kept)
        assert tokenizer.decode(found.verse(poem)) == known
        lost = len(text) - len(known) + int((dataset.verse(poem) == UNK).sum())
        assert int((found.verse(poem) == UNK).sum()) == lost
        title = dataset.tokenizer.decode(dataset.title(poem))
        assert tokenizer.decode(found.title(poem)) == "".join(c for c in title if c in kept)


def test_forms_keep_their_names_and_the_unknown_ones_go(dataset: TokenDataset) -> None:
    found = with_tokenizer(dataset, CharTokenizer(dataset.tokenizer.characters, ("七律", "七絕")))
    for before, after in zip(dataset.table["form"], found.table["form"], strict=True):
        is_known = before == dataset.tokenizer.form_id("七絕")
        assert after == (found.tokenizer.form_id("七絕") if is_known else -1)
    sequence = found.sequence(0, form=False, author=False, title=False)
    assert (sequence[0], sequence[1], sequence[-1]) == (BOS, BODY, EOS)


def test_a_character_that_is_rare_in_the_text_is_read_where_the_model_knows_it(
    sample: Path, dataset: TokenDataset
) -> None:
    tokenizer = CharTokenizer("".join(map(chr, range(0x4E00, 0xA000))) + "，。", ("七絕",))
    text = str(sample / "quatrains.txt")
    found = dataset_for_model(tokenizer, TextInfo(), [text], notify=silent)
    assert (dataset.ids[:] == UNK).any()
    assert not (with_tokenizer(found, tokenizer).ids == UNK).any()
    named = dataset_for_model(tokenizer, TextInfo(text), notify=silent)
    assert named.ids[:].tolist() == found.ids[:].tolist()


def test_a_models_own_text_is_the_one_that_it_names(dataset: TokenDataset) -> None:
    said: list[str] = []
    text = TextInfo("sample", "poems", dataset.fingerprint)
    found = dataset_for_model(dataset.tokenizer, text, notify=said.append)
    assert found.fingerprint == dataset.fingerprint
    assert "fingerprint" not in "".join(said)


def test_a_text_that_has_changed_is_told() -> None:
    said: list[str] = []
    found = own(TextInfo("sample", fingerprint="0123"), said)
    assert f"fingerprint {found.fingerprint}, not 0123" in "".join(said)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("tang song", "poet corpus fetch tang song; or name a text"),
        ("gone.txt", "name a text to read instead with --text"),
        ("nonsense", "name a text to read instead with --text"),
    ],
)
def test_a_text_that_is_not_here_is_asked_for(name: str, hint: str) -> None:
    with pytest.raises(InputError, match="cannot be read: ") as raised:
        own(TextInfo(name), [])
    assert raised.value.hint.startswith(hint)


@pytest.mark.parametrize("name", ["", "-"])
def test_a_text_that_nobody_can_find_again_is_named_with_an_option(name: str) -> None:
    with pytest.raises(InputError, match="not known any more") as raised:
        own(TextInfo(name), [])
    assert "--text" in raised.value.hint


def test_a_path_with_spaces_is_one_text(tmp_path: Path, sample: Path) -> None:
    path = tmp_path / "my own poems.txt"
    path.write_bytes((sample / "quatrains.txt").read_bytes())
    assert own(TextInfo(str(path)), []).names == [str(path)]


def test_a_model_of_poems_reads_no_stream(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("It was a day like every other day, and nobody came. " * 400, "utf-8")
    with pytest.raises(InputError, match="is one long text"):
        dataset_for_model(TOKENIZER, TextInfo(), [str(path)], notify=silent)
    text = TextInfo(kind="stream")
    found = dataset_for_model(TOKENIZER, text, [str(path)], notify=silent)
    assert found.is_stream
