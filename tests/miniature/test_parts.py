"""The parts of the miniatures, checked every day; `make miniature` runs the whole."""

from pathlib import Path

import pytest

from hapvr.datasets import READERS
from hapvr.params import load
from hapvr.params.load import check
from hapvr.params.preset import as_text, read_preset
from hapvr.params.root import Params
from tests.miniature.cuts import CUTS, cut
from tests.miniature.test_miniature import TASKS, stages_of_one_seed
from tests.miniature.world import write_presets
from tests.workflow.clone import REPOSITORY

SIZES = {"preset", "shards", "fetch", "frames", "whiten", "features", "train", "score", "evaluate", "figures"}


@pytest.mark.parametrize("name", CUTS)
def test_a_cut_is_read_as_the_whole_annotation_is(shared: Path, tmp_path: Path, name: str) -> None:
    content, dataset = cut(name, shared / "annotations"), name.removesuffix("_pickle")
    for file, text in {**content.files, **content.given}.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_bytes(text)
    found = {"found": content.videos} if dataset == "vcdb" else {}
    read = READERS[dataset](tmp_path, **found)
    assert sorted(read.videos) == content.videos == sorted(content.looks)
    assert (sorted(read.queries), sorted(read.database)) == (content.queries, content.database)
    assert sorted(read.training) == content.unranked
    assert sorted(read.tasks) == TASKS.get(dataset, [])
    # Each question has an answer.
    assert all(any(read.relevance[query].get(label) for label in read.labels) for query in read.queries)


def preset(folder: Path, name: str) -> Params:
    """A miniature's, of a server that is not there."""
    if not (folder / "miniature.yaml").exists():
        (folder / "paper.yaml").write_bytes((REPOSITORY / "presets" / "paper.yaml").read_bytes())
        write_presets(folder, "http://127.0.0.1:1")
    check(as_text(read_preset(folder, name)), folder / name)
    (folder / f"{name}.params.yaml").write_text(as_text(read_preset(folder, name)), encoding="utf-8")
    return load(folder / f"{name}.params.yaml")


def test_the_miniature_differs_from_the_paper_in_sizes_alone(tmp_path: Path) -> None:
    small, paper = preset(tmp_path, "miniature"), load(REPOSITORY / "presets" / "paper.yaml")
    differing = {key for key in type(paper).model_fields if getattr(small, key) != getattr(paper, key)}
    assert differing == {*SIZES, "differences"}
    assert small.differences.tables == paper.differences.tables
    assert [*small.figures] == [*paper.figures]
    assert (small.train.source, small.train.number_format) == (paper.train.source, paper.train.number_format)
    for dataset, section in paper.fetched.items():
        of_small = small.fetched[dataset]
        assert (of_small.videos, of_small.pattern, of_small.way) == (section.videos, section.pattern, section.way)


def test_the_paper_preset_has_every_kind_of_stage_that_published_videos_need() -> None:
    kinds = {name.partition("@")[0] for name in stages_of_one_seed(REPOSITORY / "presets" / "paper.yaml", shards=2)}
    assert {"weights", "videos", "adopt", "normalise", "rerank", "availability", "report"} <= kinds
    assert "views" not in kinds


def test_what_is_on_request_is_the_rest_of_the_seven(tmp_path: Path) -> None:
    params = preset(tmp_path, "on_request")
    assert {*params.datasets, *preset(tmp_path, "miniature").datasets} == set(READERS)
