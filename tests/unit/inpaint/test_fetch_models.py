"""Weights from a server in this process: whole, continued, of the wrong hash."""

import hashlib
import http.server
import threading
from dataclasses import replace

import pytest
from rich.progress import Progress

from engines.inpaint.models.catalogue import card_of
from scripts.lib.fetch_models import FetchFailed, fetch, show
from scripts.lib.http import Client

# aiohttp loses what it has buffered when a connection breaks: some 300 kB
CONTENT = bytes(range(256)) * 16_000


class Server(http.server.BaseHTTPRequestHandler):
    """Gives CONTENT, from where it is asked; breaks off in the middle at the path ``/short``."""

    def do_GET(self):
        start = int(self.headers.get("range", "bytes=0-")[6:-1])
        body = CONTENT[start:]
        self.send_response(206 if start else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.server.starts.append(start)
        self.wfile.write(body[: len(body) // 2] if self.path == "/short" else body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    instance = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    instance.starts = []
    threading.Thread(target=instance.serve_forever, daemon=True).start()
    yield instance
    instance.shutdown()
    instance.server_close()


def get(server, folder, path="/whole", content=CONTENT):
    url = f"http://127.0.0.1:{server.server_port}{path}"
    file = replace(card_of("lama").files[0], url=url, md5=hashlib.md5(content).hexdigest())
    with Client() as client, Progress(disable=True) as bars:
        fetch(file, folder, client, bars)


def test_a_file_is_whole_when_it_is_there(server, tmp_path):
    get(server, tmp_path)
    assert (tmp_path / "big-lama.pt").read_bytes() == CONTENT
    assert [p.name for p in tmp_path.iterdir()] == ["big-lama.pt"]


def test_a_broken_download_is_continued(server, tmp_path):
    with pytest.raises(FetchFailed, match=r"run the command again.*HTTPS_PROXY"):
        get(server, tmp_path, "/short")
    assert not (tmp_path / "big-lama.pt").exists()
    get(server, tmp_path)
    first, second = server.starts
    assert first == 0
    assert 0 < second <= len(CONTENT) // 2
    assert (tmp_path / "big-lama.pt").read_bytes() == CONTENT


def test_a_file_of_another_hash_is_not_kept(server, tmp_path):
    with pytest.raises(FetchFailed, match=r"has the MD5 .* instead of"):
        get(server, tmp_path, content=b"other")
    assert list(tmp_path.iterdir()) == []


def test_the_list_names_all_models(tmp_path, capsys):
    show(tmp_path)
    text = capsys.readouterr().out
    assert all(name in text for name in ("lama", "anime-lama", "zits", "cv2"))
