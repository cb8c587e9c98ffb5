"""Windows are read at once from anywhere, and equal those cut from the whole sequence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poet.dataset import build as building
from poet.dataset.build import build
from poet.dataset.dataset import TokenDataset
from poet.dataset.held_out import IGNORE
from poet.poem import Poem
from poet.runs.config import TrainConfig
from poet.tokenizer import BODY, BOS, EOS, Ids
from poet.training.aux_targets import AuxiliaryTargets
from poet.training.batches import EpochBatches, shortest_epoch

B, T = 3, 7
SETTINGS = TrainConfig(batch_size=B, window=T, keep_form=0.6, keep_author=0.4, keep_title=0.3)
Three = tuple[TokenDataset, list[Poem]]


@pytest.fixture(scope="module")
def verse(tmp_path_factory: pytest.TempPathFactory) -> Three:
    """Poems of unequal lengths, some with an author, a title, a form, some without."""
    rng = np.random.default_rng(1)
    letters = list(map(chr, range(0x4E00, 0x4E50)))

    def line(n: int) -> str:
        return "".join(rng.choice(letters, n))

    poems = [
        Poem("，".join(line(5 + 2 * (i % 2)) for _ in range(3 + i % 2)) + "。",
             title=line(i % 4), author="甲" if i % 3 else "")
        for i in range(150)
    ]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "MIN_AUTHOR_POEMS", 20)
        dataset = build(tmp_path_factory.mktemp("lanes") / "s", {"verse": poems})
    return dataset, poems


@pytest.fixture(scope="module")
def epoch(verse: Three) -> EpochBatches:
    return EpochBatches(verse[0], SETTINGS, 2)


def naive_row(epoch: EpochBatches) -> Ids:
    """All of the epoch as one array, poem after poem."""
    dataset, sequences = epoch.dataset, []
    for i, poem in enumerate(epoch.order):
        has_title = len(dataset.title(int(poem))) > 0
        marks = 2 + (epoch.form[i] >= 0) + (epoch.author[i] >= 0)
        sequences.append(
            dataset.sequence(
                int(poem),
                form=bool(epoch.form[i] >= 0),
                author=bool(epoch.author[i] >= 0),
                title=bool(has_title and epoch.head[i] > marks),
            )
        )
    return np.concatenate(sequences)


@pytest.fixture(scope="module")
def row(epoch: EpochBatches) -> Ids:
    return naive_row(epoch)


def test_the_row_is_as_long_as_is_said(epoch: EpochBatches, row: Ids) -> None:
    assert len(row) == epoch.size
    assert np.array_equal(epoch.read(np.arange(epoch.size)), row)


@given(st.data())
def test_any_stretch_equals_that_of_the_whole_row(
    epoch: EpochBatches, row: Ids, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(row)))
    stop = data.draw(st.integers(start, min(len(row), start + 200)))
    assert np.array_equal(epoch.read(np.arange(start, stop)), row[start:stop])


def test_windows_follow_each_other_along_each_row(epoch: EpochBatches, row: Ids) -> None:
    rows = row[epoch.offset :][: epoch.row_length * B].reshape(B, epoch.row_length)
    read = np.concatenate([epoch.window(i)[0] for i in range(epoch.num_windows)], axis=1)
    assert np.array_equal(read, rows[:, : epoch.num_windows * T])
    assert epoch.row_length - 1 - epoch.num_windows * T < T  # no window is wasted


def test_targets_are_the_characters_that_follow(epoch: EpochBatches) -> None:
    inputs, targets = epoch.window(3)
    assert inputs.shape == targets.shape == (B, T)
    assert np.array_equal(targets[:, :-1], inputs[:, 1:])
    assert np.array_equal(targets[:, -1], epoch.window(4)[0][:, 0])


def test_every_training_poem_is_read_once_and_no_other(epoch: EpochBatches, verse: Three) -> None:
    assert sorted(epoch.order) == verse[0].poems(held_out=False).tolist()


def test_epochs_differ_and_the_same_epoch_is_the_same(epoch: EpochBatches, verse: Three) -> None:
    again = EpochBatches(verse[0], SETTINGS, 2)
    assert np.array_equal(again.read(np.arange(again.size)), epoch.read(np.arange(epoch.size)))
    assert again.offset == epoch.offset
    for other in (
        EpochBatches(verse[0], SETTINGS, 3),
        EpochBatches(verse[0], SETTINGS.changed(seed=2), 2),
    ):
        assert not np.array_equal(other.order, epoch.order)


def test_conditions_are_kept_at_about_the_share_asked_for(verse: Three) -> None:
    dataset = verse[0]
    kept = {"form": 0, "author": 0}
    had = {"form": 0, "author": 0}
    for number in range(12):
        epoch = EpochBatches(dataset, SETTINGS, number)
        for name, marks in (("form", epoch.form), ("author", epoch.author)):
            kept[name] += int((marks >= 0).sum())
            had[name] += int((dataset.table[name][epoch.order] >= 0).sum())
    assert kept["form"] / had["form"] == pytest.approx(0.6, abs=0.06)
    assert kept["author"] / had["author"] == pytest.approx(0.4, abs=0.06)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_conditions_can_be_kept_always_or_never(verse: Three, share: float) -> None:
    dataset = verse[0]
    never_or_always = SETTINGS.changed(keep_form=share, keep_author=share, keep_title=share)
    epoch = EpochBatches(dataset, never_or_always, 0)
    keep = bool(share)
    wanted = [dataset.sequence(int(p), form=keep, author=keep, title=keep) for p in epoch.order]
    assert np.array_equal(epoch.read(np.arange(epoch.size)), np.concatenate(wanted))


def test_a_stream_is_cut_into_rows_as_it_is_drawn(tmp_path: Path) -> None:
    """abcdefghijklmn, 2 rows, windows of 3  ->  abc def / hij klm, between <poem> <body> …"""
    text = "abcdefghijklmnopqrstuvw" * 100
    dataset = build(tmp_path / "s", {"long": [Poem(text)]}, stream=True)
    settings = TrainConfig(batch_size=2, window=300)  # long: so that no offset is drawn
    epoch = EpochBatches(dataset, settings, 0)
    row = [BOS, BODY, *dataset.tokenizer.encode(text[:2070]), EOS]
    assert (epoch.size, epoch.offset, epoch.row_length, epoch.num_windows) == (2073, 0, 1036, 3)
    first, last = epoch.window(0)[0], epoch.window(2)[1]
    assert first.tolist() == [row[:300], row[1036:1336]]
    assert last.tolist() == [row[601:901], row[1637:1937]]


def test_a_stream_may_have_more_characters_than_32_bits_count(tmp_path: Path) -> None:
    text = "abcdefghijklmnopqrstuvw" * 100
    dataset = build(tmp_path / "s", {"long": [Poem(text)]}, stream=True)
    size = 5_000_000_000
    with (dataset.folder / "ids.bin").open("r+b") as file:
        file.truncate(2 * (size + 100))  # a hole, which takes no room on the disk
        file.seek(2 * (size - 1))
        file.write(dataset.tokenizer.encode("w").astype("<u2").tobytes())
    np.array([0, size, size + 100], dtype="<i8").tofile(dataset.folder / "start.bin")
    changed = TokenDataset(dataset.folder, dataset.tokenizer, dataset.facts)  # and not verified
    epoch = EpochBatches(changed, TrainConfig(batch_size=2, window=300), 0)
    assert epoch.size == 3 + size
    found = epoch.read(np.arange(epoch.size - 3, epoch.size)).tolist()
    assert found == [0, *dataset.tokenizer.encode("w"), EOS]
    inputs, targets = epoch.window(epoch.num_windows - 1)
    assert inputs.shape == targets.shape == (2, 300)
    assert not inputs.any()  # the hole


def test_text_shorter_than_its_rows_has_no_window(verse: Three) -> None:
    assert EpochBatches(verse[0], SETTINGS.changed(batch_size=500, window=50), 0).num_windows == 0


def test_auxiliary_labels_belong_to_their_inputs(verse: Three, epoch: EpochBatches) -> None:
    aux = AuxiliaryTargets(epoch.dataset.tokenizer)
    aux.rhyme_groups[:] = np.arange(len(aux.rhyme_groups))  # every character its own group
    for index in (0, 3, epoch.num_windows - 1):
        inputs, targets = epoch.window(index)
        found, left = epoch.aux_labels(index, aux)
        assert found.shape == left.shape == inputs.shape == (B, T)
        for b in range(B):
            row = [*inputs[b], targets[b, -1]]
            for at in range(T - 1):
                rest = row[at + 1 :]
                (stop,) = aux.is_rhyme_stop.nonzero()[0]
                before = rest.index(stop) if stop in rest else None
                if before and EOS not in rest[:before]:
                    assert found[b, at] == rest[before - 1]
                if inputs[b, at] == EOS:
                    assert found[b, at] == left[b, at] == IGNORE
                elif at + 1 < T and inputs[b, at + 1] != EOS:
                    ended = aux.is_line_stop[inputs[b, at + 1]]
                    assert left[b, at + 1] == left[b, at] - ended


def test_the_titles_of_a_window_are_those_that_its_poems_are_given(epoch: EpochBatches) -> None:
    for index in range(min(3, epoch.num_windows)):
        ids, owner, poem = epoch.titles(index)
        for b in range(B):
            start = epoch.offset + epoch.row_length * b + T * index
            for t in range(T):
                i = int(np.searchsorted(epoch.ends, start + t, side="right"))
                marks = 2 + (epoch.form[i] >= 0) + (epoch.author[i] >= 0)
                own = epoch.dataset.title(int(epoch.order[i])).tolist()
                found = ids[b, owner[b] == poem[b, t]]
                assert found.tolist() == (own if epoch.head[i] > marks else [])


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> TokenDataset:
    """Two texts, of 40 and of 60 poems."""
    rng = np.random.default_rng(3)
    letters = list(map(chr, range(0x4E00, 0x4E50)))
    made = [Poem("".join(rng.choice(letters, 30)) + "。") for _ in range(100)]
    return build(tmp_path_factory.mktemp("two") / "s", {"first": made[:40], "rest": made[40:]})


def test_poems_of_the_first_text_can_be_read_more_often(two: TokenDataset) -> None:
    epoch = EpochBatches(two, SETTINGS.changed(repeat_first=3), 1)
    of = two.table["source"][epoch.order]
    times = np.bincount(epoch.order)[np.unique(epoch.order)]
    assert set(times[two.table["source"][np.unique(epoch.order)] == 0]) == {3}
    assert (of == 0).sum() == 3 * len(two.poems(held_out=False, source=0))
    assert (of == 1).sum() == len(two.poems(held_out=False, source=1))
    assert not two.table["held"][epoch.order].any()


def test_an_epoch_that_finishes_has_the_first_text_alone(two: TokenDataset) -> None:
    epoch = EpochBatches(two, SETTINGS.changed(repeat_first=3), 1, finishing=True)
    assert sorted(epoch.order) == two.poems(held_out=False, source=0).tolist()


@pytest.mark.parametrize("finishing", [False, True])
def test_the_shortest_epoch_keeps_no_condition(two: TokenDataset, finishing: bool) -> None:
    bare = SETTINGS.changed(repeat_first=3, keep_form=0.0, keep_author=0.0, keep_title=0.0)
    epoch = EpochBatches(two, bare, 0, finishing=finishing)
    assert shortest_epoch(two, SETTINGS.changed(repeat_first=3), finishing=finishing) == epoch.size
