import torch

from hapvr.methods.chamfer import Chamfer
from hapvr.similarity import topk_chamfer


def test_similarity_is_topk_chamfer_over_regions_then_frames():
    query, target = torch.randn(5, 9, 4), torch.randn(7, 9, 4)
    frames = topk_chamfer(torch.einsum("trd,usd->turs", query, target), 0.3)
    method = Chamfer(0.3, 0.5)
    assert torch.equal(method.similarity(method.index(query), method.index(target)), topk_chamfer(frames, 0.5))


def test_worked_out_by_hand():
    one, two = torch.eye(2)
    method = Chamfer(0.0, 0.0)
    query = torch.stack([one, two])[:, None]
    assert method.similarity(query, one[None, None]) == 0.5
    assert method.similarity(one[None, None], query) == 1
