"""All looks side by side, none longer than a few seconds."""

import threading
from collections.abc import Callable, Mapping

# several looks load what loads it, and two threads that do so at once may each get half of it
import numpy  # noqa: F401
from pydantic import ValidationError

from foundation.errors import Misconfigured
from foundation.settings import Settings
from scripts.lib.doctor import access, engines, machine, stores
from scripts.lib.doctor.finding import Finding, broken, one_line

Look = Callable[[Settings], list[Finding]]
LOOKS: Mapping[str, tuple[Look, ...]] = {
    "machine": (machine.python, machine.cards, machine.disks, machine.ports),
    "stores": (stores.database, stores.blobs, stores.redis, stores.ray_redis),
    "access": (access.keys,),
    "engines": (engines.inpaint, engines.diffusion, engines.framepack, engines.comfyui, engines.google, engines.assets),
}
SECONDS = 10.0


def look_at_all(looks: Mapping[str, tuple[Look, ...]] = LOOKS, seconds: float = SECONDS) -> dict[str, list[Finding]]:
    """What was found, by group. Settings that cannot be read are the only finding, as all others need them."""
    try:
        settings = Settings()
    except Misconfigured as error:
        return {"settings": [broken("settings", error.detail, "correct it in the environment or in .env")]}
    except ValidationError as error:
        # the value may be a secret: only its name and the fault are shown
        entries = [f"{'.'.join(map(str, each['loc'])).upper()}: {each['msg']}" for each in error.errors()]
        return {"settings": [broken("settings", one, "correct it in the environment or in .env") for one in entries]}
    except Exception as error:
        # pydantic-settings wraps what it cannot decode; its own message names the field alone
        return {"settings": [broken("settings", f"{error}", "lists are JSON, as in API_KEYS='[\"…\"]'")]}
    running = {group: [_Running(look, settings) for look in each] for group, each in looks.items()}
    return {group: [found for one in each for found in one.result(seconds)] for group, each in running.items()}


class _Running:
    """A look in a thread of its own, which may hang without holding the others or the end."""

    def __init__(self, look: Look, settings: Settings) -> None:
        self._name = look.__name__.replace("_", " ")
        self._found: list[Finding] | None = None
        self._thread = threading.Thread(target=self._run, args=(look, settings), daemon=True)
        self._thread.start()

    def _run(self, look: Look, settings: Settings) -> None:
        try:
            self._found = look(settings)
        except Exception as error:
            # one look that fails in an unforeseen way must not hide the others
            self._found = [broken(self._name, f"it could not be looked at ({one_line(error)})", "report this")]

    def result(self, seconds: float) -> list[Finding]:
        self._thread.join(seconds)
        if self._found is None:
            return [broken(self._name, f"no answer within {seconds:g} s", "look again; what hangs is named here")]
        return self._found
