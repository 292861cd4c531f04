"""diffusers' FramePack transformer with time indices of each row's own, and with histories that may be missing.

Weights, names of layers and numbers are those of diffusers: with shared indices and all histories the answer equals
that of ``HunyuanVideoFramepackTransformer3DModel`` to the bit. What is new: ``indices`` may be B×T, so that rows of
one call look at different places in time; the mask of attention is left out where all texts are equally long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import torch
import torch.nn.functional as F
from diffusers.models.attention_dispatch import dispatch_attention_fn
from diffusers.models.embeddings import get_1d_rotary_pos_embed
from diffusers.models.transformers.transformer_hunyuan_video import HunyuanVideoAttnProcessor2_0
from diffusers.models.transformers.transformer_hunyuan_video_framepack import HunyuanVideoFramepackTransformer3DModel
from torch import Tensor

Rotation = tuple[Tensor, Tensor]
HALF, QUARTER = (2, 2, 2), (4, 4, 4)


@dataclass(frozen=True)
class Frames:
    """Latent frames that are given: ``latents`` B×C×T×h×w with ``indices`` B×T on the time axis, or T for all rows."""

    latents: Tensor
    indices: Tensor


@dataclass(frozen=True)
class Condition:
    """What steers each row: text B×L×D with its lengths, pooled text B×P, the picture's features B×S×D, guidance B."""

    text: Tensor
    lengths: Sequence[int]
    pooled: Tensor
    image: Tensor
    guidance: Tensor


