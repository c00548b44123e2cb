from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from hapvr.methods import METHODS
from hapvr.methods.model import build, frame_similarity_of, load_model, save_model
from hapvr.methods.tca import TCA, follow, from_published, memory_logits, video_vectors
from hapvr.similarity import score
from tests.methods.views import batch_of, learn, pairs

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "tca.npz")
PREFIX = "tca/state/"
PUBLISHED = {
    "name": "tca",
    "similarity": "cosine",
    "heads": 8,
    "feedforward": 2048,
    "layers": 1,
    "dropout": 0.0,
    "queue": 12,
    "momentum": 0.9,
    "temperature": 1.0,
    "learning_rate": 1e-3,
}
METHOD = PUBLISHED | {"heads": 2, "feedforward": 16, "layers": 2, "dropout": 0.1, "temperature": 0.1}
KINDS = ["cosine", "chamfer", "symmetric"]


def golden(name: str) -> torch.Tensor:
    return torch.from_numpy(GOLDEN[name])


def published_state() -> dict[str, torch.Tensor]:
    return {name.removeprefix(PREFIX): golden(name) for name in GOLDEN.files if name.startswith(PREFIX)}


def published(similarity: str) -> TCA:
    method = build({**PUBLISHED, "similarity": similarity}, 32)
    method.load_state_dict(from_published(published_state()))
    return method.eval().requires_grad_(False)


def small(similarity: str, **changed: object) -> TCA:
    torch.manual_seed(0)
    return build({**METHOD, "similarity": similarity, **changed}, 8).eval()


