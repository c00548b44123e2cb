import pytest

from hapvr.render.dataset import plan


@pytest.fixture(scope="module")
def planned(mini):
    return plan("mini_svd", mini["mini_svd"])


def _recording(planned, video_id):
    return planned.videos[video_id].clips[0].recording


def test_positives_are_copies_of_the_query(planned):
    for query, labels in planned.dataset.relevance.items():
        assert {_recording(planned, video_id) for video_id in labels["1"]} == {_recording(planned, query)}


def test_hard_negatives_show_the_query_place_at_another_time(planned):
    for query, labels in planned.dataset.relevance.items():
        own = _recording(planned, query)
        for video_id in labels["0"]:
            other = _recording(planned, video_id)
            assert other.incident == own.incident
            assert other.start_s >= own.end_s


def test_candidates_are_the_labelled_and_the_unlabelled_videos(planned):
    dataset = planned.dataset
    unlabelled = {video_id for video_id in dataset.database if video_id.startswith("distractor")}
    for query, labels in dataset.relevance.items():
        assert set(dataset.candidates[query]) == {*labels["1"], *labels["0"], *unlabelled}
