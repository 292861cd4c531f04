"""Shares pack onto cards as the plan says; labels and fallbacks place as told; a CPU replica sees no GPU."""

from collections import Counter

import pytest

from deployments.cluster import ClusterFailed, wait_until_ready
from deployments.model_ref import ModelRef
from graphs.common.profiles import profile_of
from graphs.framepack.app import FramePackAppArgs
from graphs.inpaint.app import InpaintArgs
from graphs.style.app import StyleArgs
from tests.cluster.stand_ins import bind_model
from tests.cluster.world import CARD

ARTISTS = 5
# a replica that was never placed is waited for as long as one that works
QUICK = {"graceful_shutdown_timeout_s": 1}


def every_replica(app, deployment="Model"):
    """Where each replica says it is."""
    from ray import serve

    handle = serve.get_deployment_handle(deployment, app)
    try:
        return handle.broadcast("work").results()
    finally:
        # else it reports of its calls to this Ray when there is another one
        handle.shutdown()


def test_five_artists_share_one_card(cluster, app_name):
    ref = StyleArgs.model_validate({"profile": "gpu24"}).diffuser
    answer = ref.model_dump() | {"num_replicas": ARTISTS, "max_ongoing_requests": 1}
    del answer["autoscaling"]
    cluster.serve_cluster.deploy(bind_model(ModelRef.model_validate(answer)), app_name, f"/{app_name}")
    answer = every_replica(app_name)
    assert len({each["replica"] for each in answer}) == ARTISTS
    assert {each["share"] for each in answer} == {0.2}
    # one card of one node
    assert len({(each["node"], each["visible"]) for each in answer}) == 1
    assert {cluster.card_of(each["node"]) for each in answer} == {"L4"}


def test_artists_lie_across_cards_when_nodes_may_hold_few(cluster, app_name):
    placement = profile_of("gpu24").apps["style"]["diffuser"]["placement"] | {"max_replicas_per_node": 2}
    ref = ModelRef.model_validate({"num_replicas": ARTISTS, "num_gpus": 0.2, "placement": placement})
    cluster.serve_cluster.deploy(bind_model(ref), app_name, f"/{app_name}")
    counts = Counter(each["node"] for each in every_replica(app_name))
    assert sorted(counts.values()) == [1, 2, 2]


@pytest.mark.parametrize(
    ("profile", "cards"),
    [
        # LaMa, five artists and FramePack on the small cards: the large one is for those that need it
        ("gpu24", {"L4": 3}),
        # all of it on one large card
        ("gpu80", {"H100": 1}),
    ],
)
def test_all_replicas_of_a_profile_keep_to_their_cards(cluster, app_name, profile, cards):
    refs = {
        "Inpainter": InpaintArgs.model_validate({"profile": profile}).inpainter,
        "Diffuser": StyleArgs.model_validate({"profile": profile}).diffuser,
        "FramePack": FramePackAppArgs.model_validate({"profile": profile}).framepack,
    }
    numbers = {name: ARTISTS if name == "Diffuser" else 1 for name in refs}
    apps = {name: f"{app_name}-{name}" for name in refs}
    try:
        for name, ref in refs.items():
            options = ref.model_dump(exclude={"autoscaling"}) | {"num_replicas": numbers[name]}
            bound = bind_model(ModelRef.model_validate(options))
            cluster.serve_cluster.deploy(bound, apps[name], f"/{apps[name]}", ready=False)
        wait_until_ready(list(apps.values()), lambda _: None)
        entries = [each for app in apps.values() for each in every_replica(app)]
    finally:
        for app in apps.values():
            cluster.serve_cluster.delete(app)
    used: Counter = Counter()
    for each in entries:
        used[each["node"], each["visible"]] += each["share"]
    assert sum(used.values()) == pytest.approx(sum(ref.num_gpus * numbers[name] for name, ref in refs.items()))
    assert max(used.values()) <= 1 + 1e-6
    assert Counter(cluster.card_of(node) for node, _ in used) == cards


def test_the_next_best_card_is_taken_when_the_first_are_full(cluster, app_name):
    placement = {"label_selector": {CARD: "L4"}, "fallback": [{CARD: "in(A100,H100)"}]}
    ref = ModelRef.model_validate({"num_replicas": 4, "num_gpus": 1, "placement": placement})
    cluster.serve_cluster.deploy(bind_model(ref), app_name, f"/{app_name}")
    assert Counter(cluster.card_of(each["node"]) for each in every_replica(app_name)) == {"L4": 3, "H100": 1}


def test_a_replica_without_a_share_sees_no_gpu(cluster, app_name):
    cluster.serve_cluster.deploy(bind_model(ModelRef()), app_name, f"/{app_name}")
    (answer,) = every_replica(app_name)
    assert (answer["visible"], answer["share"]) == ("", 0.0)


def test_what_has_no_room_is_named(cluster, app_name):
    ref = ModelRef.model_validate({"num_replicas": 5, "num_gpus": 0.6} | QUICK)
    cluster.serve_cluster.deploy(bind_model(ref), app_name, f"/{app_name}", ready=False)
    with pytest.raises(ClusterFailed, match=rf"{app_name}/Model: a replica has no room, each wants 0.6 GPU"):
        wait_until_ready([app_name], lambda _: None)


def test_labels_that_no_node_has_are_named(cluster, app_name):
    ref = ModelRef.model_validate({"num_gpus": 0.1, "placement": {"label_selector": {CARD: "B300"}}} | QUICK)
    cluster.serve_cluster.deploy(bind_model(ref), app_name, f"/{app_name}", ready=False)
    with pytest.raises(ClusterFailed, match=rf"{app_name}/Model: no node has the labels .*B300"):
        wait_until_ready([app_name], lambda _: None)
