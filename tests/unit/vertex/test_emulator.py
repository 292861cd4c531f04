"""The emulator through Google's own clients: it has to be as strict and as odd as the real service."""

import asyncio
import io
import pickle

import grpc
import httpx
import pytest
from google import genai
from google.api_core import exceptions
from google.cloud.aiplatform_v1 import PredictionServiceAsyncClient
from google.cloud.aiplatform_v1.services.prediction_service.transports import PredictionServiceGrpcAsyncIOTransport
from google.cloud.aiplatform_v1.types import PredictRequest
from google.genai import errors, types
from google.oauth2.credentials import Credentials
from PIL import Image
from pydantic import BaseModel, Field

from tests.unit.vertex.conftest import TOKEN

TEXT, PICTURE, IMAGEN = "gemini-3.8-flash", "gemini-3.1-flash-image", "imagen-4.0-generate-001"
STORY = "ハルとミオは丘にのぼった。ハルは空を見た。ミオは笑った。"


class Person(BaseModel):
    name: str
    age: int = Field(ge=6, le=90)


class People(BaseModel):
    people: list[Person] = Field(min_length=2, max_length=4)
    mood: str = Field(json_schema_extra={"enum": ["calm", "tense"]})


@pytest.fixture
async def gemini(emulator):
    http = httpx.AsyncClient()
    client = genai.Client(
        enterprise=True,
        project="p",
        location="global",
        credentials=Credentials(token=TOKEN),
        http_options=types.HttpOptions(base_url=emulator.url, api_version="v1", httpx_async_client=http),
    )
    yield client.aio.models
    await http.aclose()


@pytest.fixture
async def imagen(emulator):
    channel = grpc.aio.insecure_channel(emulator.grpc_target, [("grpc.max_receive_message_length", -1)])
    client = PredictionServiceAsyncClient(transport=PredictionServiceGrpcAsyncIOTransport(channel=channel))

    async def draw(prompt="a cat", model=IMAGEN, seconds=20, token=TOKEN, **parameters):
        request = PredictRequest(
            endpoint=f"projects/p/locations/us-central1/publishers/google/models/{model}", parameters=parameters
        )
        request.instances.append({"prompt": prompt})
        authorization = [("authorization", f"Bearer {token}")]
        answer = await client.predict(request, timeout=seconds, retry=None, metadata=authorization)
        return [dict(each) for each in answer.predictions]

    yield draw
    await channel.close()


async def test_json_follows_the_schema_and_takes_names_from_the_story(gemini):
    config = types.GenerateContentConfig(response_mime_type="application/json", response_schema=People)
    once, again = [await gemini.generate_content(model=TEXT, contents=STORY, config=config) for _ in range(2)]
    assert once.text == again.text
    assert [person.name for person in once.parsed.people[:2]] == ["ハル", "ミオ"]
    assert once.usage_metadata.total_token_count > 0


async def test_a_json_schema_is_followed_as_well_as_a_message_schema(gemini):
    config = types.GenerateContentConfig(
        response_mime_type="application/json", response_json_schema=People.model_json_schema()
    )
    answer = await gemini.generate_content(model=TEXT, contents=STORY, config=config)
    assert People.model_validate_json(answer.text).mood in {"calm", "tense"}


async def test_streams_end_with_the_whole_text(gemini):
    parts = [part.text async for part in await gemini.generate_content_stream(model=TEXT, contents="hello")]
    assert "".join(parts) == "OK"


async def test_gemini_draws_one_picture_in_the_asked_aspect(gemini, emulator):
    config = types.GenerateContentConfig(
        response_modalities=["IMAGE"], image_config=types.ImageConfig(aspect_ratio="3:4", image_size="1K")
    )
    reference = types.Part.from_bytes(data=b"\x89PNG", mime_type="image/png")
    answer = await gemini.generate_content(model=PICTURE, contents=["a cat", reference], config=config)
    data = answer.candidates[0].content.parts[0].inline_data.data
    width, height = Image.open(io.BytesIO(data)).size
    assert width < height
    assert emulator.calls[0]["references"] == 1


async def test_imagen_draws_the_same_for_the_same_seed(imagen):
    once, again, other = [
        await imagen(sampleCount=2, seed=seed, addWatermark=False, aspectRatio="16:9") for seed in (7, 7, 8)
    ]
    assert once == again != other
    assert len(once) == 2
    assert once[0]["bytesBase64Encoded"] != once[1]["bytesBase64Encoded"]


async def test_four_large_pictures_pass_the_receive_limit_of_grpc(imagen):
    assert len(await imagen(sampleCount=4)) == 4


@pytest.mark.parametrize(
    "parameters", [{"seed": 7}, {"sampleCount": 5}, {"aspectRatio": "2:1"}, {"samplecount": 1}], ids=str
)
async def test_imagen_refuses_what_google_refuses(imagen, parameters):
    with pytest.raises(exceptions.InvalidArgument):
        await imagen(**parameters)


