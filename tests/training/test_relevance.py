import torch

from hapvr.training.batches import relate_views


def test_a_mixed_view_is_relevant_to_views_of_both_its_sources() -> None:
    views = [{"a"}, {"b"}, {"c"}, {"a", "b"}]
    expected = [[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 0], [1, 1, 0, 1]]
    assert torch.equal(relate_views(views), torch.tensor(expected, dtype=torch.float32))


def test_mixed_views_that_share_a_source_outside_the_batch_are_relevant_to_each_other() -> None:
    assert relate_views([{"a", "z"}, {"b", "z"}, {"a"}]).tolist() == [[1, 1, 1], [1, 1, 0], [1, 0, 1]]


def test_weak_and_strong_view_of_a_source_are_relevant() -> None:
    assert relate_views([{"a"}, {"b"}, {"a"}, {"b"}]).tolist() == [[1, 0, 1, 0], [0, 1, 0, 1]] * 2
