"""Frozen image networks: four stage maps for regions and one pooled vector per frame."""

from hapvr.features.backbones.efficientnet_lite0 import EfficientNetLite0
from hapvr.features.backbones.resnet50 import ResNet50

BACKBONES = {"efficientnet_lite0": EfficientNetLite0, "resnet50": ResNet50}

__all__ = ["BACKBONES", "EfficientNetLite0", "ResNet50"]
