import pytest

from hapvr.render.dataset import plan


@pytest.fixture(scope="module")
def planned(mini):
    return plan("mini_fivr", mini["mini_fivr"])


def _pairs(planned, label):
    for query, labels in planned.dataset.relevance.items():
        for video_id in labels[label]:
            clips = [clip for clip in planned.videos[video_id].clips if not clip.stock]
            yield planned.videos[query].clips[0].recording, clips


def _spans(query, clips):
    """Start and end of each clip that shows the query's incident."""
    return [(clip.start_s, clip.end_s) for clip in clips if clip.recording.incident == query.incident]


def _shared_s(query, clips):
    return sum(clip.end_s - clip.start_s for clip in clips if clip.recording == query)


def _overlaps(query, clips):
    return any(start < query.end_s and query.start_s < end for start, end in _spans(query, clips))


def test_there_are_at_least_24_queries_with_every_label(planned):
    assert len(planned.dataset.queries) >= 24
    assert all(labels[label] for labels in planned.dataset.relevance.values() for label in ("ND", "DS", "CS", "IS"))


def test_near_duplicates_show_most_of_the_query_and_nothing_else(planned):
    for query, clips in _pairs(planned, "ND"):
        assert {clip.recording for clip in clips} == {query}
        assert _shared_s(query, clips) >= 0.8 * query.seconds


def test_duplicate_scenes_are_a_small_part_of_a_long_video(planned):
    for query, clips in _pairs(planned, "DS"):
        assert 0.2 * query.seconds < _shared_s(query, clips) < 0.5 * query.seconds
        assert _shared_s(query, clips) < 0.5 * sum(clip.end_s - clip.start_s for clip in clips)


def test_complementary_scenes_are_other_cameras_at_overlapping_times(planned):
    for query, clips in _pairs(planned, "CS"):
        assert all(clip.recording != query for clip in clips)
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


def test_queries_of_an_incident_are_a_group(planned):
    for queries in planned.dataset.groups.values():
        assert len({planned.videos[query].clips[0].recording.incident for query in queries}) == 1
    assert [query for queries in planned.dataset.groups.values() for query in queries] == planned.dataset.queries


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
