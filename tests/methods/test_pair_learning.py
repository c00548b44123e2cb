import pytest
import torch
import torch.nn.functional as F

from hapvr.methods.pair_learning import choose_pairs, hardest_negatives
from hapvr.training.batches import Batch
from tests.methods.pair_batches import unit


def test_hardest_negative_is_the_most_similar_irrelevant_video():
    videos = unit(6, 4, 9, 8)
    videos[4] = F.normalize(videos[0] + 0.1 * videos[4], dim=-1)
    videos[5] = F.normalize(videos[0] + 0.2 * videos[5], dim=-1)
    relevance = torch.eye(6)
    assert hardest_negatives(videos, relevance[:1]).tolist() == [4]
    relevance[0, 4] = 1
    assert hardest_negatives(videos, relevance[:1]).tolist() == [5]


def test_similarity_is_chamfer_over_frames():
    one, two = torch.eye(2)
    frames = torch.stack([torch.stack([one, two]), torch.stack([one, one]), torch.stack([two, one])])
    # of its two frames the second video has one, the third, in another order, both
    assert hardest_negatives(frames.unsqueeze(2), torch.eye(3)[:1]).tolist() == [2]


def test_pairs_are_anchors_with_positives_then_with_negatives():
    videos = unit(4, 4, 9, 8)
    videos[3] = videos[0]
    batch = Batch(videos, videos[:, :, 0], torch.eye(2).repeat(2, 2), [frozenset()] * 4)
    queries, targets = choose_pairs(batch, parts=2)
    assert queries.tolist() == [0, 1, 0, 1]
    assert targets[:3].tolist() == [2, 3, 3]
    assert targets[3] in (0, 2)


def test_batch_without_a_negative_is_refused():
    with pytest.raises(ValueError, match=r"no negative in the batch for anchor 0: all 2 videos are relevant"):
        hardest_negatives(unit(2, 4, 9, 8), torch.ones(1, 2))
