"""cluster.yaml by Ray's own schema and preparation, and what its commands do in a real shell."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml
from ray.autoscaler._private.util import prepare_config, validate_config
from ray.scripts.scripts import start

from deployments.cluster import ROOT
from deployments.proxy import CALLBACK
from foundation.settings import Settings
from scripts.lib.doctor.machine import is_too_old

CARDS = {"gpu24", "gpu80", "gpu141"}


@pytest.fixture(scope="module")
def written():
    return yaml.safe_load((ROOT / "cluster.yaml").read_text())


@pytest.fixture(scope="module")
def cluster(written):
    return prepare_config(written)


def start_line(commands):
    return next(line for line in commands if "ray start" in line)


def test_it_is_what_the_launcher_takes(cluster):
    validate_config(cluster)
    with pytest.raises(Exception, match="Additional properties"):
        validate_config(cluster | {"max_worker": 3})


def test_no_replica_can_live_on_the_head(cluster):
    head = cluster["available_node_types"][cluster["head_node_type"]]
    assert head["resources"] == {"CPU": 0}
    assert "--num-cpus=0" in start_line(cluster["head_start_ray_commands"])


def test_each_size_of_card_can_come_and_go_and_is_known_by_its_labels_before(cluster):
    types = cluster["available_node_types"]
    with_cards = {name: message for name, message in types.items() if message["resources"].get("GPU")}
    assert {message["labels"]["koma.io/card"] for message in with_cards.values()} == CARDS
    assert all("ray.io/accelerator-type" in message["labels"] for message in with_cards.values())
    assert all(message["min_workers"] == 0 for message in with_cards.values())
    assert types["cpu"]["min_workers"] >= 2
    assert cluster["max_workers"] >= types["cpu"]["max_workers"]
    # a machine with a card cannot be moved while it runs
    assert all(
        message["node_config"]["scheduling"]["onHostMaintenance"] == "TERMINATE" for message in with_cards.values()
    )


def test_labels_that_the_profiles_ask_for_are_those_of_node_types(cluster):
    offered = {
        each for message in cluster["available_node_types"].values() for each in message.get("labels", {}).items()
    }
    text = [
        (path.name, name, value)
        for path in (ROOT / "assets" / "profiles").glob("*.yaml")
        for name, value in _label_values(yaml.safe_load(path.read_text()))
    ]
    lacking = [each for each in text if not any((each[1], one) in offered for one in _choices(each[2]))]
    assert lacking == []


def _label_values(node):
    if isinstance(node, dict):
        for name, value in node.items():
            if isinstance(value, str) and name.startswith(("ray.io/", "koma.io/")):
                yield name, value
            else:
                yield from _label_values(value)
    elif isinstance(node, list):
        for each in node:
            yield from _label_values(each)


def _choices(value):
    return value.removeprefix("in(").removesuffix(")").split(",") if value.startswith("in(") else [value]


def test_ray_start_knows_every_option(cluster):
    known = {option for parameter in start.params for option in parameter.opts}
    for commands in (cluster["head_start_ray_commands"], cluster["worker_start_ray_commands"]):
        used = {word.partition("=")[0] for word in start_line(commands).split() if word.startswith("--")}
        assert used
        assert used <= known


def test_what_secrets_tell_reaches_ray_as_it_is_written(cluster, tmp_path):
    """The line of the worker in a real shell, with a stand-in for ray and for the folder of the image."""
    secrets = tmp_path / "home" / "secrets"
    secrets.mkdir(parents=True)
    (secrets / "env").write_text(
        '# a comment\nAPI_KEYS=["a-key-of-sixteen", "b"]\n\nDATABASE_URL=postgresql://u:p$x\'y@h/d?a=b c\n'
    )
    ray = tmp_path / "ray"
    ray.write_text("#!/bin/sh\nenv -0 > told\n")
    ray.chmod(0o755)
    line = start_line(cluster["worker_start_ray_commands"]).replace("cd /koma", f"cd {tmp_path}")
    environment = {"HOME": str(tmp_path / "home"), "PATH": f"{tmp_path}:/usr/bin:/bin"}
    subprocess.run(["bash", "-c", line], env=environment, check=True)
    options = dict(line.split("=", 1) for line in (tmp_path / "told").read_text().split("\0") if line)
    assert options["DATABASE_URL"] == "postgresql://u:p$x'y@h/d?a=b c"
    assert json.loads(options["API_KEYS"]) == ["a-key-of-sixteen", "b"]


def test_cpu_replicas_see_no_card_and_strangers_run_no_code(cluster):
    options = cluster["docker"]["run_options"]
    fields = dict(option.removeprefix("-e ").split("=", 1) for option in options if option.startswith("-e "))
    assert fields["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] == "1"
    assert fields["RAY_SERVE_USE_PACK_SCHEDULING_STRATEGY"] == "1"
    assert fields["RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH"] == CALLBACK
    assert fields["RAY_AUTH_MODE"] == "token"
    assert Path(fields["RAY_AUTH_TOKEN_PATH"]).parent.as_posix() in cluster["file_mounts"]
    assert fields["RAY_enable_autoscaler_v2"] == "1"


def test_every_worker_has_an_identity_that_reaches_bucket_and_registry(cluster):
    for name, node in cluster["available_node_types"].items():
        accounts = node["node_config"].get("serviceAccounts")
        # the launcher gives its own one to the head, and to nobody else
        assert (accounts is None) == (name == cluster["head_node_type"]), name
        assert all("cloud-platform" in account["scopes"][0] for account in accounts or [])
    registry = cluster["docker"]["image"].partition("/")[0]
    assert any(f"configure-docker {registry}" in line for line in cluster["initialization_commands"])


def test_the_driver_of_the_nodes_fits_the_cuda_of_the_image(cluster):
    """torch 2.13 of the default index is built for CUDA 13."""
    for name, node in cluster["available_node_types"].items():
        if node["resources"].get("GPU"):
            image = node["node_config"]["disks"][0]["initializeParams"]["sourceImage"]
            assert not is_too_old(image.rpartition("nvidia-")[2], "13.0"), name


def test_no_secret_is_written_down(written):
    text = (ROOT / "cluster.yaml").read_text()
    for name, field in Settings.model_fields.items():
        if "SecretStr" in str(field.annotation):
            assert name.upper() not in text
    assert "deploy/secrets" in (ROOT / ".gitignore").read_text()
    assert written["file_mounts"] == {"/home/koma/secrets": "deploy/secrets"}


def test_node_configs_are_those_of_compute_engine(cluster):
    """By Google's own description of an instance, which comes with the client that the launcher needs."""
    pytest.importorskip("googleapiclient", reason="pip install -r deploy/requirements-launcher.lock")
    from googleapiclient.discovery_cache import documents
    from ray.autoscaler._private.gcp.config import GCPNodeType, get_node_type

    schemas = json.loads((Path(documents.__path__[0]) / "compute.v1.json").read_text())["schemas"]
    for message in cluster["available_node_types"].values():
        assert get_node_type(message["node_config"]) is GCPNodeType.COMPUTE
        _check(message["node_config"], {"$ref": "Instance"}, schemas)


def _check(value, schema, schemas):
    schema = schemas[schema["$ref"]] if "$ref" in schema else schema
    if isinstance(value, dict):
        for name, each in value.items():
            assert name in schema["properties"], name
            _check(each, schema["properties"][name], schemas)
    elif isinstance(value, list):
        for each in value:
            _check(each, schema["items"], schemas)
    else:
        assert value in schema.get("enum", [value]), value
