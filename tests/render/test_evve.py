from hapvr.render.dataset import plan


def test_relevant_videos_are_of_the_event_and_distractors_of_none(mini):
    planned = plan("mini_evve", mini["mini_evve"])
    dataset = planned.dataset
    places = {video_id: video.clips[0].recording.incident.place for video_id, video in planned.videos.items()}
    for event, queries in dataset.groups.items():
        positives = {video_id for video_id in dataset.database if places[video_id] == f"mini_evve/{event}"}
        for query in queries:
            assert places[query] == f"mini_evve/{event}"
            assert set(dataset.relevance[query][event]) == positives
    assert not set(dataset.queries) & set(dataset.database)
    assert len(dataset.database) > sum(len(dataset.relevance[queries[0]][e]) for e, queries in dataset.groups.items())
