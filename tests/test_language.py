"""The model that suits a request is found without asking."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from poet import paths
from poet.characters import writing_systems
from poet.checkpoint import Checkpoint, weight_shapes
from poet.errors import InputError, UsageError
from poet.generation.request import WriteRequest
from poet.language import choose_model, models_that_read
from poet.tokenizer import CharTokenizer

LATIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ \n',.;:!?-—"


def put(name: str, characters: str) -> None:
    """A model of these characters, under a name."""
    tokenizer = CharTokenizer(characters)
    weights = {k: np.zeros(shape) for k, shape in weight_shapes(len(tokenizer), 2, 3).items()}
    Checkpoint(tokenizer, weights).write(paths.models() / name)


@pytest.fixture(autouse=True)
def _english() -> None:
    put("english", LATIN)


def chosen(locale: str = "C.UTF-8", **asked: Any) -> str:
    return WriteRequest(**asked).chosen_model({"LANG": locale}).model


@pytest.mark.parametrize(
    ("asked", "model"),
    [
        ({"prompt": "The moon"}, "english"),
        ({"prompt": "café"}, "english"),
        ({"prompt": "Ｔｈｅ"}, "english"),
        ({"prompt": "明月"}, "tang"),
        ({"prompt": "云归"}, "tang"),
        ({"prompt": "3 ①!?"}, "english"),
        ({"couplet": "春水連天碧"}, "tang"),
        ({"acrostic": "LOVE"}, "english"),
        ({"acrostic": "春夏秋冬"}, "tang"),
        ({"form": "五絕"}, "tang"),
        ({"form": "wujue"}, "tang"),
        ({"form": "7x4"}, "tang"),
        ({"title": "江上"}, "tang"),
        ({"title": "A Night"}, "english"),
        ({"about": ("夜", "雨")}, "tang"),
        ({"author": "Keats"}, "english"),
        ({"author": "Li Bai"}, "tang"),
        ({"author": "Tu Fu"}, "tang"),
        ({"author": "Li Bai", "title": "A Night"}, "english"),
        ({"author": "Li Bai", "prompt": "The moon"}, "english"),
        ({"context": "春"}, "tang"),
        ({"title": "A Night", "form": "五絕"}, "tang"),
        ({"prompt": "明月", "title": "The moon over all the hills"}, "tang"),
        ({"title": "The moon 月"}, "english"),
    ],
)
def test_what_is_asked_for_chooses_the_model(asked: dict[str, Any], model: str) -> None:
    assert chosen(**asked) == model
    assert chosen("zh_CN.UTF-8", **asked) == model or asked == {"prompt": "3 ①!?"}


@pytest.mark.parametrize(
    ("locale", "model"),
    [
        ("zh_CN.UTF-8", "tang"),
        ("zh_TW", "tang"),
        ("en_GB.UTF-8", "english"),
        ("de_DE.UTF-8", "english"),
        ("ja_JP.UTF-8", "english"),
        ("C", "english"),
        ("", "english"),
    ],
)
def test_without_words_the_locale_chooses(locale: str, model: str) -> None:
    assert chosen(locale) == model


def test_the_sentence_says_which_model_and_how_to_have_another() -> None:
    choice = WriteRequest(prompt="The moon").chosen_model({})
    assert str(choice) == "english writes, as the prompt is in Latin letters; for another, -m NAME"
    assert str(choose_model({}, environ={"LANG": "en"})).endswith("; for Chinese, -m tang")
    assert str(choose_model({}, environ={"LANG": "zh"})).endswith("; for English, -m english")


@pytest.mark.parametrize(
    ("prompt", "letters", "file"),
    [
        ("Σελήνη", "Greek letters", "greek.txt"),
        ("Луна", "Cyrillic letters", "cyrillic.txt"),
        ("月がきれい", "Japanese kana", "japanese.txt"),
        ("달", "Korean letters", "korean.txt"),
        ("القمر", "Arabic letters", "arabic.txt"),
        ("𐤀𐤁", "letters of another alphabet", "poems.txt"),
    ],
)
def test_another_alphabet_is_met_with_what_can_be_done(
    prompt: str, letters: str, file: str
) -> None:
    with pytest.raises(InputError) as error:
        chosen(prompt=prompt)
    assert error.value.message == f"neither tang nor english reads {letters}"
    assert error.value.hint.startswith(f"train a model of your own: poet train {file} ")


def test_a_model_of_ones_own_that_reads_the_letters_is_named() -> None:
    put("homer", "Σελήνηαβγδι ")
    with pytest.raises(InputError) as error:
        chosen(prompt="Σελήνη")
    assert error.value.hint == "homer does: -m homer"


def test_mixed_letters_are_refused_unless_unknown_ones_are_to_be_kept() -> None:
    with pytest.raises(InputError) as error:
        chosen(prompt="月 moon")
    assert error.value.message == "the prompt mixes Chinese characters and Latin letters"
    assert chosen(prompt="月 moon", unknown="skip") == "english"
    assert chosen(prompt="明月 a", unknown="skip") == "tang"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"prompt": "moon", "form": "五絕"}, "the prompt is in Latin letters, but 五絕 is Chinese"),
        ({"acrostic": "LOVE", "form": "七絕"}, "the acrostic is in Latin letters, but 七絕 is"),
        (
            {"prompt": "明月", "acrostic": "LOVE"},
            "the prompt is in Chinese characters, but the acrostic is in Latin letters",
        ),
    ],
)
def test_words_and_form_of_two_languages_are_refused(asked: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError) as error:
        chosen(**asked)
    assert error.value.message.startswith(message)


def test_a_model_that_is_not_there_is_missed_only_where_words_ask_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("poet.language.model_folders", dict)
    with pytest.raises(InputError, match="the prompt is in Latin letters, and there is no model"):
        chosen(prompt="The moon")
    assert chosen("C") == "tang"


def test_the_models_that_know_the_letters_of_a_text_are_found() -> None:
    put("few", "Them oon")
    (paths.models() / "damaged").mkdir()
    (paths.models() / "damaged" / "model.json").write_text("{")
    assert models_that_read("The moon!") == ["english", "few"]
    assert models_that_read("café") == ["english"]
    assert models_that_read("云归") == ["tang"]
    assert models_that_read("3") == []


def test_letters_are_counted_by_writing_system() -> None:
    assert writing_systems("春水々 ①，3") == {"Han": 3}
    assert writing_systems("o'er the ｍoon") == {"Latin": 10}
    assert writing_systems("月がー") == {"kana": 3}
    assert writing_systems("\ud800\ue000") == {}
