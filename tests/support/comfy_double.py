"""A ComfyUI server as far as its protocol goes, made of recorded traffic, in a process of its own.

It answers as ComfyUI 0.3.64 did, replays the messages of a real run with the caller's ids, and "works" by
inverting the uploaded picture. ``POST /_double`` sets how it fails:

normal      step_s seconds a sampler step
error       the run ends with the recorded execution_error
drop        the socket is closed after the first step; the work goes on
late        the history is empty for a while after the end
refuse      400 to every prompt, with the recorded answer
forget      the prompt vanishes from queue and history, and no message tells it
die         the process ends at the second step
hang        nothing more is told after the first step, until interrupted

``models`` is what it says of its nodes, {class: {input: choices}}; without it, nothing.
"""

import asyncio
import contextlib
import io
import json
import os
import signal
import struct
import sys
from pathlib import Path

from aiohttp import WSMsgType, web
from PIL import Image, ImageOps

RECORDED = Path(__file__).parent.parent / "golden" / "comfyui" / "api"
LATE_S = 1.0


def recorded(name):
    lines = [json.loads(line) for line in (RECORDED / "ws" / f"{name}.jsonl").read_text().splitlines()]
    return lines[0]["post"]["prompt_id"], [line for line in lines[1:] if not is_status(line)]


def is_status(line):
    return line.get("text", {}).get("type") in {"status", "feature_flags"}


def answer_of(name):
    message = json.loads((RECORDED / "invalid" / f"{name}.json").read_text())
    return message["answer"]["status"], message["answer"]["body"]


