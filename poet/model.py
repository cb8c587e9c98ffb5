"""The two-layer character LSTM (torch).

    ids (B, T) ─ embedding (V, E) ─ lower LSTM (H) ─┬─ upper LSTM (H) ─┬─ projection (E) ─ (B, T, E)
                                                    └──────────────────┘

Both layers are heard at the output: the short way lets the lower one learn from the first step.
A model with title attention reads its title twice: as characters before the verse, and at every
character of the verse through `TitleAttention`.
The embedding is tied to the output: logits are `features @ embedding.T + bias`. They are
not computed here, since over thousands of characters they are best made a few rows at a
time (`poet.training.loss`).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from poet.checkpoint import Checkpoint

# (h, c) of the lower layer, then of the upper one, each (1, B, H)
LSTMState: TypeAlias = tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]

# Shares of the dropout where a layer reads: what is lost there is lost to all that comes after
INPUT_DROPOUT, INTERLAYER_DROPOUT = 0.4, 0.6
HEADS = 4  # of title attention


class Shard(NamedTuple):
    """Some of the lanes of a batch: `size` from `first` on, of `of`."""

    first: int
    size: int
    of: int

    @property
    def slice(self) -> slice:
        """Where they stand among all."""
        return slice(self.first, self.first + self.size)


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """The sizes of a model: alphabet V, embedding E, hidden H. There are two layers.

    `title` is K, the width of the queries and keys of its title attention; 0 where it has none.
    """

    characters: int
    embedding: int
    hidden: int
    title: int = 0

    @property
    def parameters(self) -> int:
        """How many numbers the model learns."""
        V, E, H, K = self.characters, self.embedding, self.hidden, self.title
        lower, upper = 4 * H * (E + H + 2), 4 * H * (H + H + 2)
        titles = V * E + K * (2 * H + 1) + K * E + 2 * E * E if K else 0
        return V * E + lower + upper + (2 * H + 1) * E + V + titles

    @property
    def products(self) -> int:
        """Multiply-adds a character in the forward pass, those of title attention left out.

        The backward pass takes twice that.
        """
        V, E, H = self.characters, self.embedding, self.hidden
        return 4 * H * (E + H) + 4 * H * (H + H) + 2 * H * E + E * V

    def to_json(self) -> dict[str, int]:
        """Plain values for the checkpoint."""
        return asdict(self)


class TitleBatch(NamedTuple):
    """The titles of the poems that stand in a window of text, lane by lane."""

    ids: Tensor  # (B, M) the characters of all titles of a lane
    owner: Tensor  # (B, M) which poem of the lane each belongs to; -1 is padding
    poem: Tensor  # (B, T) which poem of the lane each place of the window belongs to

    @property
    def belongs(self) -> Tensor:
        """Which title characters (B, T, M) are those of each place's own poem."""
        return self.poem[:, :, None] == self.owner[:, None]


