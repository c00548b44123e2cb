import numpy as np

from hapvr.search.answers.runs import Run, find_runs


def matrix(frames: int, others: int, *paths) -> np.ndarray:
    """Noise from 0.2 to 0.4, and 0.9 along paths of (frame, frame) pairs."""
    found = np.random.default_rng(0).uniform(0.2, 0.4, (frames, others))
    for path in paths:
        for row, column in path:
            found[row, column] = 0.9
    return found


def test_an_excerpt_is_the_run_of_its_frames():
    [run] = find_runs(matrix(40, 50, [(10 + k, 25 + k) for k in range(20)]), most=3)
    assert (run.query, run.video, run.frames) == ((10, 30), (25, 45), 20)
    assert np.isclose(run.level, 0.9)


def test_a_video_at_twice_the_speed_is_one_run():
    [run] = find_runs(matrix(60, 30, [(10 + 2 * k, 5 + k) for k in range(20)]), most=3)
    assert (run.query, run.video, run.frames) == ((10, 49), (5, 25), 20)


def test_a_short_gap_does_not_end_a_run():
    [run] = find_runs(matrix(40, 40, [(k, k) for k in range(5, 30) if k != 17]), most=1)
    assert (run.query, run.video) == ((5, 30), (5, 30))


def test_two_excerpts_are_two_runs_the_longer_first():
    first, second = ([(k, 3 + k) for k in range(10)], [(k, 30 + k) for k in range(5, 19)])
    assert [(run.query, run.video) for run in find_runs(matrix(20, 60, first, second), most=5)] == [
        ((5, 19), (35, 49)),
        ((0, 10), (3, 13)),
    ]
    assert len(find_runs(matrix(20, 60, first, second), most=1)) == 1


def test_videos_with_nothing_in_common_have_no_run():
    assert find_runs(np.full((3, 4), 0.2), most=3) == []
    assert find_runs(np.full((1, 1), 0.2), most=3) == []


def test_a_copy_of_a_scene_that_hardly_changes_is_one_run_as_long_as_it_is():
    still = matrix(40, 40) + 0.4
    still[np.arange(40), np.arange(40)] = np.linspace(0.95, 0.75, 40)
    [run] = find_runs(still, most=1)
    assert (run.query, run.video) == ((0, 40), (0, 40))


def test_exchanging_the_videos_exchanges_the_ranges():
    found = matrix(30, 45, [(4 + k, 20 + k) for k in range(12)])
    [run], [back] = find_runs(found, most=1), find_runs(found.T, most=1)
    assert back == Run(run.video, run.query, run.frames, run.level, run.weight)
