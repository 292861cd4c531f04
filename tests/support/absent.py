"""The slots of engines that a manga application without keys and weights has."""

from deployments.handles import Absent, AbsentModel
from graphs.manga.app import NO_PROJECT

ABSENT = {name: AbsentModel(Absent(NO_PROJECT)) for name in ("gemini", "imagen", "gemini_image")}
ABSENT |= {name: AbsentModel(Absent(f"no weights for {name}")) for name in ("diffuser", "framepack", "inpainter")}