class Double:
    def __init__(self):
        self.mode, self.step_s, self.models = "normal", 0.01, None
        self.inputs, self.outputs, self.history = {}, {}, {}
        self.pending, self.running = [], None
        self.sockets, self.seen, self.interrupted = {}, [], asyncio.Event()
        self.wake = asyncio.Event()
        self.number = 0

    def app(self):
        app = web.Application(client_max_size=100_000_000)
        app.add_routes(
            [
                web.post("/_double", self.configure),
                web.get("/_double", self.tell),
                web.post("/upload/image", self.upload),
                web.post("/prompt", self.prompt),
                web.get("/prompt", self.status),
                web.get("/queue", self.queue),
                web.post("/queue", self.delete),
                web.post("/interrupt", self.interrupt),
                web.get("/history/{id}", self.get_history),
                web.get("/view", self.view),
                web.get("/system_stats", self.stats),
                web.get("/object_info/{name}", self.object_info),
                web.get("/ws", self.socket),
            ]
        )
        app.on_startup.append(self.start)
        return app

    async def start(self, app):
        app["worker"] = asyncio.create_task(self.work())

    async def configure(self, request):
        payload = await request.json()
        self.mode, self.step_s = payload.get("mode", "normal"), payload.get("step_s", 0.01)
        self.models = payload.get("models")
        return web.Response()

    async def tell(self, request):
        return web.json_response({"seen": self.seen, "done": list(self.history)})

    async def upload(self, request):
        form = await request.post()
        self.inputs[form["image"].filename] = form["image"].file.read()
        return web.json_response({"name": form["image"].filename, "subfolder": "", "type": "input"})

    async def prompt(self, request):
        body = await request.json()
        if self.mode == "refuse":
            status, answer = answer_of("unknown_checkpoint")
            return web.json_response(answer, status=status)
        self.number += 1
        self.seen.append(body["prompt_id"])
        self.pending.append([self.number, body["prompt_id"], body["prompt"], {"client_id": body["client_id"]}, ["8"]])
        self.wake.set()
        return web.json_response({"prompt_id": body["prompt_id"], "number": self.number, "node_errors": {}})

    def remaining(self):
        return len(self.pending) + (self.running is not None)

    async def status(self, request):
        return web.json_response({"exec_info": {"queue_remaining": self.remaining()}})

    async def queue(self, request):
        running = [self.running] if self.running and self.mode != "forget" else []
        pending = [] if self.mode == "forget" else self.pending
        return web.json_response({"queue_running": running, "queue_pending": pending})

    async def delete(self, request):
        gone = (await request.json()).get("delete", [])
        self.pending = [entry for entry in self.pending if entry[1] not in gone]
        return web.Response()

    async def interrupt(self, request):
        wanted = (await request.json()).get("prompt_id")
        if self.running and wanted in {None, self.running[1]}:
            self.interrupted.set()
        return web.Response()

    async def get_history(self, request):
        known = self.history.get(request.match_info["id"])
        ready = known and known[0] <= asyncio.get_running_loop().time() and self.mode != "forget"
        return web.json_response({request.match_info["id"]: known[1]} if ready else {})

    async def view(self, request):
        data = self.outputs.get(request.query["filename"])
        return web.Response(body=data, content_type="image/png") if data else web.Response(status=404)

    async def stats(self, request):
        return web.json_response(json.loads((RECORDED / "http" / "system_stats.json").read_text())["body"])

    async def object_info(self, request):
        name = request.match_info["name"]
        if self.models is None:
            return web.Response(status=404)
        if name not in self.models:
            return web.json_response({})
        lists = {key: [choices, {}] for key, choices in self.models[name].items()}
        return web.json_response({name: {"input": {"required": lists}}})

    async def socket(self, request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets[request.query["clientId"]] = socket
        async for message in socket:
            if message.type == WSMsgType.TEXT and json.loads(message.data)["type"] == "feature_flags":
                await socket.send_json({"type": "feature_flags", "data": {"supports_preview_metadata": True}})
        return socket

    async def work(self):
        while True:
            while not self.pending:
                self.wake.clear()
                await self.wake.wait()
            self.running = self.pending.pop(0)
            self.interrupted.clear()
            await self.run(*self.running[1:4])
            self.running = None

    async def run(self, prompt_id, prompt, extra):
        name = {"error": "execution_error"}.get(self.mode, "success_with_preview_metadata")
        old, lines = recorded(name)
        socket = self.sockets.get(extra["client_id"])
        result = f"style_transform_{self.number:05}_.png"
        for line in lines:
            line = json.loads(json.dumps(line).replace(old, prompt_id).replace("api_00008_.png", result))
            if line.get("text", {}).get("type") == "execution_success":
                self.finish(prompt_id, prompt, result)
            if not await self.tell_line(socket, line, prompt_id):
                return
        if self.mode == "error":
            message = json.loads((RECORDED / "http" / "history.json").read_text())["execution_error"]["body"][
                "run-error"
            ]
            self.history[prompt_id] = (0, message)

    def finish(self, prompt_id, prompt, filename):
        name = next(node["inputs"]["image"] for node in prompt.values() if node["class_type"] == "LoadImage")
        out = io.BytesIO()
        ImageOps.invert(Image.open(io.BytesIO(self.inputs[name])).convert("RGB")).save(out, "PNG")
        self.outputs[filename] = out.getvalue()
        outputs = {"8": {"images": [{"filename": filename, "subfolder": "", "type": "output"}]}}
        status = {"status_str": "success", "completed": True, "messages": []}
        at = asyncio.get_running_loop().time() + (LATE_S if self.mode == "late" else 0)
        self.history[prompt_id] = (at, {"prompt": [], "outputs": outputs, "status": status, "meta": {}})

    async def tell_line(self, socket, line, prompt_id):
        """False when the run has been interrupted."""
        if "binary" in line:
            await self.send(socket, preview(line["binary"]["metadata"]), binary=True)
            return True
        data = line["text"]
        if data["type"] == "progress":
            await self.misbehave(socket, data["data"]["value"])
            await asyncio.wait({asyncio.ensure_future(self.interrupted.wait())}, timeout=self.step_s)
            if self.interrupted.is_set():
                gone = {"prompt_id": prompt_id, "node_id": "5", "node_type": "KSampler", "executed": []}
                options = {"status_str": "error", "completed": False, "messages": [["execution_interrupted", gone]]}
                self.history[prompt_id] = (0, {"prompt": [], "outputs": {}, "status": options, "meta": {}})
                await self.send(socket, {"type": "execution_interrupted", "data": gone})
                return False
        await self.send(socket, data)
        return True

    async def misbehave(self, socket, step):
        if self.mode == "die" and step == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.mode == "drop" and step == 2 and socket is not None:
            await socket.close()
        if self.mode in {"hang", "forget"} and step == 2:
            await self.interrupted.wait()

    async def send(self, socket, message, binary=False):
        if socket is None or socket.closed:
            return
        with contextlib.suppress(ConnectionError):
            await (socket.send_bytes(message) if binary else socket.send_json(message))


def preview(metadata):
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "orange").save(out, "JPEG")
    answer = json.dumps(metadata).encode()
    return struct.pack(">II", 4, len(answer)) + answer + out.getvalue()


if __name__ == "__main__":
    web.run_app(Double().app(), host="127.0.0.1", port=int(sys.argv[1]), print=None)
