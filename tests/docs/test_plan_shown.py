"""What docs/how-to/deploy.md says of cards is what the code computes and prints."""

import re

import pytest

from deployments.capacity import lacking
from deployments.cluster import ROOT, read_config
from graphs.capacity.needs import CONTEXT_GIB, SLACK
from graphs.capacity.plan import plan, wanted_by
from graphs.common.profiles import profile_names, profile_of

PAGE = (ROOT / "docs" / "how-to" / "deploy.md").read_text()
CARD = "ray.io/accelerator-type"


def wanted_of(profile):
    config = read_config(ROOT / "serve_config.gpu.yaml")
    for app in config["applications"]:
        if "profile" in app["args"]:
            app["args"]["profile"] = profile
    return wanted_by(config)


def rows_beginning_with(name):
    return [line for line in PAGE.splitlines() if line.startswith(f"| `{name}` | ")]


@pytest.mark.parametrize("name", profile_names())
def test_the_table_of_needs(name):
    expected = [
        f"| `{name}` | {profile_of(name).card} | `{each.deployment}` | {each.least}-{each.most} | "
        f"{each.need.weights:.1f} | {each.need.work:.1f} | {each.need.gib:.1f} | {each.gib:.1f} | {each.share:g} |"
        for each in wanted_of(name)
    ]
    assert rows_beginning_with(name)[: len(expected)] == expected


@pytest.mark.parametrize("name", profile_names())
def test_what_the_profiles_assume(name):
    profile = profile_of(name)
    assumed, rows = profile.assumes, profile.apps["style"]["diffusion"]["batch_rows"]
    assert (assumed.family, assumed.controlnet, assumed.films) == ("sd15", True, True)
    *_, pictures, windows, framepack = (each.strip() for each in rows_beginning_with(name)[-1].strip("|").split("|"))
    assert re.findall(r"\d+", pictures) == [str(assumed.side), str(rows // 2)]
    assert re.findall(r"\d+", windows) == [str(assumed.inpaint_side)]
    assert f"`{profile.apps['framepack']['engine']['memory']}`" in framepack
    assert ("forward" in framepack) is assumed.f1


def test_numbers_in_its_words():
    assert f"(weights + work) × {SLACK:g} + {CONTEXT_GIB:g}." in PAGE
    sizes = [f"{profile_of(name).card_gib:g}" for name in profile_names()]
    assert f"{', '.join(sizes[:-1])} and {sizes[-1]} GiB" in PAGE


def test_where_five_artists_lie():
    wanted = wanted_of("gpu24")
    diffuser = next(each for each in wanted if each.deployment == "style/Diffuser")
    assert [len(card.replicas) for card in plan([diffuser], ["alone"], most=True).cards] == [5]
    loaded = plan(wanted, [""] * 4, most=True).cards
    counts = [[replica.deployment for replica in card.replicas].count(diffuser.deployment) for card in loaded]
    assert sorted(counts) == [0, 0, 1, 4]


def test_what_is_said_where_there_is_no_room():
    (block,) = re.findall(r"^```text\n(style/Diffuser: .*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    node = {"NodeID": "n", "Alive": True, "Resources": {"CPU": 8.0, "GPU": 1.0}, "Labels": {CARD: "H100"}}

    def line(**options):
        fields = {"ray_actor_options": {"num_cpus": 0.02, **options}}
        replicas = [{"state": "RUNNING", "node_id": "n"}, {"state": "STARTING", "node_id": None}]
        deployment = {"deployment_config": fields, "replicas": replicas}
        return lacking({"style": {"deployments": {"Diffuser": deployment}}}, [node])

    assert block.splitlines() == line(num_gpus=0.6) + line(label_selector={CARD: "L4"})
