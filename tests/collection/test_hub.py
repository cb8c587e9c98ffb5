"""Models pushed to a stand-in for the Hugging Face hub, and pulled from it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import poet as package
from poet import paths
from poet.checkpoint import Checkpoint
from poet.collection.archive import MEMBERS

Poet = Callable[..., tuple[int, str, str]]
TOKEN = "hf_onlyForTests"
# huggingface_hub passes bytes to httpx2 in a way that this calls old
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def mine(tiny: Path) -> Path:
    """A model of the user's."""
    Checkpoint.read(tiny).write(paths.models() / "mine")
    return paths.models() / "mine"


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_what_is_pushed_can_be_pulled_by_somebody_else(
    poet: Poet, mine: Path, known: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = poet("models", "push", "mine", "li/autumn", "--license", "cc-by-4.0")
    assert (code, out, err) == (0, f"{known.url}/li/autumn\n", "")
    card = known.repositories["li/autumn"].commits[-1]["README.md"].decode()
    assert card.startswith("---\nmodel_name: 'autumn'\nlanguage: 'zh'\nlicense: 'cc-by-4.0'\n")
    assert "poet models pull li/autumn\n" in card
    monkeypatch.delenv("HF_TOKEN")
    assert poet("models", "pull", "li/autumn")[::2] == (
        0, "added: autumn; poet write -m autumn writes with it\n"
    )  # fmt: skip
    there, here = files(mine), files(paths.models() / "autumn")
    assert there.pop("README.md") != here.pop("README.md")
    assert there == here
    assert [path.name for path in paths.models().iterdir() if path.name.startswith(".")] == []


def test_the_card_has_metadata_that_the_hub_reads(poet: Poet, mine: Path, known: Any) -> None:
    from huggingface_hub import ModelCard

    poet("models", "push", "mine", "li/autumn", "--license", "mit", "--language", "lzh")
    card = ModelCard(known.repositories["li/autumn"].commits[-1]["README.md"].decode())
    facts: dict[str, object] = card.data.to_dict()  # type: ignore[no-untyped-call]
    assert facts == {
        "model_name": "autumn",
        "language": "lzh",
        "license": "mit",
        "library_name": "poet",
        "pipeline_tag": "text-generation",
        "tags": ["poetry", "lstm", "character-level"],
    }


def test_a_second_push_replaces_the_files_of_the_model_and_leaves_others(
    poet: Poet, mine: Path, known: Any
) -> None:
    assert poet("models", "push", "mine", "li/autumn")[0] == 0
    there = known.repositories["li/autumn"].commits
    there[-1] |= {"cliches.safetensors": b"of an older model", "notes.txt": b"mine"}
    assert poet("models", "push", "mine", "li/autumn")[0] == 0
    assert set(there[-1]) == {"README.md", "model.json", "model.safetensors", "notes.txt"}


def test_a_revision_can_be_pulled(poet: Poet, mine: Path, known: Any) -> None:
    poet("models", "push", "mine", "li/autumn")
    first, _ = known.repositories["li/autumn"].at("main")
    known.repositories["li/autumn"].commits.append({"notes.txt": b"nothing more"})
    code, _, err = poet("models", "pull", "li/autumn")
    assert (code, err.splitlines()[0]) == (
        3, "poet: li/autumn is no model of poet: model.json is missing"
    )  # fmt: skip
    assert poet("models", "pull", "li/autumn", "--revision", first)[0] == 0


def test_a_private_repository_is_seen_with_a_token_only(
    poet: Poet, mine: Path, known: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert poet("models", "push", "mine", "li/autumn", "--private")[0] == 0
    assert known.repositories["li/autumn"].private
    assert poet("models", "pull", "li/autumn", "--name", "a")[0] == 0
    monkeypatch.delenv("HF_TOKEN")
    code, _, err = poet("models", "pull", "li/autumn", "--name", "b")
    assert (code, err.splitlines()[0]) == (
        3, "poet: there is no model li/autumn on the hub, or you may not see it"
    )  # fmt: skip


def test_nothing_private_goes_where_everybody_can_read(poet: Poet, mine: Path, known: Any) -> None:
    known.put("li/autumn")
    code, _, err = poet("models", "push", "mine", "li/autumn", "--private")
    assert code == 1
    assert err.startswith("poet: li/autumn is there already, and everybody can read it")
    assert known.repositories["li/autumn"].commits == [{}]


def test_a_repository_of_something_else_is_left_alone(poet: Poet, mine: Path, known: Any) -> None:
    known.put("li/diary", README_md=b"private thoughts")
    code, _, err = poet("models", "push", "mine", "li/diary")
    assert code == 3
    assert err.startswith("poet: li/diary holds something other than a model of poet")
    assert len(known.repositories["li/diary"].commits) == 1


def test_only_files_of_a_model_are_fetched(poet: Poet, mine: Path, known: Any) -> None:
    poet("models", "push", "mine", "li/autumn")
    known.repositories["li/autumn"].commits[-1] |= {
        "pytorch_model.bin": b"a pickle", "../../up": b"x", "sub/model.json": b"{}",
    }  # fmt: skip
    assert poet("models", "pull", "li/autumn")[0] == 0
    assert set(files(paths.models() / "autumn")) <= {*MEMBERS}
    assert not [line for line in known.requests if "pickle" in line or ".bin" in line]


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
def test_what_is_damaged_on_its_way_is_not_added(
    poet: Poet, mine: Path, known: Any, name: str
) -> None:
    poet("models", "push", "mine", "li/autumn")
    known.corrupt = name
    code, out, err = poet("models", "pull", "li/autumn")
    assert (code, out) == (3, "")
    assert err.startswith("poet: li/autumn was not added: ")
    assert name in err
    assert [path.name for path in paths.models().iterdir()] == ["mine"]


def test_a_gated_model_says_where_to_ask(poet: Poet, mine: Path, known: Any) -> None:
    poet("models", "push", "mine", "li/autumn")
    known.repositories["li/autumn"].gated = True
    code, _, err = poet("models", "pull", "li/autumn")
    assert (code, err.splitlines()[0]) == (
        1, "poet: li/autumn is open only to those whom its owner lets in"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("pull", "li/nothing"), 3, "there is no model li/nothing on the hub"),
        (("pull", "li/autumn", "--revision", "old"), 3, "li/autumn has no revision old"),
        (("pull", "autumn"), 2, "'autumn' is no name of a model on the hub"),
        (("pull", "li/a/b"), 2, "'li/a/b' is no name of a model on the hub"),
        (("pull", "../etc/passwd"), 2, "'../etc/passwd' is no name of a model on the hub"),
        (("pull", "li/a--b..c", "--name", "x"), 2, "'li/a--b..c' is no name of a model on the hub"),
        (("pull", "li/tang"), 2, "tang is the name of a model that comes with poet"),
        (("pull", "li/mine"), 2, "there is already a model called mine"),
        (("push", "mine", "du/autumn"), 1, "the hub does not let you do that to du/autumn"),
        (("push", "nobody", "li/autumn"), 3, "there is no model called nobody"),
        (("push", "mine", "li/autumn", "--license", "x\ny"), 2, "'x\\ny' is no licence"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    poet: Poet, mine: Path, known: Any, words: tuple[str, ...], code: int, message: str
) -> None:
    known.put("li/autumn")
    got, out, err = poet("models", *words)
    assert (got, out) == (code, "")
    assert err.startswith(f"poet: {message}")
    assert err.count("\n") == 2
    assert TOKEN not in err


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "the hub does not accept your token"),
        (403, "the hub does not let you do that"),
        (429, "the hub has had too many requests"),
        (418, "the hub refused with status 418: �[31mfailed"),
    ],
)
def test_each_refusal_of_the_hub_is_a_sentence(
    poet: Poet, mine: Path, known: Any, status: int, message: str
) -> None:
    known.fails["POST /api/repos/create"] = status
    code, out, err = poet("models", "push", "mine", "li/autumn")
    assert (code, out) == (1, "")
    assert err.startswith(f"poet: {message}")
    assert TOKEN not in err