class TitleAttention(nn.Module):
    """The title's characters, heard at every place of the verse.

    Their mean goes into the lower layer; at the output both layers ask (multi-head attention,
    Vaswani et al. 2017) for those that matter here. One more key, of zeros, with a value of
    zeros, lets a place ask for none; without a title nothing is heard.
    """

    def __init__(self, shape: ModelConfig) -> None:
        super().__init__()
        V, E, H, K = shape.characters, shape.embedding, shape.hidden, shape.title
        # Not the tied embedding: what a title's character calls up is not what it is followed by
        self.embedding = nn.Embedding(V, E)
        self.query = nn.Linear(2 * H, K)
        self.key = nn.Linear(E, K, bias=False)
        self.input = nn.Linear(E, E, bias=False)
        self.output = nn.Linear(E, E, bias=False)
        self.scale = math.sqrt(E)

    def initialise(self, embedding: Tensor) -> None:
        """Start from the characters' embedding (V, E), unheard: both ways out are zero."""
        with torch.no_grad():
            self.embedding.weight.copy_(embedding)
        nn.init.zeros_(self.input.weight)
        nn.init.zeros_(self.output.weight)

    def forward(self, titles: TitleBatch) -> tuple[Tensor, Tensor]:
        """The vectors (B, M, E) of the titles' characters, and what the lower layer hears."""
        x = self.embedding(titles.ids) * self.scale
        own = titles.belongs.to(x.dtype)  # (B, T, M)
        mean = own @ x / own.sum(2, keepdim=True).clamp_min(1)
        return x, self.input(mean)  # (B, T, E)

    def attend(self, x: Tensor, heard: Tensor, titles: TitleBatch) -> Tensor:
        """What is added to the features (B, T, E), of both layers' outputs (B, T, 2H)."""
        (B, T), M = titles.poem.shape, titles.ids.shape[1]
        q = self.query(heard).view(B, T, HEADS, -1).transpose(1, 2)  # (B, heads, T, K / heads)
        k = self.key(x).view(B, M, HEADS, -1).transpose(1, 2)
        v = x.view(B, M, HEADS, -1).transpose(1, 2)
        scores = (q @ k.transpose(2, 3)).float() / math.sqrt(q.shape[3])  # (B, heads, T, M)
        scores = scores.masked_fill(~titles.belongs[:, None], -math.inf)
        none = scores.new_zeros(B, HEADS, T, 1)
        weights = torch.cat([scores, none], 3).softmax(3)[..., :-1]
        return self.output((weights.to(v.dtype) @ v).transpose(1, 2).reshape(B, T, -1))


class PoetLSTM(nn.Module):
    """Two LSTM layers over characters. Its state goes in and comes out, it never hides."""

    def __init__(self, shape: ModelConfig) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.characters, shape.embedding)
        # Two single layers, not one of two: dropout between them is ours, with one mask for
        # all of a window, and cuDNN's persistent kernels want single layers too.
        self.lower = nn.LSTM(shape.embedding, shape.hidden, batch_first=True)
        self.upper = nn.LSTM(shape.hidden, shape.hidden, batch_first=True)
        self.projection = nn.Linear(2 * shape.hidden, shape.embedding)  # of the lower, the upper
        self.bias = nn.Parameter(torch.zeros(shape.characters))
        self.title = TitleAttention(shape) if shape.title else None
        self.scale = math.sqrt(shape.embedding)
        self.initialise()

    def initialise(self) -> None:
        """Small embeddings, forget bias 1, orthogonal recurrence, no short way yet.

        As output weights the embeddings must start small; as inputs they are scaled up to
        about 1 an entry (`scale`), or the lower layer hears next to nothing at first.
        """
        nn.init.normal_(self.embedding.weight, std=self.shape.embedding**-0.5)
        H = self.shape.hidden
        nn.init.zeros_(self.projection.weight[:, :H])
        nn.init.uniform_(self.projection.weight[:, H:], -(H**-0.5), H**-0.5)
        nn.init.zeros_(self.projection.bias)
        for layer in (self.lower, self.upper):
            from_below, recurrent, bias, other_bias = (p.data for p in layer.parameters())
            nn.init.xavier_uniform_(from_below)
            for gate in recurrent.split(H):
                nn.init.orthogonal_(gate)
            nn.init.zeros_(bias)
            nn.init.zeros_(other_bias)
            nn.init.ones_(bias[H : 2 * H])  # remember, until taught to forget
        if self.title:
            self.title.initialise(self.embedding.weight)

    def start_from_counts(self, counts: NDArray[np.int64]) -> None:
        """Set the output bias to the log frequencies (V,), so that training starts at unigrams."""
        frequencies = (counts + 1.0) / (counts + 1.0).sum()
        with torch.no_grad():
            self.bias.copy_(torch.from_numpy(np.log(frequencies)))

    def empty(self, batch: int) -> LSTMState:
        """The state before the first character: zeros, on the model's device."""
        zeros = self.bias.new_zeros(1, batch, self.shape.hidden)
        return (zeros, zeros.clone()), (zeros.clone(), zeros.clone())

    def forward(
        self,
        ids: Tensor,
        memory: LSTMState | None = None,
        dropout: float = 0.0,
        titles: TitleBatch | None = None,
    ) -> tuple[Tensor, LSTMState]:
        """Features (B, T, E) of ids (B, T), and the state after the last of them.

        `dropout` falls on the outputs of the layers, and in part on their inputs (`INPUT_DROPOUT`,
        `INTERLAYER_DROPOUT`), one mask for all of T.
        """
        return self.layers(ids, memory, dropout, titles=titles)[1:]

    def layers(
        self,
        ids: Tensor,
        memory: LSTMState | None = None,
        dropout: float = 0.0,
        share: Shard | None = None,
        titles: TitleBatch | None = None,
    ) -> tuple[Tensor, Tensor, LSTMState]:
        """What the lower layer says (B, T, H), and what `forward` returns.

        `share` says which lanes of a larger batch these are: what is dropped of them does not
        depend on how many processes share it. `titles` are for title attention.
        """
        share = share or Shard(0, len(ids), len(ids))
        lower, upper = memory if memory is not None else self.empty(len(ids))
        x = self.embedding(ids) * self.scale  # (B, T, E)
        if self.title and titles:
            named, into_lower = self.title(titles)
            x = x + into_lower
        x = _drop_over_time(x, INPUT_DROPOUT * dropout, share)
        below, lower = self.lower(x, lower)  # (B, T, H)
        x, upper = self.upper(_drop_over_time(below, INTERLAYER_DROPOUT * dropout, share), upper)
        heard = torch.cat([below, x], 2)  # (B, T, 2H)
        heard = _drop_over_time(heard, dropout, share)
        features = self.projection(heard)
        if self.title and titles:
            features = features + self.title.attend(named, heard, titles)
        return below, features, (lower, upper)

    def logits(self, features: Tensor) -> Tensor:
        """Logits (…, V) of features (…, E). For the many rows of training use the chunked loss."""
        return nn.functional.linear(features, self.embedding.weight, self.bias)


