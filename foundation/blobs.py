"""Files by key, in a local folder or a bucket. Keys are ``tenant/job/step/name-hash.ext``.

Content is addressed by its hash, so writing the same twice is harmless and a key never changes meaning.
"""

import contextlib
import hashlib
import mimetypes
from collections.abc import Generator
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import obstore
from obstore.store import LocalStore, ObjectStore, from_url

from foundation.errors import NotFound, StoreUnavailable

HASH_LENGTH = 16
mimetypes.add_type("application/vnd.comicbook+zip", ".cbz")
mimetypes.add_type("application/problem+json", ".problem")


def content_type(key: str) -> str:
    """The media type by the extension; unknown ones are plain bytes."""
    return mimetypes.guess_type(key, strict=True)[0] or "application/octet-stream"


@contextlib.contextmanager
def _reading(key: str) -> Generator[None]:
    if not key:
        raise NotFound("there is no such file")
    try:
        yield
    except (FileNotFoundError, ValueError) as error:
        raise NotFound("there is no such file") from error
    except (obstore.exceptions.BaseError, OSError) as error:
        raise StoreUnavailable(f"a file could not be read: {type(error).__name__}") from error


class BlobStore:
    """Content by key. Raises NotFound for an unknown key, StoreUnavailable when the store fails."""

    def __init__(self, url: str) -> None:
        self._store: ObjectStore = (
            LocalStore(prefix=unquote(urlsplit(url).path), mkdir=True) if url.startswith("file://") else from_url(url)
        )

    async def put(self, folder: str, name: str, data: bytes) -> str:
        """Store content under ``folder`` and return its key."""
        path = PurePosixPath(name)
        digest = hashlib.sha256(data).hexdigest()[:HASH_LENGTH]
        key = f"{folder}/{path.stem}-{digest}{path.suffix}"
        await self.replace(key, data)
        return key

    async def replace(self, key: str, data: bytes) -> None:
        """Store content under a key of the caller's, whatever was there before."""
        try:
            await obstore.put_async(self._store, key, data)
        except (obstore.exceptions.BaseError, OSError) as error:
            raise StoreUnavailable(f"a file could not be stored: {type(error).__name__}") from error

    async def create(self, key: str, data: bytes) -> bool:
        """Store content under a key of the caller's, unless there is some; False when another one was first."""
        try:
            await obstore.put_async(self._store, key, data, mode="create")
        except obstore.exceptions.AlreadyExistsError:
            return False
        except (obstore.exceptions.BaseError, OSError) as error:
            raise StoreUnavailable(f"a file could not be stored: {type(error).__name__}") from error
        return True

    async def get(self, key: str) -> bytes:
        """The content of a key."""
        with _reading(key):
            return bytes(await (await obstore.get_async(self._store, key)).bytes_async())

    async def size(self, key: str) -> int:
        """The length of a key's content in bytes."""
        with _reading(key):
            return (await obstore.head_async(self._store, key))["size"]

    async def version(self, key: str) -> str:
        """A short text that changes with a key's content."""
        with _reading(key):
            meta = await obstore.head_async(self._store, key)
        text = f"{meta['e_tag']} {meta['last_modified']} {meta['size']}"
        return hashlib.sha256(text.encode()).hexdigest()[:HASH_LENGTH]

    async def part(self, key: str, start: int, end: int) -> bytes:
        """The bytes of a key's content from ``start`` up to, and without, ``end``."""
        with _reading(key):
            return bytes(await obstore.get_range_async(self._store, key, start=start, end=end))

    async def delete_folder(self, folder: str) -> int:
        """Delete all under a folder; gives the number of files."""
        listing = obstore.list(self._store, prefix=folder + "/", return_arrow=False)  # pyright: ignore[reportUnknownMemberType]
        try:
            paths = [meta["path"] async for batch in listing for meta in batch]
            for path in paths:
                # another worker may sweep the same folder at the same time
                with contextlib.suppress(FileNotFoundError):
                    await obstore.delete_async(self._store, path)
        except (obstore.exceptions.BaseError, OSError) as error:
            raise StoreUnavailable(f"files could not be deleted: {type(error).__name__}") from error
        return len(paths)

    async def check(self) -> None:
        """Write and delete a small file. Raises StoreUnavailable."""
        key = await self.put("health", "probe.txt", b"probe")
        try:
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            # another probe at the same moment was first
            pass
        except (obstore.exceptions.BaseError, OSError) as error:
            raise StoreUnavailable(f"a file could not be deleted: {type(error).__name__}") from error
