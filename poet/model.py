"""The two-layer character LSTM (torch).

    ids (B, T) ─ embedding (V, E) ─ lower LSTM (H) ─┬─ upper LSTM (H) ─┬─ projection (E) ─ (B, T, E)
                                                    └──────────────────┘

The projection reads both layers: the skip connection lets the lower one learn from the first step.
A model with title attention reads its title twice: as characters before the verse, and at every
character of the verse through `TitleAttention`.
The embedding is tied to the output: logits are `features @ embedding.T + bias`. `forward` stops at
the features, because the logits of thousands of characters are best computed a few rows at a time
(`poet.training.loss`).

Shapes: B batch, T time, V vocabulary, E embedding, H hidden, K width of title attention.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from poet.checkpoint import Checkpoint

# (h, c) as nn.LSTM has it, each (2, B, H): the lower layer, then the upper one
LSTMState: TypeAlias = tuple[Tensor, Tensor]

# Fractions of the dropout rate that apply to the inputs of the two layers: what is dropped there
# is lost to everything that follows
INPUT_DROPOUT, INTERLAYER_DROPOUT = 0.4, 0.6
HEADS = 4  # of title attention


class Shard(NamedTuple):
    """The rows of a batch that one process reads: `size` rows from `start`, of `total`."""

    start: int
    size: int
    total: int

    @property
    def slice(self) -> slice:
        """The rows as a slice of the whole batch."""
        return slice(self.start, self.start + self.size)


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """The sizes of a model of two layers: V, E, H and K.

    `title` is K, the width of the queries and keys of title attention; 0 for a model without it.
    """

    vocab_size: int
    embedding: int
    hidden: int
    title: int = 0

    @property
    def parameters(self) -> int:
        """The number of trainable parameters."""
        V, E, H, K = self.vocab_size, self.embedding, self.hidden, self.title
        lower, upper = 4 * H * (E + H + 2), 4 * H * (H + H + 2)
        titles = V * E + K * (2 * H + 1) + K * E + 2 * E * E if K else 0
        return V * E + lower + upper + (2 * H + 1) * E + V + titles

    @property
    def macs_per_token(self) -> int:
        """Multiply-accumulates per character in the forward pass, without title attention.

        The backward pass takes twice as many.
        """
        V, E, H = self.vocab_size, self.embedding, self.hidden
        return 4 * H * (E + H) + 4 * H * (H + H) + 2 * H * E + E * V


class TitleBatch(NamedTuple):
    """The titles of the poems in a window of text, row by row."""

    ids: Tensor  # (B, M) the characters of all titles in a row of the batch
    owner: Tensor  # (B, M) the poem of the row that each belongs to; -1 is padding
    poem: Tensor  # (B, T) the poem of the row at each position of the window

    @property
    def mask(self) -> Tensor:
        """Which title characters (B, T, M) belong to the poem at each position."""
        return self.poem[:, :, None] == self.owner[:, None]


class TitleAttention(nn.Module):
    """Attention from every position of the verse to the characters of its title.

    The mean of the title's vectors is added to the input of the lower layer. At the output, both
    layers attend to the characters that matter here (multi-head attention, Vaswani et al. 2017).
    One additional key of zeros, with a value of zeros, lets a position attend to none of them.
    Without a title the result is zero.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        V, E, H, K = config.vocab_size, config.embedding, config.hidden, config.title
        # Not the tied embedding: what a title suggests is not what follows its characters
        self.embedding = nn.Embedding(V, E)
        self.query = nn.Linear(2 * H, K)
        self.key = nn.Linear(E, K, bias=False)
        self.input = nn.Linear(E, E, bias=False)
        self.output = nn.Linear(E, E, bias=False)
        self.scale = math.sqrt(E)

    def initialise(self, embedding: Tensor) -> None:
        """Start from the model's embedding (V, E), with both outputs zero."""
        with torch.no_grad():
            self.embedding.weight.copy_(embedding)
        nn.init.zeros_(self.input.weight)
        nn.init.zeros_(self.output.weight)

    def forward(self, titles: TitleBatch) -> tuple[Tensor, Tensor]:
        """The title vectors (B, M, E), and what the lower layer's input gains (B, T, E)."""
        x = self.embedding(titles.ids) * self.scale
        mask = titles.mask.to(x.dtype)  # (B, T, M)
        mean = mask @ x / mask.sum(2, keepdim=True).clamp_min(1)
        return x, self.input(mean)

    def attend(self, x: Tensor, hidden: Tensor, titles: TitleBatch) -> Tensor:
        """What the features gain (B, T, E), from both layers' outputs (B, T, 2H)."""
        (B, T), M = titles.poem.shape, titles.ids.shape[1]
        q = self.query(hidden).view(B, T, HEADS, -1).transpose(1, 2)  # (B, heads, T, K / heads)
        k = self.key(x).view(B, M, HEADS, -1).transpose(1, 2)
        v = x.view(B, M, HEADS, -1).transpose(1, 2)
        scores = (q @ k.transpose(2, 3)).float() / math.sqrt(q.shape[3])  # (B, heads, T, M)
        scores = scores.masked_fill(~titles.mask[:, None], -math.inf)
        none = scores.new_zeros(B, HEADS, T, 1)
        weights = torch.cat([scores, none], 3).softmax(3)[..., :-1]
        return self.output((weights.to(v.dtype) @ v).transpose(1, 2).reshape(B, T, -1))