def test_without_a_token_a_push_says_how_to_get_one(poet: Poet, mine: Path, hub: Any) -> None:
    code, _, err = poet("models", "push", "mine", "li/autumn")
    assert code == 1
    assert "hf auth login" in err


def test_a_hub_that_cannot_be_reached_is_a_sentence(
    poet: Poet, mine: Path, hub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    for words in (("pull", "li/autumn"), ("push", "mine", "li/autumn")):
        code, out, err = poet("models", *words)
        assert (code, out) == (1, "")
        assert err.startswith("poet: the hub could not be reached")
    assert [path.name for path in paths.models().iterdir()] == ["mine"]


def test_offline_nothing_is_asked(
    poet: Poet, mine: Path, hub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    code, _, err = poet("models", "pull", "li/autumn")
    assert (code, err.splitlines()[0]) == (
        1, "poet: the hub is not asked, as HF_HUB_OFFLINE is set"
    )  # fmt: skip
    assert hub.requests == []


def test_in_a_process_of_its_own_the_hub_hears_what_it_must_and_no_more(
    mine: Path, hub: Any, tmp_path: Path
) -> None:
    env = {
        **os.environ,
        "PYTHONPATH": str(Path(package.__file__).parents[1]),
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path / "hf"),
        "HF_HUB_DISABLE_XET": "1",
        "HF_TOKEN": TOKEN,
    }
    env.pop("HF_HUB_DISABLE_TELEMETRY", None)
    for words in (("push", "mine", "li/autumn"), ("pull", "li/autumn")):
        done = subprocess.run(
            [sys.executable, "-m", "poet", "models", *words],
            env=env, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert TOKEN not in done.stdout + done.stderr
    assert all("li/autumn" in each or "/api/repos/create" in each or "/upload/" in each
               or "/api/validate-yaml" in each for each in hub.requests), hub.requests  # fmt: skip
    assert hub.agents
    assert not [agent for agent in hub.agents if "torch" in agent or "agent/" in agent]
