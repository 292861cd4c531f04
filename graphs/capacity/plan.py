"""What a Serve config asks of GPUs: each deployment with a share, what a replica of it needs, how many there may be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deployments.model_ref import ModelRef
from deployments.packing import Card, Replica, pack
from foundation.errors import Misconfigured
from graphs.capacity.needs import Need, of_diffuser, of_framepack, of_inpainter
from graphs.common.profiles import Assumed, profile_of
from graphs.framepack.app import FramePackAppArgs
from graphs.inpaint.app import InpaintArgs
from graphs.manga.app import MangaArgs
from graphs.style.app import StyleArgs

Config = Mapping[str, Any]


@dataclass(frozen=True)
class Wanted:
    """A deployment that wants a share of a card, ``gib`` big."""

    deployment: str
    least: int
    most: int
    share: float
    gib: float
    need: Need

    @property
    def fits(self) -> bool:
        """Whether a replica has what it needs."""
        return self.need.gib <= self.gib

    def replicas(self, number: int) -> list[Replica]:
        """So many of them."""
        return [Replica(self.deployment, self.share)] * number


@dataclass(frozen=True)
class CapacityPlan:
    """The cards with what lies on them, and the replicas for which there is no room."""

    cards: Sequence[Card]
    left: Sequence[Replica]


def wanted_by(config: Config) -> list[Wanted]:
    """All deployments of a config that want GPUs. Raises Misconfigured where a profile is needed to tell sizes."""
    return [wanted for app in config["applications"] for wanted in _of_app(app, app.get("args") or {})]


def plan(wanted: Sequence[Wanted], cards: Sequence[str], most: bool) -> CapacityPlan:
    """Where the replicas would lie; ``most`` of them, or those that always run."""
    laid = [Card(name) for name in cards]
    left = pack([replica for each in wanted for replica in each.replicas(each.least)], laid)
    if most:
        # those that always run are there before the others come
        left += pack([replica for each in wanted for replica in each.replicas(each.most - each.least)], laid)
    return CapacityPlan(laid, left)


def without_a_place(wanted: Sequence[Wanted], cards: int) -> list[str]:
    """Deployments of which none always runs, and one would find no room beside what does: its first call would wait."""
    return [
        each.deployment
        for each in wanted
        if each.least == 0 and pack(each.replicas(1), list(plan(wanted, [""] * cards, most=False).cards))
    ]


def _of_app(config: Config, given: Mapping[str, Any]) -> list[Wanted]:
    app, builder = config["name"], config["import_path"].partition(":")[0].rpartition(".")[2]
    slots = [(name, ref, need) for name, ref, need in _slots(builder, given) if ref.ref is None and ref.num_gpus > 0]
    if not slots:
        return []
    if not given.get("profile"):
        raise Misconfigured(f"{app}: set profile in its args, which gives the size of the cards")
    card_gib = profile_of(given["profile"]).card_gib
    return [
        Wanted(f"{app}/{name}", ref.least_replicas, ref.most_replicas, ref.num_gpus, ref.num_gpus * card_gib, need)
        for name, ref, need in slots
    ]


def _slots(builder: str, given: Mapping[str, Any]) -> list[tuple[str, ModelRef, Need]]:
    assumed = profile_of(given["profile"]).assumes if given.get("profile") else Assumed()
    match builder:
        case "inpaint":
            inpaint = InpaintArgs.model_validate(given)
            return [("Inpainter", inpaint.inpainter, of_inpainter(inpaint.engine, assumed))]
        case "style":
            style = StyleArgs.model_validate(given)
            return [("Diffuser", style.diffuser, of_diffuser(style.diffusion, assumed))]
        case "framepack":
            framepack = FramePackAppArgs.model_validate(given)
            return [("FramePack", framepack.framepack, of_framepack(framepack.engine, assumed))]
        case "manga":
            manga = MangaArgs.model_validate(given)
            return [
                ("Diffuser", manga.diffuser, of_diffuser(manga.diffusion, assumed)),
                ("FramePack", manga.framepack, of_framepack(manga.framepack_engine, assumed)),
                ("Inpainter", manga.inpainter, of_inpainter(manga.inpainting, assumed)),
            ]
        case _:
            return []
