"""Ground truth as if only some videos were there."""

from pathlib import Path

import numpy as np
import pytest

from hapvr.datasets.dataset import Dataset, Task
from hapvr.evaluation import evaluate
from hapvr.evaluation.restriction import read_list, restrict
from hapvr.storage.scores import Scores

STEP = {"labels": ["r"], "interpolation": "step"}


def make_dataset(**changes: object) -> Dataset:
    """Of 3 queries, q0 and q1 have two relevant videos each, q2 has one."""
    content = {
        "name": "b",
        "videos": {},
        "queries": ["q0", "q1", "q2"],
        "database": ["v0", "v1", "v2", "v3", "q0"],
        "relevance": {"q0": {"r": ["v0", "v1"]}, "q1": {"r": ["v1", "v2"]}, "q2": {"r": ["v3"]}},
        "tasks": {"R": Task(metric="mAP", **STEP), "D": Task(metric="uAP", **STEP)},
        "groups": {"first": ["q0", "q1"], "last": ["q2"]},
    }
    return Dataset.model_validate(content | changes)


def make_scores(dataset: Dataset, queries: list[str], database: list[str]) -> Scores:
    """The same pair has the same score, whatever else is there."""
    values = np.random.default_rng(0).random((len(dataset.queries), len(dataset.database)))
    rows = [dataset.queries.index(query) for query in queries]
    return Scores(queries, database, values[np.ix_(rows, [dataset.database.index(video) for video in database])])


def test_what_is_not_listed_does_not_exist() -> None:
    dataset = make_dataset(
        candidates={"q0": ["v0", "v1"], "q1": ["v1", "v3"], "q2": ["v3"]},
        distractors=["v2", "v3"],
        excluded={"q0": ["v1", "v2"], "q2": ["v0"]},
        easy=["v0", "v3"],
    )
    restricted = restrict(dataset, {"q0", "q1", "v0", "v2"})
    assert restricted.queries == ["q0", "q1"]
    assert restricted.database == ["v0", "v2", "q0"]
    assert restricted.relevance == {"q0": {"r": ["v0"]}, "q1": {"r": ["v2"]}}
    assert restricted.candidates == {"q0": ["v0"], "q1": []}
    assert (restricted.distractors, restricted.easy) == (["v2"], ["v0"])
    assert restricted.excluded == {"q0": ["v2"]}
    assert restricted.groups == {"first": ["q0", "q1"]}
    assert restrict(make_dataset(easy={"q0": ["v0", "v1"], "q2": ["v3"]}), {"q0", "v1"}).easy == {"q0": ["v1"]}


def test_all_videos_listed_change_nothing() -> None:
    dataset = make_dataset()
    assert restrict(dataset, {*dataset.queries, *dataset.database}) == dataset


def test_copies_that_lost_different_videos_agree_on_what_they_share() -> None:
    dataset = make_dataset()
    one = make_scores(dataset, ["q0", "q1"], ["v0", "v1", "v3", "q0"])
    other = make_scores(dataset, ["q0", "q1", "q2"], ["v0", "v1", "v2", "q0"])
    shared = {"q0", "q1", "v0", "v1"}
    assert evaluate(dataset, one) != evaluate(dataset, other)
    results = [evaluate(restrict(dataset, shared), scores) for scores in (one, other)]
    assert results[0] == results[1]
    assert results[0]["R"]["missing_relevant"] == 0


def test_a_listed_video_that_is_missing_still_counts_as_missing() -> None:
    dataset = restrict(make_dataset(), {"q0", "v0", "v1"})
    result = evaluate(dataset, make_scores(make_dataset(), ["q0"], ["v0"]))["R"]
    assert (result["relevant"], result["missing_relevant"]) == (2, 1)
    assert (result["mAP"], result["mAP_strict"]) == (1, 0.5)


def test_a_list_is_read_in_any_order_with_blank_lines(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("v1\n\nq0\r\nv0\nv1\n")
    assert read_list(tmp_path / "list.txt", make_dataset()) == {"q0", "v0", "v1"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "q0\nv0\nx1\nx0\n",
            r"list\.txt: expected ids of b's queries and database videos, found x0, x1; take them out",
        ),
        ("q0\nv0\n" + "".join(f"x{n}\n" for n in range(7)), r"found x0, x1, x2, x3, x4 and 2 more"),
        ("v0\nv1\n", r"list\.txt: expected some of b's queries, found none"),
        ("q1\n", r"list\.txt: expected some of b's database videos, found none"),
        ("", r"expected some of b's queries, found none"),
        ("../q0\n", r"expected video ids that can be file names, found '\.\./q0'"),
    ],
)
def test_a_wrong_list_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "list.txt").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_list(tmp_path / "list.txt", make_dataset())


def test_an_absent_list_says_what_prints_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"list\.txt: no such file; .*`hapvr availability b --found` prints"):
        read_list(tmp_path / "list.txt", make_dataset())
