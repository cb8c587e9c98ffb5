"""Constrained poems keep every rule of their form, whatever the model, and are the model's own."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from itertools import islice, pairwise, product
from typing import Any

import numpy as np
import pytest

from poet.characters import STOPS
from poet.errors import FormNotReached, UsageError
from poet.generation.conditioning import Condition
from poet.generation.decoder import RecentLines, SMCDecoder, make_rng
from poet.generation.resampling import effective_sample_size, normalised
from poet.generation.sampling import Sampling
from poet.generation.smc import Particles, Prefix
from poet.generation.writer import Writer, batch_sizes
from poet.novelty.index import NoveltyIndex
from poet.prosody.chinese.forms import CiForm, Form
from poet.prosody.chinese.request import FormRequest
from poet.prosody.chinese.scan import scan
from poet.prosody.find import find_form
from poet.tokenizer import EOS, CharTokenizer, Ids

FORMS = (
    "五絕", "七絕", "五律", "七律", "五排16", "七排", "憶江南", "如夢令", "菩薩蠻", "西江月",
    "水調歌頭", "古絕", "5,5,7", "7x4",
)  # fmt: skip


def named(name: str) -> Form:
    form = find_form(name)
    assert form is not None
    return form


def cut(text: str) -> list[str]:
    for stop in STOPS:
        text = text.replace(stop, "\n")
    return [line for line in text.split("\n") if line]


@pytest.fixture(scope="module")
def writer(by_chance: Callable[..., Writer], tokenizer: CharTokenizer) -> Writer:
    return by_chance(tokenizer, bold=0.6)


def poems(writer: Writer, form: str, count: int = 1, seed: int = 1, **asked: Any) -> list[str]:
    seeds = [(seed, number) if number else (seed,) for number in range(count)]
    return [w.poem.text for w in writer.poems(form=form, seeds=seeds, **asked)]


@pytest.mark.parametrize("name", FORMS)
def test_every_poem_keeps_all_rules_of_its_form(writer: Writer, name: str) -> None:
    for text in poems(writer, name, 3):
        scanned = scan(text, named(name))
        assert scanned.keeps(strict=True), scanned.summary(strict=True)
        assert not scanned.unknown or not named(name).is_regulated
        check_repeats(text, named(name))


def check_repeats(text: str, form: Form) -> None:
    """No character comes twice, but one that is doubled where the line has its pairs."""
    lines = cut(text)
    pattern = form.pattern if isinstance(form, CiForm) else ()
    echoed = {i for i, line in enumerate(pattern) if line.startswith("同")}
    lines = [line for i, line in enumerate(lines) if i not in echoed]
    pairs = [
        (at + 1, len(line))
        for line in lines
        for at, (one, two) in enumerate(pairwise(line))
        if one == two
    ]
    assert len(pairs) <= 1
    assert all(at % 2 or at == length - 1 for at, length in pairs)
    twice = [c for c, n in Counter("".join(lines)).items() if n > 1]
    assert len(twice) == len(pairs)


@pytest.mark.parametrize("name", ["五絕", "七律", "菩薩蠻"])
@pytest.mark.parametrize("tones", ["lenient", "off"])
def test_with_less_asked_of_the_tones_that_much_is_kept(
    writer: Writer, name: str, tones: str
) -> None:
    found = [scan(text, named(name)) for text in poems(writer, name, 3, strictness=tones)]
    assert all(one.keeps() == (tones == "lenient") for one in found)
    assert not any(one.keeps(strict=True) for one in found)
    even = [fault for one in found for fault in one.faults if fault.line % 2 == 0]
    assert {fault.name for fault in even}.isdisjoint({"出韻", "不押韻", "重韻", "句數", "字數"})


def test_a_model_that_hopes_for_other_things_writes_the_form_all_the_same(
    parrot: Callable[..., Writer], tokenizer: CharTokenizer
) -> None:
    for hope in ("，", "。", "月", "蒼"):
        stubborn = parrot(tokenizer, **{hope: 12.0})
        stubborn_end = parrot(tokenizer)
        stubborn_end.engine.bias[EOS] = 200.0
        for one in (stubborn, stubborn_end):
            for temperature in (0, 0.01, 0.1, 1, 5):
                (text,) = poems(one, "五絕", sampling=Sampling(temperature))
                assert scan(text, named("五絕")).keeps(strict=True)
                check_repeats(text, named("五絕"))


def test_a_favourite_is_doubled_in_one_place_and_comes_no_more(
    parrot: Callable[..., Writer], tokenizer: CharTokenizer
) -> None:
    for form in ("七絕", "五律", "7x4"):
        (text,) = poems(parrot(tokenizer, 青=9.0, 紅=8.0), form, sampling=Sampling(0))
        assert text.count("青青") + text.count("紅紅") == 1
        assert text.count("青") + text.count("紅") == 3


def test_the_same_seed_writes_the_same_poem_alone_and_in_company(writer: Writer) -> None:
    alone = poems(writer, "五絕")
    assert poems(writer, "五絕") == alone
    assert poems(writer, "五絕", 3)[:1] == alone
    assert poems(writer, "五絕", seed=2) != alone


def test_batches_begin_small_and_double_up_to_the_largest(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    decode = SMCDecoder.decode

    def counted(self: SMCDecoder, asked: Condition, seeds: Any, *rest: Any) -> Any:
        sizes.append(len(seeds))
        return decode(self, asked, seeds, *rest)

    monkeypatch.setattr(SMCDecoder, "decode", counted)
    assert len(poems(writer, "5,5", 9, particles=48, best_of=1)) == 9
    assert sizes == [2, 4, 3]  # 96 rows, 192, and the rest
    assert list(islice(batch_sizes(1000), 2)) == [1, 1]  # a poem at a time
    assert list(islice(batch_sizes(96), 4)) == [1, 2, 4, 4]


def test_each_attempt_at_each_poem_has_randomness_of_its_own() -> None:
    """numpy takes (5, 1) and (5, 1, 0) for the same seed."""
    seeds = [(5,), (5, 1), (5, 2), (5, 1, 1)]
    first = {make_rng(seed, attempt).random() for seed in seeds for attempt in range(3)}
    assert len(first) == 12
    assert make_rng((5,), 0).random() == np.random.default_rng(5).random()


def test_poems_of_one_call_share_no_line(
    parrot: Callable[..., Writer], tokenizer: CharTokenizer
) -> None:
    sure = {c: 9.0 - 0.8 * i for i, c in enumerate("明月江山風雨花春秋水雲天")}
    narrow = parrot(tokenizer, **sure)  # so sure of a few characters that poems meet
    count = 20
    found = poems(narrow, "5,5", count)
    lines = [line for text in found for line in cut(text)]
    alone = [line for seed in range(count) for line in cut(poems(narrow, "5,5", seed=seed)[0])]
    assert len(set(lines)) == len(lines)
    assert len(set(alone)) < len(alone)


def test_of_lines_shorter_than_five_many_poems_may_have_the_same(
    parrot: Callable[..., Writer], tokenizer: CharTokenizer
) -> None:
    narrow = parrot(tokenizer, **dict.fromkeys("明月", 9.0))
    found = poems(narrow, "2,2", 30)
    assert len(found) == 30
    assert len({line for text in found for line in cut(text)}) < 60


# The estimate, on a world that can be counted through

TOY = CharTokenizer("，。風花山月石雪不看")  # 不 and 看 can be read in both tones
LEVEL, OBLIQUE, LOOSE = "風花山", "月石雪", "不看"
SETS = {"平": LEVEL, "仄": OBLIQUE}
ONE = CiForm("toy", (3,), pattern=("平仄中|仄中平。",))
TWO = CiForm("pair", (2, 2), pattern=("中仄，", "仄平|平仄。"))


def keeps(text: str, form: CiForm) -> bool:
    """The rules of the toys, naively."""
    lines, places = cut(text), [*text.replace("，", "").replace("。", "")]
    for line, pattern in zip(lines, form.pattern, strict=True):
        ways = pattern[:-1].split("|")
        fits = [all(c in SETS.get(a, c) for c, a in zip(line, way, strict=True)) for way in ways]
        if not any(fits):
            return False
    doubled = [one for line in lines for one, two in pairwise(line) if one == two]
    return len(doubled) <= 1 and len(places) - len(set(places)) == len(doubled)


def exact(writer: Writer, form: CiForm, temperature: float) -> dict[str, float]:
    """The model's poems of the form, each by its probability given that the rules are kept."""
    stops = form.stops
    found = {}
    for characters in product(LEVEL + OBLIQUE + LOOSE, repeat=sum(form.lengths)):
        waiting, text = list(characters), ""
        for length, stop in zip(form.lengths, stops, strict=True):
            text += "".join(waiting[:length]) + stop
            waiting = waiting[length:]
        if keeps(text, form):
            found[text] = log_odds(writer, text, temperature)
    odds = np.exp(np.array([*found.values()]))
    return dict(zip(found, odds / odds.sum(), strict=True))


