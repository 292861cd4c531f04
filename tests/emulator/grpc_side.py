"""The gRPC side: ``PredictionService.Predict`` of v1 and v1beta1. The SDK has no servicer, so handlers go by name."""

import grpc
from google.cloud.aiplatform_v1.types import PredictRequest, PredictResponse
from google.protobuf import any_pb2, duration_pb2, json_format
from google.rpc import error_details_pb2, status_pb2

from tests.emulator.calls import Call
from tests.emulator.faults import Refusal

CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    404: grpc.StatusCode.NOT_FOUND,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    503: grpc.StatusCode.UNAVAILABLE,
}
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def make_server(switchboard):
    async def predict(request, context):
        options = dict(context.invocation_metadata())
        body = json_format.MessageToDict(PredictRequest.pb(request))
        call = Call("grpc", "predict", request.endpoint.rsplit("/", 1)[-1], body, options.get("authorization", ""))
        try:
            answer = await switchboard.serve(call)
        except Refusal as refusal:
            await refuse(context, refusal)
            raise
        # built on the message underneath: the wrapper's constructor takes no predictions
        message = PredictResponse.pb(PredictResponse())
        return PredictResponse.wrap(json_format.ParseDict(answer, message))

    server = grpc.aio.server(options=UNLIMITED)
    handler = grpc.unary_unary_rpc_method_handler(predict, PredictRequest.deserialize, PredictResponse.serialize)
    for version in ("v1", "v1beta1"):
        name = f"google.cloud.aiplatform.{version}.PredictionService"
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, {"Predict": handler}),))
    return server


async def refuse(context, refusal):
    """End the call with a status, and with its details as Google sends them."""
    trailing = ()
    if refusal.retry_after is not None:
        seconds = int(refusal.retry_after)
        delay = duration_pb2.Duration(seconds=seconds, nanos=int((refusal.retry_after - seconds) * 1e9))
        detail = any_pb2.Any()
        detail.Pack(error_details_pb2.RetryInfo(retry_delay=delay))
        code = CODES[refusal.code].value[0]
        status = status_pb2.Status(code=code, message=refusal.message, details=[detail])
        trailing = (("grpc-status-details-bin", status.SerializeToString()),)
    await context.abort(CODES[refusal.code], refusal.message, trailing)
