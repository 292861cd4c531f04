"""Files of the ComfyUI surface: names of outputs, all formats of pictures, parts and heads of /view."""

import io
import json
import re
import time
import urllib.parse

import numpy as np
import pytest
from PIL import Image

from tests.support.comfyui_api import huge, upload, workflow
from tests.support.pictures import page, png


def copying(prefix, image="house.png", **more):
    """A workflow without a sampler: a picture in, the same picture out."""
    return {
        "1": {"class_type": "LoadImage", "inputs": {"image": image}},
        "3": {"class_type": "ImageScaleBy", "inputs": {"image": ["1", 0], "upscale_method": "area", "scale_by": 1.0}},
        "8": {"class_type": "SaveImage", "inputs": {"images": ["3", 0], "filename_prefix": prefix}} | more,
    }


def outputs(http, client, prompt):
    prompt_id = client.queue(prompt)
    client.messages(prompt_id)
    payload = http.get(f"/history/{prompt_id}").json()[prompt_id]
    assert payload["status"]["status_str"] == "success", payload
    return [image for output in payload["outputs"].values() for image in output["images"]]


def view(http, image, **more):
    return http.get("/view?" + urllib.parse.urlencode(image | more))


def test_names_count_for_each_prefix_over_all_prompts(http, client):
    first, second, other = (
        outputs(http, client, copying(prefix))[0] for prefix in ("my/folder/out", "my/folder/out", "my/out")
    )
    assert first == {"filename": "out_00001_.png", "subfolder": "my/folder", "type": "output"}
    assert second == {"filename": "out_00002_.png", "subfolder": "my/folder", "type": "output"}
    assert other == {"filename": "out_00001_.png", "subfolder": "my", "type": "output"}
    for image in (first, second, other):
        answer = view(http, image)
        assert Image.open(io.BytesIO(answer.content)).size == (64, 64)
        assert image["filename"] in answer.headers["content-disposition"]
    assert view(http, first | {"filename": "out_00003_.png"}).status_code == 404
    assert view(http, first | {"filename": "out_00001_.latent"}).status_code == 404


def test_equal_names_in_two_folders_of_one_prompt_are_two_files(http, client):
    prompt = copying("a/same") | {
        "9": {"class_type": "SaveImage", "inputs": {"images": ["10", 0], "filename_prefix": "b/same"}},
        "10": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
    }
    one, other = outputs(http, client, prompt)
    assert {one["subfolder"], other["subfolder"]} == {"a", "b"}
    assert view(http, one).content != view(http, other).content


def test_other_scripts_stay_in_names(http, client):
    (image,) = outputs(http, client, copying("日本/絵 é"))
    assert image == {"filename": "絵 é_00001_.png", "subfolder": "日本", "type": "output"}
    answer = view(http, image)
    assert answer.status_code == 200
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("filename=\"_ __00001_.png\"; filename*=UTF-8''")
    assert urllib.parse.unquote(disposition.partition("''")[2]) == image["filename"]


def test_parts_in_percent_signs_are_replaced(http, client):
    before = time.localtime().tm_year
    prompt = copying("%year%/%date:yy-MM-dd%_%width%x%height%_%3.scale_by%_%Saver.class%_%ImageScaleBy.upscale_method%")
    prompt["8"]["_meta"] = {"title": "Saver"}
    (image,) = outputs(http, client, prompt)
    assert int(image["subfolder"]) in {before, before + 1}
    assert re.fullmatch(r"\d\d-\d\d-\d\d_64x64_1.0_%Saver.class%_area_00001_\.png", image["filename"])
    assert view(http, image).status_code == 200


def test_a_value_cannot_lead_out_of_the_folder(http, client):
    prompt = copying("%3.upscale_method%/out")
    prompt["3"]["_meta"] = {"title": ".."}
    prompt["1"]["_meta"] = {"title": "x"}
    prompt["20"] = {"class_type": "CLIPTextEncode", "inputs": {"text": "..", "clip": ["21", 1]}}
    prompt["8"]["inputs"]["filename_prefix"] = "%20.text%/out"
    prompt["21"] = {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "none"}}
    prompt_id = client.queue(prompt)
    texts, _ = client.messages(prompt_id)
    error = next(message["data"] for message in texts if message["type"] == "execution_error")
    assert (error["node_id"], "leads out" in error["exception_message"]) == ("8", True)


@pytest.mark.parametrize("prefix", ["../up", "a/../../b", "/etc/x", "a\\..\\b", "x" * 201, "語" * 70, "a:b", "a\nb"])
def test_prefixes_that_lead_out_or_are_too_long_are_refused(http, prefix):
    refused = http.post("/prompt", json={"prompt": copying(prefix)})
    assert refused.status_code == 400
    assert refused.json()["node_errors"]["8"]["errors"][0]["type"] == "custom_validation_failed"


def test_a_preview_is_a_numbered_temporary_file(http, client):
    prompt = copying("x")
    prompt["8"] = {"class_type": "PreviewImage", "inputs": {"images": ["3", 0]}}
    (image,) = outputs(http, client, prompt)
    assert (image["type"], image["subfolder"]) == ("temp", "")
    assert re.fullmatch(r"ComfyUI_temp_\w{5}_00001_\.png", image["filename"])
    assert view(http, image).status_code == 200
    assert view(http, image, type="output").status_code == 404


