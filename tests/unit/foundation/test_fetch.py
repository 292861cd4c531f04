"""Which addresses a stranger's URL may reach."""

import asyncio
import socket

import pytest
from fastapi import FastAPI, Response

from foundation.errors import Forbidden, InvalidInput
from foundation.fetch import DeliveryFailed, DownloadFailed, Reach, check_url, download, is_public, post_json
from tests.support.web import served

PRIVATE = [
    *("127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::", "2001:0:1::1", "224.0.0.1", "ff02::1"),
    *("::127.0.0.1", "::10.0.0.1", "::ffff:0:127.0.0.1", "fec0::1", "100::1", "5f00::1"),
    *("198.18.0.1", "192.0.2.1", "203.0.113.9", "240.0.0.1", "255.255.255.255", "2001:db8::1"),
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_known(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_known(address):
    assert is_public(address)


def test_an_allowed_host_may_be_private():
    assert check_url("http://127.0.0.1:9999/x", ["127.0.0.1"]).port == 9999
    with pytest.raises(InvalidInput, match="CALLBACK_HOSTS"):
        check_url("http://127.0.0.1/x", [])


@pytest.mark.parametrize(
    "host",
    ["0", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "１２７.0.0.1", "127.0.0.1.", "[::127.0.0.1]"],
)
def test_a_private_address_is_refused_however_it_is_written(host):
    with pytest.raises(InvalidInput, match="not a public address"):
        check_url(f"http://{host}/x", [])


@pytest.mark.parametrize("port", [0, 22, 8000])
def test_a_port_that_is_not_allowed_names_the_setting(port):
    with pytest.raises(InvalidInput, match=f"port {port} is not allowed.*CALLBACK_HOSTS"):
        check_url(f"http://example.com:{port}/", [])


NO_HOSTS = [
    *("exa mple.com", "-", "a..b", "a" * 64 + ".com", "a." * 130 + "com", "[v1.x]", "\u202e.com", "%00.com", "a\\b"),
    *("example.com/\0", "example.com/?a=\x7f", "example.com:99999"),
]


@pytest.mark.parametrize("rest", NO_HOSTS)
def test_a_url_that_no_host_can_have_is_refused_before_it_is_called(rest):
    with pytest.raises(InvalidInput, match="write it as https://host/path"):
        check_url(f"http://{rest}", [])


@pytest.mark.parametrize(
    "host", ["example.com.", "my_host", "exämple.com", "例え.テスト", "EXAMPLE.com", "ｅxample.com"]
)
def test_names_of_hosts_are_left_to_the_resolver(host):
    assert check_url(f"http://{host}/a b?c=é", []).scheme == "http"


async def test_a_name_that_means_a_private_host_is_refused_at_connect_time(monkeypatch):
    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", private)
    check_url("http://inside.example/x", [])
    with pytest.raises(Forbidden, match="not a public host"):
        await post_json("http://inside.example/x", {}, [])


async def private(_self, _host, port, **_options):
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", port or 0))]


async def test_a_host_that_does_not_answer_is_told():
    with pytest.raises(DeliveryFailed):
        await post_json("http://127.0.0.1:9/x", {}, ["127.0.0.1"], timeout_s=2)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/\x01", "http://127.0.0.1/?\x7f", "http://a\0b/", "http://" + "a" * 300 + "/"]
)
async def test_a_url_that_cannot_be_asked_ends_in_an_error_of_ours(url):
    with pytest.raises((InvalidInput, DeliveryFailed)):
        await post_json(url, {}, ["127.0.0.1"], timeout_s=2)
    with pytest.raises((InvalidInput, DownloadFailed)):
        await download(url, 10, Reach(["127.0.0.1"], timeout_s=2))


async def test_a_redirect_that_is_no_url_ends_in_an_error_of_ours():
    app = FastAPI()

    @app.get("/away")
    async def away():
        return Response(status_code=302, headers={"location": "http://[bad"})

    with served(app) as url, pytest.raises(DownloadFailed, match="redirect"):
        await download(f"{url}/away", 10, Reach(["127.0.0.1"], timeout_s=10))
