import math

import numpy as np
import pytest
import torch

from hapvr.evaluation.average_precision import mean_average_precision


def test_map_by_hand() -> None:
    similarity = torch.tensor([[1, 0.9, 0.8, 0.7], [0.9, 1, 0.2, 0.1], [0.8, 0.2, 1, 0.5], [0.7, 0.1, 0.5, 1]])
    relevance = torch.eye(4)
    relevance[0, 2] = relevance[2, 0] = relevance[0, 3] = relevance[3, 0] = 1
    # Query 0: relevant at ranks 2 and 3, (1/2 + 2/3) / 2. Queries 2 and 3: at rank 1. Query 1 has none.
    assert mean_average_precision(similarity.numpy(), relevance.numpy()) == pytest.approx((7 / 12 + 1 + 1) / 3)


def test_tied_scores_are_one_group() -> None:
    relevance = torch.tensor([[1.0, 1, 0], [1, 1, 0], [0, 0, 1]])
    similarity = torch.full((3, 3), 0.5)
    assert mean_average_precision(similarity.numpy(), relevance.numpy()) == pytest.approx(0.5)


def test_without_relevant_videos_there_is_no_map() -> None:
    assert math.isnan(mean_average_precision(np.eye(3), np.eye(3)))
