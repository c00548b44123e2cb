from hapvr.render.dataset import plan


def test_each_part_asks_its_own_queries_among_its_own_videos(mini):
    dataset = plan("mini_dev", mini["mini_dev"]).dataset
    assert set(dataset.tasks) == {"DSVR", "CSVR", "ISVR", "DSVD", "CSVD", "ISVD", "SVR", "SVD"}
    for task, part in (("DSVR", "scenes-"), ("SVD", "copies-")):
        asked = dataset.tasks[task].queries
        assert asked
        assert all(query.startswith(part) for query in asked)
        assert all(video.startswith(part) for query in asked for video in dataset.candidates[query])
        assert all(video in dataset.candidates[query] for query in asked for video in found(dataset, query))


def found(dataset, query):
    return [video for videos in dataset.relevance[query].values() for video in videos]


def test_incidents_are_groups_of_queries(mini):
    groups = plan("mini_dev", mini["mini_dev"]).dataset.groups
    assert all(len(queries) == mini["mini_dev"].contents.fivr.queries for queries in groups.values())


def test_it_shows_nothing_that_a_test_shows(mini):
    def incidents(name):
        videos = plan(name, mini[name]).videos.values()
        return {clip.recording.incident for video in videos for clip in video.clips}

    assert not incidents("mini_dev") & (incidents("mini_fivr") | incidents("mini_svd"))
