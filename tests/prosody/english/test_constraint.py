"""English verse is right by construction: with any model, any form, any beginning."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from poet.errors import UsageError
from poet.prosody.base import VerseRequest
from poet.prosody.english.constraint import EnglishConstraint
from poet.prosody.english.forms import EnglishForm, find_form, forms
from poet.prosody.english.lexicon import lexicon
from poet.prosody.english.metre import endings, metre, start, step
from poet.prosody.english.request import EnglishConstraints
from poet.prosody.english.rhyme import rhymes
from poet.prosody.english.syllables import syllable_classes, words_of
from poet.prosody.english.words import HANGING
from poet.tokenizer import EOS, CharTokenizer

LETTERS = CharTokenizer(string.ascii_letters + " \n',.;:!?-—")


@pytest.fixture(scope="module")
def constraints() -> EnglishConstraints:
    return EnglishConstraints(LETTERS)


def named(name: str) -> EnglishForm:
    form = find_form(name)
    assert form
    return form


def by_chance(constraint: EnglishConstraint, seed: int = 0) -> str:
    """A poem of letters that are drawn by chance from those that may follow."""
    rng, state = np.random.default_rng(seed), constraint.start
    tokens = constraint.prompt.tolist()
    while not constraint.is_final(state):
        allowed = np.flatnonzero(constraint.row(state))
        assert len(allowed), f"nothing may follow {LETTERS.decode(tokens)!r}"
        tokens.append(int(rng.choice(allowed)))
        state = constraint.advance(state, tokens[-1])
    assert tokens[-1] == EOS
    return constraint.given + LETTERS.decode(tokens[len(constraint.given) :])


def assert_right(text: str, form: EnglishForm, *, given: int = 0, strict: bool = True) -> None:
    """Metre, rhyme, stanzas, refrains and full stop; `given` lines are the user's own."""
    stanzas = [stanza.split("\n") for stanza in text.split("\n\n")]
    assert tuple(map(len, stanzas)) == form.stanzas
    lines = [line for stanza in stanzas for line in stanza]
    ends = [words_of(line)[-1].text.lower() for line in lines]
    for number, (line, kept) in enumerate(zip(lines, form.metres, strict=True)):
        states = start(kept)
        own = strict and number >= given
        for word in words_of(line):
            ways = syllable_classes(word.text.lower(), own, word.runs_on)
            states = step(kept, states, ways, strict=own, after_pause=word.after_pause)
        assert endings(kept, states), f"{line} is not {kept.name}"
        assert number < given or ends[number] not in HANGING
    repeated = {later: group[0] for group in form.refrains for later in group[1:]}
    for later, first in repeated.items():
        assert lines[later] == lines[first]
    first_of: dict[str, list[int]] = {}
    for number, letter in enumerate(form.scheme):
        if letter != "." and number not in repeated:
            for earlier in first_of.setdefault(letter, []):
                assert number < given or rhymes(ends[earlier], ends[number]), ends
            first_of[letter].append(number)
    assert text[-1] in ".!?"


@pytest.mark.parametrize("form", forms(), ids=lambda form: form.name)
def test_every_form_is_right_whatever_the_model_wants(
    constraints: EnglishConstraints, form: EnglishForm
) -> None:
    constraint = constraints.of(VerseRequest(form))
    for seed in range(3):
        assert_right(by_chance(constraint, seed), form)


@pytest.mark.parametrize("form", forms(), ids=lambda form: form.name)
def test_lenient_verse_keeps_the_lenient_rules(
    constraints: EnglishConstraints, form: EnglishForm
) -> None:
    constraint = constraints.of(VerseRequest(form, strictness="lenient"))
    assert_right(by_chance(constraint), form, strict=False)


def test_without_metre_the_syllables_are_counted_and_without_rhyme_ends_are_free(
    constraints: EnglishConstraints,
) -> None:
    constraint = constraints.of(VerseRequest(named("couplet"), strictness="off", rhyme="off"))
    for line in by_chance(constraint).split("\n"):
        ways = [syllable_classes(word.text.lower(), False) for word in words_of(line)]
        assert 10 in _totals({len(way) for way in each} for each in ways)
    assert constraint.plan.letters == ()


def _totals(lengths: Iterable[set[int]]) -> set[int]:
    totals = {0}
    for each in lengths:
        totals = {total + length for total in totals for length in each}
    return totals


# Prompts


