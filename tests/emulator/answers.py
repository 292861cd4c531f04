"""Answers in the words of the REST API, from requests in the same words."""

import asyncio
import base64
import json

from tests.emulator import pictures, writing
from tests.emulator.calls import pictures_in, prompt_of
from tests.emulator.faults import Refusal

FILTERED = "Unable to show generated images. All images were filtered out because they violated usage guidelines."
IMAGEN_ASPECTS = ("1:1", "3:4", "4:3", "9:16", "16:9")
IMAGEN_PARAMETERS = {
    "sampleCount",
    "aspectRatio",
    "seed",
    "addWatermark",
    "negativePrompt",
    "personGeneration",
    "safetySetting",
    "includeRaiReason",
    "sampleImageSize",
    "language",
    "enhancePrompt",
    "outputOptions",
}


def make_answer(side):
    """The answering function of an emulator whose square pictures have ``side`` pixels."""

    async def answer(call, fault):
        if call.method == "predict":
            return await asyncio.to_thread(predict, call, fault, side)
        return await asyncio.to_thread(generate, call, fault, side)

    return answer


def predict(call, fault, side):
    """An Imagen answer: ``predictions``, from which filtered pictures are missing unless their reason is asked for."""
    requested, instances = call.body.get("parameters", {}), call.body.get("instances", [])
    unknown = set(requested) - IMAGEN_PARAMETERS
    if unknown or len(instances) != 1 or not instances[0].get("prompt"):
        raise Refusal.invalid(f"unknown parameters {sorted(unknown)} or not exactly one instance with a prompt")
    count, aspect = int(requested.get("sampleCount", 4)), requested.get("aspectRatio", "1:1")
    if not 1 <= count <= 4 or aspect not in IMAGEN_ASPECTS:
        raise Refusal.invalid(f"sampleCount {count} or aspectRatio {aspect} is not supported")
    if "seed" in requested and requested.get("addWatermark", True):
        raise Refusal.invalid("seed is not supported when addWatermark is enabled")
    if fault is not None and fault.kind == "block":
        raise Refusal.invalid(
            "The prompt could not be submitted. It contains words that violate the guidelines. 58061214"
        )
    lost = 0 if fault is None or fault.kind != "filter" else count if fault.count is None else fault.count
    prompt, seed = instances[0]["prompt"], int(requested.get("seed", 0))
    drawn = [_png(pictures.draw(prompt, seed + n, aspect, side), "mimeType") for n in range(lost, count)]
    entries = [{"raiFilteredReason": FILTERED}] * lost if requested.get("includeRaiReason") else []
    return {"predictions": [*entries, *drawn]}


def generate(call, fault, side):
    """A Gemini answer: a picture, JSON or a sentence."""
    config, prompt = call.body.get("generationConfig", {}), prompt_of(call.body)
    if not call.body.get("contents"):
        raise Refusal.invalid("contents is not specified")
    used = {"promptTokenCount": max(len(prompt) // 4, 1) + 258 * len(pictures_in(call.body))}
    if fault is not None and fault.kind == "block":
        return {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": _sum(used, 0)}
    if call.kind == "image":
        return _picture(config, prompt, fault, side, used)
    return _text(call, prompt, fault, used)


def _picture(config, prompt, fault, side, used):
    if fault is not None and fault.kind == "filter":
        return _candidate(None, "IMAGE_SAFETY", used, 0)
    aspect = config.get("imageConfig", {}).get("aspectRatio", "1:1")
    if aspect not in pictures.SIZES:
        raise Refusal.invalid(f"aspectRatio {aspect} is not supported")
    drawn = pictures.draw(prompt, config.get("seed", 0), aspect, side)
    return _candidate([{"inlineData": _png(drawn, "mimeType", "data")}], "STOP", used, 1290)


def _text(call, prompt, fault, used):
    config = call.body.get("generationConfig", {})
    schema = config.get("responseJsonSchema") or config.get("responseSchema")
    text = "OK"
    if schema:
        requested = prompt_of({"contents": call.body["contents"]})
        text = json.dumps(
            writing.Writer(schema, f"{prompt}|{config.get('seed', 0)}", requested).write(), ensure_ascii=False
        )
    if fault is not None and fault.kind == "garbage":
        text = '{"unexpected": true}'
    if fault is not None and fault.kind == "truncate":
        return _candidate([{"text": text[: len(text) // 2]}], "MAX_TOKENS", used, len(text) // 8)
    return _candidate([{"text": text}], "STOP", used, max(len(text) // 4, 1))


def _candidate(parts, reason, used, tokens):
    found = {"index": 0, "finishReason": reason}
    if parts is not None:
        found["content"] = {"role": "model", "parts": parts}
    return {"candidates": [found], "usageMetadata": _sum(used, tokens)}


def _sum(used, tokens):
    return used | {"candidatesTokenCount": tokens, "totalTokenCount": used["promptTokenCount"] + tokens}


def _png(data, mime_name, data_name="bytesBase64Encoded"):
    return {mime_name: "image/png", data_name: base64.b64encode(data).decode()}
