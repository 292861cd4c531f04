"""Names of outputs: counted for each prefix, each given once."""

import asyncio

import pytest

from foundation.blobs import BlobStore
from foundation.errors import NotFound
from serve_app.comfyui.names import claim, key_of


@pytest.fixture
def blobs(tmp_path):
    return BlobStore((tmp_path / "blobs").as_uri())


async def test_numbers_count_for_each_kind_folder_and_prefix(blobs):
    first = [await claim(blobs, "output", "a/b", "out_00001_.png", f"key-{n}.png") for n in range(5)]
    assert first == [f"out_{n:05}_.png" for n in range(1, 6)]
    assert await claim(blobs, "output", "a", "out_00001_.png", "k.png") == "out_00001_.png"
    assert await claim(blobs, "temp", "a/b", "out_00001_.png", "k.png") == "out_00001_.png"
    # a latent of the same prefix has the next number, as in one folder
    assert await claim(blobs, "output", "a/b", "out_00001_.latent", "k.latent") == "out_00006_.latent"
    assert await key_of(blobs, "output", "a/b/", "out_00003_.png") == "key-2.png"


async def test_many_at_once_get_different_names(blobs):
    names = await asyncio.gather(*[claim(blobs, "output", "", "x_00001_.png", f"{n}.png") for n in range(20)])
    assert sorted(names) == [f"x_{n:05}_.png" for n in range(1, 21)]
    keys = {await key_of(blobs, "output", "", name) for name in names}
    assert keys == {f"{n}.png" for n in range(20)}


@pytest.mark.parametrize("name", ["x.png", "x_1_.png", "x_00002_.png", "x_00001_.latent", "x_00001.png", ""])
async def test_other_names_are_none(blobs, name):
    await claim(blobs, "output", "", "x_00001_.png", "k.png")
    with pytest.raises(NotFound):
        await key_of(blobs, "output", "", name)


async def test_content_is_created_once(blobs):
    assert await blobs.create("a/b", b"first") is True
    assert await blobs.create("a/b", b"second") is False
    assert await blobs.get("a/b") == b"first"


async def test_another_content_is_another_version(blobs):
    await blobs.replace("a", b"one")
    before = await blobs.version("a")
    assert before == await blobs.version("a")
    await blobs.replace("a", b"other")
    assert await blobs.version("a") != before
