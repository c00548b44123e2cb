"""Intervals and paired differences over queries."""

import numpy as np
import pytest

from hapvr.datasets.dataset import Dataset, Task
from hapvr.evaluation.average_precision import area
from hapvr.evaluation.bootstrap import interval, paired_bootstrap, replicates
from hapvr.evaluation.metrics import evaluate
from hapvr.evaluation.ranking import Ranking, Rankings
from hapvr.evaluation.resampled_pool import pooled_areas
from hapvr.storage.scores import Scores

QUERIES, VIDEOS = 12, 60
DATABASE = [f"v{i}" for i in range(VIDEOS)]


def make_dataset(interpolation: str = "step") -> Dataset:
    rng = np.random.default_rng(5)
    relevance = {f"q{i}": {"r": sorted(rng.choice(DATABASE, 5, replace=False).tolist())} for i in range(QUERIES)}
    tasks = {
        metric: Task.model_validate({"metric": metric, "labels": ["r"], "interpolation": interpolation})
        for metric in ("mAP", "uAP")
    }
    return Dataset(name="toy", videos={}, queries=list(relevance), database=DATABASE, relevance=relevance, tasks=tasks)


def make_scores(dataset: Dataset, *, margin: float, seed: int, ties: int = 1000) -> Scores:
    rng = np.random.default_rng(seed)
    relevant = np.array([[v in dataset.relevance[q]["r"] for v in DATABASE] for q in dataset.queries])
    matrix = np.round((rng.random(relevant.shape) + margin * relevant) * ties) / ties
    return Scores(dataset.queries, DATABASE, matrix.astype(np.float32))


@pytest.mark.parametrize("interpolation", ["step", "trapezoid"])
@pytest.mark.parametrize("ties", [20, 1000])
def test_resampled_pool_is_the_pool_of_repeated_queries(interpolation: str, ties: int) -> None:
    dataset = make_dataset(interpolation)
    rankings = Rankings(dataset, make_scores(dataset, margin=0.3, seed=1, ties=ties)).of(dataset.tasks["uAP"])
    assert_pool_is_that_of_repeated_queries(rankings, interpolation)


@pytest.mark.parametrize("interpolation", ["step", "trapezoid"])
def test_resampled_pool_of_thousands_of_scores_is_that_of_repeated_queries(interpolation: str) -> None:
    rng = np.random.default_rng(2)
    ranked = np.sort(rng.random((QUERIES, 500)))
    found = [np.sort(rng.choice(scores, 300, replace=False)) for scores in ranked]
    rankings = [Ranking(f"q{i}", 300, *pair) for i, pair in enumerate(zip(found, ranked, strict=True))]
    assert_pool_is_that_of_repeated_queries(rankings, interpolation)


def assert_pool_is_that_of_repeated_queries(rankings: list[Ranking], interpolation: str) -> None:
    draws = np.random.default_rng(0).multinomial(QUERIES, np.full(QUERIES, 1 / QUERIES), 8)
    repeated = [[r for r, times in zip(rankings, row, strict=True) for _ in range(times)] for row in draws]
    expected = [area(pool, interpolation) for pool in repeated]
    np.testing.assert_allclose(pooled_areas(rankings, draws, interpolation), expected, rtol=1e-12)


@pytest.mark.parametrize("metric", ["mAP", "uAP"])
def test_replicates_lie_around_the_value_and_repeat_with_their_seed(metric: str) -> None:
    dataset = make_dataset()
    scores = make_scores(dataset, margin=0.3, seed=1)
    task, value = dataset.tasks[metric], evaluate(dataset, scores)[metric][metric]
    members = [Rankings(dataset, scores).of(task)]
    drawn = replicates(task, members, resamples=400, seed=0)
    low, high = interval(drawn, 0.95)
    assert low < value < high
    assert abs(drawn.mean() - value) < 0.02
    np.testing.assert_array_equal(drawn, replicates(task, members, resamples=400, seed=0))
    assert (drawn != replicates(task, members, resamples=400, seed=1)).any()


def test_standard_error_of_map_is_that_of_a_mean() -> None:
    dataset = make_dataset()
    task = dataset.tasks["mAP"]
    rankings = Rankings(dataset, make_scores(dataset, margin=0.3, seed=1)).of(task)
    precisions = np.array([area([ranking], "step") / 5 for ranking in rankings])
    drawn = replicates(task, [rankings], resamples=4000, seed=0)
    assert drawn.std() == pytest.approx(precisions.std() / np.sqrt(QUERIES), rel=0.05)


