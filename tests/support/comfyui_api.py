"""A plain client of ComfyUI's own API."""

import json
import urllib.parse
import uuid
import zlib
from pathlib import Path

import httpx2
from PIL import Image
from websockets.sync.client import connect

from tests.support.pictures import page, png


def huge(width, height):
    """A PNG whose header alone says how large it is."""
    small = bytearray(png(Image.new("L", (1, 1))))
    small[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    # the checksum of the header
    small[29:33] = zlib.crc32(bytes(small[12:29])).to_bytes(4, "big")
    return bytes(small)


GOLDEN = Path(__file__).parent.parent / "golden" / "comfyui"


CHECKPOINT = "random_sd15_small.safetensors"


PREVIEWS = {"preview_method": "latent2rgb"}


def upload(http, name, data=None, **fields):
    files = {"image": (name, data or png(page(64, 64)), "image/png")}
    return http.post("/upload/image", files=files, data={"overwrite": "true"} | fields)


def workflow(seed=1, steps=4, prefix="api"):
    recorded = json.loads((GOLDEN / "api" / "ws" / "success.jsonl").read_text().splitlines()[0])["post"]["prompt"]
    recorded["5"]["inputs"] |= {"seed": seed, "steps": steps}
    recorded["8"]["inputs"]["filename_prefix"] = prefix
    return recorded


class Client:
    """What the usual scripts do: a socket, a prompt, messages until the end marker, the history, the pictures."""

    def __init__(self, url, flags=False):
        self.url, self.id = url, str(uuid.uuid4())
        self.socket = None
        self._flags = flags

    def __enter__(self):
        url = f"{self.url.replace('http', 'ws')}/ws?clientId={self.id}"
        # what nobody reads must not hold up the close
        self._connection = connect(url, proxy=None, max_size=None, max_queue=None)
        self.socket = self._connection.__enter__()
        if self._flags:
            features = {"type": "feature_flags", "data": {"supports_preview_metadata": True}}
            self.socket.send(json.dumps(features))
        return self

    def __exit__(self, *error):
        self._connection.__exit__(*error)

    def queue(self, prompt, **more):
        answer = httpx2.post(f"{self.url}/prompt", json={"prompt": prompt, "client_id": self.id} | more)
        assert answer.status_code == 200, answer.text
        return answer.json()["prompt_id"]

    def messages(self, prompt_id):
        texts, frames = [], []
        while True:
            message = self.socket.recv(timeout=60)
            if isinstance(message, bytes):
                frames.append(message)
                continue
            payload = json.loads(message)
            texts.append(payload)
            if payload["type"] == "executing" and payload["data"] == {"node": None, "prompt_id": prompt_id}:
                return texts, frames

    def images(self, prompt_id):
        history = httpx2.get(f"{self.url}/history/{prompt_id}").json()[prompt_id]
        entries = [image for output in history["outputs"].values() for image in output["images"]]
        return [httpx2.get(f"{self.url}/view?{urllib.parse.urlencode(entry)}").content for entry in entries]
