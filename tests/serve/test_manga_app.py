"""The manga application as it is deployed: five artists, real engines, HTTP, kill -9."""

import asyncio

import pytest

from deployments.cluster import ROOT
from foundation.jobs.store import JobStore
from graphs.manga.app import MangaArgs, build
from tests.serve.cluster import kill
from tests.serve.manga_client import MangaClient, follow

STORY = (ROOT / "examples" / "rooftop.txt").read_text().split("\n\n")[0]
IMAGERY = 5


@pytest.fixture(scope="module")
def client(cluster, shared_app):
    shared_app(build(MangaArgs()), "/manga", "manga")
    instance = MangaClient(f"{cluster.url}/manga")
    yield instance
    instance.http.close()


@pytest.fixture(scope="module")
def finished(client):
    """A session that nothing disturbed."""
    return client.completed(client.generate(STORY)["session_id"])


def journal(cluster, session):
    """The rows of what is done for good."""

    async def read() -> list[tuple[str, str, str, float]]:
        async with cluster.jobs("manga") as jobs:
            store: JobStore = jobs.store
            rows = await store.finished(await store.get(session, "manga"))
            return [(row.step, row.item, row.blob, row.started_at) for row in rows]

    return asyncio.run(read())


def test_five_artists_draw_a_story_and_every_check_passes(client, finished):
    images = client.phase(finished["id"], IMAGERY)["output_data"]
    assert len(images["replicas"]) == 5
    assert sum(images["replicas"].values()) == len(images["generated_images"])
    assert 0 < images["parallel_efficiency_score"] <= 1
    final = client.phase(finished["id"], 7)["output_data"]
    assert len(final["compiled_pages"]) == len(finished["page_urls"]) > 0
    assert [page["checks_failed"] for page in final["compiled_pages"]] == [[]] * len(final["compiled_pages"])
    assert min(page["checks_passed"] for page in final["compiled_pages"]) > 0


def test_pages_document_and_exports_can_be_fetched(client, finished):
    beginnings = {"pdf": b"%PDF", "cbz": b"PK", "epub": b"PK", "png.zip": b"PK", "svg.zip": b"PK"}
    assert set(finished["export_urls"]) == set(beginnings)
    for kind, url in finished["export_urls"].items():
        assert client.get(url).content.startswith(beginnings[kind])
    for url in finished["page_urls"]:
        assert client.get(url).content.startswith(b"\x89PNG")
        assert b"<svg" in client.get(url.replace(".png", ".svg")).content[:500]
    document = client.get(f"api/v1/manga/sessions/{finished['id']}/document").json()
    assert len(document["pages"]) == len(finished["page_urls"])
    image = client.phase(finished["id"], IMAGERY)["output_data"]["generated_images"][0]
    assert client.get(image["image_url"]).content.startswith(b"\x89PNG")


def test_docs_and_links_lie_under_the_prefix(client, cluster, finished):
    assert "/manga/openapi.json" in client.get("docs").text
    assert client.get("redoc").status_code == 200
    schema = client.get("openapi.json").json()
    assert "/api/v1/manga/generate" in schema["paths"]
    base = f"{cluster.url}/manga/"
    links = [*finished["page_urls"], *finished["export_urls"].values(), finished["preview_url"]]
    assert all(link.startswith(base) for link in links)
    assert finished["websocket_url"].startswith(base.replace("http", "ws", 1))
    assert client.get("health/ready").json()["status"] == "healthy"


def test_a_session_lives_through_the_death_of_its_pipeline_and_of_an_artist(client, cluster, finished):
    accepted = client.generate(STORY)
    session = accepted["session_id"]
    entries, before = [], []
    for message in follow(accepted["websocket_url"], cut_every=5):
        entries.append(message)
        panels = [m for m in entries if m["type"] == "progress" and m["data"]["phase_number"] == IMAGERY]
        if not before and len(panels) == 3:
            assert client.session(session)["status"] == "processing"
            kill(next(iter(cluster.pids("manga", "Artist").values())))
            kill(*cluster.pids("manga", "Pipeline").values())
            before = journal(cluster, session)
    done = client.completed(session)
    assert [m["seq"] for m in entries] == list(range(1, len(entries) + 1))
    assert any(m["type"] == "resumed" for m in entries)
    assert len([row for row in before if row[0] == "scene_imagery"]) >= 3
    # what was finished was not done again, and every panel was told once
    rows = journal(cluster, session)
    assert set(before) <= set(rows)
    assert len({row[:2] for row in rows}) == len(rows)
    items = [(m["data"]["phase_number"], m["data"]["panel_id"]) for m in entries if m["type"] == "progress"]
    assert len(set(items)) == len(items) == 2 * len(client.phase(session, 4)["output_data"]["panel_specifications"])
    # the same text, options and seed give the same bytes, whatever happened meanwhile
    for mine, other in zip(done["page_urls"], finished["page_urls"], strict=True):
        assert client.get(mine).content == client.get(other).content


def test_cancel_in_the_middle_of_phase_five_keeps_what_is_drawn(client, cluster):
    accepted = client.generate(STORY, seed=1)
    session = accepted["session_id"]
    entries = []
    for message in follow(accepted["websocket_url"]):
        entries.append(message)
        if len([m for m in entries if m["type"] == "progress"]) == 2:
            client.cancel(session)
    assert entries[-1]["type"] == "pipeline_cancelled"
    assert client.session(session)["status"] == "cancelled"
    panels = client.phase(session, 4)["output_data"]["panel_specifications"]
    images = [row for row in journal(cluster, session) if row[0] == "scene_imagery"]
    assert 1 <= len(images) < len(panels)


def test_a_person_approves_each_phase_and_asks_for_one_again(client):
    session = client.generate(
        "ハルは空を見上げた。「ねえ、ミオ」とハルは言った。「なあに？」ミオが笑った。", hitl_enabled=True
    )
    url, session = session["websocket_url"], session["session_id"]
    requested, again = set(), {4: [4, 5, 6, 7], 6: [6, 7]}
    while True:
        now = client.until(session, lambda s: s["status"] in {"completed", "waiting_feedback"})
        if now["status"] == "completed":
            break
        phase = now["waiting_phases"][0]
        if phase in again:
            client.feedback(session, phase_number=phase, feedback_type="regeneration", feedback_text="もっと大きく")
            resets = (m["data"]["phase_numbers"] for m in follow(url) if m["type"] == "phase_regeneration")
            assert again.pop(phase) in resets
            continue
        requested.add(phase)
        client.feedback(session, phase_number=phase, feedback_type="approval")
    assert requested == {1, 2, 3, 4, 6}
    assert [m["type"] for m in follow(url)].count("feedback_received") == 7