def close(found: torch.Tensor, name: str) -> None:
    torch.testing.assert_close(found, golden(name), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("number", range(5))
def test_index_equals_the_published_one(number: int) -> None:
    video = golden(f"tca/video{number}")[:, None]
    close(published("chamfer").index(video)[:, 0], f"tca/indexed{number}")
    torch.testing.assert_close(published("cosine").index(video), golden("tca/embedding")[number], atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("similarity", "name"), [("cosine", "embedding_similarity"), ("chamfer", "chamfer"), ("symmetric", "symmetric")]
)
def test_scores_equal_the_published_ones(similarity: str, name: str) -> None:
    videos = [golden(f"tca/video{number}")[:, None] for number in range(5)]
    found = score(published(similarity), videos, videos, device="cpu", memory_gb=1)
    close(torch.from_numpy(found), f"tca/{name}")


def test_gradient_equals_the_published_one() -> None:
    encoder = published("cosine").encoder
    for number, (weight, expected) in enumerate(zip(golden("tca/grad_weight"), golden("tca/grad_input"), strict=True)):
        video = golden(f"tca/video{number}").requires_grad_()
        (video_vectors(encoder, video) * weight).sum().backward()
        torch.testing.assert_close(video.grad, expected[:, : len(video)].T, atol=1e-5, rtol=1e-5)


class Momentum:
    """The published step: videos [D, frames] of several lengths, each through an encoder by itself."""

    def __init__(self) -> None:
        self.encoder = published("cosine").encoder
        self.keys = published("cosine").key_encoder
        for parameter in self.keys.parameters():
            parameter.mul_(0.5)
        follow(self.keys, self.encoder, 0.9)

    def vectors(self, encoder: torch.nn.Module, name: str, videos: torch.Tensor) -> torch.Tensor:
        lengths = golden(f"tca_moco/{name}_length").flatten().int().tolist()
        cut = zip(videos.flatten(0, -3), lengths, strict=True)
        return torch.stack([video_vectors(encoder, video[:, :length].T) for video, length in cut])


@pytest.mark.parametrize("temperature", [1.0, 0.07])
def test_logits_loss_and_gradient_of_the_memory_bank_equal_the_published_ones(temperature: float) -> None:
    step, name = Momentum(), f"tca_moco/t{temperature}"
    anchor = golden("tca_moco/anchor").requires_grad_()
    keys = step.vectors(step.keys, "positive", golden("tca_moco/positive"))
    queue = golden("tca_moco/queue").T
    logits = memory_logits(step.vectors(step.encoder, "anchor", anchor), keys, queue, temperature)
    close(logits, f"{name}/logits")
    loss = F.cross_entropy(logits, torch.zeros(3, dtype=torch.int64))
    close(loss, f"{name}/cross_entropy/value")
    loss.backward()
    close(anchor.grad, f"{name}/cross_entropy/grad_anchor")


def test_queue_is_filled_where_the_published_one_is() -> None:
    step, method = Momentum(), published("cosine")
    method.queue, method.oldest = golden("tca_moco/queue").T, torch.tensor(6)
    method.remember(step.vectors(step.keys, "negative", golden("tca_moco/negative")))
    close(method.queue.T, "tca_moco/queue_after")
    assert method.oldest.item() == golden("tca_moco/queue_pointer_after").item() == 0


def test_keys_take_the_place_of_the_oldest_around_the_end() -> None:
    method = small("cosine", queue=3)
    before, keys = method.queue.clone(), torch.eye(8)
    method.remember(keys[:2])
    method.remember(keys[2:4])
    torch.testing.assert_close(method.queue, torch.stack([keys[3], keys[1], keys[2]]))
    assert method.oldest == 1
    method.remember(keys)  # more than there is room for: the last ones
    assert sorted(method.queue.argmax(1).tolist()) == [5, 6, 7]
    assert not torch.equal(before, method.queue)


def test_objective_is_cross_entropy_against_the_queue_by_hand() -> None:
    method = small("cosine", queue=2, temperature=1.0)
    method.encoder = method.key_encoder = torch.nn.Identity()
    axis = torch.eye(8)
    method.queue = axis[:2]
    # Anchors are the axes 0 and 2, positives the axes 0 and 3, distractors 5 and 6.
    batch = batch_of(axis[[0, 2, 0, 3, 5, 6], None, None], ["a", "b", "a", "b", "c", "d"])
    e = torch.tensor(1.0).exp()
    # Of the first: own key 1, queue (1, 0); of the second: own key 0, queue (0, 0).
    expected = -((e / (2 * e + 1)).log() + torch.tensor(1 / 3).log()) / 2
    method.train()
    torch.testing.assert_close(method.objective(batch)["memory_infonce"], expected)
    torch.testing.assert_close(method.queue, axis[[5, 6]])


def test_memory_stays_as_it_is_outside_training() -> None:
    method = small("cosine")
    before = {name: value.clone() for name, value in method.state_dict().items()}
    method.objective(pairs(8, distractors=6))
    assert all(torch.equal(value, method.state_dict()[name]) for name, value in before.items())


@pytest.mark.parametrize("similarity", KINDS)
def test_training_lowers_the_loss_once_the_memory_is_full(similarity: str) -> None:
    losses = learn(small(similarity), pairs(8, noise=2.0, distractors=6), steps=120, learning_rate=3e-3)
    assert np.mean(losses[-20:]) < 0.5 * np.mean(losses[30:50])


def test_key_encoder_follows_without_a_gradient() -> None:
    method = small("cosine", momentum=0.5)
    batch = pairs(8, distractors=6)
    learn(method, batch, steps=1)
    key, query = (next(module.parameters()).detach().clone() for module in (method.key_encoder, method.encoder))
    assert not torch.equal(key, query)
    learn(method, batch, steps=1, learning_rate=1e-12)
    torch.testing.assert_close(next(method.key_encoder.parameters()), (key + query) / 2)
    assert all(parameter.grad is None for parameter in method.key_encoder.parameters())


@pytest.mark.parametrize("similarity", KINDS)
def test_order_of_frames_changes_no_similarity(similarity: str) -> None:
    method = small(similarity)
    video, other = torch.randn(9, 3, 8), torch.randn(14, 3, 8)
    expected = method.similarity(method.index(video), method.index(other))
    found = method.similarity(method.index(video.flip(0)), method.index(other[torch.randperm(14)]))
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("similarity", ["cosine", "symmetric"])
def test_symmetric_ones_may_be_swapped(similarity: str) -> None:
    method = small(similarity)
    one, other = method.index(torch.randn(9, 3, 8)), method.index(torch.randn(14, 3, 8))
    torch.testing.assert_close(method.similarity(one, other), method.similarity(other, one), atol=1e-7, rtol=0)


@pytest.mark.parametrize("similarity", KINDS)
def test_saved_and_loaded_it_gives_the_same_bytes(similarity: str, tmp_path: Path) -> None:
    method = small(similarity)
    learn(method, pairs(8, distractors=6), steps=2)
    save_model(tmp_path, method, config={"method": METHOD | {"similarity": similarity}})
    loaded = load_model(tmp_path, 8)
    assert all(torch.equal(value, loaded.state_dict()[name]) for name, value in method.state_dict().items())
    videos = [torch.randn(frames, 2, 8) for frames in (1, 4, 23, 1100)]
    found = [score(one, videos, videos, device="cpu", memory_gb=1) for one in (method.eval(), loaded)]
    assert (found[0] == found[1]).all()


def test_published_weights_start_a_key_encoder_and_keep_the_first_queue() -> None:
    method = build(PUBLISHED, 32)
    queue = method.queue.clone()
    method.load_state_dict(from_published(published_state()))
    assert torch.equal(method.queue, queue)
    for name, value in method.encoder.state_dict().items():
        assert torch.equal(value, method.key_encoder.state_dict()[name])


def test_incomplete_and_foreign_weights_are_named() -> None:
    state = published_state()
    del state["transformer_encoder.layers.0.norm2.bias"]
    with pytest.raises(ValueError, match=r"missing encoder\.layers\.0\.norm2\.bias; unexpected fc\.bias; expected"):
        from_published({**state, "fc.bias": torch.zeros(1)})
    with pytest.raises(RuntimeError, match="key_encoder"):
        small("cosine").load_state_dict({"queue": torch.zeros(12, 8)}, strict=True)


@pytest.mark.parametrize("similarity", KINDS)
def test_picture_has_a_row_per_frame(similarity: str) -> None:
    method = small(similarity).requires_grad_(False)
    assert frame_similarity_of(method, *(np.ones((frames, 2, 8), np.float32) for frames in (7, 13))).shape == (7, 13)


def test_it_learns_from_the_labelled_core() -> None:
    assert METHODS["tca"].learns_from == "core"
