"""Text removal drops nothing in silence: unknown fields, regions and masks that change nothing."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from tests.support.inpaint_api import IMAGE, b64, body, ended
from tests.support.pictures import REGIONS, page, png, square_mask

HEADER = "x-koma-warnings"
OUTSIDE = {"x": 5000, "y": 5000, "width": 10, "height": 10}
WHOLE = {"x": 0, "y": 0, "width": 320, "height": 260}


def warned(answer):
    assert answer.status_code == 200, answer.text
    return [(each["pointer"], each["code"]) for each in json.loads(answer.headers.get(HEADER, "[]"))]


def test_a_request_without_faults_has_no_warning(http_client):
    assert warned(http_client.post("/inpaint-regions", json=body())) == []
    answer = http_client.post("/inpaint-regions-json", json=body())
    assert answer.json()["warnings"] == []


def test_unknown_fields_are_named_wherever_they_are(http_client):
    region = REGIONS[0] | {"confidence": 0.9}
    boxed = {"bounding_box": REGIONS[1], "text": "あ"}
    sent = {"image": IMAGE, "regions": [region, boxed], "mask_modes": "auto", "prompt": "sky"}
    wanted = [
        ("/mask_modes", "unknown_field"),
        ("/regions/0/confidence", "unknown_field"),
        ("/regions/1/text", "unknown_field"),
        ("/prompt", "no_effect"),
    ]
    assert warned(http_client.post("/inpaint-regions", json=sent)) == wanted
    accepted = http_client.post("/inpaint-regions-async", json=sent).json()
    assert [(each["pointer"], each["code"]) for each in accepted["warnings"]] == wanted
    status = ended(http_client, accepted["task_id"])
    assert status["warnings"] == accepted["warnings"]
    assert warned(http_client.get(f"/task-result/{accepted['task_id']}")) == wanted


def test_names_that_cannot_be_sent_are_written_with_escapes(http_client):
    content = json.dumps(body() | {"\ud800": 1, "a/b~c": 2, "nul\0": 3})
    headers = {"content-type": "application/json"}
    for route in ("inpaint-regions-json", "inpaint-regions-async"):
        answer = http_client.post(f"/{route}", content=content, headers=headers)
        assert answer.status_code == 200, answer.text
        options = {each["pointer"]: each["detail"] for each in answer.json()["warnings"]}
        assert list(options) == [r"/\ud800", "/a~1b~0c", r"/nul\x00"]
        assert "a/b~c" in options["/a~1b~0c"]


def test_a_name_within_a_box_is_told_too(http_client):
    sent = body(regions=[{"bounding_box": REGIONS[0] | {"rotation": 5}}])
    assert warned(http_client.post("/inpaint-regions", json=sent)) == [
        ("/regions/0/bounding_box/rotation", "unknown_field")
    ]


def test_a_sampler_that_is_not_there_is_told(http_client):
    assert warned(http_client.post("/inpaint-regions", json=body(sd_sampler="DPM++ 2M"))) == [
        ("/sd_sampler", "value_replaced")
    ]
    assert warned(http_client.post("/inpaint-regions", json=body(sd_sampler="PLMS"))) == []


def test_an_interval_without_effect_is_told(http_client):
    answer = http_client.post("/inpaint-regions-async", json=body(progress_interval=0.2))
    assert [each["pointer"] for each in answer.json()["warnings"]] == ["/progress_interval"]


@pytest.mark.parametrize("far", [1e20, 1e200, 1.7e308])
def test_a_polygon_of_huge_numbers_has_the_area_of_the_picture(http_client, far):
    sent = body(regions=[{"polygon": [[-far, -far], [far, -far], [far, far], [-far, far]]}])
    answer = http_client.post("/inpaint-regions-json", json=sent)
    assert answer.status_code == 200, answer.text
    assert answer.json()["processing_stats"]["total_area"] == 320 * 260


def test_a_header_stays_small_and_ascii(http_client):
    sent = body() | {f"フィールド{n}": n for n in range(500)}
    answer = http_client.post("/inpaint-regions", json=sent)
    assert len(answer.headers[HEADER]) <= 4000
    assert answer.headers[HEADER].isascii()
    assert len(warned(answer)) > 10


def test_a_batch_refuses_what_it_does_not_know(http_client):
    answer = http_client.post("/inpaint-batch", json={"images": [{"image": IMAGE, "region": REGIONS}]})
    assert answer.status_code == 422
    assert {each["pointer"] for each in answer.json()["errors"]} == {"/images/0/region"}


@pytest.mark.parametrize(
    ("regions", "wanted"),
    [
        ([OUTSIDE], ("/regions/0", "region_empty")),
        ([REGIONS[0], REGIONS[1] | {"width": 0}], ("/regions/1", "region_empty")),
        ([WHOLE], ("/regions", "region_full")),
    ],
)
def test_a_region_that_removes_nothing_is_told(http_client, regions, wanted):
    sent = {"image": IMAGE, "regions": regions}
    assert warned(http_client.post("/inpaint-regions", json=sent)) == [wanted]
    task_id = http_client.post("/inpaint-regions-async", json=sent).json()["task_id"]
    assert [(each["pointer"], each["code"]) for each in ended(http_client, task_id)["warnings"]] == [wanted]


def mask_of(mode, colour, alpha):
    """A mask whose square is told by ``colour`` (in, out) and ``alpha`` (in, out)."""
    pixels = np.zeros((260, 320, 4), np.uint8)
    pixels[..., :3], pixels[..., 3] = colour[1], alpha[1]
    pixels[180:220, 50:130] = (*[colour[0]] * 3, alpha[0])
    return png(Image.fromarray(pixels).convert(mode))


MASKS = {
    "white on black": mask_of("RGBA", (255, 0), (255, 255)),
    "white with alpha": mask_of("RGBA", (255, 255), (255, 0)),
    "black brush on nothing": mask_of("RGBA", (0, 0), (255, 0)),
    "grey with alpha": mask_of("LA", (255, 255), (255, 0)),
    "zeros and ones": png(
        Image.fromarray(
            (np.asarray(Image.open(io.BytesIO(square_mask((320, 260), (50, 180, 130, 220))))) > 0).astype(np.uint8)
        )
    ),
    "16 bits of 8": png(
        Image.fromarray(
            np.asarray(Image.open(io.BytesIO(square_mask((320, 260), (50, 180, 130, 220))))).astype(np.uint16)
        )
    ),
}


@pytest.mark.parametrize("name", MASKS)
def test_masks_of_every_kind_mean_the_same(http_client, name):
    answer = http_client.post("/inpaint", json={"image": IMAGE, "mask": b64(MASKS[name])})
    assert answer.headers["x-masked-pixels"] == str(80 * 40)
    assert warned(answer) == []


@pytest.mark.parametrize(("boxes", "code"), [([], "mask_empty"), ([(0, 0, 320, 260)], "mask_full")])
def test_an_empty_or_full_mask_is_told(http_client, boxes, code):
    answer = http_client.post("/inpaint", json={"image": IMAGE, "mask": b64(square_mask((320, 260), *boxes))})
    assert warned(answer) == [("/mask", code)]


def test_areas_are_those_within_the_picture(http_client):
    for region, area in (
        ({"x": -1e300, "y": 0, "width": 1e308, "height": 10}, 3200),
        ({"polygon": [[10, 10], [30, 10], [10, 50]]}, 400),
        (OUTSIDE, 0),
    ):
        answer = http_client.post("/inpaint-regions", json={"image": IMAGE, "regions": [region]})
        assert answer.headers["x-total-area"] == str(area)


@pytest.mark.parametrize("change", ["unpadded", "surplus", "url", "upper"])
def test_base64_is_taken_as_clients_write_it(http_client, change):
    text = b64(png(page(61, 47)))
    text = {
        "unpadded": text.rstrip("="),
        "surplus": text + "===",
        "url": text.replace("+", "-").replace("/", "_"),
        "upper": "DATA:image/png;base64," + text,
    }[change]
    sent = {"image": text, "regions": [{"x": 4, "y": 4, "width": 9, "height": 9}]}
    assert http_client.post("/inpaint-regions", json=sent).status_code == 200


def test_a_body_that_is_no_json_is_told_what_to_send(http_client):
    for options in ({"data": {"image": IMAGE}}, {"content": b"{}", "headers": {"content-type": "text/plain"}}):
        answer = http_client.post("/inpaint-regions", **options)
        assert answer.status_code == 422
        assert answer.json()["detail"].startswith("the body must be a JSON object")
