"""Signed links to files: ``/files/{key}?exp=…&sig=…``, valid until ``exp``, for GET alone."""

import hashlib
import hmac
import time
from urllib.parse import quote

from foundation.errors import Forbidden, Gone


class LinkSigner:
    """Makes and checks the query of a file link with HMAC-SHA256."""

    def __init__(self, key: bytes, seconds: int) -> None:
        self._key = key
        self._seconds = seconds

    def link(self, base_url: str, key: str) -> str:
        """A full URL below ``base_url`` (no slash at its end)."""
        expires = int(time.time()) + self._seconds
        return f"{base_url}/files/{quote(key)}?exp={expires}&sig={self._sign(key, expires)}"

    def check(self, key: str, expires: int, signature: str) -> None:
        """Raises Forbidden for a wrong signature, Gone for an old one."""
        if not hmac.compare_digest(self._sign(key, expires).encode(), signature.encode()):
            raise Forbidden("the signature of this link is not valid")
        if expires < time.time():
            raise Gone("this link has expired")

    def _sign(self, key: str, expires: int) -> str:
        return hmac.new(self._key, f"GET|{key}|{expires}".encode(), hashlib.sha256).hexdigest()
