"""What one window teaches: the loss of the next characters and of the questions asked besides."""

from __future__ import annotations

from torch import Tensor, nn

from poet.model import LSTMState, PoetLSTM, Shard, TitleBatch
from poet.runs.config import TrainConfig
from poet.training.device import Compute
from poet.training.loss import auxiliary_loss, chunked_cross_entropy


class LossModule(nn.Module):
    """Model and head as one module, so that processes can share its gradient."""

    def __init__(
        self, model: PoetLSTM, head: nn.Module, engine: Compute, settings: TrainConfig, share: Shard
    ) -> None:
        """`share` are the lanes that are read here."""
        super().__init__()
        self.model, self.head = model, head
        self.engine, self.settings, self.share = engine, settings, share

    def forward(
        self,
        inputs: Tensor,
        targets: Tensor,
        memory: LSTMState,
        asked: tuple[Tensor, Tensor] | None = None,
        titles: TitleBatch | None = None,
    ) -> tuple[Tensor, Tensor | float, LSTMState]:
        """The loss, that of the questions, weighted, and the state after the window.

        Inputs and targets (B, T); where something is `asked`, the answers (2, B, T) and how many
        of them are known (2,).
        """
        with self.engine.autocast():
            below, features, memory = self.model.layers(
                inputs, memory, self.settings.dropout, self.share, titles
            )
        loss = chunked_cross_entropy(
            features.flatten(0, 1).to(self.engine.type),
            self.model.embedding.weight,
            self.model.bias,
            targets.flatten(),
        )
        if asked is None:
            return loss, 0.0, memory
        answers, known = asked
        with self.engine.autocast():
            logits = self.head(below)
        return loss, auxiliary_loss(logits, answers, self.settings.asked, known), memory
