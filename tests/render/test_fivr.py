import pytest

from hapvr.render.dataset import plan


@pytest.fixture(scope="module")
def planned(mini):
    return plan("mini_fivr", mini["mini_fivr"])


def _pairs(planned, label):
    for query, labels in planned.dataset.relevance.items():
        for video_id in labels[label]:
            yield planned.videos[query].clips[0], planned.videos[video_id].clips


def _spans(query, clips):
    """Start and end of each clip that shows the query's incident."""
    return [(clip.start_s, clip.end_s) for clip in clips if clip.recording.incident == query.recording.incident]


def _overlaps(query, clips):
    return any(start < query.end_s and query.start_s < end for start, end in _spans(query, clips))


def test_there_are_at_least_24_queries_with_every_label(planned):
    assert len(planned.dataset.queries) >= 24
    assert all(labels[label] for labels in planned.dataset.relevance.values() for label in ("ND", "DS", "CS", "IS"))


def test_near_duplicates_show_most_of_the_query_and_nothing_else(planned):
    for query, clips in _pairs(planned, "ND"):
        assert [clip.recording for clip in clips] == [query.recording]
        assert clips[0].end_s - clips[0].start_s >= 0.8 * query.recording.seconds


def test_duplicate_scenes_share_part_of_the_query_only(planned):
    for query, clips in _pairs(planned, "DS"):
        shared = [clip for clip in clips if clip.recording == query.recording]
        assert len(shared) == 1 < len(clips)
        assert shared[0].end_s - shared[0].start_s < 0.8 * query.recording.seconds


def test_complementary_scenes_are_other_cameras_at_overlapping_times(planned):
    for query, clips in _pairs(planned, "CS"):
        assert all(clip.recording != query.recording for clip in clips)
        assert _overlaps(query, clips)


def test_incident_scenes_are_at_another_time(planned):
    for query, clips in _pairs(planned, "IS"):
        assert _spans(query, clips)
        assert not _overlaps(query, clips)


def test_distractors_share_families_but_no_incident_with_a_query(planned):
    incidents = {planned.videos[query].clips[0].recording.incident for query in planned.dataset.queries}
    distractors = {
        video.clips[0].recording.incident for name, video in planned.videos.items() if name.startswith("distractor")
    }
    assert not incidents & distractors
    assert {incident.family for incident in incidents} & {incident.family for incident in distractors}


def test_a_video_has_one_label_per_query_and_the_query_none(planned):
    for query, labels in planned.dataset.relevance.items():
        named = [video_id for videos in labels.values() for video_id in videos]
        assert len(named) == len(set(named))
        assert query not in named
        assert query in planned.dataset.excluded[query]


def test_tasks_add_one_label_after_another(planned):
    tasks = planned.dataset.tasks
    assert tasks["DSVR"].labels == ["ND", "DS"]
    assert tasks["CSVD"].labels == ["ND", "DS", "CS"]
    assert tasks["ISVR"].labels == ["ND", "DS", "CS", "IS"]
    assert {name: task.metric for name, task in tasks.items()} == {
        **dict.fromkeys(["DSVR", "CSVR", "ISVR"], "mAP"),
        **dict.fromkeys(["DSVD", "CSVD", "ISVD"], "uAP"),
    }
