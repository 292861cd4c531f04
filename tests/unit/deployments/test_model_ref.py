"""Slots in args: what a builder binds, and what is refused before anything starts."""

import pytest
from pydantic import ValidationError

from deployments.model_ref import ModelRef


class Hand:
    """Anything that can be deployed."""


def bound(**options):
    return ModelRef(**options).slot(Hand).model._bound_deployment


def test_a_fixed_number_of_replicas():
    deployment = bound(num_replicas=5, num_gpus=0.2, max_ongoing_requests=2)
    assert deployment.num_replicas == 5
    assert deployment.ray_actor_options == {"num_cpus": 0.02, "num_gpus": 0.2}
    assert ModelRef(num_replicas=5, max_ongoing_requests=2).slot(Hand).calls == 10


def test_replicas_by_load_take_calls_for_as_many_as_there_may_be():
    options = {"autoscaling": {"min_replicas": 0, "max_replicas": 3, "downscale_to_zero_delay_s": 60}}
    scaling = bound(**options)._deployment_config.autoscaling_config
    assert (scaling.min_replicas, scaling.max_replicas, scaling.downscale_to_zero_delay_s) == (0, 3, 60)
    ref = ModelRef(**options, max_ongoing_requests=4)
    assert (ref.least_replicas, ref.most_replicas, ref.slot(Hand).calls) == (0, 3, 12)


def test_labels_and_those_that_will_do_instead():
    card = "ray.io/accelerator-type"
    deployment = bound(
        placement={"label_selector": {card: "L4"}, "fallback": [{card: "H100"}, {}], "max_replicas_per_node": 2}
    )
    assert deployment.ray_actor_options["label_selector"] == {card: "L4"}
    fallback = [{"label_selector": {card: "H100"}}, {"label_selector": {}}]
    assert deployment.ray_actor_options["fallback_strategy"] == fallback
    assert deployment._replica_config.max_replicas_per_node == 2


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"num_replicas": 2, "autoscaling": {}}, "exclude each other"),
        ({"autoscaling": {"min_replicas": 3, "max_replicas": 2}}, "more than max_replicas"),
        ({"num_gpus": 1.5}, "must be whole"),
        ({"ref": "style/Diffuser", "autoscaling": {}}, "takes no replica options"),
        ({"ref": "style/Diffuser", "placement": {"label_selector": {"a": "b"}}}, "takes no replica options"),
        ({"gpus": 1}, "Extra inputs"),
    ],
)
def test_what_contradicts_itself_is_refused(options, word):
    with pytest.raises(ValidationError, match=word):
        ModelRef.model_validate(options)