def log_odds(writer: Writer, text: str, temperature: float) -> float:
    """The log probability of a poem and its end, of the model at a temperature."""
    header = writer.tokenizer.prefix_ids()
    ids: Ids = np.r_[header, writer.tokenizer.encode(text), EOS]
    features, _ = writer.engine.read(ids[:-1])
    logits = writer.engine.logits(features[len(header) - 1 :]).astype(float) / temperature
    logits -= np.log(np.exp(logits).sum(1, keepdims=True))
    return float(logits[np.arange(len(logits)), ids[len(header) :]].sum())


def particles_of(
    decoder: SMCDecoder, rngs: list[np.random.Generator], tokenizer: CharTokenizer
) -> Particles:
    """Particles that have been run to their end."""
    prefix = Prefix.read(decoder.engine, decoder.constraint, Condition(tokenizer.prefix_ids()))
    return Particles(
        prefix, decoder.sampling, decoder.particles, rngs, resample=decoder.resample
    ).run()


def drawn(decoder: SMCDecoder, runs: int, *, weighed: bool) -> dict[str, float]:
    """What the particles have written at the end, by their weight."""
    rngs = [np.random.default_rng([9, run]) for run in range(runs)]
    particles = particles_of(decoder, rngs, TOY)
    found: dict[str, float] = defaultdict(float)
    texts = [TOY.decode(tokens) for tokens in particles.written]
    for nodes, weights in zip(particles.node, particles.log_weights, strict=True):
        share = normalised(weights if weighed else np.zeros(len(weights)))
        for text, weight in zip(texts, np.bincount(nodes, share, len(texts)), strict=True):
            found[text] += float(weight) / runs
    return found


