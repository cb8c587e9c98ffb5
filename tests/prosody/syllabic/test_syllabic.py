"""Counted syllables: words, forms by name, scans, and verse that keeps them whatever the model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from poet.errors import UsageError
from poet.prosody.base import VerseRequest
from poet.prosody.find import find_form, prosody_of
from poet.prosody.syllabic.constraint import SyllabicConstraint, SyllabicConstraints
from poet.prosody.syllabic.syllables import count_syllables, line_syllables
from poet.tokenizer import EOS, CharTokenizer

ALPHABETS = {
    "de": " \n,.abcdefghijklmnopqrstuvwxyzäöüßABCDEFGHIJKLMNOPRSTUVWZÄÖÜ'-",
    "fr": " \n,.abcdefghijlmnopqrstuvxyzàâçéèêëîïôùûABCDEJLMNOPQRST’-",
    "es": " \n,.abcdefghijlmnopqrstuvxyzáéíóúñü",
    "ru": " \n,.абвгдежзийклмнопрстуфхцчшщъыьэюяАБВИКНОПС—",
}


def constraint(name: str, prompt: str = "", acrostic: str = "") -> SyllabicConstraint:
    form = find_form(name)
    tokenizer = CharTokenizer(ALPHABETS[form.language])
    return SyllabicConstraints(tokenizer).of(VerseRequest(form, prompt, acrostic))


def write(rule: SyllabicConstraint, seed: int, favoured: str = "") -> str:
    """A poem by chance: each character that may follow is as likely, or favoured ones more so."""
    rng, state = np.random.default_rng(seed), rule.start
    tokens = list(rule.prompt)
    for _ in range(3000):
        probs = np.ones((1, rule.vocab_size), np.float32)
        probs[0, rule.tokenizer.encode(favoured)] = 30
        rule.mask([state], np.array([tokens]), probs)
        assert probs.any(), f"a dead end after {rule.tokenizer.decode(tokens)!r}"
        tokens.append(int(rng.choice(rule.vocab_size, p=probs[0] / probs.sum())))
        state = rule.advance(state, tokens[-1])
        if rule.is_final(state):
            return "".join(rule.pieces(np.array(tokens)))
    raise AssertionError("the poem does not end")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", {"Nacht": 1, "Abend": 2, "Feuer": 2, "beeilen": 3, "Quelle": 2, "Regentage": 4}),
        ("es", {"noche": 2, "poeta": 3, "ciudad": 2, "día": 2, "bien": 1, "corazón": 3}),
        ("it", {"notte": 2, "cuore": 2, "poeta": 3, "piano": 2}),
        ("ru", {"ночь": 1, "поэзия": 4, "моей": 2, "в": 0, "взгляд": 1}),
        ("fr", {"oiseau": 2, "nuit": 1, "maison": 2}),
    ],
)  # fmt: skip
def test_words_have_the_syllables_that_a_speaker_hears(
    language: str, words: dict[str, int]
) -> None:
    assert {word: count_syllables(word, language) for word in words} == words


def test_an_apostrophe_joins_a_consonant_to_the_next_word() -> None:
    assert sum(count for _, count in line_syllables("Dans l’ombre, c'est lui", "fr")) == 5


@pytest.mark.parametrize(
    ("name", "lengths"),
    [("haiku:de", (5, 7, 5)), ("TANKA:fr", (5, 7, 5, 7, 7)), ("8x4:es", (8,) * 4),
     ("5, 7, 5:it", (5, 7, 5))],
)  # fmt: skip
def test_a_name_gives_lengths_and_language(name: str, lengths: tuple[int, ...]) -> None:
    form = find_form(name)
    assert (form.lengths, form.language) == (lengths, name[-2:])
    assert prosody_of(form).language == "mul"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("haiku:xx", "a language called 'xx'"),
        ("haiku:te", "a language called 'te'"),  # its vowels are marks
        ("haiku:en", "has forms of its own"),
        ("99x4:de", "is not a poem's shape"),
        ("8x0:de", "is not a poem's shape"),
        ("5x99999999999:de", "is not a poem's shape"),
        ("5," * 500 + "5:de", "is not a poem's shape"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(name: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        find_form(name)


def test_without_pyphen_the_user_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyphen", None)
    with pytest.raises(UsageError) as error:
        find_form("haiku:de")
    assert error.value.hint == "pip install 'poet[syllables]'"


def test_a_scan_names_the_line_and_the_syllables_of_its_words() -> None:
    form = find_form("haiku:de")
    good = "Der Mond geht leise\nüber den verschneiten Wald,\nund alles wird still."
    scan = prosody_of(form).scan(good, form)
    assert scan.keeps()
    assert scan.summary() == "haiku:de · syllables 5 7 5"
    bad = prosody_of(form).scan(good.replace("leise", "still") + "\nAmen", form)
    assert not bad.keeps()
    assert bad.fault_counts() == {"wrong length": 1, "lines": 1}
    assert bad.sentences() == [
        "line 1 has 4 syllables, not 5: Der 1, Mond 1, geht 1, still 1",
        "it has 4 lines, a haiku:de has 3",
    ]


@pytest.mark.parametrize("name", ["haiku:de", "tanka:fr", "8x4:es", "1,2,3,4:ru"])
@pytest.mark.parametrize("favoured", ["", "aeiou", "bcdst", " ", "'-’—"])
def test_whatever_the_model_prefers_the_form_is_kept(name: str, favoured: str) -> None:
    rule = constraint(name)
    known = "".join(c for c in favoured if c in rule.tokenizer.characters)
    for seed in range(5):
        poem = write(rule, seed, known)
        assert prosody_of(rule.form).scan(poem, rule.form).keeps(), poem


@pytest.mark.parametrize(
    "prompt",
    ["Der", "Der ", "Der Mond geht leise", "Der Mond geht leise\n", "Der Mond geht leise\nüb",
     "Mond, ", "z", "Der Mond geht l", "Der Mond geht leise\n\nüber den verschneiten Wald,\nund"],
)  # fmt: skip
def test_a_prompt_of_any_length_begins_the_poem(prompt: str) -> None:
    for seed in range(5):
        rule = constraint("haiku:de", prompt)
        poem = write(rule, seed)
        assert poem.startswith(prompt.replace("\n\n", "\n").rstrip())
        assert prosody_of(rule.form).scan(poem, rule.form).keeps(), poem


def test_a_prompt_that_is_the_whole_poem_stays_as_it_is() -> None:
    poem = "Der Mond geht leise\nüber den verschneiten Wald,\nund alles wird still."
    assert write(constraint("haiku:de", poem), 0) == poem
    assert write(constraint("haiku:de", poem + "\n"), 0) == poem


@pytest.mark.parametrize(
    ("prompt", "acrostic", "why"),
    [
        ("Der Mond geht leise weiter", "", "line 1 of the prompt has 7 syllables, not 5"),
        ("Der Mond\nund", "", "line 1 of the prompt has 2 syllables, not 5"),
        ("Der Mond geht leise\n" * 4, "", "has 4 lines"),
        ("Der", "A", "does not begin with 'A'"),
        ("", "ABEND", "5 letters"),
        ("", "Q", "no word begins with 'Q'"),
    ],
)
def test_a_prompt_or_acrostic_that_does_not_fit_is_refused(
    prompt: str, acrostic: str, why: str
) -> None:
    with pytest.raises(UsageError, match=why):
        constraint("haiku:de", prompt, acrostic)


def test_lines_begin_with_the_letters_of_an_acrostic() -> None:
    poem = write(constraint("haiku:de", acrostic="EIS"), 1)
    assert [line[0] for line in poem.split("\n")] == ["E", "I", "S"]


def test_a_rhyme_and_a_model_without_letters_are_refused() -> None:
    request = VerseRequest(find_form("haiku:de"))
    with pytest.raises(UsageError, match="does not rhyme"):
        SyllabicConstraints(CharTokenizer(ALPHABETS["de"])).of(replace(request, rhyme="Nacht"))
    with pytest.raises(UsageError, match="writes no lines of letters"):
        SyllabicConstraints(CharTokenizer("春水，。")).of(request)


def test_a_poem_that_copies_a_line_is_rejected() -> None:
    class Everything:
        def contains_line(self, line: str) -> bool:
            return line == "a"

    form = find_form("1,1:de")
    tokenizer = CharTokenizer(ALPHABETS["de"])
    rule = SyllabicConstraints(tokenizer, Everything()).of(VerseRequest(form))  # type: ignore[arg-type]
    states = [rule.start, rule.start]
    for letters in ("ae", "\n\n"):
        states = [
            rule.advance(state, int(tokenizer.encode(letter)[0]))
            for state, letter in zip(states, letters, strict=True)
        ]
    rejected = rule.rejects(states, np.zeros((2, 2), int))
    assert rejected is not None
    assert rejected.tolist() == [True, False]
    assert rule.row(states[1])[EOS] == 0
