"""Gemini image models through ``generate_content``: one picture a call, with reference pictures of the persons."""

import asyncio
import logging
from typing import Any

from engines.vertex.clients import Clients
from engines.vertex.errors import ContentBlocked
from engines.vertex.mapping import our_errors
from engines.vertex.options import VertexOptions
from engines.vertex.picture import Drawn, ImageAsk, as_png, mime_of, nearest_aspect
from engines.vertex.retry import Caller
from engines.vertex.text import word_of
from engines.vertex.usage import Usage, count
from foundation.errors import KomaError

logger = logging.getLogger("ray.serve")
ASPECTS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
# one of the fourteen pictures that a model takes is the sketch
MOST_REFERENCES = 13
SHEETS = "The pictures above are reference sheets: picture 1 shows person 1, and so on. Keep faces, hair and clothes.\n"
SKETCH = (
    "The last picture above is a sketch: keep its composition, every person where it has them, free space left free.\n"
)


class GeminiImage:
    """Models whose names begin with ``gemini-`` and that draw."""

    def __init__(self, options: VertexOptions, clients: Clients, caller: Caller) -> None:
        self._options, self._clients, self._caller = options, clients, caller

    async def draw(self, model: str, ask: ImageAsk, budget_s: float) -> Drawn:
        """Up to ``count`` pictures, asked side by side. Raises what the first met when there is none."""
        logger.info("%s is asked with prompt %s", model, ask.fingerprint)
        found = await asyncio.gather(
            *[self._one(model, ask, ask.seed + n, budget_s) for n in range(ask.count)], return_exceptions=True
        )
        errors = [each for each in found if isinstance(each, BaseException)]
        drawn = [each for each in found if not isinstance(each, BaseException)]
        strange = next((each for each in errors if not isinstance(each, KomaError)), None)
        if strange is not None or not drawn:
            raise strange or errors[0]
        usage = sum((used for _, used in drawn), Usage())
        reasons = [str(getattr(error, "reason", "") or getattr(error, "code", "failed")) for error in errors]
        return Drawn([image for image, _ in drawn], model, reasons, usage, len(ask.references[:MOST_REFERENCES]))

    async def _one(self, model: str, ask: ImageAsk, seed: int, budget_s: float) -> tuple[bytes, Usage]:
        contents, config = _request(ask, seed)

        async def work() -> Any:
            with our_errors(model):
                models = self._clients.gemini(self._options.location)
                return await models.generate_content(model=model, contents=contents, config=config)

        response = await self._caller.call(model, work, budget_s)
        data = _picture(response, model)
        used = count(model, self._options.prices, response.usage_metadata, images=1)
        return await asyncio.to_thread(as_png, data), used


def _request(ask: ImageAsk, seed: int) -> tuple[list[Any], Any]:
    """The parts, references first, and the configuration. There is no negative prompt, so it is said in words."""
    from google.genai import types

    avoid = f"\nAvoid: {ask.negative}" if ask.negative else ""
    pictures = ask.references[:MOST_REFERENCES]
    images = [*pictures, *([ask.guide] if ask.guide else [])]
    parts = [types.Part.from_bytes(data=data, mime_type=mime_of(data)) for data in images]
    prompt = (SHEETS if pictures else "") + (SKETCH if ask.guide else "") + ask.prompt + avoid
    content = types.Content(role="user", parts=[*parts, types.Part.from_text(text=prompt)])
    config = types.GenerateContentConfig(
        response_modalities=["IMAGE"],
        image_config=types.ImageConfig(aspect_ratio=nearest_aspect(ask.aspect, ASPECTS), image_size="1K"),
        seed=seed % 2**31,
    )
    return [content], config


def _picture(response: Any, model: str) -> bytes:
    """The picture in an answer. Raises ContentBlocked."""
    feedback = response.prompt_feedback
    if feedback and feedback.block_reason:
        raise ContentBlocked(f"{model} blocked the prompt", word_of(feedback.block_reason), "prompt")
    candidate = (response.candidates or [None])[0]
    parts = (candidate.content.parts or []) if candidate and candidate.content else []
    data = next((part.inline_data.data for part in parts if part.inline_data and part.inline_data.data), None)
    if data is None:
        reason = word_of(candidate.finish_reason) if candidate else "NO_CANDIDATE"
        raise ContentBlocked(f"{model} drew no picture", reason, "image")
    return data
