"""A line that stands in the training text is known, and a new one is left in peace."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from poet.characters import is_han
from poet.dataset.build import build
from poet.dataset.dataset import TokenDataset
from poet.dataset.prepare import prepare
from poet.errors import InputError
from poet.novelty import fuse_filter, index
from poet.novelty.fuse_filter import FuseFilter
from poet.novelty.index import FILE, MAX_NGRAMS, NoveltyIndex
from poet.novelty.ngrams import MAX_WORD, NGRAM, hash_ngrams, hash_units, training_ngrams
from poet.poem import Poem
from poet.tokenizer import UNK, codepoints

RANDOM = np.random.default_rng(7).integers(0, 1 << 64, 30_000, dtype=np.uint64)
QUATRAIN = "春水連天碧，孤舟載月歸。寒燈人不寐，細雨落花深。"
VERSES = "The moon is on the sea tonight,\nand no one's at the door;\nA lamp.\n"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> NoveltyIndex:
    """The index of two poems, and of others too short of line to be in it."""
    filler = [Poem("山日水雲，" * 500), Poem("東西南北，" * 50)]
    texts = {"verse": [Poem(QUATRAIN), Poem(VERSES), *filler]}
    index = NoveltyIndex.from_dataset(build(tmp_path_factory.mktemp("small") / "s", texts))
    assert index
    return index


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> TokenDataset:
    folder = tmp_path_factory.mktemp("english") / "store"
    text = [str(sample / "english.txt")]
    return prepare(text, layout="stream", notify=lambda remark: None, folder=folder)


def lines_of(dataset: TokenDataset, *, held_out: bool) -> list[str]:
    """The lines of one side; an unknown character ends one, as a stop does."""
    stop = dataset.tokenizer.encode("，")[0]
    poems = [dataset.verse(int(i)) for i in dataset.poems(held_out=held_out)]
    texts = [dataset.tokenizer.decode(np.where(ids == UNK, stop, ids)) for ids in poems]
    return [line for text in texts for line in re.split("[，。！？；：、\n]", text)]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 10, 333, 5_000])
def test_a_filter_never_misses_a_key_and_seldom_finds_another(count: int) -> None:
    keys, others = RANDOM[:count], RANDOM[5_000:]
    made = FuseFilter.from_keys(keys)
    assert made.contains(keys).all()
    assert made.contains(others).mean() < 0.01
    assert made.checked() is made


def test_a_filter_depends_on_its_keys_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = FuseFilter.from_keys(RANDOM[:5_000])
    monkeypatch.setattr(fuse_filter, "PIECE", 977)
    pieces = FuseFilter.from_keys(RANDOM[:5_000])
    assert (whole.table == pieces.table).all()
    assert whole.seed == pieces.seed


def test_the_hashes_are_those_of_every_machine() -> None:
    assert hash_ngrams(hash_units("春水連天碧")).tolist() == [11935491437038916858]
    assert hash_units("Moon").tolist() == [4330142505662327976]


def test_what_may_ship_fits_its_bytes() -> None:
    assert fuse_filter.segment_layout(MAX_NGRAMS)[1] + 1_000 < 7_500_000


def test_the_grams_of_a_text_are_those_that_a_plain_loop_finds(dataset: TokenDataset) -> None:
    wanted = set()
    for line in lines_of(dataset, held_out=False):
        words = re.findall("[㐀-\u9fff]|[A-Za-z0-9]+", line)
        for i in range(len(words) - NGRAM + 1):
            wanted |= set(hash_ngrams(hash_units(" ".join(words[i : i + NGRAM]))).tolist())
    found = training_ngrams(dataset, MAX_NGRAMS)
    assert found is not None
    assert len(wanted) > 500
    assert found.tolist() == sorted(wanted)


@pytest.mark.parametrize("piece", [64, 97, 1_000])
@pytest.mark.parametrize("which", ["dataset", "english"])
def test_the_grams_do_not_depend_on_the_pieces_that_are_read(
    which: str, piece: int, request: pytest.FixtureRequest
) -> None:
    dataset: TokenDataset = request.getfixturevalue(which)
    whole = training_ngrams(dataset, MAX_NGRAMS)
    pieces = training_ngrams(dataset, MAX_NGRAMS, piece=piece)
    assert whole is not None
    assert pieces is not None
    assert whole.tolist() == pieces.tolist()


def test_words_longer_than_any_are_cut_alike_in_every_piece(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(2)
    text = "".join(rng.choice(list("abcdefg "), 3_000, p=[0.142] * 7 + [0.006]))
    dataset = build(tmp_path / "s", {"long": [Poem(text)]}, stream=True)
    whole = training_ngrams(dataset, MAX_NGRAMS)
    assert max(map(len, text.split())) > 3 * MAX_WORD
    pieces = training_ngrams(dataset, MAX_NGRAMS, piece=64)
    assert whole is not None
    assert pieces is not None
    assert whole.tolist() == pieces.tolist()
    training = dataset.tokenizer.decode(dataset.verse(int(dataset.poems(held_out=False)[0])))
    assert whole.tolist() == sorted(set(hash_ngrams(hash_units(training)).tolist()))


def test_every_training_line_stands_and_held_out_ones_do_not(dataset: TokenDataset) -> None:
    index = NoveltyIndex.from_dataset(dataset)
    assert index
    training, held_out = (
        [line for line in lines_of(dataset, held_out=held) if len(hash_units(line)) >= NGRAM]
        for held in (False, True)
    )
    assert all(index.contains_line(line) for line in training)
    unread = set(held_out) - set(training)
    assert len(unread) >= 50
    assert (
        sum(index.contains_line(line) for line in unread) <= 1
    )  # one gram in 256 is a false alarm


def test_a_line_is_found_and_with_one_character_changed_it_is_not(small: NoveltyIndex) -> None:
    assert small.contains_line("春水連天碧，")
    assert small.contains_line("孤舟載月歸")
    assert not small.contains_line("春水連山碧，")
    assert not small.contains_line("水連天碧孤")  # no line goes across a stop


def test_words_are_found_whatever_their_case_and_marks(small: NoveltyIndex) -> None:
    assert small.contains_line("the MOON is on the sea tonight")
    assert small.contains_line("And no one’s at the door!")
    assert small.contains_line("moon is on the sea")  # within a longer line
    assert not small.contains_line("The moon is in the sea tonight,")
    assert not small.contains_line("sea tonight, and no one's")


def test_fewer_than_five_units_never_stand(small: NoveltyIndex) -> None:
    for line in ("春水連天，", "A lamp.", "the moon is on", "", "，", "孤舟載月，歸。"):
        assert not small.contains_line(line)
        assert small.longest_run([line]) == 0
    assert not small.contains_lines(codepoints("春水連天孤舟載月").reshape(2, 4)).any()


def test_many_lines_at_once_are_judged_as_one_by_one(dataset: TokenDataset) -> None:
    index = NoveltyIndex.from_dataset(dataset)
    assert index
    sides = [line for held in (False, True) for line in lines_of(dataset, held_out=held)]
    for length in (4, 5, 7):
        lines = [x for x in sides if len(x) == length and all(map(is_han, x))]
        turned = [line[::-1] for line in lines]
        codes = codepoints("".join(lines + turned)).reshape(-1, length)
        assert index.contains_lines(codes).tolist() == [
            index.contains_line(x) for x in lines + turned
        ]


def test_the_longest_run_goes_on_over_the_end_of_a_line(small: NoveltyIndex) -> None:
    assert small.longest_run(["春水連天碧，"]) == 5
    assert small.longest_run(["春水連天碧，", "孤舟載月歸。"]) == 10
    assert small.longest_run(["春水連天碧，孤舟載月歸。"]) == 10
    assert small.longest_run(["春水連天碧，", "明月", "孤舟載月歸。"]) == 5
    assert small.longest_run(["春水連天碧山，", "孤舟載月歸。"]) == 5
    assert small.longest_run(["The moon is on the sea today"]) == 6


def test_the_novelty_of_a_poem(small: NoveltyIndex) -> None:
    poem = Poem("山深人不見，孤舟載月歸。寒燈人不寐，日落水悠悠。")
    assert small.novelty(poem) == index.Novelty(lines=4, copied_lines=(2, 3), longest_run=10)
    assert small.novelty(Poem("Rain,\n\n" + VERSES)).copied_lines == (2, 3)
    assert small.novelty(Poem("")) == index.Novelty(0, (), 0)


def test_an_index_written_and_read_is_the_same(small: NoveltyIndex, tmp_path: Path) -> None:
    small.write(tmp_path)
    first = (tmp_path / FILE).read_bytes()
    again = NoveltyIndex.read(tmp_path)
    assert again
    assert again.novelty(Poem(QUATRAIN)) == small.novelty(Poem(QUATRAIN))
    again.write(tmp_path)
    assert (tmp_path / FILE).read_bytes() == first


def test_a_model_without_an_index_has_none(small: NoveltyIndex, tmp_path: Path) -> None:
    assert NoveltyIndex.read(tmp_path) is None
    small.write(tmp_path)
    assert NoveltyIndex.read(tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-10],
        lambda data: data[:5],
        lambda data: b"",
        lambda data: data.replace(b'\\"format\\": 1', b'\\"format\\": 9'),
        lambda data: data.replace(b'\\"segment\\"', b'\\"sogment\\"'),
        lambda data: data.replace(b'\\"count\\": ', b'\\"count\\":-'),
        lambda data: data.replace(b'"index"', b'"other"'),
        lambda data: data.replace(b'"table"', b'"elbat"'),
        lambda data: data.replace(b'"U8"', b'"I8"'),
    ],
)
def test_a_damaged_or_foreign_index_is_refused_with_what_to_do(
    small: NoveltyIndex, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    small.write(tmp_path)
    data = (tmp_path / FILE).read_bytes()
    assert damage(data) != data
    (tmp_path / FILE).write_bytes(damage(data))
    with pytest.raises(InputError, match="is not an index of lines") as caught:
        NoveltyIndex.read(tmp_path)
    assert "delete it" in caught.value.hint


def test_a_text_with_too_many_grams_gets_no_index(dataset: TokenDataset) -> None:
    assert NoveltyIndex.from_dataset(dataset, max_ngrams=100) is None


def test_a_named_model_takes_its_index_along(
    poet: Callable[..., tuple[int, str, str]], tmp_path: Path, sample: Path
) -> None:
    words = (
        "train",
        sample / "quatrains.txt",
        "--preset",
        "tiny",
        "--steps",
        1,
        "--runs",
        tmp_path / "runs",
    )
    code, _, _ = poet(*words, "--name", "mine", "--batch-size", 4, "--window", 16)
    assert code == 0
    (run,) = (tmp_path / "runs").iterdir()
    index = NoveltyIndex.read(run)
    assert index
    assert index.ngrams.count > 300
    assert (tmp_path / "home/models/mine" / FILE).read_bytes() == (run / FILE).read_bytes()


def test_where_the_text_is_too_long_none_of_another_model_stays(
    poet: Callable[..., tuple[int, str, str]],
    small: NoveltyIndex,
    tmp_path: Path,
    sample: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = tmp_path / "home/models/mine"
    home.mkdir(parents=True)
    small.write(home)
    monkeypatch.setattr(NoveltyIndex, "from_dataset", lambda dataset: None)
    words = ("train", sample / "quatrains.txt", "--preset", "tiny", "--steps", 1, "--overwrite")
    lanes = ("--batch-size", 4, "--window", 16, "--runs", tmp_path / "runs")
    code, _, err = poet(*words, *lanes, "--name", "mine")
    assert code == 0
    assert "no index" in err
    assert not list(tmp_path.rglob(FILE))
