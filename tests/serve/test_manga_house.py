"""The main job on a real Ray: a story by HTTP becomes pages, through the death of the replicas that make it."""

import asyncio
import io
import json
import zipfile

import httpx2
import pytest
from PIL import Image
from websockets.asyncio.client import connect

from deployments.cluster import ROOT
from graphs.manga import MangaArgs, build
from tests.serve.house import eventually, kill

pytestmark = pytest.mark.timeout(400)
API = "/manga/api/v1/manga"
STORY = (ROOT / "examples" / "rooftop.txt").read_text()
SHORT = STORY[:230]


@pytest.fixture(scope="module")
def manga(house, shared_app):
    shared_app(build(MangaArgs()), route_prefix="/manga", name="manga")
    return house


@pytest.fixture
async def client(manga):
    async with httpx2.AsyncClient(base_url=manga.url, timeout=60) as made:
        yield made


async def generate(client, text=SHORT, **changes):
    response = await client.post(f"{API}/generate", json={"text": text, "hitl_enabled": False} | changes)
    assert response.status_code == 202, response.text
    return response.json()


async def ends(client, accepted, status="completed"):
    async def look():
        session = (await client.get(accepted["status_url"])).json()
        ended = session["status"] in {"completed", "failed", "cancelled"}
        assert not ended or session["status"] == status, session
        return session if ended else None

    return await eventually(look, 240)


async def output(client, accepted, phase):
    return (await client.get(f"{accepted['status_url']}/phase/{phase}")).json()["output_data"]


async def follow(url, after=0, until=lambda _: False):
    """All messages with a seq from ``after`` on, to the end of the session or to the first that ``until`` likes."""
    seen = []
    async with connect(f"{url}?after={after}") as socket:
        async for raw in socket:
            message = json.loads(raw)
            if "seq" in message:
                seen.append(message)
                if until(message):
                    break
    return seen


def drawn(messages):
    return [m["data"]["panel_id"] for m in messages if m["type"] == "progress" and m["data"]["phase_number"] == 5]


async def test_a_story_becomes_pages_by_five_artists(client):
    accepted = await generate(client, STORY, title="屋上の約束")
    messages = await follow(accepted["websocket_url"])
    session = await ends(client, accepted)
    assert [m["seq"] for m in messages] == list(range(1, len(messages) + 1))
    assert messages[-1]["type"] == "pipeline_completed"
    images = await output(client, accepted, 5)
    assert len(images["replicas"]) == 5
    assert sum(images["replicas"].values()) == len(images["generated_images"]) == len(drawn(messages))
    assert 0 < images["parallel_efficiency_score"] <= 1
    final = await output(client, accepted, 7)
    assert [c for page in final["compiled_pages"] for c in page["checks_failed"]] == []
    assert len(session["page_urls"]) >= 4
    page = Image.open(io.BytesIO((await client.get(session["page_urls"][0])).content))
    assert page.size == (1200, 1700)
    svg = (await client.get(session["page_urls"][0].replace(".png", ".svg"))).text
    assert 'id="p1.panel1.balloon1"' in svg
    picture = await client.get(images["generated_images"][0]["image_url"])
    assert picture.headers["content-type"] == "image/png"
    document = (await client.get(f"{accepted['status_url']}/document")).json()
    assert len(document["pages"]) == len(session["page_urls"])
    for kind, begins in (("pdf", b"%PDF"), ("cbz", b"PK"), ("png.zip", b"PK")):
        assert (await client.get(session["export_urls"][kind])).content.startswith(begins)


async def test_the_same_story_on_other_replicas_gives_the_same_bytes(client):
    books = []
    for _ in range(2):
        accepted = await generate(client, seed=11)
        session = await ends(client, accepted)
        books.append([(await client.get(url)).content for url in session["export_urls"].values()])
    assert books[0] == books[1]
    assert zipfile.ZipFile(io.BytesIO(books[0][1])).testzip() is None


async def test_killed_pipeline_and_artist_lose_nothing_and_repeat_nothing(manga, client):
    accepted = await generate(client, STORY, seed=1)
    first = await follow(accepted["websocket_url"], until=lambda m: m["type"] == "progress" and m["data"]["done"] >= 4)
    async with manga.jobs("manga") as jobs:
        job = await jobs.store.get(accepted["session_id"], "manga")
        (pipeline,) = manga.pids("manga", "Pipeline").values()
        artist = next(iter(manga.pids("manga", "Artist").values()))
        kill(artist)
        kill(pipeline)
        before = {(r.step, r.item): r for r in await jobs.store.finished(job)}
        rest = await follow(accepted["websocket_url"], after=first[-1]["seq"])
        await ends(client, accepted)
        after = {(r.step, r.item): r for r in await jobs.store.finished(job)}
    messages = [*first, *rest]
    assert [m["seq"] for m in messages] == list(range(1, len(messages) + 1))
    assert "resumed" in [m["type"] for m in messages]
    assert sum(step == "scene_imagery" for step, _ in before) >= 4
    assert {unit: after[unit] for unit in before} == before, "a finished unit was run again"
    panels = drawn(messages)
    assert len(panels) == len(set(panels)) == len((await output(client, accepted, 5))["generated_images"])


async def test_cancel_stops_within_one_panel(client):
    accepted = await generate(client, STORY, seed=2)
    seen = await follow(accepted["websocket_url"], until=lambda m: m["type"] == "progress")
    await client.post(f"{accepted['status_url']}/cancel")
    rest = await follow(accepted["websocket_url"], after=seen[-1]["seq"])
    session = await ends(client, accepted, "cancelled")
    assert rest[-1]["type"] == "pipeline_cancelled"
    assert session["progress_percentage"] < 100
    assert (await client.get(accepted["status_url"])).is_success
    total = len((await output(client, accepted, 4))["panel_specifications"])
    assert len(drawn([*seen, *rest])) < total
    assert (await client.get(f"{accepted['status_url']}/document")).status_code == 200


async def test_a_person_approves_phase_by_phase(client):
    accepted = await generate(client, hitl_enabled=True)
    approved = []

    async def look():
        session = (await client.get(accepted["status_url"])).json()
        for phase in session["waiting_phases"]:
            answer = {"phase_number": phase, "feedback_type": "approval"}
            response = await client.post(f"{accepted['status_url']}/feedback", json=answer)
            if response.status_code == 200:
                approved.append(phase)
        return session["status"] == "completed"

    await eventually(look, 120)
    assert sorted(set(approved)) == [1, 2, 3, 4, 6]


async def test_documentation_and_health_know_the_prefix(client):
    assert "/manga/openapi.json" in (await client.get("/manga/docs")).text
    schema = (await client.get("/manga/openapi.json")).json()
    assert schema["servers"] == [{"url": "/manga"}]
    assert (await client.get("/manga/health/detailed")).json()["status"] == "healthy"


async def test_sessions_run_side_by_side(client):
    accepted = [await generate(client, seed=n) for n in (21, 22, 23)]
    sessions = await asyncio.gather(*[ends(client, each) for each in accepted])
    assert {s["status"] for s in sessions} == {"completed"}
