import json

import numpy as np
import pytest

from hapvr.search.answers.answer import Answer, Clip, Range, Verdict, judge, same_as
from hapvr.search.answers.calibration import Calibration, Logistic
from hapvr.search.listing import as_csv, as_json, conclude, format_table
from hapvr.search.results import at_least, rank_results

FPS = 4


def clip(seed: int, frames: int) -> Clip:
    """Random unit vectors: frames of one clip and of others have nothing in common."""
    features = np.random.default_rng(seed).normal(size=(frames, 9, 32)).astype(np.float32)
    return Clip(features / np.linalg.norm(features, axis=-1, keepdims=True), np.arange(frames) / FPS)


def joined(*clips: Clip) -> Clip:
    features = np.concatenate([one.features for one in clips])
    return Clip(features, np.arange(len(features)) / FPS)


def by_level(copy: float, related: float) -> Calibration:
    """Surer than one half from these levels on."""
    steep = {"score": 0.0, "level": 50.0, "contrast": 0.0, "seconds": 0.0}
    return Calibration(Logistic(-50 * copy, steep), Logistic(-50 * related, steep))


def answer(query: Clip, video: Clip, **options) -> Answer:
    given = {"calibration": by_level(0.8, 0.6), "threshold": 0.5, "fps": FPS, **options}
    return judge(query, video, 0.5, **given)


def test_an_excerpt_is_a_part_with_its_seconds():
    query, host = clip(1, 40), clip(2, 30)
    video = joined(Clip(host.features[:12], host.times[:12]), Clip(query.features[8:28], query.times[8:28]), host)
    found = answer(query, video)
    assert found.verdict is Verdict.PART
    assert found.ranges == [Range((2.0, 7.0), (3.0, 8.0))]
    assert found.probability > 0.99
    assert not found.flipped


def test_the_same_frames_under_noise_are_a_copy_and_the_same_frames_surely_so():
    query = clip(1, 40)
    noisy = query._replace(features=query.features + 0.05 * clip(3, 40).features)
    found = answer(query, noisy)
    assert (found.verdict, found.ranges) == (Verdict.COPY, [Range((0.0, 10.0), (0.0, 10.0))])
    assert 0.5 < found.probability < 1
    assert answer(query, query) == Answer(1.0, Verdict.COPY, [Range((0.0, 10.0), (0.0, 10.0))], False)


def test_other_videos_are_unrelated_or_the_same_scene_by_the_other_probability():
    assert answer(clip(1, 20), clip(2, 20)).verdict is Verdict.UNRELATED
    scene = answer(clip(1, 20), clip(2, 20), calibration=by_level(0.9, 0.1))
    assert (scene.verdict, scene.ranges) == (Verdict.SCENE, [])


def test_a_video_that_the_mirror_image_matches_is_flipped():
    query, mirrored = clip(1, 20), clip(2, 20)
    assert answer(query, mirrored).verdict is Verdict.UNRELATED
    found = answer(query, mirrored, mirrored=mirrored.features)
    assert found.flipped
    assert found.ranges == [Range((0.0, 5.0), (0.0, 5.0))]


def test_the_times_of_frames_are_those_that_were_sampled():
    query = clip(1, 20)
    late = Clip(query.features + np.float32(1e-3), query.times + 60)
    assert answer(query, late).ranges == [Range((0.0, 5.0), (60.0, 65.0))]


@pytest.fixture
def results():
    query = clip(1, 20)
    same = same_as(query, Verdict.IDENTICAL, fps=FPS)
    part = Answer(0.9996, Verdict.PART, [Range((0.5, 1.5), (72.0, 73.0)), Range((0, 1), (9.5, 10))], True)
    none = Answer(0.004, Verdict.UNRELATED, [], False)
    return rank_results(["z", "part", "b", "a"], [0.2, 0.7, 0.2, 1.0], [none, part, none, same])


def test_the_likeliest_copy_comes_first_and_equal_ones_share_a_rank(results):
    assert [(result.rank, result.path) for result in results] == [(1, "a"), (2, "part"), (3, "b"), (3, "z")]


def test_a_table_says_where_and_never_more_than_is_sure(results):
    assert format_table(results).splitlines() == [
        "rank  verdict     sure   score  path",
        "   1  identical  100 %   1.000  a",
        "                      QUERY 0:00–0:05 = VIDEO 0:00–0:05",
        "   2  part of it  99 %   0.700  part",
        "                      QUERY 0:00–0:02 = VIDEO 1:12–1:13, flipped",
        "                      QUERY 0:00–0:01 = VIDEO 0:10–0:10, flipped",
        "   3  unrelated    1 %   0.200  b",
        "   3  unrelated    1 %   0.200  z",
    ]
    assert conclude(results) == "2 of 4 videos show the query or a part of it"


def test_no_copy_is_a_result(results):
    assert conclude(results[2:]) == "no copy found among 2 videos"
    assert at_least(results, 0.9999) == results[:1]
    assert at_least(results[2:], 0.5) == []


def test_scores_without_calibration_are_no_verdicts():
    [result] = rank_results(["a"], [0.25], [None])
    assert format_table([result]).splitlines()[1] == "   1  –              –   0.250  a"
    assert conclude([result]) == "1 videos ranked; this model is not calibrated, so its scores are no verdicts"


def test_csv_has_a_row_for_each_stretch(results):
    assert as_csv(results).splitlines() == [
        "rank,path,verdict,probability,score,flipped,query_start_s,query_end_s,video_start_s,video_end_s",
        "1,a,identical,1.0,1.0,False,0.0,5.0,0.0,5.0",
        "2,part,part of it,0.9996,0.7,True,0.5,1.5,72.0,73.0",
        "2,part,part of it,0.9996,0.7,True,0,1,9.5,10",
        "3,b,unrelated,0.004,0.2,False,,,,",
        "3,z,unrelated,0.004,0.2,False,,,,",
    ]


def test_json_has_what_the_table_has(results):
    found = json.loads(as_json(results, query="q"))
    assert (found["query"], found["copies"], len(found["results"])) == ("q", 2, 4)
    assert found["results"][1]["ranges"][0] == {"query": [0.5, 1.5], "video": [72.0, 73.0]}
    assert found["results"][3]["ranges"] == []
