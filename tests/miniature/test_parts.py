"""The parts of the miniatures, checked every day; `make miniature` runs the whole."""

from pathlib import Path

import pytest

from hapvr.datasets import READERS
from hapvr.params import load
from hapvr.params.preset import as_text, read_preset
from hapvr.params.root import Params
from tests.miniature.cuts import CUTS, cut
from tests.miniature.test_miniature import TASKS
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


@pytest.fixture(scope="module")
def presets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Params]:
    """Those of the miniatures, of a server that is not there, and the paper's."""
    folder = tmp_path_factory.mktemp("presets")
    paper = folder / "paper.yaml"
    paper.write_bytes((REPOSITORY / "presets" / "paper.yaml").read_bytes())
    write_presets(folder, "http://127.0.0.1:1")
    found = {"paper": load(paper)}
    for name in ("miniature", "on_request"):
        file = folder / f"{name}.params.yaml"
        file.write_text(as_text(read_preset(folder, name)), encoding="utf-8")
        found[name] = load(file)
    return found


def test_the_miniature_differs_from_the_paper_in_sizes_alone(presets: dict[str, Params]) -> None:
    small, paper = presets["miniature"], presets["paper"]
    differing = {key for key in type(paper).model_fields if getattr(small, key) != getattr(paper, key)}
    assert differing == {*SIZES, "differences", "runs", "tables"}
    # Of the runs of the sensitivity it keeps some.
    left_out = paper.runs.keys() - small.runs.keys()
    assert left_out < {*paper.tables["sensitivity"].runs}
    assert small.runs == {name: run for name, run in paper.runs.items() if name not in left_out}
    kept = {name: table for name, table in paper.tables.items() if name != "sensitivity"}
    assert {name: table for name, table in small.tables.items() if name != "sensitivity"} == kept
    assert small.differences.tables == paper.differences.tables
    assert [*small.figures] == [*paper.figures]
    assert (small.train.source, small.train.number_format) == (paper.train.source, paper.train.number_format)
    for dataset, section in paper.fetched.items():
        of_small = small.fetched[dataset]
        assert (of_small.videos, of_small.pattern, of_small.way) == (section.videos, section.pattern, section.way)


def test_what_is_on_request_is_the_rest_of_the_seven(presets: dict[str, Params]) -> None:
    assert {*presets["on_request"].datasets, *presets["miniature"].datasets} == set(READERS)
