"""FramePack without weights: sketches, transfers of colour and camera moves, on any processor.

What ``image`` and ``section`` yield are dicts with a ``kind``:

progress   step, total; preview (a small JPEG) where there is one
image      the picture as PNG, with width and height
section    MP4 pieces of a film: done is settled, open is not (here always empty); state for the next section; frames
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any

from deployments.telemetry import start_telemetry
from foundation.errors import InvalidInput

Json = Any
Files = Mapping[str, bytes]
CHUNK = 6


class FramePackDraft:
    """A stand-in for FramePack that is always ready. It draws one thing at a time, in turns of about a second."""

    def __init__(self, threads: int = 1) -> None:
        import cv2

        start_telemetry()
        cv2.setNumThreads(threads)
        # films and pictures take turns, so that no film keeps a picture waiting
        self._turn = asyncio.Lock()

    async def describe(self) -> dict[str, Json]:
        """It can always work, and says that what it makes is no FramePack."""
        return {
            "ready": True,
            "detail": "sketches by rule from the words of the prompt, transfers of colour, camera moves; no weights",
        }

    async def check_loras(self, names: Sequence[str]) -> list[dict[str, Json]]:
        """None for none. Raises InvalidInput for any name."""
        if names:
            raise InvalidInput(
                f"the draft engine has no LoRAs, so it cannot take {', '.join(names)}; leave lora_paths out"
            )
        return []

    async def image(self, request: Mapping[str, Json], files: Files) -> AsyncGenerator[dict[str, Json]]:
        """One picture: a transfer if there is a ``source``, else a sketch, in the colours of ``start`` if there is one.

        Raises BadImage, TooLarge and InvalidInput.
        """
        from engines.framepack_draft.pictures import preview
        from foundation.images import png_bytes

        width, height = request["width"], request["height"]
        total = 3
        yield _progress(0, total)
        make = _transfer if "source" in files else _sketch
        picture = await self._work(make, request, files)
        progress = _progress(2, total)
        if request.get("previews"):
            progress["preview"] = await self._work(preview, picture)
        yield progress
        text = (
            {}
            if request.get("parameters") is None
            else {"parameters": json.dumps(request["parameters"], ensure_ascii=False)}
        )
        data = await self._work(png_bytes, picture, text)
        yield _progress(total, total)
        words = {} if "source" in files else {"drawn_words": await self._work(_words, request)}
        yield {"kind": "image", "image": data, "width": width, "height": height} | words

    async def sections(self, request: Mapping[str, Json]) -> int:
        """How many sections a film of ``video_length`` seconds has: of 36 frames each, at 30 a second."""
        from engines.framepack_draft.camera import FPS
        from engines.framepack_draft.film import SECTION

        return max(round(request["video_length"] * FPS / SECTION), 1)

    async def section(
        self, request: Mapping[str, Json], files: Files, number: int, state: bytes | None
    ) -> AsyncGenerator[dict[str, Json]]:
        """One section of a film; in reverse the first one made is the last one shown. ``state`` is not needed.

        Raises BadImage, TooLarge and InvalidInput.
        """
        from engines.framepack import mp4
        from engines.framepack_draft import film
        from engines.framepack_draft.pictures import preview_of

        frames = film.span(number, request["sections"], request["sampling_mode"])
        size = (request["width"], request["height"])
        yield _progress(0, len(frames))
        drawn = await self._work(film.film_of, files, request["prompt"], request["seed"], request["sections"], size)
        pictures: list[Any] = []
        for some in film.chunks(frames, CHUNK):
            pictures += await self._work(lambda some=some: [drawn.frame(n) for n in some])
            progress = _progress(len(pictures), len(frames))
            if request.get("previews"):
                progress["preview"] = await self._work(preview_of, pictures[-1])
            yield progress
        data = await self._work(mp4.encode, pictures, mp4.FPS, request["mp4_crf"])
        yield {"kind": "section", "state": b"", "done": data, "open": b"", "frames": len(pictures)}

    async def _work(self, call: Callable[..., Any], *args: Any) -> Any:
        """The result of a call in a thread, when it is its turn."""
        async with self._turn:
            return await asyncio.to_thread(call, *args)


def _progress(step: int, total: int) -> dict[str, Json]:
    return {"kind": "progress", "step": step, "total": total}


def _sketch(request: Mapping[str, Json], files: Files) -> Any:
    from engines.framepack_draft.sketch import sketch

    return sketch(request["prompt"], request["seed"], request["width"], request["height"], files.get("start"))


def _words(request: Mapping[str, Json]) -> list[str]:
    from engines.framepack_draft.reading import read

    return read(request["prompt"]).understood


def _transfer(request: Mapping[str, Json], files: Files) -> Any:
    from engines.framepack_draft.transfer import transfer

    return transfer(files, request["transfer_strength"], request["width"], request["height"])
