"""compose.yaml: the specification's words, settings that exist, files that are there, and a store that it reaches."""

import base64
import json
import os
import re
import shutil
import stat
import subprocess

import jsonschema
import pytest
import yaml

from deployments.cluster import ROOT
from foundation.blobs import BlobStore
from foundation.errors import NotFound, StoreUnavailable
from foundation.settings import Settings
from scripts.lib.make_secrets import Place, contents, write
from tests.support.object_store import object_store
from tests.support.web import served
from tests.unit.deploy.schemas import COMPOSE

DEPLOY = ROOT / "deploy"
GUIDE = ROOT / "docs" / "how-to" / "deploy.md"
# read by the object store's client
CLIENTS = {"AWS_ENDPOINT_URL", "AWS_ALLOW_HTTP", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def names_in(text):
    return re.findall(r"^#?(\w+)=", text, re.MULTILINE)


def test_it_is_what_compose_takes(compose):
    COMPOSE.validate(compose)
    with pytest.raises(jsonschema.ValidationError, match="enviroment"):
        COMPOSE.validate(compose | {"services": {"x": {"image": "y", "enviroment": {}}}})


def test_the_overlay_for_a_card_adds_the_card_and_its_config(compose):
    overlay = yaml.safe_load((DEPLOY / "compose.gpu.yaml").read_text())
    COMPOSE.validate(overlay)
    assert set(overlay["services"]) == {"koma"}
    (device,) = overlay["services"]["koma"]["deploy"]["resources"]["reservations"]["devices"]
    assert device["capabilities"] == ["gpu"]
    (command,) = re.findall(r"^CMD (\[.*\])$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    config = "serve_config.gpu1.yaml"
    assert [each for each in overlay["services"]["koma"]["command"] if each != config] == json.loads(command)
    assert config in overlay["services"]["koma"]["command"]
    assert (ROOT / config).exists()


def test_all_that_the_issue_names_is_there(compose):
    assert set(compose["services"]) == {"koma", "postgres", "redis", "garage", "prometheus", "grafana"}


def test_the_house_is_told_by_settings_that_exist(compose):
    entries = set(compose["services"]["koma"]["environment"])
    assert entries - CLIENTS <= {name.upper() for name in Settings.model_fields}
    assert {"API_KEYS", "SECRET_KEY", "DATABASE_URL", "REDIS_URL", "BLOB_URL"} <= entries


def test_every_secret_is_wanted_from_the_file_and_none_is_written_down(compose):
    options = {}
    for name, mark, _ in VARIABLE.findall((DEPLOY / "compose.yaml").read_text()):
        options.setdefault(name, set()).add(mark)
    example = (DEPLOY / ".env.example").read_text()
    needed = {name for name, marks in options.items() if marks == {"?"}}
    assert needed == set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    assert set(options) == set(names_in(example))
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|KEY|AUTH", name):
                assert VARIABLE.search(value), name


def test_every_mounted_file_is_there_and_every_volume_is_named(compose):
    lacking = []
    for name, service in compose["services"].items():
        for mount in service.get("volumes", []):
            source = VARIABLE.sub(lambda match: match[3], mount).partition(":")[0]
            if source.startswith("."):
                if not (DEPLOY / source).exists():
                    lacking.append(f"{name}: {source}")
            else:
                assert source in compose["volumes"], mount
    assert lacking == []


def test_prometheus_finds_the_house_where_it_tells_its_numbers(compose):
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    (wanted,) = config["scrape_configs"][0]["file_sd_configs"][0]["files"]
    mounts = dict(mount.split(":")[1::-1] for mount in compose["services"]["prometheus"]["volumes"])
    (group,) = json.loads((DEPLOY / mounts[wanted]).read_text())
    host, port = group["targets"][0].split(":")
    assert host in compose["services"]
    assert f'"--metrics-port", "{port}"' in (DEPLOY / "Dockerfile").read_text()
    for name in config.get("rule_files", []):
        assert (DEPLOY / mounts["/etc/prometheus"] / name).exists()


def test_who_needs_another_waits_until_it_is_well(compose):
    services = compose["services"]
    dependencies = services["koma"]["depends_on"]
    assert dependencies == {name: {"condition": "service_healthy"} for name in ("postgres", "redis", "garage")}
    for name, service in services.items():
        # the image of Koma brings its own
        assert "healthcheck" in service or name == "koma"
        assert set(service.get("depends_on", {})) <= set(services)


def test_only_loopback_is_published_and_no_image_is_the_latest(compose):
    for service in compose["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        assert re.search(r":[\w.]*\d[\w.-]*$", service["image"]), service["image"]


def test_secrets_are_made_once_for_the_owner_alone_and_are_good_settings(tmp_path):
    for name in (".env.example", "cloud.env.example"):
        (tmp_path / name).write_text((DEPLOY / name).read_text())
    for place in Place:
        files = contents(place, tmp_path)
        write(files)
        for path in files:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert "<hex" not in "".join(line for line in path.read_text().splitlines() if not line.startswith("#"))
        with pytest.raises(FileExistsError):
            write(contents(place, tmp_path))
    answer = Settings(_env_file=tmp_path / ".env")
    assert len(answer.api_keys) == 1
    assert len(answer.secret_key.get_secret_value()) == 64
    cloud = dict(
        line.split("=", 1) for line in (tmp_path / "secrets" / "env").read_text().splitlines() if line[:1] not in "#"
    )
    known = {name.upper() for name in Settings.model_fields} | {"RAY_REDIS_PASSWORD", "RAY_external_storage_namespace"}
    assert set(cloud) <= known
    assert {"DATABASE_URL", "REDIS_URL", "BLOB_URL", "RAY_REDIS_ADDRESS", "API_KEYS", "SECRET_KEY"} <= set(cloud)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is needed")
def test_kubernetes_takes_the_same_file_as_it_is_written(tmp_path):
    (tmp_path / "cloud.env.example").write_text((DEPLOY / "cloud.env.example").read_text())
    files = contents(Place.CLOUD, tmp_path)
    write(files)
    (text,) = re.findall(r"^(kubectl .*create secret generic koma-env .*)$", GUIDE.read_text(), re.MULTILINE)
    command = text.replace("deploy/secrets", str(tmp_path / "secrets")) + " --dry-run=client -o json"
    process = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    data = {name: base64.b64decode(value).decode() for name, value in json.loads(process.stdout)["data"].items()}
    assert len(json.loads(data["API_KEYS"])) == 1
    assert data["DATABASE_URL"].startswith("postgresql://")


def test_the_shown_secret_of_redis_is_the_written_file_and_not_empty(tmp_path):
    (tmp_path / "cloud.env.example").write_text((DEPLOY / "cloud.env.example").read_text())
    write(contents(Place.CLOUD, tmp_path))
    (text,) = re.findall(r"^kubectl .*generic koma-redis --from-file=password=deploy/(\S+)$", GUIDE.read_text(), re.M)
    password = (tmp_path / text).read_text()
    assert len(password) == 48
    assert f"RAY_REDIS_PASSWORD={password}\n" in (tmp_path / "secrets" / "env").read_text()


def test_backup_and_restore_name_services_and_volumes_that_are_there(compose):
    text = GUIDE.read_text()
    named = re.findall(r"^docker compose -f deploy/compose.yaml (?:exec -T|stop|start) (\w+)", text, re.MULTILINE)
    assert set(named) == {"postgres", "koma"}
    assert set(named) <= set(compose["services"])
    (service, path) = re.search(r"compose.yaml cp (\w+):(\S+)", text).groups()
    assert any(mount.endswith(f":{path}") for mount in compose["services"][service]["volumes"])
    user, database = (compose["services"]["postgres"]["environment"][name] for name in ("POSTGRES_USER", "POSTGRES_DB"))
    assert f"pg_dump -U {user} -Fc {database} " in text
    assert f"pg_restore -U {user} -d {database} " in text


def test_a_secret_is_never_replaced_by_the_command(tmp_path):
    (tmp_path / ".env.example").write_text("SECRET_KEY=<hex 32>\n")
    command = ["./scripts/make_secrets", "--deploy", str(tmp_path)]
    first, second = (subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False) for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 1)
    assert "delete it to have new secrets" in second.stderr
    assert (tmp_path / ".env").read_text() not in first.stdout


def test_deploying_without_secrets_says_how_to_make_them(tmp_path):
    (tmp_path / "scripts" / "lib").mkdir(parents=True)
    for name in ("deploy", "lib/help.sh"):
        (tmp_path / "scripts" / name).write_text((ROOT / "scripts" / name).read_text())
    (tmp_path / "cluster.yaml").write_text((ROOT / "cluster.yaml").read_text())

    def deploy():
        return subprocess.run(["bash", "scripts/deploy"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "./scripts/make_secrets cloud" in deploy().stderr
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "cloud.env.example").write_text((DEPLOY / "cloud.env.example").read_text())
    write(contents(Place.CLOUD, tmp_path / "deploy"))
    assert "names no servers of yours" in deploy().stderr
    env = tmp_path / "deploy" / "secrets" / "env"
    env.write_text(env.read_text().replace("HOST", "db").replace("BUCKET", "b").replace("PASSWORD", "x"))
    assert "cluster.yaml names no project of yours" in deploy().stderr


async def test_the_store_is_reached_by_what_compose_tells(compose, monkeypatch):
    answer = compose["services"]["koma"]["environment"]
    app = object_store("koma", "GKtest")
    with served(app) as url:
        # as compose itself would fill it in
        own = {"AWS_ACCESS_KEY_ID": "GKtest", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_ENDPOINT_URL": url}
        for name in CLIENTS:
            monkeypatch.setenv(name, own.get(name, answer[name]))
        store = BlobStore(answer["BLOB_URL"])
        await store.check()
        assert app.state.objects == {}
        key = await store.put("public/job", "page.png", b"a page")
        assert app.state.objects == {key: b"a page"}
        assert await store.get(key) == b"a page"
        assert await store.part(key, 2, 6) == b"page"
        assert await store.delete_folder("public/job") == 1
        with pytest.raises(NotFound):
            await store.get(key)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "GKother")
        with pytest.raises(StoreUnavailable):
            await BlobStore(answer["BLOB_URL"]).check()
    assert "AWS_ENDPOINT_URL" in os.environ
