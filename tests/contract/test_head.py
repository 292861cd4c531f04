"""HEAD where GET is: monitors, players and ``curl -I`` ask by it."""

import httpx2
import pytest

from tests.support.framepack_client import FramePackClient

PATHS = {"inpaint": ["/", "/api/v1/health"], "style": ["/health", "/api/v1/styles"], "framepack": ["/health", "/queue"]}


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, paths in PATHS.items() for path in paths])
def test_head_is_get_without_its_body(request, name, path):
    url = request.getfixturevalue(name).url + path
    got, head = httpx2.get(url, timeout=30), httpx2.head(url, timeout=30)
    assert (head.status_code, head.content) == (200, b"")
    same = ("content-type", "content-length")
    assert [head.headers.get(each) for each in same] == [got.headers.get(each) for each in same]


def test_head_of_a_film_and_of_streams_ends_at_once(framepack):
    with httpx2.Client(base_url=framepack.url, timeout=60) as http:
        client = FramePackClient(http)
        job = client.film()
        client.ended(job)
        film = http.head(f"/download/video/{job}")
        assert (film.status_code, film.headers["content-type"], film.content) == (200, "video/mp4", b"")
        assert int(film.headers["content-length"]) > 1000
        for path in ("/video_stream", f"/api/jobs/{job}/events"):
            assert http.head(path).headers["content-type"].startswith("text/event-stream")


def test_what_has_no_get_has_no_head(framepack):
    assert httpx2.head(framepack.url + "/api/generate-image", timeout=30).status_code == 405
