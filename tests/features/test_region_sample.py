from hapvr.features.region_sample import choose_frames

COUNTS = {"a": 3, "b": 5, "c": 2}


def test_all_frames_are_chosen_when_there_are_few():
    chosen = choose_frames(COUNTS, frames=100, seed=0)
    assert {video_id: positions.tolist() for video_id, positions in chosen.items()} == {
        "a": [0, 1, 2],
        "b": [0, 1, 2, 3, 4],
        "c": [0, 1],
    }


def test_the_sample_has_the_size_asked_for():
    assert sum(len(positions) for positions in choose_frames(COUNTS, frames=4, seed=0).values()) == 4


def test_another_seed_chooses_other_frames():
    samples = {
        str({key: value.tolist() for key, value in choose_frames(COUNTS, frames=4, seed=seed).items()})
        for seed in range(9)
    }
    assert len(samples) > 3
