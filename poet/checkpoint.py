"""A model on disk: a folder that is enough by itself. No pickles; no torch needed to read it.

model.safetensors   the weights, 16-bit
model.json          format, shape, alphabet, settings, corpus, figures
README.md           the model card
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from poet.dataset.dataset import TextInfo
from poet.errors import InputError, PoetError
from poet.files import write_atomically, write_text
from poet.model_card import model_card
from poet.tokenizer import CharTokenizer

FORMAT = 3  # 1: the upper layer alone was heard at the output; 2: no model had title attention
READ = (2, 3)
LAYERS = 2
# What is counted for one model and lies beside it: of another model it would say nothing true
COUNTED = ("lifts.safetensors", "cliches.safetensors")
TITLE_KEY = "title.key.weight"
OBJECTS = ("text", "training", "settings", "figures")  # facts that have parts, where known
Weights: TypeAlias = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class ModelInfo:
    """What is known of a model besides its weights and vocabulary; unknown fields are empty."""

    name: str = ""
    parameters: int = 0
    command: str = ""  # that trained it
    settings: Mapping[str, Any] = field(default_factory=dict)  # as of `TrainConfig.to_json`
    text: TextInfo = field(default_factory=TextInfo)
    training: Mapping[str, Any] = field(default_factory=dict)  # machine, date, steps, minutes …
    figures: Mapping[str, Any] = field(default_factory=dict)  # on held-out text, by text
    notes: tuple[str, ...] = ()  # on the figures, for the model card
    base: Mapping[str, str] | None = None  # name, text, fingerprint of a fine-tuned model's base
    other: Mapping[str, Any] = field(default_factory=dict)  # keys of other versions, kept as read

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ModelInfo:
        """The part of `model.json` that `to_json` wrote; format, shape and alphabet are ignored."""
        own = {f.name for f in fields(cls)} - {"other"}
        known = {name: value for name, value in data.items() if name in own}
        known["text"] = TextInfo.from_json(data.get("text", {}))
        known["notes"] = tuple(data.get("notes", ()))
        ignored = {"format", "shape", "alphabet", *own}
        other = {name: value for name, value in data.items() if name not in ignored}
        return cls(**known, other=other)

    def to_json(self) -> dict[str, Any]:
        """Plain values under the keys of `model.json`."""
        return {
            "name": self.name,
            "parameters": self.parameters,
            "command": self.command,
            "settings": dict(self.settings),
            "text": self.text.to_json(),
            "training": dict(self.training),
            "figures": dict(self.figures),
            **({"notes": list(self.notes)} if self.notes else {}),
            **({"base": dict(self.base)} if self.base else {}),
            **self.other,
        }


@dataclass(frozen=True)
class Checkpoint:
    """A model: its tokenizer, its weights by name, and what else is known of it."""

    tokenizer: CharTokenizer
    weights: Weights
    info: ModelInfo = field(default_factory=ModelInfo)

    @property
    def embedding(self) -> int:
        """E."""
        return int(self.weights["embedding.weight"].shape[1])

    @property
    def hidden(self) -> int:
        """H."""
        return int(self.weights["lower.weight_hh_l0"].shape[1])

    @property
    def title(self) -> int:
        """K, the width of title attention; 0 where there is none."""
        return int(self.weights[TITLE_KEY].shape[0]) if TITLE_KEY in self.weights else 0

    @property
    def parameters(self) -> int:
        """How many numbers the model learnt."""
        return sum(weight.size for weight in self.weights.values())

    def write(self, folder: Path) -> None:
        """Write the folder, each file whole or not at all; weights as 16-bit floats.

        What was counted for a model that was there before goes.

        Raises `PoetError` for weights that do not fit, and where the disk refuses.
        """
        import safetensors.numpy

        folder.mkdir(parents=True, exist_ok=True)
        half = {name: _to_half(name, weight) for name, weight in self.weights.items()}
        description = {
            "format": FORMAT,
            "shape": {
                "characters": len(self.tokenizer),
                "embedding": self.embedding,
                "hidden": self.hidden,
                "layers": LAYERS,
                "title": self.title,
            },
            **self.info.to_json(),
            "alphabet": self.tokenizer.to_json(),
        }
        text = json.dumps(description, ensure_ascii=False, indent=1) + "\n"
        for name in COUNTED:
            (folder / name).unlink(missing_ok=True)
        write_atomically(
            folder / "model.safetensors", lambda path: safetensors.numpy.save_file(half, path)
        )
        write_text(folder / "model.json", text)
        write_text(folder / "README.md", model_card(description))

    @staticmethod
    def describe(folder: Path) -> dict[str, Any]:
        """What `model.json` says, the weights left alone. Raises `InputError` like `read`."""
        return _read_description(folder / "model.json")

    @classmethod
    def read(cls, folder: Path) -> Checkpoint:
        """The model in a folder.

        Raises `InputError` that names the check that failed when it is missing, damaged, of
        another format or not a poet at all.
        """
        facts = _read_description(folder / "model.json")
        try:
            tokenizer = CharTokenizer.from_json(facts.pop("alphabet"))
        except (KeyError, TypeError) as error:
            raise _damaged(folder, f"its alphabet cannot be read ({error})") from error
        shape = facts.pop("shape")
        try:
            V, E, H, L = (shape[k] for k in ("characters", "embedding", "hidden", "layers"))
            K = shape.get("title", 0)
        except (KeyError, TypeError) as error:
            raise _damaged(folder, f"its shape cannot be read ({error})") from error
        if L != LAYERS:
            raise _damaged(folder, f"it has {L} layers, this poet reads {LAYERS}")
        weights = _read_weights(folder / "model.safetensors")
        if len(tokenizer) != V:
            raise _damaged(folder, f"its alphabet has {len(tokenizer)} entries, its shape says {V}")
        for name, wanted in weight_shapes(V, E, H, K).items():
            found = weights[name].shape if name in weights else "missing"
            if found != wanted:
                raise _damaged(folder, f"weight {name} is {found}, should be {wanted}")
            if not np.isfinite(weights[name]).all():
                raise _damaged(folder, f"weight {name} holds values that are not finite")
        return cls(tokenizer, weights, ModelInfo.from_json(facts))


def weight_shapes(V: int, E: int, H: int, K: int = 0) -> dict[str, tuple[int, ...]]:
    """The names and shapes of a model's weights (torch's names, gates in torch's order ifgo).

    With K those of title attention too.
    """
    titles = {
        "title.embedding.weight": (V, E),
        "title.query.weight": (K, 2 * H),
        "title.query.bias": (K,),
        TITLE_KEY: (K, E),
        "title.input.weight": (E, E),
        "title.output.weight": (E, E),
    }
    return {
        "embedding.weight": (V, E),
        "lower.weight_ih_l0": (4 * H, E),
        "lower.weight_hh_l0": (4 * H, H),
        "lower.bias_ih_l0": (4 * H,),
        "lower.bias_hh_l0": (4 * H,),
        "upper.weight_ih_l0": (4 * H, H),
        "upper.weight_hh_l0": (4 * H, H),
        "upper.bias_ih_l0": (4 * H,),
        "upper.bias_hh_l0": (4 * H,),
        "projection.weight": (E, 2 * H),  # of the lower layer, then of the upper one
        "projection.bias": (E,),
        "bias": (V,),
        **(titles if K else {}),
    }


def _to_half(name: str, weight: NDArray[Any]) -> NDArray[np.float16]:
    with np.errstate(over="ignore"):  # looked at in the next line
        half = np.asarray(weight, dtype=np.float32).astype(np.float16)
    if not np.isfinite(half).all():
        raise PoetError(
            f"weight {name} does not fit 16 bits", "train again with a lower --lr or a lower --clip"
        )
    return half


def _damaged(folder: Path, why: str) -> InputError:
    return InputError(
        f"{folder} is not a whole poet model: {why}", "choose another with --model, or train one"
    )


def _read_description(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(
            f"there is no model in {path.parent}: {path.name} is missing",
            "poet models list shows the models there are"
            if path.parent.exists()
            else "give the folder of a model, or the name of one that ships: tang",
        )
    try:
        facts = json.loads(path.read_text("utf-8"))
        found = facts["format"]
        missing = {"alphabet", "shape"} - facts.keys()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path.parent, f"{path.name} cannot be read ({error})") from error
    if found not in READ:
        raise _damaged(path.parent, f"its format is {found}, this poet reads {READ[0]} to {FORMAT}")
    if missing:
        raise _damaged(path.parent, f"{path.name} lacks {' and '.join(sorted(missing))}")
    for name in OBJECTS:
        if not isinstance(facts.get(name, {}), dict):
            raise _damaged(path.parent, f"in {path.name} {name} is no object")
    return dict(facts)


def _read_weights(path: Path) -> dict[str, NDArray[Any]]:
    import safetensors
    import safetensors.numpy

    try:
        return dict(safetensors.numpy.load_file(path))
    except FileNotFoundError as error:
        raise _damaged(path.parent, f"{path.name} is missing") from error
    except (OSError, safetensors.SafetensorError, ValueError) as error:
        raise _damaged(path.parent, f"{path.name} cannot be read ({error})") from error
