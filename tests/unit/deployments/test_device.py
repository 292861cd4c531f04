"""A process may hold its share of the card, less what CUDA itself takes there."""

import pytest

from deployments.device import CONTEXT_BYTES, allowed_fraction, claim, explain_full_memory
from foundation.errors import Misconfigured, StepFailed

CARD = 22 * 2**30


def test_five_processes_and_their_contexts_fill_a_card():
    fraction = allowed_fraction(0.2, CARD)
    assert 5 * (fraction * CARD + CONTEXT_BYTES) == pytest.approx(CARD)


def test_whole_cards_are_told_of_the_first():
    assert allowed_fraction(2, CARD) == allowed_fraction(1, CARD) < 1


def test_a_share_smaller_than_cuda_is_refused():
    with pytest.raises(Misconfigured, match=r"num_gpus 0\.02 of 22 GiB .* raise num_gpus"):
        allowed_fraction(0.02, CARD)


def test_a_replica_on_a_cpu_limits_no_card(monkeypatch):
    import torch

    limits = []
    monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", limits.append)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: pytest.fail("a CPU replica looked for a card"))
    claim("cpu")
    assert limits == []


def test_a_full_device_says_what_to_do():
    import torch

    with (
        pytest.raises(StepFailed, match="memory is full; send a smaller picture"),
        explain_full_memory("send a smaller picture"),
    ):
        raise torch.OutOfMemoryError("CUDA out of memory")
