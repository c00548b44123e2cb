"""Metrics against answers worked out by hand."""

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from hapvr.datasets.dataset import Dataset, Task, write_dataset
from hapvr.evaluation import evaluate
from hapvr.storage.scores import Scores


def make_task(**changes: Any) -> Task:
    return Task(**{"metric": "mAP", "labels": ["r"], "interpolation": "step", **changes})


def make_dataset(relevant: dict[str, list[str]], database: list[str], **changes: Any) -> Dataset:
    return Dataset(
        name="toy",
        videos={},
        queries=list(relevant),
        database=database,
        relevance={query: {"r": videos} for query, videos in relevant.items()},
        **{"tasks": {"T": make_task()}, **changes},
    )


def one(dataset: Dataset, rows: dict[str, dict[str, float]]) -> dict[str, float]:
    columns = list(next(iter(rows.values())))
    matrix = np.array([[row[video] for video in columns] for row in rows.values()])
    return evaluate(dataset, Scores(list(rows), columns, matrix))["T"]


FOUR = {"a": 0.9, "b": 0.8, "c": 0.7, "d": 0.6}


def test_step_is_the_mean_precision_at_relevant_videos() -> None:
    # Relevant at ranks 1 and 3: (1/1 + 2/3) / 2.
    result = one(make_dataset({"q": ["a", "c"]}, list("abcd")), {"q": FOUR})
    assert result["mAP"] == pytest.approx((1 + 2 / 3) / 2)
    assert result["mAP_strict"] == result["mAP"]
    assert {key: result[key] for key in ("queries", "missing_queries", "relevant", "missing_relevant")} == {
        "queries": 1, "missing_queries": 0, "relevant": 2, "missing_relevant": 0,
    }  # fmt: skip


def test_trapezoid_takes_the_mean_of_the_precisions_around_each_relevant_video() -> None:
    # Before a: 1 (nothing ranked), at a: 1. Before c: 1/2, at c: 2/3.
    dataset = make_dataset({"q": ["a", "c"]}, list("abcd"), tasks={"T": make_task(interpolation="trapezoid")})
    assert one(dataset, {"q": FOUR})["mAP"] == pytest.approx(((1 + 1) / 2 + (1 / 2 + 2 / 3) / 2) / 2)


def test_trapezoid_starts_at_the_precision_of_the_first_videos() -> None:
    # a is wrong: before b 0/1, at b 1/2.
    dataset = make_dataset({"q": ["b"]}, list("abcd"), tasks={"T": make_task(interpolation="trapezoid")})
    assert one(dataset, {"q": FOUR})["mAP"] == pytest.approx((0 + 1 / 2) / 2)


def test_tied_videos_are_one_group() -> None:
    # a, b, c tie: both relevant ones have the precision 2/3 of the whole group.
    tied = {"a": 0.5, "b": 0.5, "c": 0.5, "d": 0.1}
    assert one(make_dataset({"q": ["a", "b"]}, list("abcd")), {"q": tied})["mAP"] == pytest.approx(2 / 3)
    dataset = make_dataset({"q": ["a", "b"]}, list("abcd"), tasks={"T": make_task(interpolation="trapezoid")})
    assert one(dataset, {"q": tied})["mAP"] == pytest.approx((1 + 2 / 3) / 2)


def test_constant_scores_give_the_share_of_relevant_videos() -> None:
    result = one(make_dataset({"q": ["a"]}, list("abcd")), {"q": dict.fromkeys("abcd", 0.0)})
    assert result["mAP"] == pytest.approx(1 / 4)


def test_uap_pools_the_pairs_of_all_queries() -> None:
    # One list: (p, a) 0.9 relevant, (q, a) 0.8, (q, b) 0.7 relevant, (p, b) 0.1.
    dataset = make_dataset({"p": ["a"], "q": ["b"]}, ["a", "b"], tasks={"T": make_task(metric="uAP")})
    result = one(dataset, {"p": {"a": 0.9, "b": 0.1}, "q": {"a": 0.8, "b": 0.7}})
    assert result["uAP"] == pytest.approx((1 + 2 / 3) / 2)


def test_query_without_relevant_videos_leaves_the_mean_but_not_the_pool() -> None:
    tasks = {"T": make_task(), "U": make_task(metric="uAP")}
    dataset = make_dataset({"p": ["a"], "q": []}, ["a", "b"], tasks=tasks)
    scores = Scores(["p", "q"], ["a", "b"], np.array([[0.5, 0.1], [0.9, 0.2]]))
    result = evaluate(dataset, scores)
    assert result["T"]["mAP"] == 1
    assert result["T"]["queries"] == 1
    assert result["U"]["uAP"] == pytest.approx(1 / 2)
    assert result["U"]["queries"] == 2


def test_nothing_to_find_is_nan_and_not_zero() -> None:
    result = one(make_dataset({"q": []}, ["a"]), {"q": {"a": 1.0}})
    assert np.isnan(result["mAP"])
    assert np.isnan(result["mAP_strict"])


