"""Costs: what is kept counts, and a re-ranked run compares finely in its share of the pairs alone."""

import torch
from costs import reranked, size_on_disk


def test_floats_are_kept_as_float16_and_bits_as_they_are() -> None:
    assert size_on_disk([torch.zeros(3, 9, 8), torch.zeros(5)]) == 2 * (3 * 9 * 8 + 5)
    assert size_on_disk([torch.zeros(3, 9, 2, dtype=torch.uint8)]) == 3 * 9 * 2


def test_a_reranked_run_has_both_indices_and_its_share_of_the_fine_comparisons() -> None:
    costs = {
        "coarse": {"index_kb_per_minute": 1.0, "seconds_per_hour": 2.0, "seconds_per_million_pairs": 3.0},
        "fine": {"index_kb_per_minute": 100.0, "seconds_per_hour": 10.0, "seconds_per_million_pairs": 1000.0},
    }
    assert reranked(costs, "coarse", "fine", 0.05) == {
        "index_kb_per_minute": 101.0,
        "seconds_per_hour": 12.0,
        "seconds_per_million_pairs": 53.0,
    }
