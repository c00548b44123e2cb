from pathlib import Path

import numpy as np
import pytest
import torch

from hapvr.features import regions

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "network.npz")


def test_equals_the_published_regions():
    maps = [torch.from_numpy(GOLDEN[f"regions/map{number}"]).float() for number in (1, 2, 3, 4)]
    torch.testing.assert_close(regions(maps), torch.from_numpy(GOLDEN["regions/output"]), rtol=0, atol=1e-6)


def test_the_copied_numbers_are_the_reference(shared):
    with np.load(shared / "golden" / "hapvr.npz") as reference:
        names = [name for name in reference.files if name.startswith("regions/")]
        assert sorted(names) == ["regions/map1", "regions/map2", "regions/map3", "regions/map4", "regions/output"]
        assert all(np.array_equal(reference[name], GOLDEN[name]) for name in names)


def test_a_bright_corner_shows_in_the_region_of_that_corner():
    maps = [torch.full((1, 2, side, side), 0.1) for side in (40, 20, 10, 5)]
    for stage_map in maps:
        stage_map[0, 1, -1, -1] = 5.0
    share = regions(maps)[0, :, 1::2].sum(-1)
    assert share.argmax() == 8
    assert share[0] == share[:2].min()


def test_regions_are_unit_vectors():
    maps = [torch.rand(3, 4, side, side) for side in (40, 20, 10, 5)]
    torch.testing.assert_close(regions(maps).norm(dim=-1), torch.ones(3, 9))


def test_wrong_number_of_maps_is_named():
    with pytest.raises(ValueError, match=r"expected 4 stage maps .* found 1"):
        regions([torch.rand(1, 4, 7, 7)])
