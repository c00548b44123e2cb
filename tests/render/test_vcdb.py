from hapvr.render.dataset import plan
from hapvr.render.relation import relation


def test_training_videos_each_show_an_incident_of_their_own(mini):
    planned = plan("mini_vcdb", mini["mini_vcdb"])
    training = planned.dataset.training
    clips = [[clip for clip in planned.videos[video_id].clips if not clip.stock] for video_id in training]
    shown = [{clip.recording.incident for clip in of_video} for of_video in clips]
    assert len(training) >= 60
    assert sum(map(len, shown)) == len(set.union(*shown))
    assert not set(training) & {*planned.dataset.queries, *planned.dataset.database}


def test_copies_of_the_core_share_footage_with_their_source(mini):
    planned = plan("mini_vcdb", mini["mini_vcdb"])
    for source, *copies in planned.dataset.groups.values():
        found = {relation(planned.videos[source], planned.videos[video_id]) for video_id in copies}
        assert found <= {"ND", "DS"}
        assert planned.dataset.relevance[source]["copy"] == copies
