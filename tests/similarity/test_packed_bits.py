import pytest
import torch

from hapvr.similarity.packed_bits import best_products, pack, unpack
from hapvr.similarity.region_similarity import frame_similarity


def codes(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


def test_eight_bits_make_a_byte_the_first_worth_one():
    bits = torch.tensor([[1, 0, 0, 0, 0, 0, 0, 1], [0, 1, 0, 0, 0, 0, 0, 0]], dtype=torch.bool)
    assert pack(bits).tolist() == [[129], [2]]
    assert torch.equal(unpack(pack(bits), torch.float32) > 0, bits)


def test_worked_out_by_hand():
    query, target = torch.tensor([[[0b1111]], [[0b0000]]], dtype=torch.uint8), torch.tensor([[[0b0111]]]).byte()
    # one bit of eight differs, then three: 6 and 2, of two query regions
    assert best_products(query, target).tolist() == [[4.0]]


@pytest.mark.parametrize("size", [1, 3, 4, 8, 10, 31, 32, 64])
@pytest.mark.parametrize(("regions", "frames", "others"), [(9, 5, 7), (3, 300, 77), (1, 1, 1), (9, 1, 130)])
def test_equals_products_of_unpacked_codes_exactly(size, regions, frames, others):
    query, target = codes(regions, frames, size), codes(regions, others, size, seed=1)
    expected = frame_similarity(unpack(query, torch.float32), unpack(target, torch.float32), 0)
    assert torch.equal(best_products(query, target), expected)


def test_a_code_against_itself_and_its_opposite():
    code = codes(1, 1, 64)
    assert best_products(code, code).item() == 512
    assert best_products(code, ~code).item() == -512


def test_a_part_of_longer_codes_may_be_compared():
    query, target = codes(9, 40, 16), codes(9, 60, 16, seed=1)
    assert torch.equal(best_products(query[:, 8:16], target[:, 10:30]), best_products(query, target)[8:16, 10:30])


@pytest.mark.parametrize("size", [3, 16, 64])
def test_float16_which_a_gpu_multiplies_in_gives_the_same(size):
    query, target = codes(9, 20, size), codes(9, 30, size, seed=1)
    half = frame_similarity(unpack(query, torch.float16), unpack(target, torch.float16), 0)
    assert torch.equal(best_products(query, target), half)
