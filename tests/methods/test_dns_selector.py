"""DnS's selector: equal to the released code."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from hapvr.methods import dns_selector
from hapvr.methods.dns_coarse import DnSCoarse
from hapvr.methods.dns_selector import DnSSelector, from_published
from hapvr.methods.model import load_model, save_model
from hapvr.methods.pair_learning import choose_pairs, compare
from hapvr.methods.visil import ViSiL
from hapvr.scoring import strips
from tests.golden.numbers import Golden
from tests.methods.pair_batches import DIMS, batch_of, learn, unit
from tests.methods.test_dns_coarse import SIZES

GOLDEN = Golden("dns_selector", "dns_selector/")
OWN = {"hidden": 20, "dropout": 0.0, "threshold": 0.2, "learning_rate": 1e-4}


@pytest.fixture
def published() -> DnSSelector:
    network = DnSSelector(32, **OWN)
    network.load_state_dict(from_published(GOLDEN.state()))
    return network.eval()


def close(ours: Tensor, theirs: Tensor) -> None:
    torch.testing.assert_close(ours, theirs.reshape(ours.shape), atol=1e-5, rtol=0)


def test_numbers_of_videos_equal_the_published_ones(published: DnSSelector) -> None:
    for number in range(5):
        close(published.index(GOLDEN[f"video{number}"]), GOLDEN[f"indexed{number}"])


def test_confidence_equals_the_published_one(published: DnSSelector) -> None:
    found = published.confidence(*GOLDEN["features"].flatten(0, 1).unbind(-1))
    close(found, GOLDEN["score"])


def test_training_pass_equals_the_published_one(published: DnSSelector) -> None:
    """Masks of the padded batch, which max-pooling keeps in part, are made here; whole blocks of four need none."""
    published.train()
    videos, coarse = GOLDEN["train/videos"].requires_grad_(), GOLDEN["train/coarse"].requires_grad_()
    mask = GOLDEN["train/mask"].bool()
    numbers = torch.stack([published.index(video[real]) for video, real in zip(videos, mask, strict=True)])
    same = torch.isclose(numbers, _published_numbers(published, videos, mask), atol=1e-5)
    assert same[mask.sum(1).remainder(4) == 0].all()
    numbers = _published_numbers(published, videos, mask)
    score = published.confidence(numbers[:4], numbers[4:], coarse.squeeze(1))
    close(score, GOLDEN["train/score"])
    loss = F.binary_cross_entropy(score, GOLDEN["train/label"].squeeze(1))
    close(loss, GOLDEN["train/loss"])
    loss.backward()
    assert coarse.grad is not None
    assert videos.grad is not None
    close(coarse.grad, GOLDEN["train/grad_coarse"])
    close(videos.grad, GOLDEN["train/grad_videos"])


def _published_numbers(network: DnSSelector, videos: Tensor, mask: Tensor) -> Tensor:
    """The mean over cells that masks leave, max-pooled as they are, of the CNN with masked cells put to zero."""
    frames = (network.attention(videos).mean(-2) * mask.unsqueeze(-1)).float()
    maps, real = (frames @ frames.mT).unsqueeze(1), (mask.unsqueeze(1) & mask.unsqueeze(2)).float().unsqueeze(1)
    layers = network.comparator_module
    for layer, pooled in ((layers.conv1, True), (layers.conv2, True), (layers.conv3, False)):
        maps = F.relu(layer(maps) * real)
        if pooled:
            maps, real = F.max_pool2d(maps, 2), F.max_pool2d(real, 2)
    out = layers.fconv(maps) * real
    return out.sum((1, 2, 3)) / real.sum((1, 2, 3))


def test_a_pair_is_worth_it_where_coarse_and_fine_differ() -> None:
    network = DnSSelector(DIMS, **OWN)
    # Fine 0.4 is 0.7 of [0, 1].
    assert network.labels(torch.tensor([0.4, 0.6, 0.95]), torch.tensor([0.4, 0.4, 0.4])).tolist() == [1, 0, 1]


def test_objective_is_the_cross_entropy_of_the_pairs_and_steps_lower_it() -> None:
    torch.manual_seed(0)
    fine = ViSiL(DIMS, False, margin=0.5, regularisation=0.1, learning_rate=1e-5).eval().requires_grad_(False)
    coarse = DnSCoarse(DIMS, **SIZES).eval().requires_grad_(False)
    network, batch = DnSSelector(DIMS, **OWN), batch_of(4)
    first, second = choose_pairs(batch, parts=2)
    vectors = coarse.embed(batch.features)
    near = (vectors[first] * vectors[second]).sum(-1)
    labels = network.labels(near, compare(fine, batch.features, (first, second))[0])
    numbers = torch.stack([network.index(video) for video in batch.features])
    expected = F.binary_cross_entropy(network.confidence(numbers[first], numbers[second], near), labels)
    found = network.objective(batch, coarse=coarse, fine=fine)["cross_entropy"]
    torch.testing.assert_close(found, expected)
    totals = learn(network, batch, 12, coarse=coarse, fine=fine)
    assert totals[-1] < totals[0]


@pytest.mark.parametrize("frames", [1, 3, 16, 17, 63, 66])
def test_number_of_a_video_in_parts_is_that_of_its_whole_matrix(
    published: DnSSelector, frames: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = unit(frames, 9, 32)
    monkeypatch.setattr(strips, "CHUNK", 16)
    monkeypatch.setattr(dns_selector, "CHUNK", 16)
    close(published.index(video), published.describe(video[None]))


def test_confidence_of_a_pair_does_not_depend_on_those_beside_it(published: DnSSelector) -> None:
    pairs = GOLDEN["features"].flatten(0, 1)
    close(published.confidence(*pairs[3:4].unbind(-1)), GOLDEN["score"].flatten()[3])


def test_saved_and_loaded_it_has_the_same_confidence(tmp_path: Path, published: DnSSelector) -> None:
    save_model(tmp_path, published, config={"method": {"name": "dns_selector", **OWN}})
    loaded, pairs = load_model(tmp_path, 32), GOLDEN["features"].flatten(0, 1).unbind(-1)
    assert torch.equal(loaded.confidence(*pairs), published.confidence(*pairs))
    assert torch.equal(loaded.index(GOLDEN["video2"]), published.index(GOLDEN["video2"]))


def test_other_weights_are_named() -> None:
    with pytest.raises(ValueError, match=r"unexpected .*mlp\.model\.9\.weight|unexpected perceptron\.9\.weight"):
        from_published(GOLDEN.state() | {"mlp.model.9.weight": torch.zeros(1)})
