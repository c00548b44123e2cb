"""Intervals and paired differences over queries."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from hapvr.datasets.dataset import Dataset, Task
from hapvr.evaluation.average_precision import area
from hapvr.evaluation.bootstrap import Difference, ResampledRun, _p_value, interval, paired_bootstrap, replicates
from hapvr.evaluation.groups import group_of_queries
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
    alone = {query: [query] for query in relevance}
    return Dataset(
        name="toy",
        videos={},
        queries=list(relevance),
        database=DATABASE,
        relevance=relevance,
        tasks=tasks,
        groups=alone,
    )


def make_scores(dataset: Dataset, *, margin: float, seed: int, ties: int = 1000) -> Scores:
    rng = np.random.default_rng(seed)
    relevant = np.array([[v in dataset.relevance[q]["r"] for v in DATABASE] for q in dataset.queries])
    matrix = np.round((rng.random(relevant.shape) + margin * relevant) * ties) / ties
    return Scores(dataset.queries, DATABASE, matrix.astype(np.float32))


def compare(
    dataset: Dataset, first: dict[str, Scores], second: dict[str, Scores], *, resamples: int = 400
) -> dict[str, Difference]:
    """Second minus first, by task."""
    runs = [ResampledRun(dataset, run, resamples=resamples, seed=0) for run in (first, second)]
    return paired_bootstrap(*runs, confidence=0.95)


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
    for difference in compare(dataset, run, run).values():
        assert (difference.difference, difference.low, difference.high) == (0, 0, 0)
        assert np.isnan(difference.p)


def test_a_better_run_is_told_from_noise() -> None:
    dataset = make_dataset()
    weak = {str(seed): make_scores(dataset, margin=0.1, seed=seed) for seed in (1, 2)}
    strong = {str(seed): make_scores(dataset, margin=0.6, seed=seed) for seed in (1, 2)}
    result = compare(dataset, weak, strong)
    for metric, difference in result.items():
        means = [np.mean([evaluate(dataset, one)[metric][metric] for one in run.values()]) for run in (weak, strong)]
        assert difference.difference == pytest.approx(means[1] - means[0])
        assert 0 < difference.low < difference.difference < difference.high
        assert difference.p < 0.01


def test_pairing_makes_the_interval_of_a_constant_change_narrow() -> None:
    # Same noise, slightly larger margin: queries differ far more among themselves than the runs do.
    dataset = make_dataset()
    first, second = ({"0": make_scores(dataset, margin=margin, seed=1)} for margin in (0.30, 0.31))
    paired = compare(dataset, first, second)["mAP"]
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
    assert compare(dataset, {"0": first}, {"0": part}) == compare(of_part, {"0": first}, {"0": part})


def width(dataset: Dataset, first: dict[str, Scores], second: dict[str, Scores]) -> float:
    found = compare(dataset, first, second)["mAP"]
    return found.high - found.low


def test_runs_with_equal_seeds_do_not_differ_from_themselves() -> None:
    dataset = make_dataset()
    run = {str(seed): make_scores(dataset, margin=0.2 * seed, seed=seed) for seed in (1, 2, 3)}
    for difference in compare(dataset, run, dict(run)).values():
        assert (difference.low, difference.high, np.isnan(difference.p)) == (0, 0, True)


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


def grouped(dataset: Dataset, groups: dict[str, list[str]]) -> Dataset:
    return dataset.model_copy(update={"groups": groups})


def pairs_of_equal_queries() -> tuple[Dataset, Scores]:
    """Two groups of six queries that all find the same: precision 1 in one group, 1/2 in the other."""
    queries = [f"q{number:02}" for number in range(12)]
    task = Task(metric="mAP", labels=["r"], interpolation="step")
    dataset = Dataset(
        name="toy", videos={}, queries=queries, database=["a", "b"], tasks={"mAP": task},
        relevance={query: {"r": ["a"]} for query in queries},
        groups={"one": queries[:6], "two": queries[6:]},
    )  # fmt: skip
    return dataset, Scores(queries, ["a", "b"], np.array([[0.9, 0.1]] * 6 + [[0.1, 0.9]] * 6))


def test_equal_queries_of_two_groups_are_two_answers() -> None:
    # Drawn twice of two: 1, 3/4 or 1/2, with probabilities 1/4, 1/2, 1/4. The standard deviation of twelve draws of
    # one query is 1/4 / √12, that of two draws of a group 1/4 / √2.
    dataset, scores = pairs_of_equal_queries()
    task = dataset.tasks["mAP"]
    members = [Rankings(dataset, scores).of(task)]
    alone = replicates(task, members, resamples=4000, seed=0)
    together = replicates(task, members, resamples=4000, seed=0, groups=group_of_queries(dataset))
    values, counts = np.unique(together, return_counts=True)
    np.testing.assert_allclose(values, [0.5, 0.75, 1])
    np.testing.assert_allclose(counts / 4000, [0.25, 0.5, 0.25], atol=0.03)
    assert alone.std() == pytest.approx(0.25 / np.sqrt(12), rel=0.05)
    assert together.std() == pytest.approx(0.25 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize("metric", ["mAP", "uAP"])
def test_groups_of_one_query_give_the_replicates_of_queries(metric: str) -> None:
    dataset = make_dataset()
    task = dataset.tasks[metric]
    members = [Rankings(dataset, make_scores(dataset, margin=0.3, seed=1)).of(task)]
    found = replicates(task, members, resamples=50, seed=0, groups=group_of_queries(dataset))
    np.testing.assert_array_equal(found, replicates(task, members, resamples=50, seed=0))


def test_order_of_queries_and_groups_changes_nothing() -> None:
    dataset = grouped(make_dataset(), {"x": ["q0", "q5", "q7"], "y": ["q1", "q2"], "z": ["q11", "q3"]})
    groups = {name: queries[::-1] for name, queries in reversed(dataset.groups.items())}
    turned = grouped(dataset.model_copy(update={"queries": dataset.queries[::-1]}), groups)
    first, second = ({"0": make_scores(dataset, margin=margin, seed=1)} for margin in (0.1, 0.3))
    found, expected = compare(turned, first, second), compare(dataset, first, second)
    for task in dataset.tasks:
        assert vars(found[task]) == pytest.approx(vars(expected[task]))


def test_a_task_that_asks_some_queries_draws_their_groups() -> None:
    asked = ["q11", "q3", "q0", "q5"]
    whole = grouped(make_dataset(), {"x": ["q0", "q5", "q7"], "y": ["q1", "q2"], "z": ["q11", "q3"]})
    some = {name: task.model_copy(update={"queries": asked}) for name, task in whole.tasks.items()}
    part = whole.model_copy(update={"tasks": some})
    only = whole.model_copy(update={"queries": ["q0", "q3", "q5", "q11"]})
    first, second = ({"0": make_scores(whole, margin=margin, seed=1)} for margin in (0.1, 0.3))
    assert compare(part, first, second) == compare(only, first, second)


def test_queries_that_all_belong_together_are_no_test() -> None:
    dataset = grouped(make_dataset(), {"all": [f"q{i}" for i in range(QUERIES)]})
    first, second = ({"0": make_scores(dataset, margin=margin, seed=1)} for margin in (0.1, 0.9))
    for difference in compare(dataset, first, second).values():
        assert difference.difference > 0
        assert np.isnan([difference.low, difference.high, difference.p]).all()


def test_a_run_is_resampled_once_however_often_it_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr("hapvr.evaluation.bootstrap.pooled_areas", lambda *a: made.append(1) or pooled_areas(*a))
    dataset = make_dataset()
    runs = [
        ResampledRun(dataset, {"0": make_scores(dataset, margin=margin, seed=1)}, resamples=10, seed=0)
        for margin in (0.1, 0.2, 0.3)
    ]
    for run in runs[1:]:
        paired_bootstrap(runs[0], run, confidence=0.95)
    resampled, points = 3, 4
    assert len(made) == resampled + points


def test_p_is_that_of_the_paired_t_test_where_each_query_is_alone() -> None:
    changes = np.array([0.30, -0.10, 0.25, 0.05, 0.12, -0.02, 0.20, 0.08])
    drawn = np.random.default_rng(0).choice(changes, (20000, len(changes))).mean(axis=1)
    found = _p_value(drawn, changes.mean(), groups=len(changes))
    assert found == pytest.approx(ttest_1samp(changes, 0).pvalue, rel=0.05)
    assert found > 2 * (drawn <= 0).mean()
