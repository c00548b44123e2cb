from base64 import b64decode

import numpy as np
import pytest

from hapvr.explorer.matrices import quantise


def test_a_small_matrix_is_kept_to_eight_bits():
    matrix = np.array([[-0.5, 0.5, 0.0], [1.5, 0.5, 0.5]], np.float32)
    found = quantise(matrix, side=8)
    cells = np.frombuffer(b64decode(found.cells), np.uint8).reshape(found.rows, found.columns)
    assert (found.low, found.high) == (-0.5, 1.5)
    assert found.low + cells / 255 * (found.high - found.low) == pytest.approx(matrix, abs=2 / 255)


def test_of_frames_that_share_a_cell_the_most_similar_pair_counts():
    matrix = np.zeros((10, 6), np.float32)
    matrix[7, 3] = 1
    found = quantise(matrix, side=5)
    cells = np.frombuffer(b64decode(found.cells), np.uint8).reshape(found.rows, found.columns)
    assert cells.shape == (5, 5)
    assert cells[3].max() == 255
    assert (cells > 0).sum() == 1


def test_a_matrix_of_one_value_is_dark():
    assert set(b64decode(quantise(np.full((2, 2), 0.3), side=4).cells)) == {0}