class OneFrameTransformer(HunyuanVideoFramepackTransformer3DModel):
    """FramePack's transformer: ``OneFrameTransformer.from_pretrained(...).by_row()`` of what diffusers saved."""

    # diffusers names none, and then cannot compile block by block
    _repeated_blocks: ClassVar[list[str]] = ["HunyuanVideoTransformerBlock", "HunyuanVideoSingleTransformerBlock"]

    def by_row(self) -> "OneFrameTransformer":
        """Itself, its attention made ready for ``forward``: after loading, before anything else."""
        for block in (*self.transformer_blocks, *self.single_transformer_blocks):
            block.attn.set_processor(RowwiseRotaryAttention())  # pyright: ignore[reportAttributeAccessIssue, reportCallIssue]
        return self

    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, latents: Tensor, indices: Tensor, timestep: Tensor, condition: Condition, given: Sequence[Frames | None]
    ) -> Tensor:
        """The velocity at ``latents``, of the same shape B×C×T×h×w.

        ``indices`` are B×T or T; ``timestep`` B, 0 to 1000; ``given`` the clean frames, and those at half and at
        quarter resolution, each of which may be None.
        """
        count, _, frames, height, width = latents.shape
        patch: int = self.config["patch_size"]
        grid = (height // patch, width // patch)
        states, rotation = self._packed(latents, indices, given, grid)
        embedded, _ = self.time_text_embed(timestep, condition.pooled, condition.guidance)
        words, mask = self._words(condition, timestep, states.shape[1])
        for block in (*self.transformer_blocks, *self.single_transformer_blocks):
            states, words = block(states, words, embedded, mask, rotation)
        output = self.proj_out(self.norm_out(states[:, -frames * grid[0] * grid[1] :], embedded))
        cells = output.reshape(count, frames, *grid, -1, 1, patch, patch).permute(0, 4, 1, 5, 2, 6, 3, 7)
        return cells.flatten(6, 7).flatten(4, 5).flatten(2, 3)

    def _packed(
        self, latents: Tensor, indices: Tensor, given: Sequence[Frames | None], grid: tuple[int, int]
    ) -> tuple[Tensor, Rotation]:
        """Tokens and rotations: quarter, half, clean, and last the frames that are made."""
        embed: Any = self.clean_x_embedder
        clean, half, quarter = given
        parts = [(self.x_embedder(latents), self._rotation(indices, grid, latents.device))]
        for frames, project, pool in (
            (clean, embed.proj, None),
            (half, embed.proj_2x, HALF),
            (quarter, embed.proj_4x, QUARTER),
        ):
            if frames is None:
                continue
            tokens = frames.latents if pool is None else _padded(frames.latents, project.kernel_size)
            rotation = self._rotation(frames.indices, grid, latents.device)
            if pool is not None:
                cos, sin = rotation
                rotation = _pooled(cos, grid, pool), _pooled(sin, grid, pool)
            parts.insert(0, (project(tokens).flatten(2).transpose(1, 2), rotation))
        rows = max(rotation[0].shape[0] for _, rotation in parts)
        cos, sin = (torch.cat([r[n].expand(rows, -1, -1) for _, r in parts], dim=1) for n in (0, 1))
        return torch.cat([tokens for tokens, _ in parts], dim=1), (cos, sin)

    def _rotation(self, indices: Tensor, grid: tuple[int, int], device: torch.device) -> Rotation:
        """Cosines and sines B×S×D; one row where the indices are shared."""
        rows = [self._rotation_of(row, grid, device) for row in indices.reshape(-1, indices.shape[-1])]
        return torch.stack([cos for cos, _ in rows]), torch.stack([sin for _, sin in rows])

    def _rotation_of(self, indices: Tensor, grid: tuple[int, int], device: torch.device) -> Rotation:
        spans = (indices, torch.arange(grid[0]), torch.arange(grid[1]))
        places = torch.meshgrid(*[span.to(device, torch.float32) for span in spans], indexing="ij")
        axes = [
            # its annotation knows no tensor
            get_1d_rotary_pos_embed(size, cast(Any, place.reshape(-1)), self.rope.theta, use_real=True)
            for size, place in zip(self.rope.rope_dim, places, strict=True)
        ]
        return torch.cat([cos for cos, _ in axes], dim=1), torch.cat([sin for _, sin in axes], dim=1)

    def _words(self, condition: Condition, timestep: Tensor, latent_tokens: int) -> tuple[Tensor, Tensor | None]:
        """The picture's and the text's tokens, cut to the longest text; a mask only where lengths differ."""
        text, longest = condition.text, max(condition.lengths)
        ends = torch.tensor(condition.lengths, device=text.device)[:, None]
        written = (torch.arange(text.shape[1], device=text.device)[None] < ends).to(text.dtype)
        assert self.image_projection is not None
        image = self.image_projection(condition.image)
        words = torch.cat([image, self.context_embedder(text, timestep, written)[:, :longest]], dim=1)
        if min(condition.lengths) == longest:
            return words, None
        free = written.new_ones(len(text), latent_tokens + image.shape[1])
        return words, torch.cat([free, written[:, :longest]], dim=1).bool()[:, None, None]


class RowwiseRotaryAttention(HunyuanVideoAttnProcessor2_0):
    """Attention over latent and text tokens, whose rotations may differ from row to row."""

    def __call__(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        image_rotary_emb: Rotation | None = None,
    ) -> tuple[Tensor, Tensor]:
        """The parameters' names are diffusers'; latent B×S×D and text B×L×D, apart again."""
        assert encoder_hidden_states is not None
        assert image_rotary_emb is not None
        latent_tokens = hidden_states.shape[1]
        if attn.add_q_proj is None:
            both = torch.cat([hidden_states, encoder_hidden_states], dim=1)
            query, key, value = _heads(attn, both, (attn.to_q, attn.to_k, attn.to_v), attn.norm_q, attn.norm_k)
            query, key = (_turned(part, latent_tokens, image_rotary_emb) for part in (query, key))
        else:
            query, key, value = _heads(attn, hidden_states, (attn.to_q, attn.to_k, attn.to_v), attn.norm_q, attn.norm_k)
            query, key = (_turned(part, latent_tokens, image_rotary_emb) for part in (query, key))
            added = (attn.add_q_proj, attn.add_k_proj, attn.add_v_proj)
            beside = _heads(attn, encoder_hidden_states, added, attn.norm_added_q, attn.norm_added_k)
            query, key, value = (torch.cat(pair, dim=1) for pair in zip((query, key, value), beside, strict=True))
        seen = dispatch_attention_fn(query, key, value, attn_mask=attention_mask, backend=self._attention_backend)
        seen = seen.flatten(2, 3).to(query.dtype)
        latent, text = seen[:, :latent_tokens], seen[:, latent_tokens:]
        if getattr(attn, "to_out", None) is not None:
            latent = attn.to_out[1](attn.to_out[0](latent))
        if getattr(attn, "to_add_out", None) is not None:
            text = attn.to_add_out(text)
        return latent, text


def _heads(attn: Any, states: Tensor, layers: Sequence[Any], norm_query: Any, norm_key: Any) -> tuple[Tensor, ...]:
    query, key, value = (layer(states).unflatten(2, (attn.heads, -1)) for layer in layers)
    return norm_query(query) if norm_query else query, norm_key(key) if norm_key else key, value


def _turned(states: Tensor, latent_tokens: int, rotation: Rotation) -> Tensor:
    """Queries or keys B×S×H×D with their latent tokens rotated; those of text stay."""
    latent = states[:, :latent_tokens]
    cos, sin = (part[:, :, None, :] for part in rotation)
    real, imaginary = latent.unflatten(-1, (-1, 2)).unbind(-1)
    across = torch.stack([-imaginary, real], dim=-1).flatten(3)
    turned = (latent.float() * cos + across.float() * sin).to(states.dtype)
    return torch.cat([turned, states[:, latent_tokens:]], dim=1)


def _padded(frames: Tensor, kernel: Sequence[int]) -> Tensor:
    """B×C×T×h×w filled up with its last cells to whole kernels."""
    short = [-size % step for size, step in zip(frames.shape[-3:], kernel, strict=True)]
    return F.pad(frames, (0, short[2], 0, short[1], 0, short[0]), mode="replicate")


def _pooled(part: Tensor, grid: tuple[int, int], kernel: tuple[int, int, int]) -> Tensor:
    """B×S×D means over blocks of cells."""
    cells = _padded(part.transpose(1, 2).unflatten(2, (-1, *grid)), kernel)
    return F.avg_pool3d(cells, kernel, stride=kernel).flatten(2).transpose(1, 2)
