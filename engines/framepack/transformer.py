"""diffusers' FramePack transformer with time indices of each row's own, and with histories that may be missing.

The weights, their names and every other number stay diffusers' own, so LoRAs, offloading and attention backends of
diffusers work unchanged. Rows of a batch must have texts of one length: no mask is needed then, and fast attention
kernels stay possible.
"""

from typing import Any

import torch
from diffusers import HunyuanVideoFramepackTransformer3DModel
from diffusers.models.embeddings import apply_rotary_emb
from diffusers.models.transformers.transformer_hunyuan_video import HunyuanVideoAttnProcessor2_0
from diffusers.models.transformers.transformer_hunyuan_video_framepack import HunyuanVideoFramepackRotaryPosEmbed
from torch import Tensor

Rope = tuple[Tensor, Tensor]


class RowRotaryPosEmbed(HunyuanVideoFramepackRotaryPosEmbed):
    """Rotations for indices T (one sequence for all rows), S×D, or B×T (one for each row), S×B×D."""

    def forward(self, frame_indices: Tensor, height: int, width: int, device: torch.device) -> Rope:
        """Cosines and sines."""
        if frame_indices.ndim == 1:
            return super().forward(frame_indices, height, width, device)
        rows = [super(RowRotaryPosEmbed, self).forward(row, height, width, device) for row in frame_indices]
        return torch.stack([row[0] for row in rows], 1), torch.stack([row[1] for row in rows], 1)


class _RowRope(tuple[Tensor, Tensor]):
    """Cosines and sines of rows as diffusers' own broadcasting takes them."""


class RowAttnProcessor(HunyuanVideoAttnProcessor2_0):
    """diffusers' processor for rotations of each row, and for texts of one length: it drops the mask."""

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        image_rotary_emb: Rope | None = None,
    ) -> Any:
        """As diffusers'."""
        return super().__call__(attn, hidden_states, encoder_hidden_states, None, image_rotary_emb)


class OneFrameTransformer(HunyuanVideoFramepackTransformer3DModel):
    """Takes everything diffusers' does, indices of shape B×T, and None for a history that is left out."""
