"""The REST side. Bodies are read into Google's own messages, so that a wrong field is refused as it is there."""

import asyncio
import json

from google.cloud.aiplatform_v1.types import GenerateContentRequest, PredictRequest
from google.cloud.aiplatform_v1beta1.types import GenerateContentRequest as BetaRequest
from google.protobuf import json_format
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.emulator.calls import Call
from tests.emulator.faults import Fault, Refusal

MESSAGES = {"predict": [PredictRequest], "generateContent": [GenerateContentRequest, BetaRequest]}
POLL_S = 0.02


def make_app(switchboard):
    async def model_call(request):
        model, _, method = request.path_params["call"].partition(":")
        try:
            call = Call("rest", method, model, _body(method, await request.body()))
            call.authorization = request.headers.get("authorization", "")
            answer = await _unless_gone(request, switchboard.serve(call))
        except Refusal as refusal:
            return JSONResponse(_error(refusal), refusal.code)
        except asyncio.CancelledError:
            return Response(status_code=499)
        if method.startswith("stream"):
            return Response(f"data: {json.dumps(answer)}\r\n\r\n", media_type="text/event-stream")
        return JSONResponse(answer)

    async def set_faults(request):
        payload = await request.json()
        try:
            switchboard.faults += [Fault(**one) for one in (payload if isinstance(payload, list) else [payload])]
        except (TypeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"faults": len(switchboard.faults)})

    async def calls(request):
        if request.method == "DELETE":
            switchboard.forget()
        return JSONResponse(switchboard.report())

    place = "/{version}/projects/{project}/locations/{location}/publishers/google/models/{call}"
    return Starlette(
        routes=[
            Route("/__emulator/faults", set_faults, methods=["POST"]),
            Route("/__emulator/calls", calls, methods=["GET", "DELETE"]),
            Route(place, model_call, methods=["POST"]),
        ]
    )


def _body(method, raw):
    """The request with Google's names, defaults left out."""
    name = "generateContent" if method == "streamGenerateContent" else method
    if name not in MESSAGES:
        raise Refusal(404, "NOT_FOUND", f"no method {method}")
    mistakes = []
    for message in MESSAGES[name]:
        try:
            return json_format.MessageToDict(json_format.Parse(raw, message.pb(message())))
        except json_format.ParseError as error:
            mistakes.append(str(error))
    raise Refusal.invalid(f"Invalid JSON payload received. {mistakes[0]}")


async def _unless_gone(request, work):
    """The result of ``work``, which is cancelled when the client hangs up."""
    task = asyncio.ensure_future(work)
    while not task.done():
        await asyncio.wait({task}, timeout=POLL_S)
        if not task.done() and await request.is_disconnected():
            task.cancel()
    return await task


def _error(refusal):
    options = {"code": refusal.code, "message": refusal.message, "status": refusal.status}
    if refusal.retry_after is not None:
        delay = f"{refusal.retry_after:g}s"
        options["details"] = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}]
    return {"error": options}
