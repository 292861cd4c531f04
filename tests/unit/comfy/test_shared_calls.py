"""Workflows whose runs share UNet calls get the latents they get alone."""

from dataclasses import replace

import pytest
import torch

from engines.comfy.execute import Executor
from engines.diffusion.evaluate import evaluate
from tests.unit.comfy.flows import base, node, run


class Collected(Exception):
    """The run is built; its workflow ends here."""


def run_of(executor, flow):
    """The run that a workflow's sampler builds."""
    found = []

    def sample(one):
        found.append(one)
        raise Collected

    with pytest.raises(Exception, match="KSampler"):
        run(Executor(replace(executor.context, sample=sample)), flow)
    return found[0]


def flows(family: str, control: bool) -> list[dict]:
    results = []
    for seed, sampler in enumerate(("euler", "dpmpp_2m_sde", "uni_pc")):
        flow = base(f"{family}.safetensors", seed=seed, sampler_name=sampler, steps=2 + seed, cfg=1.0 + seed)
        flow["2"]["inputs"]["text"] = f"house number {seed}"
        if control:
            flow["10"] = node("LoadImage", image="house.png")
            flow["11"] = node("ControlNetLoader", control_net_name=f"{family}-control.safetensors")
            flow["12"] = node("ControlNetApply", conditioning=["2", 0], control_net=["11", 0], image=["10", 0])
            flow["12"]["inputs"]["strength"] = 0.5 + seed / 4
            flow["5"]["inputs"]["positive"] = ["12", 0]
        results.append(flow)
    return results


@pytest.mark.parametrize("control", [False, True])
@pytest.mark.parametrize("family", ["tiny-sd15", "tiny-sdxl"])
def test_shared_calls_give_the_bits_of_calls_alone(executor, family, control):
    result = flows(family, control)
    scale = executor.context.library.checkpoint(f"{family}.safetensors").model.family.latent_scale
    alone = [run(executor, flow)[1][0] for flow in result]
    runs = [run_of(executor, flow) for flow in result]
    while any(not one.done for one in runs):
        requested = [(one, one.rows()) for one in runs if not one.done]
        rows = [row for _, some in requested for row in some]
        assert len({row.key for row in rows}) == 1
        answers = iter(evaluate(rows))
        for one, some in requested:
            one.feed([next(answers) for _ in some])
    for one, expected in zip(runs, alone, strict=True):
        assert torch.equal(one.result / scale, expected)
