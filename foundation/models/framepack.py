"""FramePack, or its draft: pictures, and films section by section."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from foundation.graph import Model
from foundation.models.progress import SamplerProgress


@dataclass(frozen=True, kw_only=True)
class SamplerOptions:
    """What pictures and films have in common. Names are the API's; ``loras`` are names with their scales."""

    prompt: str
    width: int
    height: int
    seed: int
    negative_prompt: str = ""
    steps: int = 25
    cfg: float = 1.0
    gs: float = 10.0
    rs: float = 0.0
    loras: Sequence[tuple[str, float]] = ()
    sampler: str = "unipc"
    previews: bool = False


@dataclass(frozen=True)
class Transfer:
    """Encoded pictures: what changes, and what it takes over. ``strength`` from 0 keeps the source, 1 leaves it."""

    source: bytes
    target: bytes
    strength: float
    control_index: float | None = None
    source_mask: bytes | None = None
    target_mask: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class PictureJob(SamplerOptions):
    """One picture: a transfer, or from ``start``, or from the prompt alone. ``parameters`` are written into the PNG.

    ``batch_size`` is the number of pictures that the job samples at once.
    """

    layout: str = "minimal"
    target_index: float | None = None
    start: bytes | None = None
    transfer: Transfer | None = None
    batch_size: int = 1
    parameters: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class FilmJob(SamplerOptions):
    """A film of ``sections`` between encoded pictures. ``sampling_mode`` is ``forward`` or ``reverse``."""

    sampling_mode: str
    sections: int
    start: bytes
    end: bytes | None = None
    mp4_crf: int = 16


@dataclass(frozen=True)
class PaintedPicture:
    """A picture as PNG; sides in pixels. ``drawn_words`` are those of the prompt that a sketch shows."""

    image: bytes
    width: int
    height: int
    drawn_words: Sequence[str] | None = None


@dataclass(frozen=True)
class FilmedSection:
    """A section as MP4: ``done`` is settled, ``open`` is made anew by the next section, which begins at ``state``.

    Either may be empty. ``frames`` counts both.
    """

    state: bytes
    done: bytes
    open: bytes
    frames: int


class FramePackClient:
    """Calls ``deployments.framepack.FramePack`` or its draft. Raises EngineNotReady, and as ``Model.call``."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def check_loras(self, names: Sequence[str]) -> None:
        """Whether the LoRAs fit. Raises InvalidInput for one that does not."""
        await self._model.call("check_loras", names)

    def image(self, job: PictureJob) -> AsyncGenerator[SamplerProgress | PaintedPicture]:
        """One picture, after its progress. Closing the generator stops the work. Raises BadImage, InvalidInput."""
        return self._model.stream("image", job)

    async def sections(self, video_length: float) -> int:
        """The number of sections of a film of ``video_length`` seconds."""
        return await self._model.call("sections", video_length)

    def section(
        self, job: FilmJob, number: int, state: bytes | None
    ) -> AsyncGenerator[SamplerProgress | FilmedSection]:
        """One section, after its progress; ``state`` is that of the section before. Otherwise as ``image``."""
        return self._model.stream("section", job, number, state)