def distance(found: dict[str, float], expected: dict[str, float]) -> float:
    """Half the sum of the differences: 0 for the same odds, 1 for nothing in common."""
    assert set(found) <= set(expected), set(found) - set(expected)
    return sum(abs(found[text] - odds) for text, odds in expected.items()) / 2


@pytest.mark.parametrize(("form", "seed"), [(ONE, 1), (ONE, 3), (TWO, 2)])
@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_particles_are_the_models_own_poems_that_keep_the_rules(
    by_chance: Callable[..., Writer], form: CiForm, seed: int, temperature: float
) -> None:
    toy = by_chance(TOY, bold=0.6, seed=seed)
    expected = exact(toy, form, temperature)
    decoder = toy.decoder(FormRequest(form), Sampling(temperature), 3000)
    assert distance(drawn(decoder, 10, weighed=True), expected) < 0.06
    naive = replace(decoder, resample=False)
    assert distance(drawn(naive, 10, weighed=False), expected) > 0.3
    assert distance(drawn(naive, 10, weighed=True), expected) < 0.06  # the weights put it right


def test_where_the_weights_pull_together_particles_are_drawn_anew(
    by_chance: Callable[..., Writer],
) -> None:
    decoder = by_chance(TOY, bold=0.6, seed=1).decoder(FormRequest(TWO), Sampling(1), 50)
    for resample in (True, False):
        one = replace(decoder, resample=resample)
        particles = particles_of(one, [np.random.default_rng(1)], TOY)
        left = effective_sample_size(particles.log_weights[0])
        assert left >= 25 if resample else left < 25
        assert particles.node.max() == len(particles.written) - 1 < 50


