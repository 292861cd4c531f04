"""Order, cache, events, stopping and failures."""

import json
import pickle
from dataclasses import replace

import pytest
import torch
from PIL import Image

from engines.batching.step_batcher import Stopped
from engines.comfy.cache import Entry, NodeCache
from engines.comfy.errors import NodeRefused, PromptRefused
from engines.comfy.events import Cached, Executed, Executing, Progress
from engines.comfy.execute import ExecutionHooks, Executor
from engines.comfy.outputs import FolderOutputs, MemoryOutputs
from engines.comfy.values import Latent
from engines.diffusion.run import solo
from foundation.errors import Overloaded
from tests.unit.comfy.flows import base, from_picture, node, run


def heard(executor, flow, outputs=None) -> list:
    events = []
    executor.run(flow, ExecutionHooks(on_event=events.append), outputs)
    return events


def executed(events) -> list[str]:
    return [event.node for event in events if isinstance(event, Executing)]


def test_events_in_order(executor):
    events = heard(executor, base(steps=3))
    assert isinstance(events[0], Cached)
    assert events[0].nodes == ()
    order = executed(events)
    assert sorted(order) == list("12345678")
    assert all(order.index(a) < order.index(b) for a, b in ("12", "13", "15", "25", "35", "45", "56", "67", "58"))
    steps = [(event.node, event.value, event.maximum) for event in events if isinstance(event, Progress)]
    assert steps == [("5", 1, 3), ("5", 2, 3), ("5", 3, 3)]
    assert [event.node for event in events if isinstance(event, Executed)] == ["7", "8"]


def test_a_preview_is_a_picture(executor):
    events = heard(executor, base())
    preview = next(event.preview for event in events if isinstance(event, Progress))
    assert isinstance(preview(), Image.Image)
    assert preview().size == (512, 512)


def test_only_what_changed_runs_again(executor):
    heard(executor, base())
    changed = base()
    changed["3"]["inputs"]["text"] = "dark"
    # the outputs' files are shown again where they did not change
    assert executed(heard(executor, changed)) == ["3", "5", "6", "7", "8"]
    assert executed(heard(executor, base())) == []
    changed["7"]["inputs"]["filename_prefix"] = "other"
    assert executed(heard(executor, changed)) == ["7"]


def test_a_new_picture_under_an_old_name_is_seen(executor, inputs):
    picture = inputs / "changing.png"
    Image.new("RGB", (64, 64), "red").save(picture)
    flow = from_picture(base(), "changing.png")
    heard(executor, flow)
    assert executed(heard(executor, flow)) == []
    Image.new("RGB", (64, 64), "blue").save(picture)
    assert executed(heard(executor, flow)) == ["10", "4", "5", "6", "7", "8"]


def test_outputs_of_ones_own_are_always_made(executor):
    first, second = MemoryOutputs(), MemoryOutputs()
    heard(executor, base(), first)
    events = heard(executor, base(), second)
    assert executed(events) == ["7", "8"]
    assert first.files == second.files


def test_the_cache_holds_no_weights(executor):
    heard(executor, base())
    entries = executor.cache._entries.values()
    assert [entry for entry in entries if entry.values is None]
    from engines.diffusion.weights.models import DiffusionModel, TextEncoders

    assert not [v for entry in entries for v in entry.values or () if isinstance(v, DiffusionModel | TextEncoders)]


def test_the_cache_forgets_the_oldest(executor):
    executor.cache.room = 3
    heard(executor, base())
    assert len(executor.cache._entries) == 3
    changed = base()
    changed["3"]["inputs"]["text"] = "dark"
    assert "2" in executed(heard(executor, changed))


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_stops_between_steps(executor, after):
    steps = []

    def on_event(event):
        if isinstance(event, Progress):
            steps.append(event.value)

    with pytest.raises(Stopped):
        executor.run(base(steps=9), ExecutionHooks(on_event, lambda: len(steps) >= after))
    assert len(steps) == after


