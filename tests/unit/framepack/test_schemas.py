"""What the new routes refuse, and the defaults of seed 002."""

import pytest
from pydantic import ValidationError

from serve_app.framepack.schemas import BatchRequest, ImageRequest, TransferRequest

IMAGE = {"prompt": "a harbour"}
BATCH = {"prompts": ["a", "b"]}
TRANSFER = {"prompt": "a", "source_image": "AA==", "target_image": "AA=="}


def test_defaults_are_the_seed_s():
    told = ImageRequest(**IMAGE).model_dump()
    seed = {"negative_prompt": "", "seed": -1, "steps": 30, "cfg": 1.0, "width": 1216, "height": 704}
    assert seed.items() <= told.items()
    assert told["lora_paths"] is told["lora_scales"] is None
    assert BatchRequest(**BATCH).batch_size == 4
    assert TransferRequest(**TRANSFER).transfer_strength == 0.7


@pytest.mark.parametrize(
    ("kind", "body", "wrong"),
    [
        *[(ImageRequest, IMAGE, {"width": side}) for side in (0, 48, 65, 2192, -16)],
        *[(ImageRequest, IMAGE, {"steps": steps}) for steps in (0, 101)],
        *[(ImageRequest, IMAGE, {"cfg": cfg}) for cfg in (0.5, 31, float("nan"), float("inf"))],
        *[(ImageRequest, IMAGE, {"prompt": text}) for text in ("", "  ", "a\0", "x" * 100_000)],
        *[(ImageRequest, IMAGE, {"seed": seed}) for seed in (-2, 2**63)],
        *[(ImageRequest, IMAGE, {"priority": n}) for n in (-11, 11)],
        *[(ImageRequest, IMAGE, {"job_id": name}) for name in ("", "a/b", "x" * 65)],
        (ImageRequest, IMAGE, {"engine": "remote"}),
        (ImageRequest, IMAGE, {"lora_paths": ["a", "b"], "lora_scales": [1.0]}),
        (ImageRequest, IMAGE, {"lora_scales": [1.0]}),
        (ImageRequest, IMAGE, {"lora_paths": ["a"], "lora_scales": [11]}),
        *[(BatchRequest, BATCH, {"prompts": prompts}) for prompts in ([], ["a"] * 1000, ["a", ""])],
        *[(BatchRequest, BATCH, {"seeds": seeds}) for seeds in ([1], [1, 2, 3], [1, -2])],
        *[(BatchRequest, BATCH, {"batch_size": n}) for n in (0, 9)],
        *[(TransferRequest, TRANSFER, {"transfer_strength": s}) for s in (-0.1, 1.1)],
        (TransferRequest, TRANSFER, {"width": 640}),
    ],
)
def test_what_is_out_of_its_limits_is_refused(kind, body, wrong):
    kind(**body)
    with pytest.raises(ValidationError):
        kind(**body | wrong)
