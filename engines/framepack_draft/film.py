"""A film over a start picture and on to an end picture: a frame depends on its number and the whole length alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engines.framepack_draft.camera import CameraMove, View, ease, move_of
from engines.framepack_draft.pictures import fit, load_opaque, pixels
from foundation.errors import InvalidInput

Frame = NDArray[np.uint8]
SECTION = 36
# the part of a film in which it goes over to the end picture
FADE = (0.3, 0.8)
# what comes closer is shown from a larger picture, if there is one
DETAIL = 1.25


@dataclass(frozen=True)
class Film:
    """All that the frames depend on."""

    start: Frame
    end: Frame | None
    move: CameraMove
    width: int
    height: int

    def frame(self, number: int) -> Frame:
        """One frame, H×W×3; the first is 0."""
        frame = self._seen(self.start, self.move.at(number))
        if self.end is None:
            return frame
        share = ease(min(max((number / max(self.move.total - 1, 1) - FADE[0]) / (FADE[1] - FADE[0]), 0), 1))
        if share == 0:
            return frame
        other = self._seen(self.end, self.move.back(number))
        return np.asarray(cv2.addWeighted(frame, 1 - share, other, share, 0), np.uint8)

    def _seen(self, picture: Frame, view: View) -> Frame:
        """The picture through the camera, by one affine map."""
        high, wide = picture.shape[:2]
        if view == View() and (wide, high) == (self.width, self.height):
            return picture
        scale = view.zoom * self.width / wide
        turn = cv2.getRotationMatrix2D((0.0, 0.0), view.roll, scale)
        middle = turn[:, :2] @ np.array([view.x * wide, view.y * high])
        turn[:, 2] = np.array([self.width / 2, self.height / 2]) - middle
        # pixels are counted from their middles, pictures from their edges
        turn[:, 2] += turn[:, :2] @ np.array([0.5, 0.5]) - 0.5
        size, border = (self.width, self.height), cv2.BORDER_REFLECT_101
        return np.asarray(cv2.warpAffine(picture, turn, size, flags=cv2.INTER_CUBIC, borderMode=border), np.uint8)


def film_of(files: Mapping[str, bytes], prompt: str, seed: int, sections: int, size: tuple[int, int]) -> Film:
    """The film of a request: ``size`` is width and height of its frames in pixels, both even.

    Raises InvalidInput for an odd size, BadImage for what is no picture.
    """
    width, height = size
    if width % 2 or height % 2 or min(size) < 2:
        raise InvalidInput(f"a film of {width}x{height} cannot be made; its sides have to be even")
    end = files.get("end")
    return Film(
        _large(load_opaque(files["start"]), width, height),
        None if end is None else _large(load_opaque(end), width, height),
        move_of(prompt, seed, frames_in(sections)),
        width,
        height,
    )


def _large(image: Image.Image, width: int, height: int) -> Frame:
    """The picture at the size of the film, or larger if it has more to show."""
    scale = min(DETAIL, image.width / width, image.height / height)
    scale = scale if scale > 1 else 1.0
    return pixels(fit(image, round(width * scale), round(height * scale)))


def frames_in(sections: int) -> int:
    """The frames of a whole film."""
    return SECTION * sections + 1


def span(number: int, sections: int, mode: str) -> range:
    """The frames that section ``number`` makes: forward from the start, in reverse from the end of the film.

    Raises InvalidInput for a section that the film does not have.
    """
    if not 0 <= number < sections:
        raise InvalidInput(f"the film has {sections} sections, so there is no section {number}")
    place = number if mode == "forward" else sections - 1 - number
    return range(SECTION * place + (place > 0), SECTION * (place + 1) + 1)


def chunks(frames: range, size: int) -> Iterator[range]:
    """The frames in runs of at most ``size``."""
    for begin in range(0, len(frames), size):
        yield frames[begin : begin + size]
