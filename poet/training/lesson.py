"""What one window teaches: the loss of the next characters and of the questions asked besides."""

from __future__ import annotations

from torch import Tensor, nn

from ..model import Memory, PoetLSTM, Share
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
        answers: Tensor | None = None,
        known: Tensor | None = None,
    ) -> tuple[Tensor, Tensor | float, Memory]:
        """The loss, that of the questions, weighted, and the state after the window.

        Inputs and targets (B, T); answers (2, B, T), of which so many are `known` (2,), where
        something is asked.
        """
        with self.engine.autocast():
            below, features, memory = self.model.layers(
                inputs, memory, self.settings.dropout, self.share
            )
        loss = chunked_cross_entropy(
            features.flatten(0, 1).to(self.engine.type),
            self.model.embedding.weight,
            self.model.bias,
            targets.flatten(),
        )
        asked: Tensor | float = 0.0
        if answers is not None and known is not None:
            with self.engine.autocast():
                logits = self.head(below)
            asked = auxiliary_loss(logits, answers, self.settings.asked, known)
        return loss, asked, memory
