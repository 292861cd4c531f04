"""The RayService: KubeRay's words, the config of the cloud, no secret, and the same as cluster.yaml."""

import copy

import jsonschema
import pytest
import yaml
from ray.serve.schema import ServeDeploySchema

from deployments.cluster import ROOT
from deployments.proxy import CALLBACK
from scripts.lib.make_rayservice import SERVICE, with_config
from tests.unit.deploy.schemas import check_object

CLOUD, LAPTOP = ROOT / "serve_config.gpu.yaml", ROOT / "serve_config.yaml"


@pytest.fixture(scope="module")
def objects():
    return list(yaml.safe_load_all(SERVICE.read_text()))


@pytest.fixture(scope="module")
def all_objects():
    """The objects of all manifests."""
    files = sorted((ROOT / "deploy" / "kuberay").glob("*.yaml"))
    return [each for path in files for each in yaml.safe_load_all(path.read_text())]


@pytest.fixture(scope="module")
def cluster(objects):
    return objects[-1]["spec"]["rayClusterConfig"]


def groups(cluster):
    return {each["groupName"]: each for each in cluster["workerGroupSpecs"]}


def test_each_object_is_what_its_kind_takes(all_objects):
    assert len(all_objects) > 10
    for each in all_objects:
        check_object(each)


@pytest.mark.parametrize(
    ("kind", "path", "name"),
    [
        ("RayService", ["spec", "rayClusterConfig", "headGroupSpec"], "rayStartParam"),
        ("RayService", ["spec", "rayClusterConfig", "headGroupSpec", "template", "spec"], "volume"),
        ("Job", ["spec", "template", "spec", "containers", 0], "comand"),
        ("NetworkPolicy", ["spec"], "ingres"),
        ("StatefulSet", ["spec", "template", "spec", "securityContext"], "runAsNoneRoot"),
    ],
)
def test_a_slip_of_the_pen_is_found(all_objects, kind, path, name):
    wrong = copy.deepcopy(next(each for each in all_objects if each["kind"] == kind))
    part = wrong
    for key in path:
        part = part[key]
    part[name] = {}
    with pytest.raises(jsonschema.ValidationError, match=name):
        check_object(wrong)


def test_everything_is_in_one_namespace(all_objects):
    names = {each["metadata"]["name"] for each in all_objects if each["kind"] == "Namespace"}
    for each in all_objects:
        if each["kind"] not in {"Namespace", "PriorityClass"}:
            assert {each["metadata"].get("namespace")} == names, each["metadata"]["name"]


def pods_of(objects):
    """The pod of each template."""
    for each in objects:
        if each["kind"] == "RayService":
            cluster = each["spec"]["rayClusterConfig"]
            yield from (g["template"]["spec"] for g in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]))
        elif "template" in each.get("spec", {}):
            yield each["spec"]["template"]["spec"]


def test_every_pod_is_restricted(all_objects, cluster):
    """What the level "restricted" of Pod Security asks, which the namespace enforces."""
    (namespace,) = (each for each in all_objects if each["kind"] == "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    pods = list(pods_of(all_objects))
    assert len(pods) >= 8
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    contexts = [each["securityContext"] for pod in pods for each in pod["containers"]]
    for context in (*contexts, cluster["autoscalerOptions"]["securityContext"]):
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}


def test_every_pod_of_the_cluster_has_its_identity_and_the_proxys_problems(all_objects, cluster):
    accounts = {each["metadata"]["name"] for each in all_objects if each["kind"] == "ServiceAccount"}
    classes = {each["metadata"]["name"] for each in all_objects if each["kind"] == "PriorityClass"}
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        pod = group["template"]["spec"]
        assert pod["serviceAccountName"] in accounts
        assert pod["priorityClassName"] in classes
        env = {each["name"]: each["value"] for each in pod["containers"][0]["env"]}
        assert env["RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH"] == CALLBACK