def test_missing_queries_are_not_drawn() -> None:
    dataset = make_dataset()
    scores = make_scores(dataset, margin=0.3, seed=1)
    part = Scores(scores.queries[:6], scores.database, scores.similarity[:6])
    of_part = dataset.model_copy(update={"queries": dataset.queries[:6]})
    for task in dataset.tasks.values():
        expected = replicates(task, [Rankings(of_part, part).of(task)], resamples=50, seed=0)
        found = replicates(task, [Rankings(dataset, part).of(task)], resamples=50, seed=0)
        np.testing.assert_array_equal(found, expected)


def test_a_run_does_not_differ_from_itself() -> None:
    dataset = make_dataset()
    run = {"0": make_scores(dataset, margin=0.3, seed=1)}
    for difference in paired_bootstrap(dataset, run, run, resamples=200, confidence=0.95, seed=0).values():
        assert (difference.difference, difference.low, difference.high, difference.p) == (0, 0, 0, 1)


def test_a_better_run_is_told_from_noise() -> None:
    dataset = make_dataset()
    weak = {str(seed): make_scores(dataset, margin=0.1, seed=seed) for seed in (1, 2)}
    strong = {str(seed): make_scores(dataset, margin=0.6, seed=seed) for seed in (1, 2)}
    result = paired_bootstrap(dataset, weak, strong, resamples=400, confidence=0.95, seed=0)
    for metric, difference in result.items():
        means = [np.mean([evaluate(dataset, one)[metric][metric] for one in run.values()]) for run in (weak, strong)]
        assert difference.difference == pytest.approx(means[1] - means[0])
        assert 0 < difference.low < difference.difference < difference.high
        assert difference.p < 0.01


def test_pairing_makes_the_interval_of_a_constant_change_narrow() -> None:
    # Same noise, slightly larger margin: queries differ far more among themselves than the runs do.
    dataset = make_dataset()
    first, second = ({"0": make_scores(dataset, margin=margin, seed=1)} for margin in (0.30, 0.31))
    paired = paired_bootstrap(dataset, first, second, resamples=400, confidence=0.95, seed=0)["mAP"]
    low, high = interval(
        replicates(
            dataset.tasks["mAP"], [Rankings(dataset, first["0"]).of(dataset.tasks["mAP"])], resamples=400, seed=0
        ),
        0.95,
    )
    assert paired.high - paired.low < (high - low) / 3


def test_runs_are_compared_over_the_queries_both_have() -> None:
    dataset = make_dataset()
    first, second = (make_scores(dataset, margin=margin, seed=1) for margin in (0.1, 0.6))
    part = Scores(second.queries[3:], second.database, second.similarity[3:])
    of_part = dataset.model_copy(update={"queries": dataset.queries[3:]})
    options = {"resamples": 50, "confidence": 0.95, "seed": 0}
    found = paired_bootstrap(dataset, {"0": first}, {"0": part}, **options)  # type: ignore[arg-type]
    expected = paired_bootstrap(of_part, {"0": first}, {"0": part}, **options)  # type: ignore[arg-type]
    assert found == expected


def width(dataset: Dataset, first: dict[str, Scores], second: dict[str, Scores]) -> float:
    found = paired_bootstrap(dataset, first, second, resamples=400, confidence=0.95, seed=0)["mAP"]
    return found.high - found.low


def test_runs_with_equal_seeds_do_not_differ_from_themselves() -> None:
    dataset = make_dataset()
    run = {str(seed): make_scores(dataset, margin=0.2 * seed, seed=seed) for seed in (1, 2, 3)}
    for difference in paired_bootstrap(dataset, run, dict(run), resamples=200, confidence=0.95, seed=0).values():
        assert (difference.low, difference.high, difference.larger_than_noise) == (0, 0, False)


def test_seeds_that_disagree_widen_the_interval() -> None:
    """One seed gains, the other loses: over queries alone the mean of both moves little."""
    dataset = make_dataset()
    baseline = {str(seed): make_scores(dataset, margin=0.3, seed=1) for seed in (0, 1)}
    steady = {str(seed): make_scores(dataset, margin=0.31, seed=1) for seed in (0, 1)}
    unsteady = {"0": make_scores(dataset, margin=0.1, seed=1), "1": make_scores(dataset, margin=0.6, seed=1)}
    assert width(dataset, baseline, unsteady) > 5 * width(dataset, baseline, steady)


def test_members_of_the_same_names_are_drawn_together() -> None:
    """Both runs have a bad and a good seed; the second is better by the same step in each."""
    dataset = make_dataset()
    first, second = (
        {"0": make_scores(dataset, margin=0.1 + step, seed=1), "1": make_scores(dataset, margin=0.6 + step, seed=1)}
        for step in (0, 0.01)
    )
    other_seeds = {"7": second["0"], "8": second["1"]}
    assert width(dataset, first, other_seeds) > 5 * width(dataset, first, second)