@pytest.mark.parametrize(
    ("form", "prompt", "lines"),
    [
        ("quatrain", "The mo", 0),
        ("quatrain", "The moon", 0),
        ("quatrain", "The moon ", 0),
        ("quatrain", "The moon, ", 0),
        ("quatrain", "The moon—", 0),
        ("quatrain", "'T", 0),
        ("quatrain", "the wind-swept moor", 0),
        ("quatrain", "And all the silver river runs to sea.", 1),
        ("quatrain", "And all the silver river runs to sea,\n", 1),
        ("quatrain", "And all the silver river runs to sea,\nAnd n", 1),
        ("quatrain", "And all the silver river runs to sea,\nand slow the moon is on the", 2),
        ("quatrain", "Beside the sea.\n", -1),
        ("quatrain 2", "A day, a day, a day, a day, a day\n" * 3, -1),
        ("haiku", "An old silent pond", 1),
        ("haiku", "An old silent pond\na frog", 1),
        ("triolet", "How slow the moon, how low the light,\nHow far", 1),
        ("villanelle", "The silver river runs to meet the sea", 1),
        ("limerick", "There was a young", 0),
        ("ballad", "It was the moon", 0),
    ],
)  # fmt: skip
def test_a_prompt_is_gone_on_with_or_refused_with_a_reason(
    constraints: EnglishConstraints, form: str, prompt: str, lines: int
) -> None:
    if lines < 0:
        with pytest.raises(UsageError, match="line"):
            constraints.of(VerseRequest(named(form), prompt))
        return
    constraint = constraints.of(VerseRequest(named(form), prompt))
    for seed in range(2):
        text = by_chance(constraint, seed)
        assert text.startswith(prompt)
        assert_right(text, named(form), given=max(lines, 1))
    assert LETTERS.decode(constraint.prompt) == prompt


def test_a_whole_poem_as_prompt_is_given_back(constraints: EnglishConstraints) -> None:
    prompt = "The silver river runs to sea,\nAnd"
    whole = by_chance(constraints.of(VerseRequest(named("tetrameter couplets 1"), prompt)))
    constraint = constraints.of(VerseRequest(named("tetrameter couplets 1"), whole))
    assert by_chance(constraint) == whole


