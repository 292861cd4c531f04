"""A client as the README of the original service shows it, in its three ways of calling."""

import asyncio
import base64
import json

import aiohttp
import websockets


class IOPaintClient:
    """Built with a base URL; takes a path and regions."""

    def __init__(self, base_url="http://localhost:8081"):
        self.base_url = base_url

    def _body(self, path, regions, **more):
        image = base64.b64encode(path.read_bytes()).decode("utf-8")
        return {"image": image, "regions": regions} | more

    async def _post(self, route, body):
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.base_url}/api/v1/{route}", json=body) as response,
        ):
            return response.status, response.headers, await response.read()

    async def remove_text_regions(self, path, regions):
        """The synchronous call: bytes of a picture and its headers."""
        status, headers, content = await self._post("inpaint-regions", self._body(path, regions))
        assert status == 200, content
        return content, headers

    async def stats(self, path, regions):
        """The call that gives statistics."""
        status, _, content = await self._post("inpaint-regions-json", self._body(path, regions))
        assert status == 200, content
        return json.loads(content)

    async def inpaint_regions_async(self, path, text_regions, task_id):
        """The asynchronous call of a back end, from OCR results with bounding boxes."""
        regions = [{k: box["bounding_box"][k] for k in ("x", "y", "width", "height")} for box in text_regions]
        advanced = {
            "sd_seed": 42,
            "sd_steps": 20,
            "sd_strength": 0.8,
            "sd_guidance_scale": 7.5,
            "hd_strategy": "Original",
            "hd_strategy_crop_trigger_size": 1024,
            "hd_strategy_crop_margin": 32,
        }
        body = self._body(path, regions, task_id=task_id, enable_progress=True, **advanced)
        status, _, content = await self._post("inpaint-regions-async", body)
        assert status in {200, 202}, content
        return json.loads(content)

    async def relay(self, task_id, send, seconds=60):
        """Hand on every message of a task's socket until it closes."""
        url = f"{self.base_url.replace('http', 'ws', 1)}/api/v1/ws/progress/{task_id}"
        async with asyncio.timeout(seconds), websockets.connect(url) as socket:
            async for message in socket:
                await send(message)

    async def get(self, route):
        """A GET that answers JSON."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.base_url}/api/v1/{route}") as response:
            return response.status, await response.json()
