"""The defaults of seed 002, and fields that depend on one another."""

import pytest
from pydantic import ValidationError

from serve_app.framepack.schemas import BatchRequest, ImageRequest, TransferRequest

IMAGE = {"prompt": "a harbour"}
BATCH = {"prompts": ["a", "b"]}
TRANSFER = {"prompt": "a", "source_image": "AA==", "target_image": "AA=="}


def test_defaults_are_the_seed_s():
    answer = ImageRequest(**IMAGE).model_dump()
    seed = {"negative_prompt": "", "seed": -1, "steps": 30, "cfg": 1.0, "width": 1216, "height": 704}
    assert seed.items() <= answer.items()
    assert answer["lora_paths"] is answer["lora_scales"] is None
    assert BatchRequest(**BATCH).batch_size == 4
    assert TransferRequest(**TRANSFER).transfer_strength == 0.7


@pytest.mark.parametrize(
    ("kind", "body", "wrong", "field"),
    [
        (ImageRequest, IMAGE, {"lora_paths": ["a", "b"], "lora_scales": [1.0]}, "lora_scales"),
        (ImageRequest, IMAGE, {"lora_scales": [1.0]}, "lora_scales"),
        (ImageRequest, IMAGE, {"lora_paths": [""], "lora_scales": [1.0, 2.0]}, "lora_paths"),
        *[(BatchRequest, BATCH, {"seeds": seeds}, "seeds") for seeds in ([], [1], [1, 2, 3])],
        (BatchRequest, BATCH, {"prompts": [], "seeds": [1]}, "prompts"),
        *[(TransferRequest, TRANSFER, {side: 640}, "height") for side in ("width", "height")],
        (TransferRequest, TRANSFER, {"width": 65}, "width"),
    ],
)
def test_fields_that_do_not_go_together_are_named_by_one_of_them(kind, body, wrong, field):
    kind(**body)
    with pytest.raises(ValidationError) as refused:
        kind(**body | wrong)
    assert [error["loc"][0] for error in refused.value.errors()] == [field]