def detach(memory: LSTMState) -> LSTMState:
    """The same state, cut from the graph: where back-propagation through time is truncated."""
    (a, b), (c, d) = memory
    return (a.detach(), b.detach()), (c.detach(), d.detach())


def where(so: Tensor, then: LSTMState, otherwise: LSTMState) -> LSTMState:
    """One state or another, as `so` () says on the device."""
    ((a, b), (c, d)), ((e, f), (g, h)) = then, otherwise
    return (
        (torch.where(so, a, e), torch.where(so, b, f)),
        (torch.where(so, c, g), torch.where(so, d, h)),
    )


def _drop_over_time(x: Tensor, rate: float, share: Shard) -> Tensor:
    """Dropout of (B, T, F) with one mask (B, 1, F) for every moment (Gal and Ghahramani 2016)."""
    if rate == 0:
        return x
    mask = torch.empty(share.of, 1, x.shape[2], dtype=x.dtype, device=x.device)
    return x * mask.bernoulli_(1 - rate)[share.slice].div_(1 - rate)


def load_model(checkpoint: Checkpoint, device: torch.device | str = "cpu") -> PoetLSTM:
    """The model of a checkpoint, in fp32 on a device, in evaluation mode."""
    vocab_size = len(checkpoint.tokenizer)
    model = PoetLSTM(
        ModelConfig(vocab_size, checkpoint.embedding, checkpoint.hidden, checkpoint.title)
    )
    weights = {name: np.asarray(w, np.float32) for name, w in checkpoint.weights.items()}
    model.load_state_dict({name: torch.from_numpy(weight) for name, weight in weights.items()})
    return model.to(device).eval()
