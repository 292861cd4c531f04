"""HTTP to addresses that strangers name: only to public hosts, checked at connect time.

The name is resolved once, every address is checked, and the connection goes to a checked address, so that
a name cannot mean one host for the check and another for the connection. Each redirect is checked anew.

url -> check_url (scheme, port, literal address) -> resolved, every address public -> request to that address
"""

import asyncio
import ipaddress
import json
import re
import socket
import unicodedata
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import aiohttp
from yarl import URL

from foundation.errors import Forbidden, InvalidInput, ServerError, TooLarge

# public to Python's ipaddress, and yet none that a server of the public internet has
RESERVED = [
    ipaddress.ip_network(network)
    for network in (
        "64:ff9b::/96",  # NAT64: a way to an IPv4 address, as are the next five
        "64:ff9b:1::/48",
        "2002::/16",  # 6to4
        "2001::/32",  # Teredo
        "::/96",  # IPv4-compatible
        "::ffff:0:0:0/96",  # IPv4-translated
        "fec0::/10",  # site-local
        "2001:db8::/32",  # documentation
        "100::/64",  # discard
        "5f00::/16",  # segment routing
    )
]
PUBLIC_PORTS = {80, 443}
# RFC 1123, and the underscore that private names have
HOST_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
LONGEST_HOST = 253
BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
UNREADABLE = "the URL cannot be read; write it as https://host/path"
MOST_REDIRECTS = 3
REDIRECTS = {301, 302, 303, 307, 308}


class DeliveryFailed(ServerError):
    """The other side did not take what was sent."""

    status = 502
    code = "delivery_failed"
    title = "The other server did not take it"
    hint = "Check that the URL answers a POST with a 2xx status."
    retryable = True


class DownloadFailed(ServerError):
    """The other side did not give the file."""

    status = 502
    code = "download_failed"
    title = "The file could not be downloaded"
    hint = "Check that the URL answers a GET with the file itself, without a login."


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif any(ip in network for network in RESERVED):
            return False
    return ip.is_global and not ip.is_multicast


