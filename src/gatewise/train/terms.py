"""What an objective adds to the cross entropy of the labelled texts, as plain numbers."""

from __future__ import annotations

from dataclasses import dataclass

# Objectives that are a cross entropy and these further terms, each with a weight of its own.
TERMS: dict[str, tuple[str, ...]] = {
    "adversarial": ("adversarial",),
    "virtual-adversarial": ("virtual",),
    "mixed": ("adversarial", "virtual", "entropy"),
}


@dataclass(frozen=True)
class Terms:
    """Weights of the further terms, see `gatewise.train.adversarial`; 0 for one that the objective does not have."""

    adversarial: float = 0.0
    virtual: float = 0.0
    entropy: float = 0.0

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.adversarial or self.virtual or self.entropy)

    @property
    def read_unlabelled(self) -> bool:
        """Whether texts without labels have a part in them."""
        return bool(self.virtual or self.entropy)


def terms_of(objective: str, **weights: float) -> Terms:
    """The weights of those terms that an objective has.

    Example:
        >>> terms_of("virtual-adversarial", adversarial=1.0, virtual=0.5, entropy=1.0)
        Terms(adversarial=0.0, virtual=0.5, entropy=0.0)
    """
    return Terms(**{name: weights[name] for name in TERMS.get(objective, ())})
