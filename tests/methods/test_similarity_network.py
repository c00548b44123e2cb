from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from hapvr.methods.similarity_network import from_published
from hapvr.similarity import SimilarityNetwork

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "network.npz")
RATES = {"topk": (0.3, 0.25), "paper_rates": (0.1, 0.03), "chamfer": (0.0, 0.0)}


@pytest.fixture(params=RATES)
def case(request):
    """Name of a golden case, and the network with its weights."""
    network = SimilarityNetwork(32, *RATES[request.param], minimum_frames=8)
    prefix = f"network/{request.param}/state/"
    state = {key.removeprefix(prefix): torch.from_numpy(GOLDEN[key]) for key in GOLDEN.files if key.startswith(prefix)}
    network.load_state_dict(state)
    return f"network/{request.param}", network


def golden(name: str) -> torch.Tensor:
    return torch.from_numpy(GOLDEN[name])


def test_index_equals_the_published_one(case):
    name, network = case
    for number in range(5):
        torch.testing.assert_close(network.index(golden(f"{name}/video{number}")), golden(f"{name}/indexed{number}"))


def test_similarity_equals_the_published_one(case):
    name, network = case
    videos = [golden(f"{name}/indexed{number}") for number in range(5)]
    similarity = torch.stack([torch.stack([network.similarity(a, b) for b in videos]) for a in videos])
    torch.testing.assert_close(similarity, golden(f"{name}/similarity"), atol=1e-5, rtol=0)


def test_steps_of_one_pair_equal_the_published_ones(case):
    name, network = case
    frame_similarity = network.frame_similarity(golden(f"{name}/indexed2"), golden(f"{name}/indexed3"))
    torch.testing.assert_close(frame_similarity, golden(f"{name}/frame_similarity_2_3"), atol=1e-5, rtol=0)
    head = F.hardtanh(network.compare_frames(frame_similarity[None]))[0]
    torch.testing.assert_close(head, golden(f"{name}/head_output_2_3").reshape(head.shape), atol=1e-5, rtol=0)


def test_training_pass_equals_the_published_one(case):
    name, network = case
    batch = golden(f"{name}/train_batch").requires_grad_()
    frame_similarity, similarity, penalty = network(batch)
    for ours, theirs in [
        (frame_similarity, "frame_similarity"),
        (similarity, "similarity"),
        (penalty, "regularization"),
    ]:
        torch.testing.assert_close(ours, golden(f"{name}/train_{theirs}").reshape(ours.shape), atol=1e-5, rtol=1e-5)
    (similarity.sum() + 0.1 * frame_similarity.sum() + penalty).backward()
    torch.testing.assert_close(batch.grad, golden(f"{name}/train_batch_grad"), atol=1e-5, rtol=1e-5)


def test_first_weights_are_xavier_uniform_and_biases_zero():
    torch.manual_seed(0)
    state = SimilarityNetwork(32, 0.3, 0.25, minimum_frames=8).state_dict()
    # √(6 / (fan in + fan out)); the 3 × 3 kernels count nine times.
    bounds = {
        "attention.transform": (6 / (32 + 32)) ** 0.5,
        "attention.context_vector": (6 / (32 + 1)) ** 0.5,
        "comparator_module.conv1": (6 / (9 * 1 + 9 * 32)) ** 0.5,
        "comparator_module.conv2": (6 / (9 * 32 + 9 * 64)) ** 0.5,
        "comparator_module.conv3": (6 / (9 * 64 + 9 * 128)) ** 0.5,
        "comparator_module.fconv": (6 / (128 + 1)) ** 0.5,
    }
    assert {name.rpartition(".")[0] for name in state} == set(bounds)
    for name, bound in bounds.items():
        largest = state[f"{name}.weight"].abs().max().item()
        assert 0.9 * bound < largest <= bound, name
        assert not state.get(f"{name}.bias", torch.zeros(1)).any(), name


def test_first_weights_depend_on_the_seed_alone():
    states = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        states.append(SimilarityNetwork(32, 0.3, 0.25, minimum_frames=8).state_dict())
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert not torch.equal(states[0]["attention.transform.weight"], states[2]["attention.transform.weight"])


def test_short_video_is_repeated_to_the_minimum():
    network = SimilarityNetwork(4, 0.3, 0.2, minimum_frames=8)
    short = torch.randn(3, 9, 4)
    indexed = network.index(short)
    assert len(indexed) == 9
    assert torch.equal(indexed[:3], indexed[3:6])
    assert network.similarity(indexed, indexed).isfinite()


def test_rows_are_those_of_the_whole():
    network = SimilarityNetwork(16, 0.3, 0.2, minimum_frames=8).double()
    batch = torch.randn(5, 8, 9, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    whole, parts = network(batch), [network(batch, slice(0, 2)), network(batch, slice(2, 5))]
    for number in (0, 1):
        torch.testing.assert_close(torch.cat([part[number] for part in parts]), whole[number])
    torch.testing.assert_close(parts[0][2] + parts[1][2], whole[2])


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_means_are_taken_in_float32_where_products_are_bfloat16(rate):
    network = SimilarityNetwork(16, rate, rate, minimum_frames=8)
    videos = torch.nn.functional.normalize(torch.randn(4, 8, 9, 16, generator=torch.Generator().manual_seed(0)), dim=-1)
    exact = network(videos)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = network(videos)
    for ours, theirs in zip(rough, exact, strict=True):
        assert ours.dtype == torch.float32
        torch.testing.assert_close(ours, theirs, atol=0.03, rtol=0)
    assert not torch.equal(rough[0], rough[0].bfloat16().float()), "rounded to bfloat16 after the mean"


@pytest.mark.parametrize("head", ["visil_head", "comparator_module", "module.visil_head"])
def test_published_names_are_ours(head):
    ours = SimilarityNetwork(8, 0, 0).state_dict()
    published = {name.replace("comparator_module", head): tensor for name, tensor in ours.items()}
    renamed = from_published(published)
    assert renamed.keys() == ours.keys()
    assert all(torch.equal(renamed[name], ours[name]) for name in ours)


def test_other_names_are_refused():
    state = SimilarityNetwork(8, 0, 0).state_dict()
    del state["comparator_module.fconv.bias"]
    state["binarization.W"] = torch.zeros(8, 8)
    with pytest.raises(ValueError, match=r"missing comparator_module\.fconv\.bias; unexpected binarization\.W"):
        from_published(state)
