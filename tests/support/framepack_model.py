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

SECTION = 36
# frames of a section that the next one makes anew
OVERLAP = 4


class SmallFramePack:
    """``ready`` and ``loras`` (the names that fit) may be set; ``asked`` keeps what pictures and sections were asked.

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
        return [{"name": name, "matched": 7, "keys": 7} for name in names]

    async def image(self, request, files):
        self.requests.append((request, files))
        async for event in self._steps(request):
            yield event
        if "source" in files and request["transfer_strength"] == 0:
            image = Image.open(io.BytesIO(files["source"])).convert("RGB").resize((request["width"], request["height"]))
        else:
            speech = json.dumps([request["prompt"], request["seed"], request["target_index"], request["loras"]])
            image = Image.new("RGB", (request["width"], request["height"]), colour(speech))
        fields = {} if request["parameters"] is None else {"parameters": json.dumps(request["parameters"])}
        options = {"image": png_bytes(image, fields), "width": image.width, "height": image.height}
        yield {"kind": "image"} | options

    async def _steps(self, request):
        for step in range(1, request["steps"] + 1):
            await asyncio.sleep(0)
            if "FAIL" in request["prompt"] and step > request["steps"] // 2:
                raise StepFailed("the model failed: it was told to")
            if "LOST" in request["prompt"] and request["prompt"] not in self._lost:
                self._lost.add(request["prompt"])
                raise ReplicaLost("a replica of the small model was lost")
            preview = {"preview": jpeg()} if request["previews"] and step == 1 else {}
            yield {"kind": "progress", "step": step, "total": request["steps"]} | preview

    async def sections(self, request):
        return max(round(request["video_length"] * 30 / SECTION), 1)

    async def section(self, request, files, number, state):
        self.requests.append((request, files))
        assert state == (f"{number - 1}".encode() if number else None)
        async for event in self._steps(request):
            yield event
        done, still_open = await asyncio.to_thread(_pieces, request, number)
        options = {"state": f"{number}".encode(), "done": done, "open": still_open, "frames": SECTION}
        yield {"kind": "section"} | options


def _pieces(request, number):
    """Frames 0 to 36 * sections, in either direction; those near the open end come again in the next section."""
    total, reverse = request["sections"] * SECTION + 1, request["sampling_mode"] == "reverse"
    last = number + 1 == request["sections"]
    begin = number * SECTION - (OVERLAP if number else 0)
    end = total if last else (number + 1) * SECTION - OVERLAP
    settled, loose = range(begin, end), range(end, end + (0 if last else OVERLAP))
    film = [[total - 1 - n for n in reversed(part)] if reverse else list(part) for part in (settled, loose)]
    return [mp4.encode([numbered(n, request) for n in part], crf=request["mp4_crf"]) if part else b"" for part in film]


def numbered(number, request):
    """A frame whose brightness is its number."""
    return np.full((request["height"], request["width"], 3), 2 * number % 250, np.uint8)


def colour(message):
    """A colour that follows from words."""
    return tuple(zlib.crc32(message.encode()).to_bytes(4, "big")[:3])


def jpeg():
    out = io.BytesIO()
    Image.new("RGB", (16, 16), "teal").save(out, "JPEG")
    return out.getvalue()
