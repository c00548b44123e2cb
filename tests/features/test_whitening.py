import pytest
import torch

from hapvr.features.whitening import Whitening


@pytest.fixture
def vectors() -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(4000, 6, generator=generator) @ torch.randn(6, 6, generator=generator) + 3


def test_training_vectors_become_uncorrelated_with_unit_variance(vectors):
    whitening = Whitening.fit(vectors, 6)
    projected = (vectors - whitening.mean) @ (whitening.directions / whitening.variances.sqrt())
    torch.testing.assert_close(projected.T.cov(), torch.eye(6), atol=1e-4, rtol=0)


def test_keeps_the_directions_of_largest_variance(vectors):
    assert torch.equal(Whitening.fit(vectors, 3).variances, Whitening.fit(vectors, 6).variances[:3])


def test_output_is_unit_length(vectors):
    torch.testing.assert_close(Whitening.fit(vectors, 3)(vectors).norm(dim=-1), torch.ones(len(vectors)))


def test_file_gives_the_same_whitening(vectors, tmp_path):
    whitening = Whitening.fit(vectors, 4)
    whitening.save(tmp_path / "whitening.safetensors")
    assert torch.equal(Whitening.load(tmp_path / "whitening.safetensors")(vectors), whitening(vectors))


def test_too_few_vectors_name_the_parameter():
    with pytest.raises(ValueError, match=r"whiten\.dims: 8 dimensions asked of 3 vectors"):
        Whitening.fit(torch.rand(3, 10), 8)


def test_vectors_in_a_plane_do_not_give_three_directions():
    plane = torch.rand(50, 2) @ torch.rand(2, 5)
    with pytest.raises(ValueError, match="span fewer than 3 directions"):
        Whitening.fit(plane, 3)
