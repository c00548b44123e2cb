import numpy as np
import pytest
import torch

from hapvr.methods.dns_bin import DnSBin, from_published
from hapvr.methods.visil import ViSiL
from hapvr.similarity.packed_bits import unpack
from tests.golden.masked import masked_pairs
from tests.golden.numbers import Golden
from tests.methods.pair_batches import DIMS, batch_of, learn, learn_twice, unit

LEARNING = {"regularisation": 0.001, "learning_rate": 1e-4}
GOLDEN = Golden("dns_fg_bin", "dns_fg_bin/")


@pytest.fixture
def published():
    network = DnSBin(32, 24, 1e-6, **LEARNING)
    network.load_state_dict(from_published(GOLDEN.state()))
    return network


def close(ours, theirs, atol=1e-5):
    torch.testing.assert_close(ours, theirs.reshape(ours.shape), atol=atol, rtol=0)


def test_codes_and_similarity_equal_the_published_ones(published):
    videos = [published.index(GOLDEN[f"video{number}"]) for number in range(5)]
    for number, video in enumerate(videos):
        assert torch.equal(unpack(video, torch.float32), GOLDEN[f"indexed{number}"])
    scores = torch.stack([torch.stack([published.similarity(a, b) for b in videos]) for a in videos])
    close(scores, GOLDEN["similarity"])
    frames = published.frame_similarity(videos[2], videos[3])
    close(frames, GOLDEN["frame_similarity_2_3"])
    close(published.compare_frames(frames[None])[0], GOLDEN["head_raw_2_3"])
    # Masks cut no cell where a length is a multiple of 4 or that of the padded batch.
    close(published.similarity(videos[2], videos[2]), GOLDEN["padded/similarity"][1, 0])
    close(published.similarity(videos[2], videos[4]), GOLDEN["padded/similarity"][1, 2])


@pytest.mark.parametrize(("pass_", "sigma"), [("train", 1e-6), ("train_sigma0.001", 1e-3)])
def test_training_pass_equals_the_published_one(published, pass_, sigma):
    published.sigma = sigma
    similarity, penalty, videos = masked_pairs(published, GOLDEN)
    encoded = published.encode(videos) * GOLDEN["train/mask"][:, :, None, None]
    close(encoded, GOLDEN[f"{pass_}/indexed"], atol=2e-5)  # the erf is steep
    close(similarity, torch.cat([GOLDEN[f"{pass_}/positive"], GOLDEN[f"{pass_}/negative"]]))
    close(penalty, GOLDEN[f"{pass_}/regularization"])
    loss = (similarity - GOLDEN["train/teacher"].T.flatten()).abs().mean() + 0.001 * penalty
    close(loss, GOLDEN[f"{pass_}/loss"])
    loss.backward()
    close(videos.grad, GOLDEN[f"{pass_}/grad"])


def test_a_minute_of_video_takes_a_bit_for_each_bit_of_a_code():
    network = DnSBin(DIMS, 64, 1e-3, **LEARNING)
    indexed = network.index(unit(60, 9, DIMS))
    assert indexed.dtype == torch.uint8
    assert indexed.nbytes == 60 * 9 * 64 / 8


def test_packed_similarity_equals_that_of_unpacked_codes_exactly():
    torch.manual_seed(0)
    network = DnSBin(DIMS, 24, 1e-3, **LEARNING)
    packed = [network.index(unit(frames, 9, DIMS, seed=frames)) for frames in (6, 17)]
    codes = [unpack(video, torch.float32) for video in packed]
    products = torch.einsum("trd,usd->turs", *codes).amax(-1).mean(-1)
    assert torch.equal(network.frame_similarity(*packed), products / 24)


def test_a_projection_of_zero_counts_as_positive():
    network = DnSBin(2, 8, 1e-3, **LEARNING)
    network.projection.data.zero_()
    assert (network.index(unit(4, 1, 2)) == 255).all()


def test_length_of_a_feature_has_no_effect():
    network = DnSBin(DIMS, 24, 1e-3, **LEARNING)
    video = unit(4, 9, DIMS)
    torch.testing.assert_close(network.encode(video), network.encode(3 * video))


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_first_projection_is_orthogonal(bits):
    first = DnSBin(DIMS, bits, 1e-3, **LEARNING).projection.detach()
    narrow = first if bits <= DIMS else first.T
    torch.testing.assert_close(narrow.T @ narrow, torch.eye(narrow.shape[1]), atol=1e-5, rtol=0)


def test_steps_bring_it_nearer_to_its_teacher_and_give_the_same_twice():
    torch.manual_seed(1)
    teacher = ViSiL(DIMS, False, margin=0.5, regularisation=0.1, learning_rate=1e-5).eval().requires_grad_(False)

    def run():
        torch.manual_seed(0)
        network = DnSBin(DIMS, 24, 1e-2, **LEARNING)
        first = network.projection.detach().clone()
        totals = learn(network, batch_of(3), 12, fine=teacher)
        assert not torch.equal(network.projection, first)
        return totals

    totals = learn_twice(run)
    assert totals[-1] < 0.7 * totals[0]


def test_soft_signs_approach_the_codes_as_sigma_vanishes():
    network = DnSBin(DIMS, 24, 1e-12, **LEARNING)
    video = unit(4, 9, DIMS)
    np.testing.assert_allclose(network.encode(video).detach(), unpack(network.index(video), torch.float32), atol=1e-3)
