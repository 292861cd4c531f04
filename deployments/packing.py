"""Replicas on cards: first the largest, each onto the first card that still has room, as Ray packs shares."""

from collections.abc import Sequence
from dataclasses import dataclass, field

# shares are given in hundredths, and Ray counts them in ten-thousandths
HAIR = 1e-6


@dataclass(frozen=True)
class Replica:
    """One replica of a deployment, and its share of a card; above 1 it takes whole cards."""

    deployment: str
    share: float


@dataclass
class Card:
    """A GPU and what lies on it."""

    name: str
    replicas: list[Replica] = field(default_factory=list[Replica])

    @property
    def used(self) -> float:
        """The share that is taken, 0 to 1."""
        return sum(min(replica.share, 1.0) for replica in self.replicas)


def pack(replicas: Sequence[Replica], cards: Sequence[Card]) -> list[Replica]:
    """Put replicas onto ``cards``; gives those for which there is no room, in order."""
    left: list[Replica] = []
    for replica in sorted(replicas, key=lambda each: -each.share):
        if replica.share > 1:
            chosen = [card for card in cards if not card.replicas][: round(replica.share)]
            chosen = chosen if len(chosen) == round(replica.share) else []
        else:
            chosen = [card for card in cards if card.used + replica.share <= 1 + HAIR][:1]
        for card in chosen:
            card.replicas.append(replica)
        if not chosen:
            left.append(replica)
    return left