def test_missing_relevant_video_counts_as_never_found() -> None:
    # Three relevant, two without a score: 1.00 as published, 1/3 strictly (the published trap: 0.81 → 1.00).
    result = one(make_dataset({"q": ["a", "x", "y"]}, ["a", "b", "x", "y"]), {"q": {"a": 0.9, "b": 0.1}})
    assert result["mAP"] == 1
    assert result["mAP_strict"] == pytest.approx(1 / 3)
    assert (result["relevant"], result["missing_relevant"]) == (3, 2)


def test_missing_query_leaves_the_mean_or_counts_as_zero() -> None:
    dataset = make_dataset({"p": ["a"], "q": ["a", "b"]}, ["a", "b"])
    result = one(dataset, {"p": {"a": 0.9, "b": 0.1}})
    assert result["mAP"] == 1
    assert result["mAP_strict"] == pytest.approx(1 / 2)
    assert (result["queries"], result["missing_queries"], result["missing_relevant"]) == (2, 1, 2)


def test_query_whose_relevant_videos_are_all_missing_leaves_only_the_available_mean() -> None:
    dataset = make_dataset({"p": ["a"], "q": ["x"]}, ["a", "b", "x"])
    result = one(dataset, {"p": {"a": 0.9, "b": 0.1}, "q": {"a": 0.9, "b": 0.1}})
    assert result["mAP"] == 1
    assert result["mAP_strict"] == pytest.approx(1 / 2)


def test_missing_pairs_count_in_strict_uap() -> None:
    dataset = make_dataset({"p": ["a"], "q": ["a", "b"]}, ["a", "b"], tasks={"T": make_task(metric="uAP")})
    result = one(dataset, {"p": {"a": 0.9, "b": 0.1}})
    assert result["uAP"] == 1
    assert result["uAP_strict"] == pytest.approx(1 / 3)


def test_protocol_that_keeps_missing_videos_counts_them_for_available_queries() -> None:
    dataset = make_dataset({"p": ["a", "x"], "q": ["a"]}, ["a", "b", "x"], tasks={"T": make_task(keeps_missing=True)})
    assert one(dataset, {"p": {"a": 0.9, "b": 0.1}})["mAP"] == pytest.approx(1 / 2)


def test_protocol_that_keeps_unfindable_queries_gives_them_ap_0() -> None:
    # p finds a; all that q could find is missing; r is missing itself; s never had anything to find.
    dataset = make_dataset(
        {"p": ["a"], "q": ["x"], "r": ["a"], "s": []}, ["a", "b", "x"], tasks={"T": make_task(keeps_unfindable=True)}
    )
    scores = {"a": 0.9, "b": 0.1}
    result = one(dataset, {"p": scores, "q": scores, "s": scores})
    assert result["mAP"] == pytest.approx(1 / 2)
    assert result["mAP_strict"] == pytest.approx(1 / 3)


def test_unfindable_query_has_ap_0_in_the_published_code_of_svd() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert average_precision_score([0, 0], [0.9, 0.1]) == 0


def test_query_is_not_ranked_for_itself() -> None:
    # q is first in its own ranking and would make it perfect.
    dataset = make_dataset({"q": ["q", "b"]}, ["q", "a", "b"])
    result = one(dataset, {"q": {"q": 1.0, "a": 0.9, "b": 0.8}})
    assert result["mAP"] == pytest.approx(1 / 2)
    assert result["relevant"] == 1
    kept = make_dataset({"q": ["q", "b"]}, ["q", "a", "b"], tasks={"T": make_task(with_query=True)})
    assert one(kept, {"q": {"q": 1.0, "a": 0.9, "b": 0.8}})["mAP"] == pytest.approx((1 + 2 / 3) / 2)


def test_only_candidates_and_distractors_are_ranked() -> None:
    dataset = make_dataset({"q": ["c"]}, list("abcd"), candidates={"q": ["c", "d"]}, distractors=["a"])
    assert one(dataset, {"q": FOUR})["mAP"] == pytest.approx(1 / 2)
    whole = dataset.model_copy(update={"tasks": {"T": make_task(whole_database=True)}})
    assert one(whole, {"q": FOUR})["mAP"] == pytest.approx(1 / 3)


def test_excluded_videos_leave_ranking_and_ground_truth() -> None:
    dataset = make_dataset({"q": ["b", "c"]}, list("abcd"), excluded={"q": ["a", "c"]})
    result = one(dataset, {"q": FOUR})
    assert result["mAP"] == 1
    assert result["relevant"] == 1
    kept = dataset.model_copy(update={"tasks": {"T": make_task(with_excluded=True)}})
    assert one(kept, {"q": FOUR})["mAP"] == pytest.approx((1 / 2 + 2 / 3) / 2)


