from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from hapvr.methods import METHODS
from hapvr.methods.dml import DML
from hapvr.methods.model import build, load_model, save_model
from hapvr.similarity import score
from tests.methods.views import batch_of, learn, pairs

METHOD = {"name": "dml", "hidden": [12, 10], "output": 6, "margin": 1.0, "learning_rate": 1e-3}


@pytest.fixture
def method() -> DML:
    torch.manual_seed(0)
    return build(METHOD, 8)


def through(method: DML) -> DML:
    """Every layer the identity."""
    for layer in method.layers:
        torch.nn.init.eye_(layer.weight)
    return method


def test_vector_of_a_video_by_hand() -> None:
    method = through(DML(2, [2, 2], 2, margin=1.0, learning_rate=1e-3))
    # Less their means, the frames are (2, −2) and (−1, 1), (1, −1) / √2 and its negative as unit vectors.
    alike = torch.tensor([[[5.0, 1.0]], [[8.0, 2.0]], [[0.0, 2.0]]])
    expected = torch.tensor([0.5**0.5, -(0.5**0.5)])
    torch.testing.assert_close(method.index(alike), expected)
    assert method.similarity(method.index(alike), method.index(-alike)).item() == pytest.approx(-1)


def test_layers_are_tanh_and_the_last_one_too() -> None:
    method = through(DML(3, [3, 3], 3, margin=1.0, learning_rate=1e-3))
    frame = torch.tensor([3.0, 0.0, 0.0])
    unit = F.normalize(frame - frame.mean(), dim=0)
    expected = F.normalize(unit.tanh().tanh().tanh(), dim=0)
    torch.testing.assert_close(method.index(frame.expand(4, 2, 3)), expected)


def test_scale_and_offset_of_a_frame_and_the_order_of_frames_change_nothing(method: DML) -> None:
    video = torch.randn(7, 3, 8)
    scaled = video * torch.rand(7, 1, 1).add(0.5) + torch.randn(7, 1, 1)
    torch.testing.assert_close(method.index(scaled.flip(0)), method.index(video))


def test_loss_is_the_mean_over_violated_triplets_by_hand() -> None:
    method = DML(2, [2, 2], 2, margin=1.0, learning_rate=1e-3)
    vectors = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [-1.0, 0.0]])
    method.index = lambda features: vectors
    batch = batch_of(torch.zeros(4, 1, 1, 2), ["a", "b", "a", "b"])
    # Squared distances: a–a 0, b–b 2, of b (0, 1) to both a 2, of b (−1, 0) to both a 4. Anchors a: 0 − 2 + 1 < 0.
    # Anchor (0, 1): 2 − 2 + 1 = 1 twice; anchor (−1, 0): 2 − 4 + 1 < 0.
    assert method.objective(batch)["triplet"].item() == pytest.approx(1)


def test_loss_is_zero_where_no_triplet_is_violated(method: DML) -> None:
    views = torch.eye(8)[[0, 1, 0, 1], None, None]
    vectors = torch.tensor([[1.0, 0.0], [-1.0, 0.0]] * 2, requires_grad=True)
    method.index = lambda features: vectors
    loss = method.objective(batch_of(views, ["a", "b", "a", "b"]))["triplet"]
    loss.backward()
    assert loss.item() == 0
    assert not vectors.grad.any()


def test_training_lowers_the_loss_and_brings_groups_together(method: DML) -> None:
    batch = pairs(8)
    before = score(method, list(batch.features), list(batch.features), device="cpu", memory_gb=1)
    losses = learn(method, batch, steps=30)
    after = score(method.eval(), list(batch.features), list(batch.features), device="cpu", memory_gb=1)
    assert losses[-1] < 0.7 * losses[0]
    assert spread(after, batch.relevance) > spread(before, batch.relevance) + 0.2


def spread(scores, relevance) -> float:
    scores, relevant = torch.from_numpy(scores), relevance.bool()
    return (scores[relevant].mean() - scores[~relevant].mean()).item()


def test_saved_and_loaded_it_gives_the_same_bytes(method: DML, tmp_path: Path) -> None:
    learn(method, pairs(8), steps=2)
    save_model(tmp_path, method, config={"method": METHOD})
    videos = [torch.randn(frames, 2, 8) for frames in (1, 4, 600)]
    found = [score(one, videos, videos, device="cpu", memory_gb=1) for one in (method.eval(), load_model(tmp_path, 8))]
    assert (found[0] == found[1]).all()


def test_it_learns_from_the_labelled_core_at_its_own_rate(method: DML) -> None:
    assert (METHODS["dml"].learns_from, METHODS["dml"].engine, method.learning_rate) == ("core", "vector", 1e-3)