def check_url(url: str, private_hosts: Collection[str], setting: str = "CALLBACK_HOSTS") -> SplitResult:
    """The parts of an http(s) URL. Raises InvalidInput for other URLs and for addresses that are plainly private.

    ``setting`` is the one that may allow more hosts.
    """
    try:
        parts = urlsplit(url)
        port = parts.port if parts.port is not None else (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise InvalidInput(f"{UNREADABLE}: {error}") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise InvalidInput("the URL must be http:// or https:// with a host and without a password")
    if CONTROL.search(parts.path + parts.query):
        raise InvalidInput(UNREADABLE)
    if parts.hostname in private_hosts:
        return parts
    if port not in PUBLIC_PORTS:
        raise InvalidInput(
            f"port {port} is not allowed: public hosts are called at 80 and 443, hosts that {setting} names at any port"
        )
    try:
        public = is_public(_address_of(parts.hostname))
    except ValueError:
        # names are judged by what they resolve to, when they are asked; this one needs no resolver
        public = not f".{parts.hostname.rstrip('.')}".endswith(".localhost")
        if public:
            _check_name(parts)
            return parts
    if not public:
        raise InvalidInput(f"{parts.hostname} is not a public address; {setting} may allow it")
    return parts


def _check_name(parts: SplitResult) -> None:
    """Raises InvalidInput for a name that no host can have, before it is resolved."""
    host = unicodedata.normalize("NFKC", parts.hostname or "")
    try:
        name = _ascii_host(host).removesuffix(".")
    except ValueError as error:
        raise InvalidInput(UNREADABLE) from error
    if (
        "[" in parts.netloc
        or len(name) > LONGEST_HOST
        or not all(HOST_LABEL.fullmatch(label) for label in name.split("."))
    ):
        raise InvalidInput(UNREADABLE)


def _ascii_host(host: str) -> str:
    """A host as it is written in a URL and a certificate. Raises ValueError."""
    return URL.build(scheme="http", host=host).raw_host or ""


def _address_of(host: str) -> str:
    """The address that a host name is, also as the number, octal or hexadecimal that resolvers take for one.

    Raises ValueError for a name that needs a resolver.
    """
    written = unicodedata.normalize("NFKC", host).rstrip(".")
    try:
        return str(ipaddress.ip_address(written.partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(written))
    except (OSError, UnicodeEncodeError) as error:
        raise ValueError(host) from error


@dataclass(frozen=True)
class Reach:
    """How far a request may go: private hosts that are allowed, the setting that names them, seconds in all."""

    hosts: Collection[str] = ()
    setting: str = "CALLBACK_HOSTS"
    timeout_s: float = 10.0


async def post_json(url: str, body: Any, private_hosts: Collection[str], timeout_s: float = 10.0) -> None:
    """POST a JSON body. Raises InvalidInput, Forbidden for private addresses, DeliveryFailed."""
    reach = Reach(private_hosts, timeout_s=timeout_s)
    await post_bytes(url, json.dumps(body, ensure_ascii=False).encode(), {}, reach)


async def post_bytes(url: str, body: bytes, headers: Mapping[str, str], reach: Reach) -> None:
    """POST JSON that is written already. Raises as ``post_json``."""
    parts = check_url(url, reach.hosts, reach.setting)
    headers = {"Content-Type": "application/json", **headers}
    try:
        async with asyncio.timeout(reach.timeout_s), _response(parts, reach, headers, body) as response:
            if not _succeeded(response):
                raise DeliveryFailed(f"{parts.hostname} answered {response.status}")
    except ValueError as error:
        raise InvalidInput(UNREADABLE) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise DeliveryFailed(f"{parts.hostname} did not answer: {type(error).__name__}") from error
    except UnknownHost as error:
        raise DeliveryFailed(str(error)) from error


async def download(url: str, max_bytes: int, reach: Reach) -> bytes:
    """The file behind a URL, over at most three redirects.

    Raises InvalidInput and Forbidden for what is not public, TooLarge once more than ``max_bytes`` came,
    DownloadFailed.
    """
    try:
        async with asyncio.timeout(reach.timeout_s):
            return await _followed(url, max_bytes, reach)
    except TimeoutError as error:
        raise DownloadFailed(f"the download took longer than {reach.timeout_s:g} s") from error
    except ValueError as error:
        raise InvalidInput(UNREADABLE) from error
    except aiohttp.ClientError as error:
        raise DownloadFailed(f"{urlsplit(url).hostname} did not answer: {type(error).__name__}") from error
    except UnknownHost as error:
        raise DownloadFailed(str(error)) from error


async def _followed(url: str, max_bytes: int, reach: Reach) -> bytes:
    for _ in range(MOST_REDIRECTS + 1):
        parts = check_url(url, reach.hosts, reach.setting)
        async with _response(parts, reach) as response:
            if response.status in REDIRECTS and "location" in response.headers:
                url = _joined(url, response.headers["location"])
                continue
            if not _succeeded(response):
                raise DownloadFailed(f"{parts.hostname} answered {response.status}")
            return await _capped(response, max_bytes)
    raise DownloadFailed(f"more than {MOST_REDIRECTS} redirects")


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise DownloadFailed("the redirect leads to no URL") from error


def _succeeded(response: aiohttp.ClientResponse) -> bool:
    return 200 <= response.status < 300


async def _capped(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    # Content-Length is not believed: a stream is cut where it grows too long
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > max_bytes:
            raise TooLarge(f"the file behind the URL has more than {max_bytes} bytes")
    return bytes(body)


class UnknownHost(Exception):
    """A name that no resolver knows."""


@asynccontextmanager
async def _response(
    parts: SplitResult, reach: Reach, headers: Mapping[str, str] | None = None, content: bytes | None = None
) -> AsyncGenerator[aiohttp.ClientResponse]:
    """The response to a POST of ``content``, or without it to a GET; its body is not read yet."""
    host = parts.hostname or ""
    address = await _checked_address(host, reach)
    # the URL names the checked address, which no resolver is asked about again; the certificate is the name's
    name, port = _ascii_host(unicodedata.normalize("NFKC", host)), f":{parts.port}" if parts.port else ""
    # a compressed response could grow beyond the limit in one piece
    headers = {"Host": f"{_bracketed(name)}{port}", "Accept-Encoding": "identity", **(headers or {})}
    url = URL(f"{parts.scheme}://{_bracketed(address)}{port}{_target(parts)}", encoded=True)
    async with (
        # strangers' hosts: no connection is used twice, and the caller limits the time
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session,
        session.request(
            "GET" if content is None else "POST",
            url,
            data=content,
            headers=headers,
            server_hostname=name,
            allow_redirects=False,
        ) as response,
    ):
        yield response


def _target(parts: SplitResult) -> str:
    """Path and query. What is quoted already stays as it is: a signature may stand for it."""
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return quote(BARE_PERCENT.sub("%25", target), safe="%/?:@!$&'()*+,;=[]|~")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


async def _checked_address(host: str, reach: Reach) -> str:
    loop = asyncio.get_running_loop()
    try:
        entries = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise UnknownHost(f"the name {host} is not known") from error
    addresses = [str(entry[4][0]) for entry in entries]
    if host not in reach.hosts and not all(is_public(address) for address in addresses):
        raise Forbidden(f"{host} is not a public host; {reach.setting} may allow it")
    return addresses[0]
