"""Replicas without room are named, with what they want and what is free."""

import pytest

from deployments.capacity import lacking, matches
from deployments.packing import Card, Replica, pack


def node(name="n1", cpus=8.0, gpus=2, **labels):
    return {"NodeID": name, "Alive": True, "Resources": {"CPU": cpus, "GPU": float(gpus)}, "Labels": labels}


def app(replicas, **options):
    config = {"ray_actor_options": {"num_cpus": 0.02, **options}}
    return {"style": {"deployments": {"Diffuser": {"deployment_config": config, "replicas": replicas}}}}


def placed(on="n1"):
    return {"state": "RUNNING", "node_id": on}


WAITS = {"state": "STARTING", "node_id": None}


def test_what_fits_lacks_nothing():
    assert lacking(app([placed(), placed(), WAITS], num_gpus=0.5), [node()]) == []


def test_shares_are_of_single_cards():
    (line,) = lacking(app([placed(), placed(), WAITS], num_gpus=0.6), [node()])
    assert line.startswith("style/Diffuser: a replica has no room, each wants 0.6 GPU and 0.02 CPU")
    assert "7.96 CPU + 0.4 of a GPU + 0.4 of a GPU" in line


def test_a_replica_that_is_on_its_way_to_a_node_takes_its_share_there():
    on_its_way = {"state": "STARTING", "node_id": "n1"}
    assert lacking(app([on_its_way, WAITS], num_gpus=1), [node(gpus=1)])
    assert not lacking(app([on_its_way, WAITS], num_gpus=1), [node(gpus=1), node("n2", gpus=1)])


def test_nodes_that_are_gone_give_no_room():
    assert lacking(app([WAITS], num_gpus=1), [node() | {"Alive": False}, node("n2", gpus=0)])


def test_labels_are_told_when_no_node_has_them():
    (line,) = lacking(app([WAITS], label_selector={"card": "L4"}), [node(card="H100")])
    assert "no node has the labels {'card': 'L4'}" in line
    fallback = [{"label_selector": {"card": "in(H100,H200)"}}]
    assert not lacking(app([WAITS], label_selector={"card": "L4"}, fallback_strategy=fallback), [node(card="H100")])


def test_too_few_cpus():
    (line,) = lacking(app([WAITS, WAITS], num_cpus=5), [node()])
    assert "a replica has no room, each wants 5 CPU" in line


def test_so_many_on_a_node_and_no_more():
    answer = app([placed(), WAITS])
    answer["style"]["deployments"]["Diffuser"]["deployment_config"]["max_replicas_per_node"] = 1
    (line,) = lacking(answer, [node()])
    assert "each wants 0.02 CPU, at most 1 on a node" in line
    assert not lacking(answer, [node(), node("n2")])


@pytest.mark.parametrize(
    ("selector", "found", "fits"),
    [
        ("L4", "L4", True),
        ("L4", None, False),
        ("!L4", None, True),
        ("!L4", "L4", False),
        ("in(L4,A10G)", "A10G", True),
        ("in(L4, A10G)", "T4", False),
        ("!in(L4,A10G)", "T4", True),
    ],
)
def test_selectors(selector, found, fits):
    assert matches({"card": selector}, {"card": found} if found else {}) is fits


def test_the_largest_are_laid_first():
    cards = [Card("1"), Card("2")]
    left = pack([Replica("small", 0.2)] * 5 + [Replica("large", 1)], cards)
    assert not left
    assert [card.used for card in cards] == pytest.approx([1, 1])
    assert [each.deployment for each in pack([Replica("more", 0.1)], cards)] == ["more"]


def test_whole_cards():
    cards = [Card("1"), Card("2"), Card("3")]
    assert not pack([Replica("two", 2), Replica("part", 0.5)], cards)
    assert [len(card.replicas) for card in cards] == [1, 1, 1]
    assert pack([Replica("two", 2)], cards)
