"""The models there are, by name."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from poet import paths
from poet.checkpoint import Checkpoint, weight_shapes
from poet.cli import asking
from poet.tokenizer import CharTokenizer

Poet = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _three_models(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that ships, one of the user's, one of which nothing is known."""
    monkeypatch.setattr(paths, "shipped", lambda: tmp_path / "shipped")
    model = Checkpoint.read(tiny)
    model.write(tmp_path / "shipped" / "checkpoints" / "tang")
    model.write(paths.models() / "mine")
    tokenizer = CharTokenizer("月")
    weights = {k: np.zeros(shape) for k, shape in weight_shapes(len(tokenizer), 2, 3).items()}
    Checkpoint(tokenizer, weights).write(paths.models() / "bare")


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Somebody at a terminal, who answers so."""

    def typed(text: str) -> None:
        monkeypatch.setattr(asking, "is_terminal", lambda: True)
        monkeypatch.setattr("sys.stdin", io.StringIO(text))

    return typed


def test_list_names_the_models_that_ship_and_the_users_own(poet: Poet, tiny: Path) -> None:
    code, out, _ = poet("models", "list")
    assert code == 0
    rows = {line.split("\t")[0]: line.split("\t")[1:] for line in out.splitlines()}
    assert set(rows) == {"tang", "mine", "bare"}
    count = Checkpoint.read(tiny).parameters
    folder = str(paths.models() / "mine")
    assert rows["mine"] == [f"{count:,} parameters", "sample", folder, "own"]
    assert rows["tang"][3] == "shipped"


def test_a_damaged_model_is_named_and_the_others_are_listed(poet: Poet) -> None:
    (paths.models() / "mine" / "model.json").write_text("{", "utf-8")
    code, out, _ = poet("models", "list")
    assert code == 0
    assert "tang\t" in out
    assert "mine\t" in out
    assert "model.json cannot be read" in out


def test_damaged_weights_are_named_too(poet: Poet) -> None:
    weights = paths.models() / "mine" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    rows = [line.split("\t") for line in poet("models", "list")[1].splitlines()]
    assert [row[1] for row in rows if row[0] == "mine"] == ["damaged"]
    assert "by its digest" in next(row[2] for row in rows if row[0] == "mine")
    weights.unlink()
    assert "model.safetensors is missing" in poet("models", "list")[1]


def test_show_gives_the_card(poet: Poet, tiny: Path) -> None:
    assert poet("models", "show", "mine")[1] == (tiny / "README.md").read_text("utf-8")


def test_path_prints_where_a_model_lies(poet: Poet) -> None:
    assert poet("models", "path", "mine")[:2] == (0, f"{paths.models() / 'mine'}\n")


def test_a_model_that_is_not_there_names_the_nearest(poet: Poet) -> None:
    code, out, err = poet("models", "show", "mien")
    assert (code, out) == (3, "")
    assert err.startswith("poet: there is no model called mien\n      did you mean mine?")


def test_a_model_of_the_users_comes_before_one_that_ships(poet: Poet, tiny: Path) -> None:
    Checkpoint.read(tiny).write(paths.models() / "tang")
    assert poet("models", "path")[1] == f"{paths.models() / 'tang'}\n"


# The default


def test_the_default_writes_where_no_model_is_named(
    poet: Poet, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert poet("models", "default")[:2] == (0, "")
    assert poet("models", "default", "mine") == (0, "", "")
    assert poet("models", "default") == (0, "mine\n", f"set by {paths.settings()}\n")
    assert paths.settings().read_text("utf-8") == 'model = "mine"\n'
    assert "\town, default\n" in poet("models", "list")[1]
    assert poet("models", "path")[1] == f"{paths.models() / 'mine'}\n"
    again = poet("write", "春", "--seed", 1, "--max-chars", 9)[2]
    assert " -m mine" in again
    assert "there is no model called nobody" in poet("write", "春", "-m", "nobody")[2]
    code, _, err = poet("write", "The moon", "--form", "sonnet")
    assert (code, err.splitlines()[1]) == (2, "      -m english names one that does")
    monkeypatch.setenv("POET_MODEL", "nobody")
    assert "there is no model called nobody" in poet("write", "春")[2]
    assert poet("models", "default") == (0, "nobody\n", "set by POET_MODEL\n")
    code, _, err = poet("models", "default", "bare")
    assert (code, err) == (0, "nobody is still the default, by POET_MODEL, which weighs more\n")
    monkeypatch.delenv("POET_MODEL")
    assert poet("models", "default", "--unset")[0] == 0
    assert paths.settings().read_text("utf-8") == ""
    assert poet("models", "default")[:2] == (0, "")


def test_a_table_of_the_same_file_weighs_more_than_the_default(poet: Poet) -> None:
    settings = '# mine\n\n[write]\nmodel = "nobody"  # kept\n'
    paths.settings().parent.mkdir(exist_ok=True)
    paths.settings().write_text(settings, "utf-8")
    assert poet("models", "default", "mine")[0] == 0
    text = paths.settings().read_text("utf-8")
    assert 'model = "mine"\n' in text
    assert text.endswith('[write]\nmodel = "nobody"  # kept\n')
    assert "# mine" in text
    assert "there is no model called nobody" in poet("write", "春")[2]
    shown = poet("config")[1]
    assert "poet explain  --model  mine" in shown
    assert "poet write    --model  nobody" in shown


@pytest.mark.parametrize("text", ["model = 3\n", "model = 'a\\n", 'model = "a\\u0000"\n'])
def test_a_default_that_is_no_name_is_named(poet: Poet, text: str) -> None:
    paths.settings().parent.mkdir(exist_ok=True)
    paths.settings().write_text(text, "utf-8")
    code, out, err = poet("write", "春")
    assert code in (2, 3)
    assert out == ""
    assert str(paths.settings()) in err


def test_the_default_of_the_working_folder_stays_inside_it(
    poet: Poet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    Path("poet.toml").write_text('model = "mine"\n', "utf-8")
    assert poet("models", "default") == (0, "mine\n", "set by poet.toml\n")
    Path("poet.toml").write_text('model = "../other"\n', "utf-8")
    code, _, err = poet("write", "春")
    assert (code, err.splitlines()[0]) == (
        2, "poet: poet.toml in the working folder may not name a model outside it"
    )  # fmt: skip


def test_a_default_is_refused_where_it_would_have_no_effect(
    poet: Poet, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert poet("models", "default", "nobody")[0] == 3
    assert poet("models", "default", "mine", "--unset")[0] == 2
    monkeypatch.setenv("POET_CONFIG", "/dev/null")
    code, _, err = poet("models", "default", "mine")
    assert (code, err.splitlines()[0]) == (
        2, "poet: POET_CONFIG is set, so that your own file of settings is not read"
    )  # fmt: skip
    assert not paths.settings().exists()


# Other names, and none


def test_a_model_that_is_renamed_stays_the_default(poet: Poet) -> None:
    poet("models", "default", "mine")
    assert poet("models", "rename", "mine", "autumn") == (0, "", "")
    assert poet("models", "default")[1] == "autumn\n"
    assert not (paths.models() / "mine").exists()
    Checkpoint.read(paths.models() / "autumn")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("mine", "bare"), 2, "there is already a model called bare"),
        (("mine", "mine"), 2, "there is already a model called mine"),
        (("mine", "tang"), 2, "tang is the name of a model that comes with poet"),
        (("mine", "../up"), 2, "'../up' cannot be the name of a model"),
        (("mine", ""), 2, "'' cannot be the name of a model"),
        (("tang", "mine"), 2, "tang comes with poet, and cannot be changed"),
        (("mien", "autumn"), 3, "there is no model called mien"),
        (("../mine", "autumn"), 3, "there is no model called ../mine"),
    ],
)
def test_a_name_that_cannot_be_is_refused(
    poet: Poet, words: tuple[str, str], code: int, message: str
) -> None:
    got, out, err = poet("models", "rename", *words)
    assert (got, out) == (code, "")
    assert err.startswith(f"poet: {message}")
    assert sorted(path.name for path in paths.models().iterdir()) == ["bare", "mine"]


def test_a_model_in_8_bits_says_how_small_it_is_and_writes(poet: Poet) -> None:
    code, out, err = poet("models", "quantize", "mine")
    assert (code, out) == (0, "")
    assert re.fullmatch(r"mine: [\d.]+ MB of weights, [\d.]+ before\n", err)
    assert "stored in 8 bits" in poet("models", "show", "mine")[1]
    assert poet("write", "春", "-m", "mine", "--seed", "1")[0] == 0
    code, _, err = poet("models", "quantize", "tang")
    assert (code, err.splitlines()[0]) == (2, "poet: tang comes with poet, and cannot be changed")


def test_a_model_is_removed_after_asking(poet: Poet, answer: Callable[[str], None]) -> None:
    answer("n\n")
    code, out, err = poet("models", "rm", "mine")
    assert (code, out) == (1, "")
    assert "Remove the model mine" in err
    assert err.endswith("poet: nothing was removed\n")
    assert (paths.models() / "mine").exists()
    answer("y\n")
    assert poet("models", "rm", "mine")[0] == 0
    assert [path.name for path in paths.models().iterdir()] == ["bare"]


def test_where_nobody_can_be_asked_nothing_is_removed(poet: Poet) -> None:
    code, _, err = poet("models", "rm", "mine")
    assert (code, err) == (
        2, "poet: nobody can be asked here whether to remove it\n      add --yes\n"
    )  # fmt: skip
    assert (paths.models() / "mine").exists()


def test_models_are_removed_without_asking_if_told_so(poet: Poet) -> None:
    poet("models", "default", "mine")
    code, out, err = poet("models", "rm", "mine", "bare", "--yes")
    assert (code, out) == (0, "")
    assert err.splitlines() == [
        "removed: mine",
        "it was the default; now the language of a request chooses the model",
        "removed: bare",
    ]
    assert list(paths.models().iterdir()) == []
    assert poet("models", "default")[1] == ""


def test_nothing_is_removed_where_one_of_the_models_cannot_be(poet: Poet) -> None:
    code, _, err = poet("models", "rm", "mine", "tang", "--yes")
    assert (code, err.splitlines()[0]) == (
        2, "poet: tang comes with poet, and cannot be changed"
    )  # fmt: skip
    assert (paths.models() / "mine").exists()


def test_of_two_called_so_the_users_own_is_removed(poet: Poet, tiny: Path) -> None:
    Checkpoint.read(tiny).write(paths.models() / "tang")
    assert poet("models", "rm", "tang", "--yes")[0] == 0
    assert poet("models", "path", "tang")[0] == 0


def test_what_a_link_points_to_is_not_removed(poet: Poet, tmp_path: Path) -> None:
    (paths.models() / "mine").rename(tmp_path / "kept")
    (paths.models() / "mine").symlink_to(tmp_path / "kept")
    assert poet("models", "rm", "mine", "--yes")[0] == 0
    assert not (paths.models() / "mine").is_symlink()
    Checkpoint.read(tmp_path / "kept")


# One file


def test_a_model_goes_to_another_computer_in_one_file(
    poet: Poet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert poet("models", "export", "mine") == (0, "", "written: mine.poet\n")
    monkeypatch.setenv("POET_HOME", str(tmp_path / "theirs"))
    assert poet("models", "import", "mine.poet") == (
        0, "", "added: mine; poet write -m mine writes with it\n"
    )  # fmt: skip
    assert poet("models", "import", "mine.poet")[0] == 2
    assert poet("models", "import", "mine.poet", "--name", "b")[0] == 0
    assert poet("models", "import", "mine.poet", "--force")[0] == 0
    assert poet("write", "春", "-m", "mine", "--max-chars", 5)[0] == 0


def test_a_run_and_a_folder_are_exported_by_the_name_of_the_folder(
    poet: Poet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert poet("models", "export", paths.models() / "mine")[2] == "written: mine.poet\n"
    assert poet("models", "export", "mine", "-o", "a.zip")[0] == 2
    assert poet("models", "export", "mine", "-o", "nowhere/a.poet")[0] == 3
    assert poet("models", "export", "nobody")[0] == 3


def test_a_file_that_is_given_as_a_model_is_to_be_imported(poet: Poet, tmp_path: Path) -> None:
    file = tmp_path / "x.poet"
    assert poet("models", "export", "mine", "-o", file)[0] == 0
    code, _, err = poet("write", "-m", file)
    assert (code, err) == (
        3, f"poet: {file} is a model in one file\n      poet models import {file} adds it\n"
    )  # fmt: skip
    code, _, err = poet("models", "import", __file__)
    assert code == 3
    assert err.startswith(f"poet: {__file__} was not added: it is not a whole archive")