def post(emulator, body, **headers):
    url = f"{emulator.url}/v1/projects/p/locations/l/publishers/google/models/{TEXT}:generateContent"
    return httpx.post(url, json=body, headers=headers)


async def test_a_misspelt_field_is_refused(emulator):
    body = {"contents": [{"parts": [{"text": "x"}]}], "generationConfig": {"seeed": 1}}
    answer = post(emulator, body, authorization=f"Bearer {TOKEN}")
    assert answer.status_code == 400
    assert "seeed" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("fault", "code"), [("rate_limit", 429), ("unavailable", 503), ("not_found", 404), ("unauthorized", 401)]
)
async def test_faults_over_rest_are_errors_that_pickle(gemini, emulator, fault, code):
    emulator.fault(fault, retry_after=1.5)
    with pytest.raises(errors.APIError) as caught:
        await gemini.generate_content(model=TEXT, contents="x")
    assert caught.value.code == pickle.loads(pickle.dumps(caught.value)).code == code
    assert [call["outcome"] for call in emulator.calls] == [str(code)]
    if code == 429:
        assert caught.value.details["error"]["details"][0]["retryDelay"] == "1.5s"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("rate_limit", exceptions.ResourceExhausted),
        ("unavailable", exceptions.ServiceUnavailable),
        ("not_found", exceptions.NotFound),
        ("unauthorized", exceptions.Unauthenticated),
    ],
)
async def test_faults_over_grpc_come_once_and_with_their_delay(imagen, emulator, fault, kind):
    emulator.fault(fault, retry_after=1.5)
    with pytest.raises(kind) as caught:
        await imagen()
    assert len(emulator.calls) == 1
    if fault == "rate_limit":
        assert caught.value.details[0].retry_delay.ToMilliseconds() == 1500
    assert len(await imagen(sampleCount=1)) == 1


async def test_the_token_is_asked_for_on_both_sides(imagen, emulator):
    with pytest.raises(exceptions.Unauthenticated):
        await imagen(token="another")
    assert post(emulator, {"contents": [{"parts": [{"text": "x"}]}]}).status_code == 401


async def test_a_blocked_prompt_has_no_candidates(gemini, emulator):
    emulator.fault("block")
    answer = await gemini.generate_content(model=TEXT, contents="x")
    assert answer.candidates is None
    assert answer.prompt_feedback.block_reason == "PROHIBITED_CONTENT"


async def test_truncated_json_parses_to_nothing(gemini, emulator):
    emulator.fault("truncate")
    config = types.GenerateContentConfig(response_mime_type="application/json", response_schema=People)
    answer = await gemini.generate_content(model=TEXT, contents=STORY, config=config)
    assert answer.parsed is None
    assert answer.candidates[0].finish_reason == "MAX_TOKENS"


async def test_filtered_pictures_leave_or_tell_their_reason(imagen, gemini, emulator):
    emulator.fault("filter", times=2, count=1)
    assert len(await imagen(sampleCount=3)) == 2
    report = await imagen(sampleCount=3, includeRaiReason=True)
    assert ["raiFilteredReason" in each for each in report] == [True, False, False]
    emulator.fault("filter", times=2)
    assert await imagen(sampleCount=3) == []
    answer = await gemini.generate_content(model=PICTURE, contents="x")
    assert (answer.candidates[0].finish_reason, answer.candidates[0].content) == ("IMAGE_SAFETY", None)


async def seen(emulator, outcome):
    """Wait until the only call has this outcome; the test's own time limit ends a vain wait."""
    while [call["outcome"] for call in emulator.calls] != [outcome]:  # noqa: ASYNC110
        await asyncio.sleep(0.02)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("side", ["rest", "grpc"])
async def test_cancelling_a_hanging_call_reaches_the_server(gemini, imagen, emulator, side):
    emulator.fault("hang")
    call = imagen(seconds=60) if side == "grpc" else gemini.generate_content(model=TEXT, contents="x")
    task = asyncio.create_task(call)
    await seen(emulator, "running")
    task.cancel()
    await seen(emulator, "cancelled")
    assert emulator.report()["running"] == 0


@pytest.mark.timeout(30)
async def test_a_deadline_reaches_the_server_too(imagen, emulator):
    emulator.fault("hang")
    with pytest.raises(exceptions.DeadlineExceeded):
        await imagen(seconds=0.3)
    await seen(emulator, "cancelled")


async def test_calls_side_by_side_are_counted(imagen, gemini, emulator):
    emulator.fault("slow", times=-1, delay=0.3)
    await asyncio.gather(*[imagen() for _ in range(3)], gemini.generate_content(model=TEXT, contents="x"))
    assert emulator.report()["peak"] == 4
    assert {call["protocol"] for call in emulator.calls} == {"rest", "grpc"}