def test_an_output_can_be_the_input_of_another_prompt(http, client):
    (image,) = outputs(http, client, copying("again/source"))
    name = f"{image['subfolder']}/{image['filename']} [output]"
    (copy,) = outputs(http, client, copying("again/copy", image=name))
    assert pixels(view(http, copy).content) == pixels(view(http, image).content)
    refused = http.post("/prompt", json={"prompt": copying("x", image="none_00001_.png [output]")})
    assert refused.json()["node_errors"]["1"]["errors"][0]["type"] == "custom_validation_failed"


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).tobytes()


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF", "AVIF", "PPM", "TGA", "JPEG2000", "WEBP", "ICO"])
def test_all_formats_of_pillow_come_in(http, client, form):
    name = f"in.{form.lower()}"
    answer = upload(http, name, png(page(64, 64), format=form))
    assert (answer.status_code, answer.json()["name"]) == (200, name)
    (image,) = outputs(http, client, copying(f"formats/{form}", image=name))
    original = np.asarray(Image.open(io.BytesIO(png(page(64, 64), format=form))).convert("RGB")).astype(int)
    copy = np.asarray(Image.open(io.BytesIO(view(http, image).content))).astype(int)
    assert np.abs(original - copy).max() <= 1


@pytest.mark.parametrize("form", ["PNG", "GIF", "TIFF", "WEBP"])
def test_frames_become_a_batch(http, client, form):
    frames = [page(64, 64, seed=n) for n in range(3)]
    name = f"frames.{form.lower()}"
    data = png(frames[0], format=form, save_all=True, append_images=frames[1:])
    assert upload(http, name, data).status_code == 200
    assert len(outputs(http, client, copying(f"frames/{form}", image=name))) == 3


def test_greys_of_16_bits_are_divided_by_255(http, client):
    wide = Image.fromarray(np.full((64, 64), 33405, np.uint16))
    for form in ("PNG", "TIFF"):
        assert upload(http, f"wide.{form.lower()}", png(wide, format=form)).status_code == 200
        (image,) = outputs(http, client, copying(f"wide/{form}", image=f"wide.{form.lower()}"))
        assert set(np.asarray(Image.open(io.BytesIO(view(http, image).content))).ravel()) == {131}


def test_hostile_pictures_are_refused_by_their_header(http):
    for data, status in (
        (huge(60000, 60000), 413),
        (huge(9000, 9000), 413),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n", 400),
        (b"GIF89a", 400),
    ):
        assert upload(http, "hostile.png", data).status_code == status, data[:10]


def test_view_knows_annotated_names(http):
    upload(http, "al.png")
    plain = http.get("/view?filename=al.png&type=input")
    for query in ("filename=al.png [input]", "filename=al.png [input]&type=output"):
        answer = http.get(f"/view?{query}")
        assert (answer.status_code, answer.content) == (200, plain.content)
    assert http.get("/view?filename=al.png [output]&type=input").status_code == 404
    assert plain.headers["content-disposition"] == 'filename="al.png"'


def test_view_gives_heads_and_parts(http):
    upload(http, "parts.png")
    whole = http.get("/view?filename=parts.png&type=input")
    head = http.head("/view?filename=parts.png&type=input")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "content-disposition", "etag", "accept-ranges"):
        assert head.headers[name] == whole.headers[name]
    part = http.get("/view?filename=parts.png&type=input", headers={"Range": "bytes=8-15"})
    assert (part.status_code, part.content) == (206, whole.content[8:16])
    assert http.get("/view?filename=parts.png&type=input", headers={"Range": "bytes=99999999-"}).status_code == 416
    # another content under the same name is no continuation
    upload(http, "parts.png", png(page(40, 40)))
    stale = {"Range": "bytes=8-15", "If-Range": whole.headers["etag"]}
    assert http.get("/view?filename=parts.png&type=input", headers=stale).status_code == 200
    assert http.head("/view?filename=none.png").status_code == 404


def test_an_upload_is_never_a_page(http):
    upload(http, "page.html")
    answer = http.get("/view?filename=page.html&type=input")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_uploads_of_each_type_lie_apart(http):
    one, other = png(page(32, 32)), png(page(40, 40))
    for kind, data in (("input", one), ("temp", other)):
        assert upload(http, "apart.png", data, type=kind).json() == {"name": "apart.png", "subfolder": "", "type": kind}
    assert http.get("/view?filename=apart.png&type=input").content == one
    assert http.get("/view?filename=apart.png&type=temp").content == other
    assert http.get("/view?filename=apart.png").status_code == 404
    upload(http, "below.png", one, type="output", subfolder="sub")
    assert http.get("/view?filename=below.png&subfolder=sub").content == one


def test_a_failed_node_is_told_with_its_inputs(http, client):
    prompt = workflow(seed=95)
    prompt["2"]["inputs"]["text"] = "long " * 1000
    prompt["5"]["inputs"]["steps"] = 5000
    texts, _ = client.messages(client.queue(prompt))
    error = next(message["data"] for message in texts if message["type"] == "execution_error")
    assert (error["node_id"], error["node_type"], error["exception_type"]) == ("5", "KSampler", "InvalidInput")
    inputs = error["current_inputs"]
    assert (inputs["steps"], inputs["sampler_name"]) == ([5000], ["euler"])
    assert all(isinstance(value, list) and len(value) == 1 for value in inputs.values())
    assert len(json.dumps(inputs)) < 2000
    assert error["traceback"] == [f"InvalidInput: {error['exception_message']}\n"]
    messages = http.get(f"/history/{error['prompt_id']}").json()[error["prompt_id"]]["status"]["messages"]
    assert messages[-1] == ["execution_error", error]


def test_a_picture_that_breaks_off_is_told_as_python_names_it(http, client):
    broken = png(page(64, 64))
    upload(http, "broken.png", broken[: len(broken) // 2])
    texts, _ = client.messages(client.queue(copying("x", image="broken.png")))
    error = next(message["data"] for message in texts if message["type"] == "execution_error")
    assert (error["node_id"], error["exception_type"]) == ("1", "OSError")
    assert error["current_inputs"] == {"image": ["broken.png"]}
