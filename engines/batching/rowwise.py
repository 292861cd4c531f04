"""Layers whose answer for a row does not hang on the rows beside it.

CPU libraries choose another order of summing for a convolution of one sample, and for matrices of few rows. These
layers go sample by sample, so that a request in a shared call gets the bits it would get alone.
"""

import torch
from torch import Tensor, nn


class RowwiseConv2d(nn.Conv2d):
    """A convolution of one sample after the other."""

    def forward(self, input: Tensor) -> Tensor:
        """B×C×H×W."""
        return torch.cat([super(RowwiseConv2d, self).forward(one) for one in input.split(1)])


class RowwiseConv3d(nn.Conv3d):
    """A convolution of one film after the other."""

    def forward(self, input: Tensor) -> Tensor:
        """B×C×T×H×W."""
        return torch.cat([super(RowwiseConv3d, self).forward(one) for one in input.split(1)])


class RowwiseLinear(nn.Linear):
    """A linear layer that takes the rows of a B×C input one by one; longer inputs hold a sample's own matrix."""

    def forward(self, input: Tensor) -> Tensor:
        """B×C or B×T×C."""
        return torch.cat([super(RowwiseLinear, self).forward(one) for one in input.split(1)])


ROWWISE: dict[type[nn.Module], type[nn.Module]] = {
    nn.Conv2d: RowwiseConv2d,
    nn.Conv3d: RowwiseConv3d,
    nn.Linear: RowwiseLinear,
}


def make_rowwise(module: nn.Module) -> None:
    """Give all plain convolutions and linear layers of a module their rowwise form, in place."""
    for layer in module.modules():
        if type(layer) in ROWWISE:
            layer.__class__ = ROWWISE[type(layer)]