class PoetLSTM(nn.Module):
    """Two LSTM layers over characters. The state is an argument and a result, never hidden."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.embedding)
        # Two single layers instead of one nn.LSTM of two: the dropout between them is ours, with
        # one mask for a whole window, and cuDNN's persistent kernels want single layers too
        self.lower = nn.LSTM(config.embedding, config.hidden, batch_first=True)
        self.upper = nn.LSTM(config.hidden, config.hidden, batch_first=True)
        self.projection = nn.Linear(2 * config.hidden, config.embedding)  # of lower, then upper
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.title = TitleAttention(config) if config.title else None
        self.scale = math.sqrt(config.embedding)
        self.initialise()

    def initialise(self) -> None:
        """Small embeddings, forget gates open, orthogonal recurrence, skip connection at zero.

        As output weights the embeddings must start small. As inputs they are scaled to about 1
        (`scale`), otherwise the lower layer would receive almost nothing at first.
        """
        nn.init.normal_(self.embedding.weight, std=self.config.embedding**-0.5)
        H = self.config.hidden
        nn.init.zeros_(self.projection.weight[:, :H])
        nn.init.uniform_(self.projection.weight[:, H:], -(H**-0.5), H**-0.5)
        nn.init.zeros_(self.projection.bias)
        for layer in (self.lower, self.upper):
            weight_ih, weight_hh, bias_ih, bias_hh = (p.data for p in layer.parameters())
            nn.init.xavier_uniform_(weight_ih)
            for gate in weight_hh.split(H):
                nn.init.orthogonal_(gate)
            nn.init.zeros_(bias_ih)
            nn.init.zeros_(bias_hh)
            nn.init.ones_(bias_ih[H : 2 * H])  # remember, until taught to forget
        if self.title:
            self.title.initialise(self.embedding.weight)

    def init_output_bias(self, counts: NDArray[np.int64]) -> None:
        """Set the output bias to the log frequencies of `counts` (V,): training starts there."""
        frequencies = (counts + 1.0) / (counts + 1.0).sum()
        with torch.no_grad():
            self.bias.copy_(torch.from_numpy(np.log(frequencies)))

    def initial_state(self, batch_size: int) -> LSTMState:
        """The state before the first character: zeros, on the model's device."""
        zeros = self.bias.new_zeros(2, batch_size, self.config.hidden)
        return zeros, zeros.clone()

    def forward(
        self,
        ids: Tensor,
        state: LSTMState | None = None,
        dropout: float = 0.0,
        titles: TitleBatch | None = None,
    ) -> tuple[Tensor, LSTMState]:
        """Features (B, T, E) of ids (B, T), and the state after the last of them.

        `dropout` applies to the outputs of both layers and, in part, to their inputs
        (`INPUT_DROPOUT`, `INTERLAYER_DROPOUT`), with one mask for all of T.
        """
        return self.layers(ids, state, dropout, titles=titles)[1:]

    def layers(
        self,
        ids: Tensor,
        state: LSTMState | None = None,
        dropout: float = 0.0,
        shard: Shard | None = None,
        titles: TitleBatch | None = None,
    ) -> tuple[Tensor, Tensor, LSTMState]:
        """The output of the lower layer (B, T, H), then what `forward` returns.

        `shard` says which rows of a larger batch these are, so that the dropout masks do not
        depend on the number of processes. `titles` are for title attention.
        """
        shard = shard or Shard(0, len(ids), len(ids))
        h, c = state if state is not None else self.initial_state(len(ids))
        x = self.embedding(ids) * self.scale  # (B, T, E)
        if self.title and titles:
            title_vectors, title_input = self.title(titles)
            x = x + title_input
        x = _variational_dropout(x, INPUT_DROPOUT * dropout, shard)
        lower_out, lower = self.lower(x, (h[:1], c[:1]))  # (B, T, H)
        x = _variational_dropout(lower_out, INTERLAYER_DROPOUT * dropout, shard)
        upper_out, upper = self.upper(x, (h[1:], c[1:]))  # (B, T, H)
        hidden = torch.cat([lower_out, upper_out], 2)  # (B, T, 2H)
        hidden = _variational_dropout(hidden, dropout, shard)
        features = self.projection(hidden)
        if self.title and titles:
            features = features + self.title.attend(title_vectors, hidden, titles)
        h, c = (torch.cat(parts) for parts in zip(lower, upper, strict=True))
        return lower_out, features, (h, c)

    def logits(self, features: Tensor) -> Tensor:
        """Logits (…, V) of features (…, E). For the many rows of training use the chunked loss."""
        return nn.functional.linear(features, self.embedding.weight, self.bias)


def detach(state: LSTMState) -> LSTMState:
    """The same state, cut from the graph: truncated back-propagation through time ends here."""
    h, c = state
    return h.detach(), c.detach()


def where(condition: Tensor, state: LSTMState, other: LSTMState) -> LSTMState:
    """`state` if the condition () holds, else `other`, chosen on the device without a sync."""
    h, c = (torch.where(condition, a, b) for a, b in zip(state, other, strict=True))
    return h, c


def load_model(checkpoint: Checkpoint, device: torch.device | str = "cpu") -> PoetLSTM:
    """The model of a checkpoint, in fp32 on a device, in evaluation mode."""
    vocab_size = len(checkpoint.tokenizer)
    model = PoetLSTM(
        ModelConfig(vocab_size, checkpoint.embedding, checkpoint.hidden, checkpoint.title)
    )
    weights = {name: np.asarray(w, np.float32) for name, w in checkpoint.weights.items()}
    model.load_state_dict({name: torch.from_numpy(weight) for name, weight in weights.items()})
    return model.to(device).eval()


def _variational_dropout(x: Tensor, rate: float, shard: Shard) -> Tensor:
    """Dropout of (B, T, F) with one mask (B, 1, F) for all positions (Gal and Ghahramani 2016)."""
    if rate == 0:
        return x
    mask = torch.empty(shard.total, 1, x.shape[2], dtype=x.dtype, device=x.device)
    return x * mask.bernoulli_(1 - rate)[shard.slice].div_(1 - rate)
