"""What every application that chooses between engines asks and decides alike."""

import zlib

from foundation.errors import EngineNotReady
from foundation.graph import Context, Json


async def described(context: Context, slot: str, asked: str, method: str = "describe", *args: Json) -> Json:
    """What the model of a slot says of itself, or of some work. Raises EngineNotReady when it was asked for by name."""
    try:
        return await context.models[slot].call(method, *args)
    except EngineNotReady as error:
        if asked != "auto":
            raise
        # one that could not be deployed must not keep the others from working
        return {"ready": False, "detail": error.detail}


def seed_of(given: int | None, made_from: str) -> int:
    """The seed that was asked for; without one, or with -1, one that follows from a name and stays the same."""
    return zlib.crc32(made_from.encode()) if given is None or given == -1 else given
