"""Keep the network's output inside the range in which hardtanh passes gradients."""

from typing import ClassVar

from torch import Tensor, nn

from hapvr.losses.matrix import widen


class RangePenalty(nn.Module):
    """Σ max(|x| − 1, 0): how far the head's output, before hardtanh, lies below −1 or above 1, summed over all of it.

    Source: S2VS (Kordopatis-Zilos et al. 2023); HAP-VR (Liu et al. 2024)
    """

    level: ClassVar[str] = "output"

    def forward(self, output: Tensor) -> Tensor:
        """output: any shape, the similarity network's last convolution → scalar."""
        return (widen(output).abs() - 1).clamp(min=0).sum()
