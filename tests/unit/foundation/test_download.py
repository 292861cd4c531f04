"""Downloads from URLs that strangers name: forty ways inside, all closed; and the limits of what is open."""

import asyncio
import socket

import pytest

from foundation.errors import Forbidden, InvalidInput, KomaError, TooLarge
from foundation.fetch import DownloadFailed, Reach, download
from tests.support.picture_server import picture_server
from tests.support.pictures import page, png
from tests.support.web import served

INSIDE = [
    # this machine
    *("http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/"),
    *("http://127.0.0.1:443/", "http://127.255.255.254/", "http://0.0.0.0/", "http://0/", "http://localhost/"),
    *("http://LOCALHOST/", "http://localhost./", "http://[::1]/", "http://[::]/", "http://[0:0:0:0:0:0:0:1]/"),
    # its network and its provider
    *("http://10.0.0.1/", "http://172.16.5.4/", "http://192.168.1.1/", "http://100.64.0.1/", "http://198.18.0.1/"),
    *("http://169.254.169.254/latest/meta-data", "http://[fe80::1]/", "http://[fd00:ec2::254]/", "http://[fc00::1]/"),
    # IPv4 within IPv6: mapped, NAT64, 6to4, Teredo
    *("http://[::ffff:127.0.0.1]/", "http://[::ffff:a00:1]/", "http://[::ffff:169.254.169.254]/"),
    *("http://[64:ff9b::7f00:1]/", "http://[64:ff9b::10.0.0.1]/", "http://[64:ff9b:1::a00:1]/"),
    *("http://[2002:7f00:1::]/", "http://[2002:a9fe:a9fe::]/", "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/"),
    # no host for anybody
    *("http://224.0.0.1/", "http://[ff02::1]/", "http://255.255.255.255/", "http://240.0.0.1/"),
    # other protocols, ports, names within the URL
    *("file:///etc/passwd", "ftp://example.com/a.png", "gopher://example.com/", "data:image/png;base64,AAAA"),
    *("http://example.com:22/", "http://example.com:6379/", "http://user:secret@example.com/", "//example.com/a"),
    *("http://", "http://[::1", "http://example.com:99999/", "http:///etc", "http://１２７.0.0.1/"),
]


def test_the_table_has_forty_ways():
    assert len(set(INSIDE)) >= 40


@pytest.mark.parametrize("url", INSIDE)
async def test_what_is_not_public_is_refused(url):
    with pytest.raises((InvalidInput, Forbidden)) as caught:
        await download(url, 1000, Reach(setting="IMAGE_HOSTS"))
    assert caught.value.detail


@pytest.fixture
def pages():
    with served(picture_server()) as url:
        yield url


HERE = Reach(["127.0.0.1"], "IMAGE_HOSTS", timeout_s=10)


async def test_an_allowed_host_gives_its_file(pages):
    assert await download(f"{pages}/page.png", 1_000_000, HERE) == png(page())
    assert await download(f"{pages}/moved", 1_000_000, HERE) == png(page())


@pytest.mark.parametrize("to", ["http://10.0.0.1/", "http://[::1]/", "http://localhost/", "file:///etc/passwd"])
async def test_a_redirect_inside_is_refused(pages, to):
    with pytest.raises((InvalidInput, Forbidden)):
        await download(f"{pages}/inside?to={to}", 1000, HERE)


async def test_redirects_end(pages):
    with pytest.raises(DownloadFailed, match="redirects"):
        await download(f"{pages}/round", 1000, HERE)


async def test_a_stream_is_cut_where_it_grows_too_long(pages):
    with pytest.raises(TooLarge):
        await download(f"{pages}/large", 200_000, HERE)


async def test_a_name_may_not_mean_a_public_and_a_private_address(monkeypatch):
    _resolve_to(monkeypatch, ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(Forbidden):
        await download("http://two-faced.example/", 1000, Reach())


async def test_the_checked_address_is_the_one_that_is_asked(monkeypatch):
    """A name that changes its meaning between check and connection changes nothing: it is asked for once."""
    requested, connected = [], []
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]])
    _resolve_to(monkeypatch, answers, requested)

    async def connect(self, _socket, address):
        connected.append(address[0])
        raise OSError("no network in a test")

    monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", connect)
    with pytest.raises(DownloadFailed):
        await download("http://rebinding.example/", 1000, Reach(timeout_s=5))
    assert requested.count("rebinding.example") == 1
    assert set(connected) == {"93.184.216.34"}


def _resolve_to(monkeypatch, answers, requested=None):
    async def getaddrinfo(self, host, port, **options):
        if requested is not None:
            requested.append(host)
        # a literal means itself, as for any resolver
        found = [host] if host[0].isdigit() else (answers if isinstance(answers, list) else next(answers))
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port or 0)) for address in found]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)


async def test_every_refusal_says_which_setting_may_allow_it():
    with pytest.raises(KomaError, match="IMAGE_HOSTS"):
        await download("http://10.0.0.1/", 1000, Reach(setting="IMAGE_HOSTS"))
