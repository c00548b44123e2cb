"""DnS's coarse student: equal to the released code, blind to the order of frames, and taught by a ViSiL."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from hapvr.methods import dns_coarse
from hapvr.methods.dns_coarse import DnSCoarse, from_published
from hapvr.methods.model import load_model, save_model
from hapvr.methods.pair_learning import choose_pairs, compare
from hapvr.methods.visil import ViSiL
from tests.golden.numbers import Golden
from tests.methods.pair_batches import DIMS, batch_of, learn, unit

GOLDEN = Golden("dns_coarse", "dns_cg/")
SIZES = {"layers": 2, "heads": 4, "feedforward": 48, "clusters": 6, "output": 24, "dropout": 0.0, "learning_rate": 1e-4}


@pytest.fixture
def published() -> DnSCoarse:
    network = DnSCoarse(32, **SIZES)
    network.load_state_dict(from_published(GOLDEN.state()))
    return network.eval()


@pytest.fixture
def teacher() -> ViSiL:
    torch.manual_seed(1)
    return ViSiL(DIMS, False, margin=0.5, regularisation=0.1, learning_rate=1e-5).eval().requires_grad_(False)


def close(ours: Tensor, theirs: Tensor) -> None:
    torch.testing.assert_close(ours, theirs.reshape(ours.shape), atol=1e-5, rtol=0)


def test_vectors_and_similarity_equal_the_published_ones(published: DnSCoarse) -> None:
    videos = [published.index(GOLDEN[f"video{number}"]) for number in range(5)]
    for number, vector in enumerate(videos):
        close(vector, GOLDEN[f"indexed{number}"])
        # Padded together and masked there: the same.
        close(vector, GOLDEN["padded/indexed"][number])
    close(
        torch.stack([torch.stack([published.similarity(a, b) for b in videos]) for a in videos]), GOLDEN["similarity"]
    )


def test_training_pass_equals_the_published_one(published: DnSCoarse) -> None:
    videos, mask = GOLDEN["train/videos"].requires_grad_(), GOLDEN["train/mask"].bool()
    vectors = torch.stack([published.index(video[real]) for video, real in zip(videos, mask, strict=True)])
    close(vectors, GOLDEN["train/indexed"])
    anchors, positives, negatives = vectors.chunk(3)
    similarity = torch.stack([(anchors * positives).sum(1), (anchors * negatives).sum(1)], 1)
    close(similarity[:, 0], GOLDEN["train/positive"])
    close(similarity[:, 1], GOLDEN["train/negative"])
    loss = (similarity - GOLDEN["train/teacher"]).abs().mean()
    close(loss, GOLDEN["train/loss"])
    loss.backward()
    assert videos.grad is not None
    close(videos.grad * mask[..., None, None], GOLDEN["train/grad"] * mask[..., None, None])


def test_order_of_frames_changes_nothing(published: DnSCoarse) -> None:
    video = GOLDEN["video3"]
    close(published.index(video.flip(0)), published.index(video))


def test_objective_is_the_mean_distance_to_the_teacher(teacher: ViSiL) -> None:
    torch.manual_seed(0)
    student, batch = DnSCoarse(DIMS, **SIZES).eval(), batch_of(2, frames=8)
    pairs = choose_pairs(batch, parts=2)
    distances = []
    for query, target in zip(*pairs, strict=True):
        one, other = (student.index(batch.features[place]) for place in (query, target))
        wanted = compare(teacher, batch.features, (query[None], target[None]))[0] / 2 + 0.5
        distances.append((student.similarity(one, other) - wanted).abs())
    found = student.objective(batch, fine=teacher)["distillation"]
    torch.testing.assert_close(found, torch.stack(distances).mean())


def test_steps_lower_the_loss(teacher: ViSiL) -> None:
    torch.manual_seed(0)
    totals = learn(DnSCoarse(DIMS, **SIZES), batch_of(3), 12, fine=teacher)
    assert totals[-1] < 0.9 * totals[0]


def test_saved_and_loaded_it_scores_the_same(tmp_path: Path) -> None:
    student = DnSCoarse(DIMS, **SIZES).eval().requires_grad_(False)
    save_model(tmp_path, student, config={"method": {"name": "dns_coarse", **SIZES}})
    video = unit(9, 9, DIMS)
    assert torch.equal(load_model(tmp_path, DIMS).index(video), student.index(video))


def test_other_weights_are_named() -> None:
    state = GOLDEN.state()
    del state["netvlad.centroids"]
    with pytest.raises(ValueError, match=r"missing netvlad\.centroids"):
        from_published(state)


def test_heads_divide_the_dims() -> None:
    with pytest.raises(ValueError, match="heads: 4 do not divide the features' 18 dims"):
        DnSCoarse(18, **SIZES)


@pytest.mark.parametrize("frames", [1, 7, 60])
def test_a_gradient_changes_no_bit_of_a_vector(frames: int) -> None:
    torch.manual_seed(0)
    student, video = DnSCoarse(DIMS, **SIZES).eval(), unit(frames, 9, DIMS)
    wanted = student.index(video)
    assert wanted.requires_grad
    with torch.inference_mode():
        assert torch.equal(student.index(video), wanted)
    assert torch.equal(student.requires_grad_(False).index(video), wanted)


def test_regions_of_a_long_video_are_attended_to_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    student, video = DnSCoarse(DIMS, **SIZES).eval(), unit(41, 9, DIMS)
    whole = student.index(video)
    monkeypatch.setattr(dns_coarse, "PART", 8)
    close(student.index(video), whole)
