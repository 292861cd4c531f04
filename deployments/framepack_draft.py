"""FramePack without weights: sketches, transfers of colour and camera moves, on any processor."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any

from deployments.telemetry import start_telemetry
from foundation.errors import InvalidInput
from foundation.models.framepack import FilmedSection, FilmJob, PaintedPicture, PictureJob
from foundation.models.progress import SamplerProgress

Json = Any
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

    async def check_loras(self, names: Sequence[str]) -> None:
        """None fits. Raises InvalidInput for any name."""
        if names:
            raise InvalidInput(
                f"the draft engine has no LoRAs, so it cannot take {', '.join(names)}; leave lora_paths out"
            )

    async def image(self, job: PictureJob) -> AsyncGenerator[SamplerProgress | PaintedPicture]:
        """One picture: a transfer, or a sketch, in the colours of ``start`` if there is one.

        Raises BadImage, TooLarge and InvalidInput.
        """
        from engines.framepack_draft.pictures import preview
        from foundation.images import png_bytes

        total = 3
        yield SamplerProgress(0, total)
        picture = await self._work(_draw, job)
        yield SamplerProgress(2, total, await self._work(preview, picture) if job.previews else None)
        text = {} if job.parameters is None else {"parameters": json.dumps(job.parameters, ensure_ascii=False)}
        data = await self._work(png_bytes, picture, text)
        yield SamplerProgress(total, total)
        words = await self._work(_words, job.prompt) if job.transfer is None else None
        yield PaintedPicture(data, job.width, job.height, words)

    async def sections(self, video_length: float) -> int:
        """How many sections a film of ``video_length`` seconds has: of 36 frames each, at 30 a second."""
        from engines.framepack_draft.camera import FPS
        from engines.framepack_draft.film import SECTION

        return max(round(video_length * FPS / SECTION), 1)

    async def section(
        self, job: FilmJob, number: int, state: bytes | None
    ) -> AsyncGenerator[SamplerProgress | FilmedSection]:
        """One section of a film; in reverse the first one made is the last one shown. ``state`` is not needed.

        Raises BadImage, TooLarge and InvalidInput.
        """
        from engines.framepack import mp4
        from engines.framepack_draft import film
        from engines.framepack_draft.pictures import preview_of

        frames = film.span(number, job.sections, job.sampling_mode)
        yield SamplerProgress(0, len(frames))
        files = _present({"start": job.start, "end": job.end})
        drawn = await self._work(film.film_of, files, job.prompt, job.seed, job.sections, (job.width, job.height))
        pictures: list[Any] = []
        for some in film.chunks(frames, CHUNK):
            pictures += await self._work(lambda some=some: [drawn.frame(n) for n in some])
            preview = await self._work(preview_of, pictures[-1]) if job.previews else None
            yield SamplerProgress(len(pictures), len(frames), preview)
        data = await self._work(mp4.encode, pictures, mp4.FPS, job.mp4_crf)
        yield FilmedSection(state=b"", done=data, open=b"", frames=len(pictures))

    async def _work(self, call: Callable[..., Any], *args: Any) -> Any:
        """The result of a call in a thread, when it is its turn."""
        async with self._turn:
            return await asyncio.to_thread(call, *args)


def _present(files: dict[str, bytes | None]) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if data is not None}


def _draw(job: PictureJob) -> Any:
    from engines.framepack_draft.sketch import sketch
    from engines.framepack_draft.transfer import transfer

    if job.transfer is None:
        return sketch(job.prompt, job.seed, job.width, job.height, job.start)
    names = ("source", "target", "source_mask", "target_mask")
    files = _present({name: getattr(job.transfer, name) for name in names})
    return transfer(files, job.transfer.strength, job.width, job.height)


def _words(prompt: str) -> list[str]:
    from engines.framepack_draft.reading import read

    return read(prompt).understood
