"""What a network in training answers to texts it is not learning from."""

from __future__ import annotations

import torch

from gatewise.models.classifier import Classifier
from gatewise.text.batches import ordered_batches
from gatewise.text.ragged import Ragged
from gatewise.train.batch import tensors_of

_TOKENS, _TEXTS = 65_536, 512


@torch.no_grad()
def predict_logits(network: Classifier, tokens: Ragged) -> torch.Tensor:
    """Logits ``[B, outputs]`` of all texts, in their own order; the network is then in evaluation mode."""
    network.eval()
    logits = torch.empty(len(tokens), network.config.outputs)
    for indices in ordered_batches(tokens.lengths, token_budget=_TOKENS, max_texts=_TEXTS):
        logits[torch.from_numpy(indices)] = network(*tensors_of(tokens.select(indices)))
    return logits
