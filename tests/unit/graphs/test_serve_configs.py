"""Both Serve configs: Serve's schema takes them, the builders take their args, names are those of the graphs."""

import inspect
from importlib import import_module

import pytest
from ray.serve.schema import ServeDeploySchema

from deployments.cluster import ROOT, read_config
from foundation.errors import Misconfigured
from foundation.settings import get_settings
from graphs.capacity.plan import plan, wanted_by

CONFIGS = ["serve_config.yaml", "serve_config.gpu1.yaml", "serve_config.gpu.yaml"]
SAFE = {
    "RAY_REDIS_ADDRESS": "redis:6379",
    "API_KEYS": '["a-key-of-more-than-24-characters"]',
    "DATABASE_URL": "postgresql://db/koma",
}


def built(app):
    """The names of all deployments of an application."""
    return {deployment.name for deployment in deployments_of(app)}


def deployments_of(app):
    """Serve's own walk over the bound graph."""
    from ray.serve._private.build_app import build_app

    build = getattr(import_module(app["import_path"].partition(":")[0]), app["import_path"].partition(":")[2])
    (parameter,) = inspect.signature(build).parameters.values()
    return build_app(build(parameter.annotation.model_validate(app["args"])), name="x").deployments


def reserved(config):
    """The CPUs of each replica that always runs."""
    deployments = [each for app in config["applications"] for each in deployments_of(app)]
    return [each.ray_actor_options["num_cpus"] for each in deployments for _ in range(replicas_of(each))]


def replicas_of(deployment):
    scaling = deployment._deployment_config.autoscaling_config
    return scaling.min_replicas if scaling else deployment.num_replicas


def refs_in(value):
    """All ``application/Deployment`` in args."""
    if isinstance(value, dict):
        return {value["ref"]} if "ref" in value else {ref for each in value.values() for ref in refs_in(each)}
    return set()


def defaults_of(app):
    """The args with what the builder adds to them."""
    build = import_module(app["import_path"].partition(":")[0]).build
    (parameter,) = inspect.signature(build).parameters.values()
    return parameter.annotation.model_validate(app["args"]).model_dump()


def unknown_names(config):
    """What a config names, in ``deployments`` or as a reference, that no application has."""
    known = {app["name"]: built(app) for app in config["applications"]}
    wanted = {ref for app in config["applications"] for ref in refs_in(defaults_of(app)) if ref}
    wanted |= {f"{app['name']}/{each['name']}" for app in config["applications"] for each in app.get("deployments", [])}
    return sorted(ref for ref in wanted if ref.partition("/")[2] not in known.get(ref.partition("/")[0], set()))


@pytest.fixture(autouse=True)
def _safe(monkeypatch):
    for name, value in SAFE.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.mark.parametrize("name", CONFIGS)
def test_serve_takes_the_config(name):
    schema = ServeDeploySchema.model_validate(read_config(ROOT / name))
    assert [app.name for app in schema.applications][-1] == "studio"


@pytest.mark.parametrize("name", CONFIGS)
def test_it_names_only_what_the_graphs_have(name):
    assert unknown_names(read_config(ROOT / name)) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda config: config["applications"].append(
            config["applications"].pop() | {"deployments": [{"name": "Ingres", "max_ongoing_requests": 5}]}
        ),
        lambda config: next(a for a in config["applications"] if a["name"] == "manga")["args"].update(
            diffuser={"ref": "style/Difuser"}
        ),
    ],
    ids=["deployments", "ref"],
)
@pytest.mark.parametrize("name", CONFIGS)
def test_a_changed_name_is_found(name, change):
    config = read_config(ROOT / name)
    change(config)
    assert unknown_names(config) in (["studio/Ingres"], ["style/Difuser"])


def test_one_machine_with_one_card_needs_no_servers(monkeypatch):
    for name in SAFE:
        monkeypatch.delenv(name)
    get_settings.cache_clear()
    for app in read_config(ROOT / "serve_config.gpu1.yaml")["applications"]:
        assert built(app)


def test_one_card_holds_all_that_asks_for_one():
    wanted = wanted_by(read_config(ROOT / "serve_config.gpu1.yaml"))
    assert {each.deployment for each in wanted} == {"inpaint/Inpainter", "style/Diffuser"}
    assert all(each.fits for each in wanted)
    assert plan(wanted, ["card"], most=True).left == []


@pytest.mark.parametrize("missing", SAFE)
def test_a_cloud_that_is_not_ready_is_refused_by_every_application(monkeypatch, missing):
    monkeypatch.delenv(missing)
    get_settings.cache_clear()
    for app in read_config(ROOT / "serve_config.gpu.yaml")["applications"]:
        with pytest.raises(Misconfigured, match=missing):
            built(app)


def test_limits_are_finite_in_the_cloud():
    for app in read_config(ROOT / "serve_config.gpu.yaml")["applications"]:
        for name, slot in defaults_of(app).items():
            if isinstance(slot, dict) and slot.get("ref") is None and "max_queued_requests" in slot and name != "gate":
                assert 0 < slot["max_queued_requests"] <= 256, (app["name"], name)


@pytest.mark.parametrize("project", [None, "my-project"])
def test_everything_on_one_machine_fits_one_cpu(monkeypatch, project):
    if project:
        monkeypatch.setenv("VERTEX_PROJECT", project)
    else:
        monkeypatch.delenv("VERTEX_PROJECT", raising=False)
    get_settings.cache_clear()
    cpus = reserved(read_config(ROOT / "serve_config.yaml"))
    assert len(cpus) >= (33 if project else 25)
    assert sum(cpus) < 1


@pytest.mark.parametrize("name", CONFIGS)
def test_no_replica_has_room_on_a_head_without_cpus(name):
    assert min(reserved(read_config(ROOT / name))) > 0
