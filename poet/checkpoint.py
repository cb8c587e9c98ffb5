"""A model on disk: a folder that is enough by itself. No pickles; no torch needed to read it.

model.safetensors   the weights, 16-bit; matrices may be 8-bit, with a scale for each row
model.json          format, shape, alphabet, settings, corpus, figures, digests of the other files
README.md           the model card

The files are replaced together and verified when they are read (see `poet.objects`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias, TypedDict

import numpy as np
from numpy.typing import NDArray

from poet.dataset.dataset import TextInfo
from poet.errors import InputError, PoetError
from poet.files import PENDING, Write, fill
from poet.model_card import model_card
from poet.novelty import index
from poet.objects import (
    DIGESTS,
    MODEL_FILE,
    SEAL,
    read_description,
    read_member,
    unchanged,
    warn_of_no_digest,
    write_model,
)
from poet.tokenizer import CharTokenizer
from poet.typed import Malformed, typed

# 1: the upper layer alone was heard at the output; 2: no model had title attention; 4: 8 bits
FORMAT, FORMAT_8_BIT = 3, 4
READ = (2, 3, 4)
LAYERS = 2
WEIGHTS_FILE = "model.safetensors"
# What is counted for one model and lies beside it: of another model it would say nothing true
COUNTED = ("lifts.safetensors", "cliches.safetensors", index.FILE)
TITLE_KEY = "title.key.weight"
MAX_SIZE = 1 << 21  # of any side of a weight
SCALE = ".scale"  # after the name of an 8-bit matrix: what each row is to be multiplied by
# Of either sign, in 8 bits. Not 127: where a processor adds two products of 8 bits in 16, as all
# do that have no VNNI, they would not fit
MAX_8_BIT = 63
Weights: TypeAlias = Mapping[str, NDArray[Any]]


class Quantized(NamedTuple):
    """A matrix (O, K) in 8 bits: its values times the scale of each row (O,)."""

    values: NDArray[np.int8]
    scale: NDArray[np.float32]


class StoredWeights(Mapping[str, NDArray[Any]]):
    """Weights as they lie on the disk, by name; those of 8 bits are widened where asked for."""

    def __init__(self, stored: Mapping[str, NDArray[Any]]) -> None:
        self._stored = stored
        self._names = [name for name in stored if not name.endswith(SCALE)]

    def __getitem__(self, name: str) -> NDArray[Any]:
        matrix = self.quantized(name)
        return matrix.values * matrix.scale[:, None] if matrix else self._stored[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def quantized(self, name: str) -> Quantized | None:
        """A matrix of 8 bits as it is; None if it has 16."""
        weight = self._stored[name]
        return Quantized(weight, self._stored[name + SCALE]) if weight.dtype == np.int8 else None


class _Shape(TypedDict):
    characters: int
    embedding: int
    hidden: int
    layers: int


class _ShapeSince3(_Shape, total=False):
    title: int


class _Text(TypedDict, total=False):
    name: str
    kind: str
    fingerprint: str
    counts: dict[str, int]


class _Training(TypedDict, total=False):
    steps: int
    kept_step: int | None
    characters: int
    minutes: float
    cpu_minutes: float
    clipped: int
    machine: str
    engine: str
    torch: str
    date: str


class _Figures(TypedDict):
    loss: float
    perplexity: float
    accuracy: float
    characters: int
    poems: int


class _Base(TypedDict):
    name: str
    text: str
    fingerprint: str


class _Needed(TypedDict):
    format: int
    shape: _ShapeSince3
    alphabet: dict[str, Any]


class Description(_Needed, total=False):
    """What `model.json` says."""

    name: str
    parameters: int
    bits: int
    command: str
    settings: dict[str, str | bool | int | float | None]
    text: _Text
    training: _Training
    figures: dict[str, _Figures]
    notes: list[str]
    base: _Base | None
    digests: dict[str, str]
    sha256: str


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
        ignored = {"format", "shape", "bits", "alphabet", DIGESTS, SEAL, *own}
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

    def write(
        self, folder: Path, counted: Mapping[str, Write] | None = None, bits: Literal[8, 16] = 16
    ) -> None:
        """Write the folder, all files or none; weights as 16-bit floats, or matrices in `bits` 8.

        `counted` are files of `COUNTED` that belong to it, by name. Those of a model that was
        there before go.

        Raises `PoetError` for weights that do not fit, and where the disk refuses.
        """
        import safetensors.numpy

        stored: dict[str, NDArray[Any]] = {
            name: _to_half(name, weight) for name, weight in self.weights.items()
        }
        if bits == 8:
            matrices = {name: weight for name, weight in self.weights.items() if weight.ndim == 2}
            for name, matrix in matrices.items():
                stored[name], stored[name + SCALE] = quantize(matrix)
        description = {
            "format": FORMAT if bits == 16 else FORMAT_8_BIT,
            "shape": {
                "characters": len(self.tokenizer),
                "embedding": self.embedding,
                "hidden": self.hidden,
                "layers": LAYERS,
                "title": self.title,
            },
            **({"bits": bits} if bits != 16 else {}),
            **self.info.to_json(),
            "alphabet": self.tokenizer.to_json(),
        }
        card = model_card(description)
        files: dict[str, Write | None] = {
            WEIGHTS_FILE: lambda path: safetensors.numpy.save_file(stored, path),
            "README.md": lambda path: fill(path, card),
        }
        write_model(folder, description, files | dict.fromkeys(COUNTED) | dict(counted or {}))

    @staticmethod
    def describe(folder: Path) -> dict[str, Any]:
        """What `model.json` says, the weights left alone. Raises `InputError` like `read`."""
        return _described(folder)

    @classmethod
    def read(cls, folder: Path) -> Checkpoint:
        """The model in a folder. Warns of one without digests.

        Raises `InputError` that names the check that failed when it is missing, damaged, of
        another format or not a poet at all.
        """
        return unchanged(folder, lambda: cls._read(folder))

    @classmethod
    def _read(cls, folder: Path) -> Checkpoint:
        facts = _described(folder)
        tokenizer, shape = _tokenizer(folder, facts), facts["shape"]
        V, E, H = (shape[k] for k in ("characters", "embedding", "hidden"))
        if len(tokenizer) != V:
            raise _damaged(folder, f"its alphabet has {len(tokenizer)} entries, its shape says {V}")
        stored = _read_weights(folder)
        for name, wanted in weight_shapes(V, E, H, shape.get("title", 0)).items():
            _check_weight(folder, stored, name, wanted)
        if SEAL not in facts:
            warn_of_no_digest(folder)
        return cls(tokenizer, StoredWeights(stored), ModelInfo.from_json(facts))


def _check_weight(folder: Path, stored: Weights, name: str, wanted: tuple[int, ...]) -> None:
    """Raise `InputError` unless a weight has the shape wanted, and a type that can be read."""
    found = stored[name].shape if name in stored else "missing"
    if found != wanted:
        raise _damaged(folder, f"weight {name} is {found}, should be {wanted}")
    floats = stored[name]
    if floats.dtype == np.int8 and len(wanted) == 2:
        scale = stored.get(name + SCALE)
        if scale is None or scale.shape != wanted[:1] or scale.dtype != np.float32:
            raise _damaged(folder, f"weight {name} has 8 bits and no scale for each of its rows")
        floats = scale
    if floats.dtype.kind != "f":
        raise _damaged(folder, f"weight {name} is {floats.dtype}, not a float")
    if not is_finite(floats):
        raise _damaged(folder, f"weight {name} holds values that are not finite")


def is_finite(weight: NDArray[Any]) -> bool:
    """Whether all values are finite.

    >>> [is_finite(np.array([1, x, -65504], np.float16)) for x in (0, np.inf, -np.inf, np.nan)]
    [True, False, False, False]
    """
    if weight.dtype == np.float16:  # by their bits, in a tenth of the time
        plus, minus = weight.view(np.int16), weight.view(np.uint16)
        return bool(plus.max(initial=0) < 0x7C00 and minus.max(initial=0) < 0xFC00)
    return bool(np.isfinite(weight).all())


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


def quantize(matrix: NDArray[Any]) -> Quantized:
    """A matrix (O, K) in 8 bits.

    What is lost is at most half of a 63rd of the largest value of a row.

    >>> quantize(np.array([[0.63, -0.1], [0, 0]])).values
    array([[ 63, -10],
           [  0,   0]], dtype=int8)
    """
    matrix = np.asarray(matrix, np.float32)
    scale = np.abs(matrix).max(1) / np.float32(MAX_8_BIT)
    scale[scale == 0] = 1
    return Quantized(np.rint(matrix / scale[:, None]).astype(np.int8), scale)


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
        f"{folder} is not a whole poet model: {why}",
        "copy it again, choose another with --model, or train one; if you changed it yourself, "
        f"take {DIGESTS} and {SEAL} out of {MODEL_FILE}",
    )


def _described(folder: Path) -> dict[str, Any]:
    if not (folder / MODEL_FILE).exists() and not (folder / PENDING).exists():
        raise InputError(
            f"there is no model in {folder}: {MODEL_FILE} is missing",
            "poet models list shows the models there are"
            if folder.exists()
            else "give the folder of a model, or the name of one that ships: tang",
        )
    try:
        facts, _ = read_description(folder)
    except Malformed as error:
        raise _damaged(folder, f"{MODEL_FILE} cannot be read ({error})") from error
    if facts.get("format") not in READ:
        found = facts.get("format", "missing")
        raise _damaged(folder, f"its format is {found}, this poet reads {READ[0]} to {READ[-1]}")
    if missing := {"alphabet", "shape"} - facts.keys():
        raise _damaged(folder, f"{MODEL_FILE} lacks {' and '.join(sorted(missing))}")
    try:
        typed(facts, Description, "")
    except Malformed as error:
        raise _damaged(folder, f"in {MODEL_FILE} {error}") from error
    shape = facts["shape"]
    if shape["layers"] != LAYERS:
        raise _damaged(folder, f"it has {shape['layers']} layers, this poet reads {LAYERS}")
    if not all(0 < shape[k] < MAX_SIZE for k in ("characters", "embedding", "hidden")):
        raise _damaged(folder, "its shape has a size out of range")
    return facts


def _tokenizer(folder: Path, facts: Mapping[str, Any]) -> CharTokenizer:
    try:
        return CharTokenizer.from_json(facts["alphabet"])
    except Malformed as error:
        raise _damaged(folder, f"its alphabet cannot be read ({error})") from error


def _read_weights(folder: Path) -> dict[str, NDArray[Any]]:
    if not (folder / WEIGHTS_FILE).exists():
        raise _damaged(folder, f"{WEIGHTS_FILE} is missing")
    try:
        found = read_member(folder, WEIGHTS_FILE)
    except Malformed as error:
        raise _damaged(folder, f"{WEIGHTS_FILE} cannot be read ({error})") from error
    return found[0] if found else {}
