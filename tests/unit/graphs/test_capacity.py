"""Profiles, needs and plans: every share is as large as what it must hold."""

import json

import pytest
from typer.testing import CliRunner

from deployments.cluster import ROOT, read_config
from deployments.diffuser import DiffuserArgs
from deployments.framepack import FramePackArgs
from deployments.inpaint import InpainterArgs
from foundation.errors import Misconfigured
from graphs.capacity.memory import weights_gib
from graphs.capacity.needs import Need, of_diffuser, of_framepack, of_inpainter
from graphs.capacity.plan import plan, wanted_by
from graphs.common.profiles import Assumed, merged, profile_names, profile_of
from graphs.framepack.app import FramePackAppArgs
from graphs.style.app import StyleArgs
from scripts.lib.plan import main

CONFIG = ROOT / "serve_config.gpu.yaml"


def with_profile(name):
    config = read_config(CONFIG)
    for app in config["applications"]:
        if "profile" in app["args"]:
            app["args"]["profile"] = name
    return config


def invoked(*args):
    import typer

    app = typer.Typer()
    app.command()(main)
    return CliRunner().invoke(app, [str(arg) for arg in args], env={"COLUMNS": "100"})


def test_there_is_a_profile_for_each_size_of_card():
    assert profile_names() == ["gpu24", "gpu80", "gpu141"]


@pytest.mark.parametrize("name", ["gpu24", "gpu80", "gpu141"])
def test_every_replica_has_what_it_needs(name):
    wanted = wanted_by(with_profile(name))
    assert [each.deployment for each in wanted] == ["inpaint/Inpainter", "style/Diffuser", "framepack/FramePack"]
    for each in wanted:
        assert each.need.gib <= each.gib, each
        # and not much more: what is not needed is taken from others
        assert each.need.gib > 0.8 * each.gib, each


def test_five_artists_share_one_card_of_24_gb():
    (diffuser,) = [each for each in wanted_by(with_profile("gpu24")) if each.deployment == "style/Diffuser"]
    assert (diffuser.most, diffuser.share) == (5, 0.2)
    assert not plan([diffuser], ["card"], most=True).left


def test_all_of_the_house_lives_on_one_card_of_141_gb():
    whole = plan(wanted_by(with_profile("gpu141")), ["card", "second"], most=True)
    names = [replica.deployment for replica in whole.cards[0].replicas]
    assert {name: names.count(name) for name in names} == {
        "style/Diffuser": 5,
        "inpaint/Inpainter": 1,
        "framepack/FramePack": 1,
    }


def test_needs_follow_what_a_replica_is_told():
    assumed = Assumed()
    one, two = (of_diffuser(DiffuserArgs(half=True, loaded_models=n, batch_rows=4), assumed) for n in (1, 2))
    assert two.weights - one.weights == pytest.approx(sum(weights_gib(f"sd15.{p}") for p in ("unet", "vae", "clip")))
    rows = of_diffuser(DiffuserArgs(half=True, loaded_models=1, batch_rows=16), assumed)
    assert rows.work > one.work
    full = of_diffuser(DiffuserArgs(half=False, loaded_models=1, batch_rows=4), assumed)
    assert full.weights == 2 * one.weights
    assert of_diffuser(DiffuserArgs(half=True), Assumed(family="sdxl", side=1024)).gib > two.gib
    assert Need(weights=1, work=1).gib == pytest.approx(2.7)


def test_text_removal_counts_all_models_that_it_may_keep():
    one, exact, many = (
        of_inpainter(InpainterArgs.model_validate(message), Assumed())
        for message in ({"memory_budget_mib": 1}, {"memory_budget_mib": 1, "precision": "fp32"}, {})
    )
    assert exact.weights == weights_gib("lama.generator")
    assert one.weights == 1.5 * exact.weights
    assert many.weights == 4