def test_the_redis_of_the_cluster_is_the_one_that_is_there(all_objects, cluster):
    (service,) = (each for each in all_objects if each["kind"] == "Service")
    (server,) = (each for each in all_objects if each["kind"] == "StatefulSet")
    meta, (port,) = service["metadata"], service["spec"]["ports"]
    address = f"redis://{meta['name']}.{meta['namespace']}.svc:{port['port']}"
    assert cluster["gcsFaultToleranceOptions"]["redisAddress"] == address
    assert service["spec"]["selector"].items() <= server["spec"]["template"]["metadata"]["labels"].items()
    (container,) = server["spec"]["template"]["spec"]["containers"]
    password = cluster["gcsFaultToleranceOptions"]["redisPassword"]["valueFrom"]
    assert container["env"][0]["valueFrom"] == password


def test_every_selector_of_a_policy_or_a_budget_has_its_pods(all_objects, cluster):
    labels = [g["template"]["metadata"]["labels"] for g in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"])]
    labels += [each["spec"]["template"]["metadata"]["labels"] for each in all_objects if each["kind"] == "StatefulSet"]
    for each in all_objects:
        if each["kind"] in {"NetworkPolicy", "PodDisruptionBudget"}:
            selector = each["spec"].get("podSelector") or each["spec"]["selector"]
            assert any(selector["matchLabels"].items() <= found.items() for found in labels), each["metadata"]["name"]


def test_jobs_run_commands_that_the_image_has(all_objects):
    jobs = [each for each in all_objects if each["kind"] == "Job"]
    assert len(jobs) == 2
    image = next(pods_of([each for each in all_objects if each["kind"] == "RayService"]))["containers"][0]["image"]
    for job in jobs:
        (container,) = job["spec"]["template"]["spec"]["containers"]
        assert container["image"] == image
        assert (ROOT / f"{container['command'][2].replace('.', '/')}.py").exists()


def test_it_serves_the_config_of_the_cloud(objects):
    config = (CLOUD if CLOUD.exists() else LAPTOP).read_text()
    assert SERVICE.read_text() == with_config(SERVICE.read_text(), config), "run ./scripts/make_rayservice"
    answer = yaml.safe_load(objects[-1]["spec"]["serveConfigV2"])
    assert answer == yaml.safe_load(config)
    ServeDeploySchema.model_validate(answer)


def test_the_script_replaces_the_config_alone():
    text = "kind: X\n  serveConfigV2: |\n    old: 1\n"
    result = with_config(text, "new: 2\n\n# why\nlist:\n  - a\n")
    assert result == "kind: X\n  serveConfigV2: |\n    new: 2\n\n    # why\n    list:\n      - a\n"
    assert with_config(result, "new: 2\n\n# why\nlist:\n  - a\n") == result


def test_the_state_outlives_the_head_and_no_replica_lives_there(cluster):
    assert cluster["gcsFaultToleranceOptions"]["redisAddress"]
    assert cluster["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    assert cluster["authOptions"] == {"mode": "token"}
    (head,) = cluster["headGroupSpec"]["template"]["spec"]["containers"]
    # KubeRay refuses the two together
    assert "RAY_REDIS_ADDRESS" not in {each["name"] for each in head.get("env", [])}
    for group in cluster["workerGroupSpecs"]:
        (container,) = group["template"]["spec"]["containers"]
        options = {each["name"]: each["value"] for each in container["env"]}
        assert options["RAY_REDIS_ADDRESS"] == cluster["gcsFaultToleranceOptions"]["redisAddress"]


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


def test_every_mount_has_its_volume(all_objects):
    claims = {each["metadata"]["name"] for each in all_objects if each["kind"] == "PersistentVolumeClaim"}
    for pod in pods_of([each for each in all_objects if each["kind"] != "StatefulSet"]):
        volumes = {each["name"]: each for each in pod.get("volumes", [])}
        for container in pod["containers"]:
            assert {each["name"] for each in container.get("volumeMounts", [])} == set(volumes)
        assert {
            each["persistentVolumeClaim"]["claimName"] for each in volumes.values() if "persistentVolumeClaim" in each
        } <= claims


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
