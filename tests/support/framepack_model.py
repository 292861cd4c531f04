"""A small FramePack: it keeps to the interface of the deployments, makes flat pictures at once, and fails when told to.

What it makes tells what it was asked: a picture's colour is made from prompt, seed and target index, a film's frames
carry their number.
"""

import asyncio
import io
import json
import zlib

import numpy as np
from PIL import Image

from engines.framepack import mp4
from foundation.errors import InvalidInput, ReplicaLost, StepFailed
from foundation.images import png_bytes
from foundation.models.framepack import FilmedSection, PaintedPicture
from foundation.models.progress import SamplerProgress

SECTION = 36
# frames of a section that the next one makes anew
OVERLAP = 4


class SmallFramePack:
    """``ready`` and ``loras`` (the names that fit) may be set; ``requests`` are the jobs of pictures and sections.

    A prompt with ``FAIL`` in it fails, one with ``LOST`` loses its replica the first time.
    """

    def __init__(self, ready=False):
        self.ready = ready
        self.loras = []
        self.requests = []
        self._lost = set()

    async def describe(self):
        return {"ready": self.ready, "detail": "ready" if self.ready else "MODEL_DIR has no framepack folder"}

    async def check_loras(self, names):
        for name in names:
            if name not in self.loras:
                raise InvalidInput(f"0 of 7 keys of {name} match the model")

    async def image(self, job):
        self.requests.append(job)
        async for event in self._steps(job):
            yield event
        if job.transfer is not None and job.transfer.strength == 0:
            image = Image.open(io.BytesIO(job.transfer.source)).convert("RGB").resize((job.width, job.height))
        else:
            speech = json.dumps([job.prompt, job.seed, job.target_index, job.loras])
            image = Image.new("RGB", (job.width, job.height), colour(speech))
        fields = {} if job.parameters is None else {"parameters": json.dumps(job.parameters)}
        yield PaintedPicture(png_bytes(image, fields), image.width, image.height)

    async def _steps(self, job):
        for step in range(1, job.steps + 1):
            await asyncio.sleep(0)
            if "FAIL" in job.prompt and step > job.steps // 2:
                raise StepFailed("the model failed: it was told to")
            if "LOST" in job.prompt and job.prompt not in self._lost:
                self._lost.add(job.prompt)
                raise ReplicaLost("a replica of the small model was lost")
            yield SamplerProgress(step, job.steps, jpeg() if job.previews and step == 1 else None)

    async def sections(self, video_length):
        return max(round(video_length * 30 / SECTION), 1)

    async def section(self, job, number, state):
        self.requests.append(job)
        assert state == (f"{number - 1}".encode() if number else None)
        async for event in self._steps(job):
            yield event
        done, still_open = await asyncio.to_thread(_pieces, job, number)
        yield FilmedSection(f"{number}".encode(), done, still_open, SECTION)


def _pieces(job, number):
    """Frames 0 to 36 * sections, in either direction; those near the open end come again in the next section."""
    total, reverse = job.sections * SECTION + 1, job.sampling_mode == "reverse"
    last = number + 1 == job.sections
    begin = number * SECTION - (OVERLAP if number else 0)
    end = total if last else (number + 1) * SECTION - OVERLAP
    settled, loose = range(begin, end), range(end, end + (0 if last else OVERLAP))
    film = [[total - 1 - n for n in reversed(part)] if reverse else list(part) for part in (settled, loose)]
    return [mp4.encode([numbered(n, job) for n in part], crf=job.mp4_crf) if part else b"" for part in film]


def numbered(number, job):
    """A frame whose brightness is its number."""
    return np.full((job.height, job.width, 3), 2 * number % 250, np.uint8)


def colour(message):
    """A colour that follows from words."""
    return tuple(zlib.crc32(message.encode()).to_bytes(4, "big")[:3])


def jpeg():
    out = io.BytesIO()
    Image.new("RGB", (16, 16), "teal").save(out, "JPEG")
    return out.getvalue()
