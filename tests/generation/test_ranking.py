"""Of several poems the best is taken, by a score that is what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from poet.generation.decoder import SMCDecoder, make_rng
from poet.generation.ranking import Ranking
from poet.generation.sampling import Sampling
from poet.generation.smc import Prefix
from poet.generation.writer import Writer
from poet.prosody.chinese.request import FormRequest
from poet.prosody.find import find_form
from poet.tokenizer import CharTokenizer

EVERYTHING = {"fluency": 1.0, "relevance": 2.0, "coherence": 0.5, "rhyme": -0.25}


@pytest.fixture(scope="module")
def writer(by_chance: Callable[..., Writer], tokenizer: CharTokenizer) -> Writer:
    return by_chance(tokenizer, bold=0.6)


def decoder(writer: Writer, *, best_of: int = 1, finalists: int = 3) -> SMCDecoder:
    form = find_form("五絕")
    assert form
    found = writer.decoder(FormRequest(form), Sampling(1), 6, best_of)
    return replace(found, ranking=Ranking(EVERYTHING, finalists=finalists))


def test_the_parts_of_a_score_are_what_they_are_said_to_be(writer: Writer) -> None:
    one = decoder(writer)
    (poem,) = one.decode(writer.condition("五絕", "春水", "", 2.0), [(3,)])
    assert poem
    text, (characters, half) = poem.text, (25, 13)  # the end mark is one
    given = writer.score(text, form="五絕", title="春水")
    assert poem.reasons["fluency"] == pytest.approx(-given.nats_per_character, rel=1e-4)
    plain = writer.score(text, form="五絕")
    relevance = plain.nats_per_character - given.nats_per_character
    assert poem.reasons["relevance"] == pytest.approx(relevance, abs=1e-4)
    alone = writer.score(text[12:], form="五絕", title="春水")
    assert poem.reasons["coherence"] == pytest.approx(
        (alone.nats - sum(poem.nats[-half:])) / half, rel=1e-3
    )
    assert poem.reasons["rhyme"] == pytest.approx((poem.nats[10] + poem.nats[22]) / 2)
    assert len(poem.nats) == characters
    assert poem.score == pytest.approx(
        sum(EVERYTHING[name] * found for name, found in poem.reasons.items())
    )


def test_the_best_of_all_runs_is_written(writer: Writer) -> None:
    one = decoder(writer, best_of=4)
    condition = writer.condition("五絕", "春水", "", 2.0)
    prefix = Prefix.read(one.engine, one.constraint, condition)
    runs = one.run(prefix, [make_rng((5,), 0, run) for run in range(4)])
    assert one.ranking
    every = one.ranking.rank(prefix, [poem for run in runs for poem in run])
    (written,) = one.decode(condition, [(5,)])
    best = max(every, key=lambda poem: poem.score)
    assert written
    assert (written.text, written.score) == (best.text, best.score)
    assert len({poem.text for poem in every}) > 4


def test_a_poem_whose_line_was_printed_gives_way_to_the_next_best(writer: Writer) -> None:
    condition = writer.condition("五絕", "", "")
    first = decoder(writer, best_of=3).decode(condition, [(7,)])[0]
    again = decoder(writer, best_of=3).decode(condition, [(7,), (7,)])
    assert first
    assert again[0]
    assert again[0].text == first.text
    assert again[1]
    assert again[1].lines.isdisjoint(first.lines)


def test_without_a_title_nothing_is_relevant(writer: Writer) -> None:
    (poem,) = decoder(writer).decode(writer.condition("五絕", "", ""), [(3,)])
    assert poem
    assert set(poem.reasons) == {"fluency", "coherence", "rhyme"}


@pytest.mark.parametrize(("form", "rhymes"), [("五絕", True), ("5,5", False), ("憶江南", True)])
def test_rhyme_is_measured_where_a_form_has_rhymes(writer: Writer, form: str, rhymes: bool) -> None:
    (one,) = writer.poems(form=form, seeds=[(1,)])
    assert ("rhyme" in one.reasons) == rhymes


def test_where_the_prompt_reaches_into_the_second_half_coherence_is_not_measured(
    writer: Writer,
) -> None:
    prompt = "春水連天碧，明月照江流。孤"
    (one,) = writer.poems(prompt, form="五絕", seeds=[(1,)], strictness="off", rhyme="off")
    assert "coherence" not in one.reasons
    assert "fluency" in one.reasons
