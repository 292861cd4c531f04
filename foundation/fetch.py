"""HTTP to addresses that strangers name: only to public hosts, checked at connect time.

The name is resolved once, every address is checked, and the connection goes to a checked address, so that
a name cannot mean one host for the check and another for the connection. Redirects are not followed.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Collection
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

import httpx2

from foundation.errors import Forbidden, InvalidInput, ServerError

# public by their numbers, and yet a way to private ones: NAT64, 6to4, Teredo
TUNNELS = [ipaddress.ip_network(n) for n in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")]
PUBLIC_PORTS = {80, 443}


class DeliveryFailed(ServerError):
    """The other side did not take what was sent."""

    status = 502
    code = "delivery_failed"
    title = "The other server did not take it"
    hint = "Check that the URL answers a POST with a 2xx status."
    retryable = True


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif any(ip in tunnel for tunnel in TUNNELS):
            return False
    return ip.is_global and not ip.is_multicast


def check_url(url: str, private_hosts: Collection[str]) -> SplitResult:
    """The parts of an http(s) URL. Raises InvalidInput for other URLs and for addresses that are plainly private."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise InvalidInput("the URL cannot be read") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise InvalidInput("the URL must be http:// or https:// with a host and without a password")
    if parts.hostname in private_hosts:
        return parts
    if port not in PUBLIC_PORTS:
        raise InvalidInput(f"port {port} is not allowed; ports are 80 and 443")
    try:
        public = is_public(parts.hostname)
    except ValueError:
        return parts
    if not public:
        raise InvalidInput(f"{parts.hostname} is not a public address; CALLBACK_HOSTS may allow it")
    return parts


async def post_json(url: str, body: Any, private_hosts: Collection[str], timeout_s: float = 10.0) -> None:
    """POST a JSON body. Raises InvalidInput, Forbidden for private addresses, DeliveryFailed."""
    parts = check_url(url, private_hosts)
    host = parts.hostname or ""
    address = await _checked_address(host, host in private_hosts)
    literal = f"[{address}]" if ":" in address else address
    there = urlunsplit(
        (parts.scheme, f"{literal}:{parts.port}" if parts.port else literal, parts.path or "/", parts.query, "")
    )
    try:
        async with httpx2.AsyncClient(timeout=timeout_s, trust_env=False, follow_redirects=False) as client:
            extensions = {"sni_hostname": host}
            answer = await client.post(there, json=body, headers={"Host": parts.netloc}, extensions=extensions)
    except httpx2.HTTPError as error:
        raise DeliveryFailed(f"{host} did not answer: {type(error).__name__}") from error
    if not answer.is_success:
        raise DeliveryFailed(f"{host} answered {answer.status_code}")


async def _checked_address(host: str, may_be_private: bool) -> str:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise DeliveryFailed(f"the name {host} is not known") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not may_be_private and not all(is_public(address) for address in addresses):
        raise Forbidden(f"{host} is not a public host; CALLBACK_HOSTS may allow it")
    return addresses[0]
