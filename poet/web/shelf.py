"""The models that a server offers, each loaded once and shared by all visitors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import TypedDict

from poet.api import load
from poet.characters import is_chinese
from poet.checkpoint import Checkpoint
from poet.errors import InputError, UsageError, did_you_mean
from poet.generation.request import WriteRequest
from poet.generation.writer import Writer
from poet.language import MODELS
from poet.registry import find_model

# A poem that fills the caches of each language, so that the first visitor does not wait for them
_FIRST = {"zh": "五絕", "en": "couplet"}


class ModelFacts(TypedDict):
    """A model: its name, the language that it writes (zh, en), where it comes from."""

    name: str
    language: str
    description: str
    trained: str


class Shelf:
    """Models by the names under which visitors ask for them; never by a path.

    Raises `InputError` where one is not there or damaged, `UsageError` for two of one name.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._folders: dict[str, Path] = {}
        for name in names or MODELS.values():
            folder = find_model(name)
            if self._folders.setdefault(folder.resolve().name, folder) != folder:
                raise UsageError(
                    f"two of the models are called {folder.resolve().name}", "rename one of them"
                )
        self.models = [_described(name, folder) for name, folder in self._folders.items()]
        self._writers: dict[str, Writer] = {}
        self._locks = {name: Lock() for name in self._folders}

    def writer(self, name: str) -> Writer:
        """The model of a name that `choose` has given, loaded if it was not yet."""
        with self._locks[name]:
            if name not in self._writers:
                self._writers[name] = load(self._folders[name])
        return self._writers[name]

    def choose(self, request: WriteRequest, environ: Mapping[str, str]) -> str:
        """The name of the model for a request: the one asked for, else the one that suits it.

        Raises `UsageError` where there is none.
        """
        if name := request.model:
            if name in self._folders:
                return name
            raise UsageError(
                f"this server offers no model called {name[:40]!r}",
                f"{did_you_mean(name[:40], list(self._folders))} it has "
                f"{', '.join(self._folders)}".strip(),
                "model",
            )
        if len(self._folders) == 1:
            return next(iter(self._folders))
        chosen = request.chosen_model(environ).model
        if chosen in self._folders:
            return chosen
        raise UsageError(
            "the request does not say which model is to write",
            f"name one of {', '.join(self._folders)}",
            "model",
        )

    def warm_up(self) -> None:
        """Load every model and write a few lines with it."""
        for model in self.models:
            writer = self.writer(model["name"])
            if form := _FIRST.get(model["language"]):
                for _ in writer.poems(form=form, seeds=[(0,)], particles=1, best_of=1):
                    pass


def _described(name: str, folder: Path) -> ModelFacts:
    facts = Checkpoint.describe(folder)
    try:
        characters = facts["alphabet"]["characters"]
        trained, text = facts["training"].get("date", ""), facts["text"]["name"]
    except (KeyError, TypeError) as error:
        raise InputError(f"{folder}/model.json lacks {error}", "name another model") from error
    language = "zh" if is_chinese("".join(characters)) else "en"
    return {
        "name": name,
        "language": language,
        "description": f"{facts.get('parameters', 0):,} parameters, trained on {text}",
        "trained": trained,
    }
