"""Where the frames of a one-frame request lie on the time axis, and which empty histories go with them.

Source: the layouts of musubi-tuner's one-frame inference and of FramePack-eichi's oneframe and kisekae modes, as
documented by both. The base model was trained on sections: start (0), padding, window, one frame after it (post), two
at half and sixteen at quarter resolution. One-frame inference keeps that order and asks for one frame of the window.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from foundation.errors import InvalidInput

WINDOW = 9
LARGEST_INDEX = 64.0
KISEKAE_TARGET, KISEKAE_CONTROL = 1.0, 10.0


@dataclass(frozen=True)
class FrameLayout:
    """Indices on the time axis: fractions are allowed.

    ``target`` is the frame that is made; ``start`` the start picture's; ``reference`` a second picture's, if any;
    ``post`` an empty frame after the window; ``history_2x`` and ``history_4x`` empty frames of lower resolution.
    """

    target: float
    start: float = 0.0
    reference: float | None = None
    post: float | None = None
    history_2x: tuple[float, ...] = ()
    history_4x: tuple[float, ...] = ()

    @property
    def clean(self) -> tuple[float, ...]:
        """The indices of all frames of full resolution that are not made, in their order in the model's input."""
        return tuple(index for index in (self.start, self.reference, self.post) if index is not None)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of clean, 2x and 4x frames: requests of one shape can share a forward."""
        return (len(self.clean), len(self.history_2x), len(self.history_4x))


def eichi(window: float = WINDOW) -> FrameLayout:
    """FramePack-eichi's oneframe mode: the last frame of the window, no post frame, the first frame of each history.

    Its "RoPE value" is ``window``, so that all of them move together.
    """
    return FrameLayout(target=window - 1.0, history_2x=(window + 2.0,), history_4x=(window + 4.0,))


def musubi(window: int = WINDOW) -> FrameLayout:
    """musubi-tuner's default: the frame behind the window, and everything the model was trained with."""
    half, quarter = window + 2, window + 4
    return FrameLayout(
        target=float(window),
        post=window + 1.0,
        history_2x=tuple(float(n) for n in range(half, half + 2)),
        history_4x=tuple(float(n) for n in range(quarter, quarter + 16)),
    )


def minimal(window: int = WINDOW) -> FrameLayout:
    """``no_2x, no_4x, no_post``: the start picture alone. The fastest; less stable than the others."""
    return FrameLayout(target=float(window))


LAYOUTS: Mapping[str, Callable[[], FrameLayout]] = {"eichi": eichi, "musubi": musubi, "minimal": minimal}


def layout_of(name: str, target: float | None = None) -> FrameLayout:
    """A layout by name, with another target if one is given. Raises InvalidInput."""
    if name not in LAYOUTS:
        raise InvalidInput(f"layout: there is no layout {name}; there are {', '.join(LAYOUTS)}")
    if target is None:
        return LAYOUTS[name]()
    index = _checked(target, "target_index")
    return eichi(index + 1) if name == "eichi" else replace(LAYOUTS[name](), target=index)


def kisekae(name: str = "minimal", target: float | None = None, control: float | None = None) -> FrameLayout:
    """The layout of a transfer: the reference at ``control``, in place of the post frame.

    The histories stay behind the window, wherever the target is; of eichi's there is the last frame of each.
    """
    index = _checked(KISEKAE_TARGET if target is None else target, "target_index")
    layout = replace(layout_of(name), target=index, post=None)
    if name == "eichi":
        layout = replace(layout, history_2x=(WINDOW + 3.0,), history_4x=(WINDOW + 19.0,))
    return replace(layout, reference=_checked(KISEKAE_CONTROL if control is None else control, "control_index"))


def _checked(index: float, field: str) -> float:
    if not 0 <= index <= LARGEST_INDEX:
        raise InvalidInput(f"{field}: {index:g} is not between 0 and {LARGEST_INDEX:g}")
    return float(index)
