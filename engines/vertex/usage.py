"""What calls cost, in tokens, pictures and US dollars."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from foundation.metrics import COST, MODEL_CALLS, TOKENS
from foundation.metrics import count as add


@dataclass(frozen=True)
class Price:
    """US dollars: for a million tokens in, for a million tokens out, for a picture."""

    input: float = 0.0
    output: float = 0.0
    image: float = 0.0


@dataclass(frozen=True)
class Usage:
    """A sum over calls that were answered."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    images: int = 0
    cost_usd: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(*(a + b for a, b in zip(asdict(self).values(), asdict(other).values(), strict=True)))

    def to_json(self) -> dict[str, Any]:
        """The sum as plain JSON, the cost rounded to a thousandth of a cent."""
        return asdict(self) | {"cost_usd": round(self.cost_usd, 5)}


def price_of(model: str, prices: Mapping[str, Price]) -> Price:
    """The price of a model: of the longest name in the list that it begins with; free if there is none."""
    known = [name for name in prices if model.startswith(name)]
    return prices[max(known, key=len)] if known else Price()


def count(model: str, prices: Mapping[str, Price], metadata: Any = None, images: int = 0) -> Usage:
    """The usage of one answer, also for the metrics.

    ``metadata`` has the token counts of Gemini; a picture's tokens are in its price.
    """
    price = price_of(model, prices)
    sent = (metadata.prompt_token_count or 0) if metadata else 0
    written = metadata.candidates_token_count or 0 if metadata else 0
    thought = metadata.thoughts_token_count or 0 if metadata else 0
    words = 0 if price.image else written
    cost = (sent * price.input + (words + thought) * price.output) / 1e6 + images * price.image
    add(MODEL_CALLS, model=model)
    add(TOKENS, sent, model=model, direction="input")
    add(TOKENS, written + thought, model=model, direction="output")
    add(COST, cost, model=model)
    return Usage(1, sent, written + thought, images, cost)
