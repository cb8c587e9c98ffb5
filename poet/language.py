"""Which model suits a request that names none: `tang` writes Chinese, `english` English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from poet.characters import writing_systems
from poet.errors import InputError, NoEffect, PoetError
from poet.objects import MODEL_FILE
from poet.prosody.chinese.romanised import authors_called, is_pinyin
from poet.registry import model_folders
from poet.scripts import is_locale_chinese, standard, to_traditional
from poet.typed import Malformed, read_json

MODELS = {"zh": "tang", "en": "english"}  # the model that ships for each language
_OF_SYSTEM = {"Han": "zh", "Latin": "en"}
_NAMES = {"zh": "Chinese", "en": "English"}
_LETTERS = {
    "Han": "Chinese characters",
    "Latin": "Latin letters",
    "kana": "Japanese kana",
    "Hangul": "Korean letters",
}
_FILES = {"kana": "japanese", "Hangul": "korean", "Devanagari": "hindi"}
# Other alphabets that Unicode calls by one word; of the rest the word may say little
_ALPHABETS = re.findall(
    r"\w+",
    "Arabic Armenian Bengali Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Hebrew "
    "Kannada Khmer Lao Malayalam Mongolian Myanmar Sinhala Tamil Telugu Thai Tibetan",
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A model chosen for a request that names none, and why."""

    model: str
    why: str
    other: str = "for another, -m NAME"  # how to choose otherwise

    def __str__(self) -> str:
        return f"{self.model} writes, as {self.why}; {self.other}"


def choose_model(
    words: Mapping[str, str],
    theme: Iterable[str] = (),
    *,
    author: str = "",
    form: str = "",
    language: str = "",
    environ: Mapping[str, str],
    lenient: bool = False,
) -> Choice:
    """The model for a request that names none.

    `words` are to stand in the poem, each text under the name of its argument, and decide by
    their letters. So does the form, which is of a language (zh, en). Without these the texts of
    the `theme` decide, or the `author`, and last the locale: where it is Chinese `tang` writes,
    elsewhere `english`.
    `lenient` takes words that mix writing systems for what most of them are.

    Raises `InputError` for letters or a language that neither model reads, for mixed letters and
    where the model is not there; `NoEffect` for words and a form of different languages.

    >>> choose_model({}, form="五絕", language="zh", environ={"LANG": "en_GB.UTF-8"})
    Choice(model='tang', why='五絕 is Chinese', other='for another, -m NAME')
    """
    if language and language not in MODELS:
        raise InputError(
            f"neither tang nor english writes a {form}",
            "train a model of that language (poet train FILE) and name it with -m",
        )
    systems = {name: _writing_system(name, text, lenient) for name, text in words.items()}
    reasons = {
        f"the {name} is in {_LETTERS[system]}": _OF_SYSTEM[system]
        for name, system in systems.items()
        if system
    }
    if language in MODELS:
        reasons[f"{form} is {_NAMES[language]}"] = language
    if len(set(reasons.values())) > 1:
        *_, last = reasons
        raise NoEffect(
            f"{next(iter(reasons))}, but {last}",
            "give both in one language, or leave one out",
            "form",
            *words,
        )
    for reason, asked in reasons.items():
        return _chosen(asked, reason)
    if not any(theme := [*theme]) and _is_chinese_poet(author):
        return _chosen("zh", f"{author} is a Chinese name")
    theme = (*theme, author)
    if system := _writing_system("theme", " ".join(theme), lenient=True):
        return _chosen(_OF_SYSTEM[system], f"the theme is in {_LETTERS[system]}")
    return _by_locale(environ)


def _is_chinese_poet(name: str) -> bool:
    """Whether a name in letters is that of an author whom the Chinese model knows: Li Bai."""
    folder = model_folders().get(MODELS["zh"])
    return bool(folder and is_pinyin(name) and authors_called(name, authors_of(folder)))


def authors_of(folder: Path) -> list[str]:
    """The authors that a model knows; none of a damaged one."""
    with suppress(PoetError, Malformed, KeyError, TypeError):
        authors = read_json(folder / MODEL_FILE)["alphabet"]["authors"]
        return [author for author in authors if author.strip("*")]
    return []


def _chosen(language: str, why: str) -> Choice:
    model = MODELS[language]
    if model not in model_folders():
        raise InputError(
            f"{why}, and there is no model called {model} on this computer",
            f"poet train {model} --name {model} trains it; poet models list names the others",
        )
    return Choice(model, why)


def _by_locale(environ: Mapping[str, str]) -> Choice:
    if is_locale_chinese(environ):
        return Choice("tang", "the locale is Chinese", "for English, -m english")
    if "english" not in model_folders():
        return Choice("tang", "there is no model called english")
    return Choice("english", "the locale is not Chinese", "for Chinese, -m tang")


def _writing_system(name: str, text: str, lenient: bool) -> str:
    """The writing system of a text, Han or Latin; empty where it has no letters."""
    found = writing_systems(text)
    if len(found) > 1 and not lenient:
        mixed = " and ".join(map(_letters, found))
        raise InputError(
            f"the {name} mixes {mixed}",
            "a model reads one of them: give that alone, or a model with -m and --unknown skip",
        )
    for system, _ in found.most_common(1):
        if system not in _OF_SYSTEM:
            raise _unread(system, text)
        return system
    return ""


def _unread(system: str, text: str) -> InputError:
    """The error for letters that no model that ships reads."""
    if readers := models_that_read(text):
        hint = f"{readers[0]} does: -m {readers[0]}"
    else:
        name = _FILES.get(system, system.lower() if system in _ALPHABETS else "poems")
        hint = f"train a model of your own: poet train {name}.txt --name {name}"
    return InputError(f"neither tang nor english reads {_letters(system)}", hint)


def _letters(system: str) -> str:
    """What the letters of a writing system are called."""
    if system in _ALPHABETS:
        return f"{system} letters"
    return _LETTERS.get(system, "letters of another alphabet")


def models_that_read(text: str) -> list[str]:
    """The names of the models that know every letter of a text.

    A letter counts as known without its accents, and a simplified character as a traditional one.
    """
    from poet.checkpoint import Checkpoint

    letters = {c for c in text if unicodedata.category(c)[0] == "L"}
    variants = [
        {c, unicodedata.normalize("NFKD", c)[0], standard(c), to_traditional(c)} for c in letters
    ]
    readers = []
    for name, folder in model_folders().items():
        try:
            known = set(Checkpoint.describe(folder)["alphabet"]["characters"])
        except (InputError, KeyError, TypeError):
            continue  # a damaged one reads nothing
        if letters and all(known & forms for forms in variants):
            readers.append(name)
    return readers