# Temperature, cuts, novelty, mood


def test_at_temperature_0_the_likeliest_is_written_and_luck_plays_no_part(writer: Writer) -> None:
    greedy = poems(writer, "五絕", sampling=Sampling(0))
    assert greedy == poems(writer, "五絕", seed=2, sampling=Sampling(0), best_of=5)
    for cuts in ({"top_k": 1}, {"top_p": 0.0}, {"min_p": 1.0}):
        for particles in (1, 7):
            cut_off = Sampling(0.7, **cuts)
            assert poems(writer, "五絕", sampling=cut_off, particles=particles) == greedy


def test_a_higher_temperature_strays_further(writer: Writer) -> None:
    def nats(temperature: float) -> float:
        found = list(
            writer.poems(
                form="五絕", seeds=[(s,) for s in range(6)], sampling=Sampling(temperature)
            )
        )
        assert all(one.poem.text for one in found)
        return sum(one.nats_per_character for one in found)

    assert nats(0.2) < nats(1.0) < nats(5.0)


def test_cuts_are_made_among_what_the_rules_allow(
    parrot: Callable[..., Writer], tokenizer: CharTokenizer
) -> None:
    """Stops, which a first place never takes, are the likeliest of all here."""
    graded = parrot(tokenizer, **{"，": 20.0, "月": 9.0, "花": 8.5, "雪": 6.0, "山": 5.0})

    def first(sampling: Sampling) -> set[str]:
        return {
            poems(graded, "2,2", seed=s, sampling=sampling, particles=1)[0][0] for s in range(40)
        }

    assert first(Sampling(1, top_k=2)) == set("月花")
    assert first(Sampling(3, top_k=3)) == set("月花雪")
    assert first(Sampling(1, min_p=0.04)) == set("月花雪")
    assert first(Sampling(1, top_p=0.6)) == set("月花")
    assert len(first(Sampling(9))) > 20


def test_a_place_that_nothing_can_fill_is_no_crash_where_odds_are_cut(
    by_chance: Callable[..., Writer],
) -> None:
    tiny = by_chance(CharTokenizer("風花月石，。"))  # too few characters for seven places
    for sampling in (Sampling(1), Sampling(1, top_k=2), Sampling(0)):
        with pytest.raises(FormNotReached, match="no 4,3 was found") as error:
            poems(tiny, "4,3", sampling=sampling)
        hint = "temperature 0 has one answer" if not sampling.temperature else "ask for less"
        assert error.value.hint.startswith(hint)
        assert error.value.exit_code == 4


def test_a_line_that_stands_in_the_training_text_is_not_written(
    by_chance: Callable[..., Writer],
    index_of: Callable[..., NoveltyIndex],
    tokenizer: CharTokenizer,
) -> None:
    model = by_chance(tokenizer, bold=0.6)
    cold = Sampling(0.3)
    loved = {line for s in range(4) for line in cut(poems(model, "五絕", seed=s, sampling=cold)[0])}
    model.index = index_of(loved)
    for seed in range(4):
        (text,) = poems(model, "五絕", seed=seed, sampling=cold)
        assert loved.isdisjoint(cut(text))
        assert scan(text, named("五絕")).keeps(strict=True)


