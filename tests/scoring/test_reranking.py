"""Re-ranking: equal to the released code; share 0 and 1 are the two lists themselves."""

import numpy as np
import pytest

from hapvr.scoring.reranking import rerank
from tests.golden.numbers import Golden

GOLDEN = Golden("dns_rerank", "dns_rerank/")


@pytest.mark.parametrize("share", [0.0, 0.05, 0.3, 0.49, 1.0])
def test_scores_equal_the_published_ones(share: float) -> None:
    available = GOLDEN["available"].numpy().astype(bool)
    coarse, fine = GOLDEN["coarse"].numpy(), GOLDEN["fine"].numpy()
    expected = GOLDEN[f"share{share}"].numpy()
    found = rerank(coarse[:, available], fine[:, available], GOLDEN["selector"].numpy(), share=share)
    np.testing.assert_allclose(found, expected[:, available], atol=1e-6)


def test_by_hand() -> None:
    coarse, fine = np.array([[0.1, 0.2, 0.3, 0.4]]), np.array([[0.9, 0.8, 0.7, 0.6]])
    confidence = np.array([[0.5, 0.9, 0.9, 0.1]])
    # int(0.49 · 4) = 1: the first of the two most confident ones.
    assert rerank(coarse, fine, confidence, share=0.49).tolist() == [[0.1, 0.8, 0.3, 0.4]]


def test_wrong_shapes_and_shares_are_refused() -> None:
    one = np.zeros((2, 3))
    with pytest.raises(ValueError, match=r"expected one shape, found \(2, 3\), \(2, 4\) and \(2, 3\)"):
        rerank(one, np.zeros((2, 4)), one, share=0.5)
    with pytest.raises(ValueError, match=r"share 1\.5 is outside"):
        rerank(one, one, one, share=1.5)