def test_memory_modes_of_framepack():
    args = {"device": "cuda", "half": True}
    resident, lean, offload = (
        of_framepack(FramePackArgs(**args, memory=mode), Assumed()).gib for mode in ("resident", "lean", "offload")
    )
    assert resident > lean > offload
    assert of_framepack(FramePackArgs(**args, memory="lean", fp8=True), Assumed()).gib < lean
    assert of_framepack(FramePackArgs(**args, memory="offload", rows=2), Assumed()).gib < offload
    assert of_framepack(FramePackArgs(device="cuda"), Assumed()).weights > 70
    assert of_framepack(FramePackArgs(**args), Assumed(f1=True)).weights > 60
    assert of_framepack(FramePackArgs(**args), Assumed(films=False)).gib < resident


def test_an_application_by_another_name_is_planned_too():
    config = with_profile("gpu24")
    next(app for app in config["applications"] if app["name"] == "style")["name"] = "painters"
    assert [each.deployment for each in wanted_by(config)][1] == "painters/Diffuser"


def test_args_of_the_config_go_before_those_of_the_profile():
    args = StyleArgs.model_validate({"profile": "gpu24", "diffuser": {"num_gpus": 0.5}, "threads": 2})
    assert (args.diffuser.num_gpus, args.diffusion.device, args.threads) == (0.5, "cuda", 2)
    assert args.diffuser.placement.label_selector
    assert FramePackAppArgs.model_validate({"profile": "gpu24"}).engine.memory == "offload"
    assert merged({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}, "d": 4}) == {"a": {"b": 3, "c": 2}, "d": 4}


@pytest.mark.parametrize("name", ["gpu9", "../profiles/gpu24", ""])
def test_an_unknown_profile_is_named(name):
    with pytest.raises(Misconfigured, match=r"profiles are gpu141, gpu24, gpu80"):
        profile_of(name)


def test_a_share_without_a_profile_cannot_be_planned():
    app = {"name": "style", "import_path": "graphs.style:build", "args": {"diffuser": {"num_gpus": 0.5}}}
    with pytest.raises(Misconfigured, match="set profile"):
        wanted_by({"applications": [app]})


@pytest.mark.parametrize("name", ["gpu24", "gpu80", "gpu141"])
def test_the_plan_is_shown(name):
    result = invoked("--profile", name)
    assert result.exit_code == 0, result.output
    assert "framepack/FramePack" in result.output
    assert "under full load" in result.output


def test_a_profile_that_cannot_fit_is_refused(tmp_path):
    config = tmp_path / "tight.yaml"
    config.write_text(CONFIG.read_text().replace("profile: gpu80", "profile: gpu24"))
    narrow = config.read_text().replace("diffuser:\n", "diffuser:\n        num_gpus: 0.1\n", 1)
    config.write_text(narrow)
    result = invoked(config, "--json")
    assert result.exit_code == 1
    (fault,) = json.loads(result.output)["faults"]
    assert fault.startswith("style/Diffuser: a replica needs 4.1 GiB and has 2.2: num_gpus must be 0.19 or more")


def test_too_few_cards_are_refused(tmp_path):
    config = tmp_path / "many.yaml"
    config.write_text(CONFIG.read_text().replace("min_replicas: 0", "min_replicas: 2"))
    result = invoked(config, "--cards", 1)
    assert result.exit_code == 1
    assert "framepack/FramePack: there is no room for it on 1 card, even at rest" in result.output
    assert invoked(config, "--cards", 2).exit_code == 0


def test_a_rare_model_that_would_never_find_room_is_refused():
    result = invoked("--profile", "gpu24", "--cards", 1)
    assert result.exit_code == 1
    assert "framepack/FramePack: it comes with its first call, and there is no room for it on 1 card" in result.output
    assert invoked("--profile", "gpu24", "--cards", 2).exit_code == 0


def test_a_config_without_a_profile_has_no_plan():
    result = invoked(ROOT / "serve_config.yaml")
    assert result.exit_code == 1
    assert "names no profile" in result.output