def test_when_the_only_answer_is_a_copy_that_is_said(
    by_chance: Callable[..., Writer],
    index_of: Callable[..., NoveltyIndex],
    tokenizer: CharTokenizer,
) -> None:
    model = by_chance(tokenizer, bold=0.6)
    (greedy,) = poems(model, "五絕", sampling=Sampling(0))
    model.index = index_of(cut(greedy)[3:])
    with pytest.raises(FormNotReached, match="no 五絕 was found") as error:
        poems(model, "五絕", sampling=Sampling(0))
    assert "raise --temperature" in error.value.hint
    last = "，".join(cut(greedy))  # given whole, it is the prompt's own
    assert cut(poems(model, "五絕", prompt=last)[0]) == cut(greedy)


def test_a_mood_is_read_and_not_written(writer: Writer) -> None:
    without = poems(writer, "五絕")
    moved = poems(writer, "五絕", context="春水連天碧，")
    assert moved != without
    assert moved == poems(writer, "五絕", context="春水連天碧，")
    assert moved != poems(writer, "五絕", context="孤舟人不寐，")
    assert len(moved[0]) == 24


def test_the_cost_of_a_poem_is_the_models_own(writer: Writer) -> None:
    for temperature in (0.3, 1.0, 2.0):
        sampling = Sampling(temperature)
        (one,) = writer.poems(form="五絕", seeds=[(1,)], sampling=sampling)
        score = writer.score(one.poem.text, form="五絕")
        assert one.nats_per_character == pytest.approx(score.nats_per_character, rel=1e-4)
        assert one.ended


@pytest.mark.parametrize("many", [{"particles": 40}, {"particles": 4, "best_of": 10}])
def test_the_best_of_many_is_likelier_than_one(writer: Writer, many: dict[str, int]) -> None:
    def nats(**many: Any) -> float:
        seeds = [(s,) for s in range(8)]
        found = list(writer.poems(form="五絕", seeds=seeds, **many))
        assert all(len(one.poem.text) == 24 for one in found)
        return sum(one.nats_per_character for one in found)

    assert nats(**many) < nats(particles=1, best_of=1) - 1


def test_a_model_without_chinese_is_told_apart_from_one_that_knows_too_little(
    by_chance: Callable[..., Writer],
) -> None:
    with pytest.raises(UsageError, match="this model knows no Chinese characters to write 五絕"):
        poems(by_chance(CharTokenizer("abc\n")), "五絕")
    for prompt in ("", "月"):
        with pytest.raises(
            UsageError, match="knows too few characters that rhyme for 五絕"
        ) as error:
            poems(by_chance(CharTokenizer("風花月石，。")), "五絕", prompt=prompt)
        assert error.value.hint == "--rhyme off leaves the line ends free"


def test_poems_that_were_found_come_before_it_is_said_that_others_were_not(
    writer: Writer,
) -> None:
    seeds = [(1,), (1, 1)]
    coming = writer.poems(form="五絕", seeds=seeds, sampling=Sampling(0))
    assert next(coming).poem.text
    with pytest.raises(FormNotReached, match="no 五絕 was found"):
        next(coming)


def test_the_oldest_lines_are_forgotten() -> None:
    recent = RecentLines(most=4)
    for poem in (["春水連天碧", "明月照大江"], ["夜雨三千樹", "雲山四萬家"], ["卻嫌桃李色"]):
        assert not recent.contains_any(poem)
        recent.add(poem)
    assert not recent.contains_any(["春水連天碧"])
    assert all(recent.contains_any([x]) for x in ("明月照大江", "夜雨三千樹", "卻嫌桃李色"))
    recent.add(["春水連天碧", *map(str, range(10))])
    assert not recent.contains_any(["春水連天碧", "卻嫌桃李色"])
