"""The RayService: KubeRay's words, the config of the cloud, no secret, and the same as cluster.yaml."""

import jsonschema
import pytest
import yaml
from ray.serve.schema import ServeDeploySchema

from deployments.cluster import ROOT
from scripts.lib.make_rayservice import SERVICE, with_config
from tests.unit.deploy.schemas import KINDS

CLOUD, LAPTOP = ROOT / "serve_config.gpu.yaml", ROOT / "serve_config.yaml"


@pytest.fixture(scope="module")
def objects():
    return list(yaml.safe_load_all(SERVICE.read_text()))


@pytest.fixture(scope="module")
def cluster(objects):
    return objects[-1]["spec"]["rayClusterConfig"]


def groups(cluster):
    return {each["groupName"]: each for each in cluster["workerGroupSpecs"]}


def test_each_object_is_what_its_kind_takes(objects):
    assert {each["kind"] for each in objects} == set(KINDS)
    for each in objects:
        jsonschema.validate(each, KINDS[each["kind"]])
    wrong = yaml.safe_load(yaml.safe_dump(objects[-1]))
    wrong["spec"]["rayClusterConfig"]["headGroupSpec"]["rayStartParam"] = {}
    with pytest.raises(jsonschema.ValidationError, match="rayStartParam"):
        jsonschema.validate(wrong, KINDS["RayService"])


def test_it_serves_the_config_of_the_cloud(objects):
    config = (CLOUD if CLOUD.exists() else LAPTOP).read_text()
    assert SERVICE.read_text() == with_config(SERVICE.read_text(), config), "run ./scripts/make_rayservice"
    told = yaml.safe_load(objects[-1]["spec"]["serveConfigV2"])
    assert told == yaml.safe_load(config)
    ServeDeploySchema.model_validate(told)


def test_the_script_replaces_the_config_alone():
    text = "kind: X\n  serveConfigV2: |\n    old: 1\n"
    made = with_config(text, "new: 2\n\n# why\nlist:\n  - a\n")
    assert made == "kind: X\n  serveConfigV2: |\n    new: 2\n\n    # why\n    list:\n      - a\n"
    assert with_config(made, "new: 2\n\n# why\nlist:\n  - a\n") == made


def test_the_state_outlives_the_head_and_no_replica_lives_there(cluster):
    assert cluster["gcsFaultToleranceOptions"]["redisAddress"]
    assert cluster["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    assert cluster["authOptions"] == {"mode": "token"}
    (head,) = cluster["headGroupSpec"]["template"]["spec"]["containers"]
    # KubeRay refuses the two together
    assert "RAY_REDIS_ADDRESS" not in {each["name"] for each in head.get("env", [])}
    for group in cluster["workerGroupSpecs"]:
        (container,) = group["template"]["spec"]["containers"]
        told = {each["name"]: each["value"] for each in container["env"]}
        assert told["RAY_REDIS_ADDRESS"] == cluster["gcsFaultToleranceOptions"]["redisAddress"]


def test_it_has_the_cards_of_the_launchers_cluster(cluster):
    types = yaml.safe_load((ROOT / "cluster.yaml").read_text())["available_node_types"]
    keys = ("koma.io/card", "ray.io/accelerator-type")
    there = {tuple(each["labels"].get(key) for key in keys) for name, each in types.items() if name != "head"}
    assert {tuple(each["labels"].get(key) for key in keys) for each in groups(cluster).values()} == there
    for group in groups(cluster).values():
        (container,) = group["template"]["spec"]["containers"]
        has_card = "nvidia.com/gpu" in container["resources"].get("limits", {})
        assert has_card == (group["labels"]["koma.io/card"] != "none")
        assert (group["minReplicas"] == 0) == has_card


def test_every_mount_has_its_volume_and_every_budget_its_pods(objects, cluster):
    claims = {each["metadata"]["name"] for each in objects if each["kind"] == "PersistentVolumeClaim"}
    templates = [each["template"] for each in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"])]
    for template in templates:
        volumes = {each["name"]: each for each in template["spec"]["volumes"]}
        for container in template["spec"]["containers"]:
            assert {each["name"] for each in container["volumeMounts"]} == set(volumes)
        assert {each["persistentVolumeClaim"]["claimName"] for each in volumes.values() if len(each) > 1 and
                "persistentVolumeClaim" in each} <= claims  # fmt: skip
        assert template["spec"]["securityContext"]["runAsNonRoot"]
    for budget in (each for each in objects if each["kind"] == "PodDisruptionBudget"):
        wanted = budget["spec"]["selector"]["matchLabels"].items()
        assert any(wanted <= template["metadata"]["labels"].items() for template in templates)


def test_a_replica_has_time_to_drain(objects):
    config = yaml.safe_load(objects[-1]["spec"]["serveConfigV2"])
    longest = max((seconds for seconds in _values(config, "graceful_shutdown_timeout_s")), default=0)
    for group in objects[-1]["spec"]["rayClusterConfig"]["workerGroupSpecs"]:
        if group["groupName"] != "cpu":
            assert group["template"]["spec"]["terminationGracePeriodSeconds"] >= longest


def _values(node, name):
    if isinstance(node, dict):
        for key, value in node.items():
            yield from [value] if key == name else _values(value, name)
    elif isinstance(node, list):
        for each in node:
            yield from _values(each, name)
