from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from hapvr.methods import METHODS
from hapvr.methods.model import build, frame_similarity_of, load_model, save_model
from hapvr.methods.vrl import VRL
from hapvr.similarity import score
from tests.methods.views import batch_of, learn, pairs

METHOD = {
    "name": "vrl",
    "clip": 5,
    "missing": 0.25,
    "heads": 2,
    "feedforward": 16,
    "layers": 2,
    "dropout": 0.1,
    "temperature": 0.1,
    "learning_rate": 1e-3,
}


@pytest.fixture
def method() -> VRL:
    torch.manual_seed(0)
    return build(METHOD, 8).eval()


def without_layers(clip: int) -> VRL:
    """The transformer leaves frames as they are."""
    method = build({**METHOD, "clip": clip, "missing": 0.0, "temperature": 1.0}, 2)
    method.encoder = Unchanged()
    return method


class Unchanged(torch.nn.Module):
    def forward(self, frames, absent):
        return frames


def test_clips_and_similarity_by_hand() -> None:
    method = without_layers(2)
    one, two = torch.eye(2)
    both = F.normalize(one + two, dim=0)
    query = method.index(torch.stack([one, two, one, one, two])[:, None])
    torch.testing.assert_close(query, torch.stack([both, one, two])[:, None])
    target = method.index(torch.stack([one, one, one])[:, None])
    # Best clips of the target: √½, 1, 0; back, each clip has one that is equal.
    assert method.similarity(query, target).item() == pytest.approx((0.5**0.5 + 1) / 3)
    assert method.similarity(target, query).item() == pytest.approx(1)


def test_clip_is_what_it_would_be_alone(method: VRL) -> None:
    video = torch.randn(12, 3, 8)
    clips = torch.cat([method.index(part) for part in video.split(5)])
    torch.testing.assert_close(method.index(video), clips, atol=1e-6, rtol=0)


def test_order_of_frames_in_a_clip_and_of_whole_clips_changes_no_similarity(method: VRL) -> None:
    video, other = torch.randn(15, 3, 8), method.index(torch.randn(23, 3, 8))
    clips = [clip[torch.randperm(5)] for clip in video.split(5)]
    moved = method.index(torch.cat([clips[2], clips[0], clips[1]]))
    for pair, changed in [
        ((method.index(video), other), (moved, other)),
        ((other, method.index(video)), (other, moved)),
    ]:
        torch.testing.assert_close(method.similarity(*changed), method.similarity(*pair), atol=1e-6, rtol=0)


def test_missing_frames_are_drawn_in_training_and_never_a_whole_clip(method: VRL) -> None:
    absent = torch.tensor([[False, False, False], [False, True, True]]).repeat(500, 1)
    method.missing = 0.9
    drawn = method._with_missing(absent)
    assert (drawn | ~absent).all()  # what is absent stays so
    assert not drawn.all(1).any()
    assert not drawn[1::2, 0].any()
    # 0.9 less a third of the clips that would have lost all three.
    assert drawn[::2].float().mean().item() == pytest.approx(0.9 - 0.9**3 / 3, abs=0.03)


def test_objective_is_infonce_over_chamfer_by_hand() -> None:
    method = without_layers(1)
    one, two = torch.eye(2)
    views = torch.stack([torch.stack(view) for view in ([one, one], [two, two], [one, two], [two, two])])[:, :, None]
    # Rows of the similarity: a (1 0 1 0), b (0 1 1 1), a′ (½ ½ 1 ½), b′ as b.
    e = torch.tensor(1.0).exp()
    rows = [e / (e + 2), e / (e + 1 + e), e**0.5 / (3 * e**0.5), e / (e + 1 + e)]
    expected = -torch.stack(rows).log().mean()
    found = method.objective(batch_of(views, ["a", "b", "a", "b"]))["infonce"]
    torch.testing.assert_close(found, expected)


def test_training_lowers_the_loss(method: VRL) -> None:
    losses = learn(method, pairs(8, noise=2.0), steps=40)
    assert sum(losses[-5:]) < 0.7 * sum(losses[:5])


def test_two_trainings_give_the_same_bytes() -> None:
    states = []
    for _ in range(2):
        torch.manual_seed(3)
        method = build(METHOD, 8)
        learn(method, pairs(8), steps=3)
        states.append(method.state_dict())
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_saved_and_loaded_it_gives_the_same_bytes(method: VRL, tmp_path: Path) -> None:
    learn(method, pairs(8), steps=2)
    save_model(tmp_path, method, config={"method": METHOD})
    videos = [torch.randn(frames, 2, 8) for frames in (1, 4, 5, 23, 1100)]
    found = [score(one, videos, videos, device="cpu", memory_gb=1) for one in (method.eval(), load_model(tmp_path, 8))]
    assert (found[0] == found[1]).all()


def test_picture_has_a_row_per_frame(method: VRL) -> None:
    query, target = torch.randn(7, 2, 8), torch.randn(13, 2, 8)
    found = torch.from_numpy(frame_similarity_of(method.requires_grad_(False), query.numpy(), target.numpy()))
    assert found.shape == (7, 13)
    clips = method.index(query)[:, 0] @ method.index(target)[:, 0].T
    torch.testing.assert_close(found[[0, 4, 5, 6]][:, [0, 12]], clips[[0, 0, 1, 1]][:, [0, 2]])


def test_heads_that_do_not_divide_the_dims_are_named() -> None:
    with pytest.raises(ValueError, match="heads: 3 do not divide the features' 8 dims; choose a divisor of 8"):
        build({**METHOD, "heads": 3}, 8)


def test_it_learns_from_views() -> None:
    assert METHODS["vrl"].learns_from == "views"