@pytest.mark.parametrize("easy", [["a"], {"q": ["a"]}])
def test_easy_duplicates_leave_only_the_tasks_without_them(easy: Any) -> None:
    tasks = {"T": make_task(without_easy=True), "U": make_task()}
    dataset = make_dataset({"q": ["a", "c"]}, list("abcd"), easy=easy, tasks=tasks)
    result = evaluate(dataset, Scores(["q"], list("abcd"), np.array([[0.9, 0.8, 0.7, 0.6]])))
    assert result["T"]["mAP"] == pytest.approx(1 / 2)
    assert result["T"]["relevant"] == 1
    assert result["U"]["mAP"] == pytest.approx((1 + 2 / 3) / 2)


def test_videos_outside_the_database_are_not_ranked() -> None:
    assert one(make_dataset({"q": ["b"]}, ["b", "c"]), {"q": FOUR})["mAP"] == 1


def test_dataset_may_be_a_path(tmp_path: Any) -> None:
    dataset = make_dataset({"q": ["a", "c"]}, list("abcd"))
    write_dataset(tmp_path / "dataset.json", dataset)
    scores = Scores(["q"], list("abcd"), np.array([[0.9, 0.8, 0.7, 0.6]], np.float32))
    assert evaluate(tmp_path / "dataset.json", scores) == evaluate(dataset, scores)


def test_scores_that_are_not_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="scores of toy: some are not numbers"):
        one(make_dataset({"q": ["a"]}, ["a", "b"]), {"q": {"a": float("nan"), "b": 1.0}})


def test_repeated_ids_are_refused() -> None:
    with pytest.raises(ValueError, match="database must be unique, found a more than once"):
        evaluate(make_dataset({"q": ["a"]}, ["a"]), Scores(["q"], ["a", "a"], np.zeros((1, 2))))


@st.composite
def ranked_lists(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    """Relevance and scores [Q, N] with many ties, at least one relevant video per query; and a source of orders."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (draw(st.integers(1, 4)), draw(st.integers(2, 30)))
    relevance = rng.random(shape) < draw(st.sampled_from([0.1, 0.5, 0.9]))
    relevance[:, 0] = True
    return relevance, rng.integers(0, draw(st.integers(1, 12)), shape) / 8, rng


def evaluate_arrays(relevance: np.ndarray, scores: np.ndarray, interpolation: str) -> dict[str, dict[str, float]]:
    queries, database = ([f"{kind}{i}" for i in range(n)] for kind, n in zip("qv", scores.shape, strict=True))
    relevant = {
        query: [v for v, is_relevant in zip(database, row, strict=True) if is_relevant]
        for query, row in zip(queries, relevance, strict=True)
    }
    kinds = {metric: make_task(metric=metric, interpolation=interpolation) for metric in ("mAP", "uAP")}
    return evaluate(make_dataset(relevant, database, tasks=kinds), Scores(queries, database, scores))


@settings(max_examples=50, deadline=None)
@given(ranked_lists())
def test_step_agrees_with_scikit_learn(lists: tuple[np.ndarray, np.ndarray, np.random.Generator]) -> None:
    relevance, scores, _ = lists
    result = evaluate_arrays(relevance, scores, "step")
    mean = np.mean([average_precision_score(*row) for row in zip(relevance, scores, strict=True)])
    assert result["mAP"]["mAP"] == pytest.approx(mean, abs=1e-12)
    pooled = average_precision_score(relevance.ravel(), scores.ravel())
    assert result["uAP"]["uAP"] == pytest.approx(pooled, abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(ranked_lists(), st.sampled_from(["step", "trapezoid"]))
def test_results_do_not_depend_on_the_order_of_videos(
    lists: tuple[np.ndarray, np.ndarray, np.random.Generator], interpolation: str
) -> None:
    relevance, scores, rng = lists
    order = rng.permutation(scores.shape[1])
    before = evaluate_arrays(relevance, scores, interpolation)
    after = evaluate_arrays(relevance[:, order], scores[:, order], interpolation)
    assert before == after


@settings(max_examples=50, deadline=None)
@given(ranked_lists())
def test_trapezoid_without_ties_is_the_official_sum_over_ranks(
    lists: tuple[np.ndarray, np.ndarray, np.random.Generator],
) -> None:
    relevance, scores, rng = lists
    scores = np.array([rng.permutation(scores.shape[1]) for _ in scores], np.float64)
    expected = []
    for labels, row in zip(relevance, scores, strict=True):
        ranks = np.flatnonzero(labels[np.argsort(-row)])
        before = [found / rank if rank else 1.0 for found, rank in enumerate(ranks)]
        at = [(found + 1) / (rank + 1) for found, rank in enumerate(ranks)]
        expected.append(np.mean([before, at]))
    assert evaluate_arrays(relevance, scores, "trapezoid")["mAP"]["mAP"] == pytest.approx(np.mean(expected), abs=1e-12)
