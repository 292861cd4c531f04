"""Films as MP4 files in memory: H.264 in yuv420p, as browsers play it, in pieces that join without loss.

A film grows section by section: each is encoded once, and joined to the others by copying its packets.
"""

import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation
from numpy.typing import NDArray

from foundation.errors import InvalidInput

Frame = NDArray[np.uint8]
FPS, CRF = 30, 16
# the index comes first, and nothing tells the time or the library's version
MUXING = {"movflags": "+faststart", "fflags": "+bitexact"}
# With B-frames x264 looks ahead into memory that it has not written, if sides are no multiples of 16: the same frames
# then give other bytes. Without them each piece also starts at its first frame, with no edit list.
# Its macroblock tree (mbtree) has the same fault: some encodings of the same small frames differ by a few bytes.
# A delimiter (aud) keeps two key frames apart that meet at a join.
ENCODING = {"preset": "veryfast", "profile": "high", "bf": "0", "aud": "1", "threads": "1", "x264-params": "mbtree=0"}
# the same numbers on every processor; without full chroma, exact rounding darkens all by 2 of 255
ROUNDING = (
    Interpolation.BICUBIC
    | Interpolation.ACCURATE_RND
    | Interpolation.BITEXACT
    | Interpolation.FULL_CHR_H_INP
    | Interpolation.FULL_CHR_H_INT
)


@dataclass(frozen=True)
class VideoInfo:
    """What a film is: sides in pixels, number of frames, frames a second, and the codec's name."""

    width: int
    height: int
    frames: int
    fps: float
    codec: str


def encode(frames: Iterable[Frame], fps: int = FPS, crf: int = CRF) -> bytes:
    """A film of RGB frames (H×W×3); of none ``b""``. The same frames give the same bytes.

    An odd side loses its last row or column. ``crf`` is 0 (best; as 1, since browsers play no lossless H.264) to 51.
    Raises InvalidInput for frames of different sizes, or with a side under 2 pixels.
    """
    rest = iter(frames)
    first = next(rest, None)
    if first is None:
        return b""
    height, width = first.shape[0] // 2 * 2, first.shape[1] // 2 * 2
    if not (height and width):
        raise InvalidInput("a frame of a film has sides of 2 pixels at least; give a larger picture")

    def write(film: Any) -> None:
        stream = film.add_stream("libx264", rate=fps, options=ENCODING | {"crf": str(max(crf, 1))})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        _tag(stream.codec_context)
        for each in chain([first], rest):
            if each.shape != first.shape:
                raise InvalidInput(f"frames of one film differ in size: {first.shape} and {each.shape}")
            film.mux(stream.encode(_to_yuv(each[:height, :width])))
        film.mux(stream.encode())

    return _written(write)


def _tag(codec: Any) -> None:
    """Say what the numbers of the pixels mean: untagged films differ in colour from browser to browser."""
    codec.color_range, codec.colorspace = ColorRange.MPEG, Colorspace.ITU709
    codec.color_primaries, codec.color_trc = ColorPrimaries.BT709, ColorTrc.BT709


def _to_yuv(frame: Frame) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24").reformat(
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
        interpolation=ROUNDING,
        threads=1,
    )


def join(pieces: Sequence[bytes]) -> bytes:
    """One film of pieces in their order, packets copied; empty pieces are skipped, of none it is ``b""``.

    Raises InvalidInput for pieces that differ in size, rate or codec settings, and for what is no film.
    """
    films = [piece for piece in pieces if piece]
    if len(films) < 2:
        return films[0] if films else b""

    def write(joined: Any) -> None:
        wanted, stream, at = None, None, 0
        for number, piece in enumerate(films):
            with _opened(piece) as film:
                source = film.streams.video[0]
                stream = stream or joined.add_stream_from_template(source)
                wanted = wanted or _settings(source)
                if _settings(source) != wanted:
                    raise InvalidInput(f"piece {number} of the film differs from the first in size, rate or codec")
                at = _copy(film, source, joined, stream, at)

    return _written(write)


def _settings(source: Any) -> tuple[Any, ...]:
    codec = source.codec_context
    return codec.name, codec.width, codec.height, codec.extradata, source.average_rate, source.time_base


def _copy(film: Any, source: Any, joined: Any, stream: Any, at: int) -> int:
    """Copy a film's packets to begin at ``at``; where the next one begins, both in ticks of the source."""
    length = round(1 / (source.average_rate * source.time_base))
    for packet in film.demux(source):
        # the last packet of a stream is an empty one
        if packet.size:
            packet.pts, packet.dts, packet.duration = packet.pts + at, packet.dts + at, length
            packet.stream = stream
            joined.mux(packet)
    return at + source.frames * length


def probe(data: bytes) -> VideoInfo:
    """What a film is. Raises InvalidInput for what is none."""
    with _opened(data) as film:
        stream = film.streams.video[0]
        codec = stream.codec_context
        return VideoInfo(codec.width, codec.height, stream.frames, float(stream.average_rate or 0), codec.name)


def frame(data: bytes, number: int) -> Frame:
    """One frame as RGB (H×W×3), the first being 0. Raises InvalidInput if there is no such frame."""
    with _opened(data) as film:
        stream = film.streams.video[0]
        if 0 <= number < stream.frames:
            wanted = round(number / (stream.average_rate * stream.time_base))
            film.seek(wanted, stream=stream)
            for decoded in film.decode(stream):
                if decoded.pts >= wanted:
                    return _to_rgb(decoded)
        raise InvalidInput(f"the film has {stream.frames} frames, so there is no frame {number}")


def _to_rgb(decoded: av.VideoFrame) -> Frame:
    return decoded.to_ndarray(
        format="rgb24",
        src_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=ROUNDING,
        threads=1,
    ).astype(np.uint8, copy=False)


@contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    try:
        film = av.open(io.BytesIO(data), format="mp4")
    except (FFmpegError, ValueError) as error:
        raise InvalidInput("the bytes are no MP4 film") from error
    with film:
        if not film.streams.video:
            raise InvalidInput("the file has no pictures in it")
        yield film


def _written(write: Callable[[Any], None]) -> bytes:
    """The bytes of a film; it is a real file until then, since its index is put in front at the end."""
    with tempfile.TemporaryDirectory(prefix="koma-film-") as folder:
        path = Path(folder, "film.mp4")
        with av.open(path, "w", format="mp4", options=MUXING) as film:
            write(film)
        return path.read_bytes()
