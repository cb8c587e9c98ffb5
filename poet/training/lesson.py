"""What one window teaches: the loss of the next characters and of the questions asked besides."""

from __future__ import annotations

from torch import Tensor, nn

from ..model import Memory, PoetLSTM, Share, Titles
from .device import Engine
from .loss import auxiliary_loss, chunked_cross_entropy
from .settings import Settings


class Lesson(nn.Module):
    """Model and head as one module, so that processes can share its gradient."""

    def __init__(
        self, model: PoetLSTM, head: nn.Module, engine: Engine, settings: Settings, share: Share
    ) -> None:
        """`share` are the lanes that are read here."""
        super().__init__()
        self.model, self.head = model, head
        self.engine, self.settings, self.share = engine, settings, share

    def forward(
        self,
        inputs: Tensor,
        targets: Tensor,
        memory: Memory,
        asked: tuple[Tensor, Tensor] | None = None,
        titles: Titles | None = None,
    ) -> tuple[Tensor, Tensor | float, Memory]:
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
