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

    async def image(self, asked, files):
        self.requests.append((asked, files))
        async for event in self._steps(asked):
            yield event
        if "source" in files and asked["transfer_strength"] == 0:
            image = Image.open(io.BytesIO(files["source"])).convert("RGB").resize((asked["width"], asked["height"]))
        else:
            speech = json.dumps([asked["prompt"], asked["seed"], asked["target_index"], asked["loras"]])
            image = Image.new("RGB", (asked["width"], asked["height"]), colour(speech))
        fields = {} if asked["parameters"] is None else {"parameters": json.dumps(asked["parameters"])}
        options = {"image": png_bytes(image, fields), "width": image.width, "height": image.height}
        yield {"kind": "image"} | options

    async def _steps(self, asked):
        for step in range(1, asked["steps"] + 1):
            await asyncio.sleep(0)
            if "FAIL" in asked["prompt"] and step > asked["steps"] // 2:
                raise StepFailed("the model failed: it was told to")
            if "LOST" in asked["prompt"] and asked["prompt"] not in self._lost:
                self._lost.add(asked["prompt"])
                raise ReplicaLost("a replica of the small model was lost")
            preview = {"preview": jpeg()} if asked["previews"] and step == 1 else {}
            yield {"kind": "progress", "step": step, "total": asked["steps"]} | preview

    async def sections(self, asked):
        return max(round(asked["video_length"] * 30 / SECTION), 1)

    async def section(self, asked, files, number, state):
        self.requests.append((asked, files))
        assert state == (f"{number - 1}".encode() if number else None)
        async for event in self._steps(asked):
            yield event
        done, still_open = await asyncio.to_thread(_pieces, asked, number)
        options = {"state": f"{number}".encode(), "done": done, "open": still_open, "frames": SECTION}
        yield {"kind": "section"} | options


def _pieces(asked, number):
    """Frames 0 to 36 * sections, in either direction; those near the open end come again in the next section."""
    total, reverse = asked["sections"] * SECTION + 1, asked["sampling_mode"] == "reverse"
    last = number + 1 == asked["sections"]
    begin = number * SECTION - (OVERLAP if number else 0)
    end = total if last else (number + 1) * SECTION - OVERLAP
    settled, loose = range(begin, end), range(end, end + (0 if last else OVERLAP))
    film = [[total - 1 - n for n in reversed(part)] if reverse else list(part) for part in (settled, loose)]
    return [mp4.encode([numbered(n, asked) for n in part], crf=asked["mp4_crf"]) if part else b"" for part in film]


def numbered(number, asked):
    """A frame whose brightness is its number."""
    return np.full((asked["height"], asked["width"], 3), 2 * number % 250, np.uint8)


def colour(said):
    """A colour that follows from words."""
    return tuple(zlib.crc32(said.encode()).to_bytes(4, "big")[:3])


def jpeg():
    out = io.BytesIO()
    Image.new("RGB", (16, 16), "teal").save(out, "JPEG")
    return out.getvalue()