@pytest.mark.parametrize(
    ("form", "prompt", "message"),
    [
        ("couplet", "The sea\n", "line 1 ends too early for iambic pentameter"),
        ("quatrain", "The morning morning delightful", "word 4: delightful"),
        ("couplet", "The moon\n" * 3, "the prompt has 3 lines, a couplet has 2"),
        ("couplet", "I came to see the river in a month\n", "ends in month, which too few words"),
        ("couplet", "The silver river runs to meet the sea\nAnd all the river runs into the night.",
         "line 2 ends in night, which does not rhyme with sea"),
        ("haiku", "An old and very silent pond", "5: silent has no room: the line is 5 syllables"),
        ("couplet", "The 7 men", "poet cannot say how 7 is read"),
        ("triolet", "How slow the moon, how low the light,\nHow far the sea, how far the shore.\n"
         "And bright and bright and bright and bright,\nHow slow the night", "the same as line 1"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_named(
    constraints: EnglishConstraints, form: str, prompt: str, message: str
) -> None:
    with pytest.raises(UsageError) as error:
        constraints.of(VerseRequest(named(form), prompt))
    assert message in error.value.message
    assert error.value.hint


def test_words_that_no_table_knows_are_read_by_their_letters(
    constraints: EnglishConstraints,
) -> None:
    constraint = constraints.of(VerseRequest(named("couplet"), "the slithy jabberwock"))
    assert by_chance(constraint).startswith("the slithy jabberwock")


# Acrostics and rhymes that are asked for


def test_an_acrostic_begins_the_lines(constraints: EnglishConstraints) -> None:
    constraint = constraints.of(VerseRequest(named("quatrain"), acrostic="love"))
    for seed in range(3):
        text = by_chance(constraint, seed)
        assert "".join(line[0] for line in text.split("\n")) == "LOVE"
        assert_right(text, named("quatrain"))


@pytest.mark.parametrize(
    ("form", "asked", "message"),
    [
        ("couplet", {"acrostic": "moon"}, "the acrostic has 4 letters, a couplet has 2 lines"),
        ("quatrain", {"acrostic": "春"}, "no English word begins with '春'"),
        ("triolet", {"acrostic": "moonbeam"}, "lines 1, 4, 7 of a triolet are the same"),
        ("quatrain", {"acrostic": "t", "prompt": "My"}, "begins line 1 with M, the acrostic asks"),
        ("quatrain", {"rhyme": "month"}, "too few words rhyme with month"),
        ("haiku", {"rhyme": "moon"}, "does not rhyme"),
    ],
)
def test_what_cannot_be_had_is_refused(
    constraints: EnglishConstraints, form: str, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError) as error:
        constraints.of(VerseRequest(named(form), **asked))
    assert message in error.value.message


def test_a_rhyme_that_is_asked_for_is_the_first(constraints: EnglishConstraints) -> None:
    constraint = constraints.of(VerseRequest(named("quatrain"), rhyme="Moon"))
    lines = by_chance(constraint).split("\n")
    for line in (lines[0], lines[2]):
        last = words_of(line)[-1].text
        assert last.lower() == "moon" or rhymes(last, "moon")


def test_a_model_without_english_letters_is_refused() -> None:
    with pytest.raises(UsageError, match="knows no English letters"):
        EnglishConstraints(CharTokenizer("春水，。")).of(VerseRequest(named("couplet")))


def test_a_model_without_capitals_or_stops_writes_without(
    constraints: EnglishConstraints,
) -> None:
    plain = CharTokenizer(string.ascii_lowercase + " \n")
    constraint = EnglishConstraints(plain).of(VerseRequest(named("couplet")))
    state, tokens, rng = constraint.start, list[int](), np.random.default_rng(1)
    while not constraint.is_final(state):
        tokens.append(int(rng.choice(np.flatnonzero(constraint.row(state)))))
        state = constraint.advance(state, tokens[-1])
    assert len(plain.decode(tokens).split("\n")) == 2


# Repeats and copies


def test_a_content_word_is_not_written_again_soon(constraints: EnglishConstraints) -> None:
    text = by_chance(constraints.of(VerseRequest(named("blank verse"))), 3)
    lexical = lexicon(LETTERS.characters, True)
    words = [word.text.lower() for word in words_of(text)]
    content = [w for w in words if syllable_classes(w) == ("C",) and w in lexical.number_of]
    assert all(word not in content[max(0, i - 3) : i] for i, word in enumerate(content))


def test_lines_of_the_training_text_are_rejected_but_not_the_users_own(
    index_of: Callable[[Iterable[str]], Any],
) -> None:
    line = "And all the silver river runs to sea,"
    known = EnglishConstraints(LETTERS, index_of([line]))
    for prompt, rejected in (("", True), (line, False), (line[:8], True)):
        constraint = known.of(VerseRequest(named("couplet"), prompt))
        state, written = constraint.start, LETTERS.encode(line + "\n")
        for token in written[len(prompt) :].tolist():
            state = constraint.advance(state, token)
        found = constraint.rejects([state], written[None])
        assert found is not None
        assert found.tolist() == [rejected]


def test_the_words_of_the_lexicon_sound_as_the_table_says() -> None:
    words = lexicon(LETTERS.characters, True)
    for form in range(0, len(words), 997):
        text = words.text(form)
        assert words.readings[words.reading[form]] == syllable_classes(text.lower())
        node = words.find(words.within if form < words.inner else words.head, text)
        assert node
        assert words.ending_at(node) == form


def test_a_line_of_the_lexicon_can_be_ended_from_where_it_says() -> None:
    from poet.prosody.english.metre_table import MetreTable

    table = MetreTable(metre("iambic dimeter"), (("C",), ("10",), ("A",)), strict=True)
    none, content = np.zeros(3, bool), np.array([True, False, False])
    assert table.open(none, none) == 0
    opened = table.set_of(table.open(content, none))
    assert start(table.metre) <= opened
    for states in opened:
        assert states[0] < 2


def test_what_is_forgotten_is_worked_out_again(
    constraints: EnglishConstraints, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poet.prosody.english.vocabulary.MOST_NEEDS", 3)
    monkeypatch.setattr("poet.prosody.english.vocabulary.MOST_KEPT", 2)
    forgetful = EnglishConstraints(LETTERS)
    request = VerseRequest(named("sonnet"))
    constraint = forgetful.of(request)
    for seed in range(2):
        assert by_chance(constraint, seed) == by_chance(constraints.of(request), seed)
    assert len(constraint.choices._needs) <= 3