def test_a_failure_names_node_class_and_cause(executor):
    flow = base()
    flow["9"] = node("ImageToMask", image=["6", 0], channel="alpha")
    flow["11"] = node("MaskToImage", mask=["9", 0])
    flow["7"]["inputs"]["images"] = ["11", 0]
    with pytest.raises(NodeRefused) as caught:
        executor.run(flow)
    error = pickle.loads(pickle.dumps(caught.value))
    assert (error.node_id, error.class_type, error.exception_type) == ("9", "ImageToMask", "InvalidInput")
    assert "alpha" in error.message
    assert error.status == 422


def test_a_refusal_crosses_actor_borders(executor):
    with pytest.raises(PromptRefused) as caught:
        executor.run({"1": node("SaveImage")})
    copy = pickle.loads(pickle.dumps(caught.value))
    assert copy.body == caught.value.body
    assert "node 1 (SaveImage)" in copy.detail


def test_text_where_a_link_is_needed_fails_at_the_node(executor):
    flow = base()
    flow["6"]["inputs"]["samples"] = "a latent"
    with pytest.raises(NodeRefused, match=r"node 6 \(VAEDecode\): samples needs a link to a LATENT"):
        executor.run(flow)


def test_one_bad_output_does_not_hurt_the_other(executor):
    flow = base()
    flow["9"] = node("SaveImage", images=["6", 0])
    report = executor.validate(flow)
    assert report.outputs == ("7", "8")
    assert list(report.node_errors) == ["9"]
    assert list(executor.execute(report)) == ["7", "8"]


def test_samplers_are_driven_by_the_house(executor):
    runs = []

    def sample(one):
        runs.append(one)
        return solo(one)

    comfy_context = replace(executor.context, sample=sample)
    run(Executor(comfy_context), base())
    assert len(runs) == 1
    assert runs[0].done


def test_files_in_a_folder_have_comfyuis_names(executor, tmp_path):
    outputs = FolderOutputs(tmp_path / "output", tmp_path / "temp")
    flow = base(batch=2)
    flow["7"]["inputs"]["filename_prefix"] = "koma/pic"
    flow["9"] = node("PreviewImage", images=["6", 0])
    for _ in range(2):
        result = executor.run(flow, outputs=outputs)
    names = [image["filename"] for image in result["7"]["images"]]
    assert names == ["pic_00003_.png", "pic_00004_.png"]
    assert {image["subfolder"] for image in result["7"]["images"]} == {"koma"}
    assert {image["type"] for image in result["9"]["images"]} == {"temp"}
    assert len(list((tmp_path / "output" / "koma").glob("*.png"))) == 4
    assert (tmp_path / "output" / result["8"]["latents"][0]["filename"]).is_file()


def test_metadata_only_when_asked(executor, tmp_path):
    for metadata in (False, True):
        folder = tmp_path / str(metadata)
        executor.run(base(), outputs=FolderOutputs(folder, folder, metadata))
        with Image.open(folder / "out_00001_.png") as image:
            assert ("prompt" in image.info) == metadata
            if metadata:
                assert json.loads(image.info["prompt"]) == base()


def test_a_sampler_that_has_no_room_is_no_fault_of_the_node(executor):
    def full(_run):
        raise Overloaded("64 runs wait already")

    busy = replace(executor, context=replace(executor.context, sample=full))
    with pytest.raises(Overloaded, match="64 runs"):
        busy.run(base(seed=991))


def test_the_cache_counts_bytes_and_the_oldest_go():
    cache, picture = NodeCache(room_bytes=3000), torch.zeros(1, 10, 10, 3)
    for name in ("a", "b", "c"):
        cache.put(name, Entry((Latent(picture.clone()), "text")))
    assert [cache.get(name) is not None for name in "abc"] == [False, True, True]
    cache.put("large", Entry((torch.zeros(4000)[:1],)))
    assert cache.get("large") is None
    cache.put("a", Entry(None))
    assert cache.get("a") is not None
