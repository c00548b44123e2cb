"""Stage `rerank`: fine scores where the selector of the same seed is surest, coarse ones elsewhere."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from hapvr.methods.dns_selector import DnSSelector
from hapvr.methods.model import load_model, save_model
from hapvr.project import Project
from hapvr.stages.rerank import rerank
from hapvr.storage.features import FeatureStore, write_features
from hapvr.storage.scores import Scores, dtype_of, read_scores, write_scores

DIMS = 8
QUERIES, DATABASE = ["q0", "q1"], [f"v{number}" for number in range(40)]
RUN, BENCHMARK = "dns_reranked", "mini_fivr"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Scores that no model gave, selectors with their first weights, and features of all videos."""
    text = (Path(__file__).parents[2] / "presets" / "mini.yaml").read_text(encoding="utf-8")
    (tmp_path / "params.yaml").write_text(text.replace("dims: 128", f"dims: {DIMS}"), encoding="utf-8")
    project = Project(tmp_path)
    random = np.random.default_rng(0)
    names = [*QUERIES, *DATABASE]
    for shard in (0, 1):
        features = [(name, random.standard_normal((6, 9, DIMS)) / 3) for name in names[shard::2]]
        write_features(project.features_file(BENCHMARK, shard), features)
    for run, low in (("dns_coarse", 0), ("dns_att", -1)):
        members = {member: scores(random, low) for member in ("0", "1", "2")}
        write_scores(project.scores_file(run, BENCHMARK), members, dtype="float32")
    for seed in (0, 1, 2):
        torch.manual_seed(seed)
        selector = DnSSelector(DIMS, 20, 0.5, threshold=0.2, learning_rate=1e-4)
        method = project.params.method_of("dns_selector")
        save_model(project.model_folder("dns_selector", str(seed)), selector, config={"method": method})
    return project


def scores(random: np.random.Generator, low: float) -> Scores:
    return Scores(QUERIES, DATABASE, random.uniform(low, 1, (2, len(DATABASE))).astype(np.float32))


def of(project: Project, run: str) -> dict[str, Scores]:
    return read_scores(project.scores_file(run, BENCHMARK))


def test_the_surest_pairs_have_the_fine_score_of_the_same_seed(project: Project) -> None:
    rerank(project, RUN, BENCHMARK)
    found, coarse, fine = (of(project, run) for run in (RUN, "dns_coarse", "dns_att"))
    assert list(found) == ["0", "1", "2"]
    confidence = read_scores(project.confidence_file(RUN, BENCHMARK))
    for member, result in found.items():
        assert (result.queries, result.database) == (QUERIES, DATABASE)
        for row in range(2):
            # int(0.05 · 40) = 2
            best = np.argsort(-confidence[member].similarity[row], kind="stable")[:2]
            expected = coarse[member].similarity[row].copy()
            expected[best] = fine[member].similarity[row][best] / 2 + 0.5
            np.testing.assert_array_equal(result.similarity[row], expected)
    assert dtype_of(project.scores_file(RUN, BENCHMARK)) == "float32"


def test_confidence_is_the_selectors_of_both_videos_and_the_coarse_score(project: Project) -> None:
    rerank(project, RUN, BENCHMARK)
    selector = load_model(project.model_folder("dns_selector", "1"), DIMS)
    store = FeatureStore(project.features_files(BENCHMARK))
    numbers = [selector.index(torch.from_numpy(store[name])) for name in ("q1", "v7")]
    coarse = torch.tensor(of(project, "dns_coarse")["1"].similarity[1, 7])
    expected = selector.confidence(numbers[0][None], numbers[1][None], coarse[None])
    found = read_scores(project.confidence_file(RUN, BENCHMARK))["1"].similarity[1, 7]
    assert found == pytest.approx(expected.item(), abs=1e-6)


def test_same_inputs_give_the_same_bytes(project: Project) -> None:
    files = [project.scores_file(RUN, BENCHMARK), project.confidence_file(RUN, BENCHMARK)]
    contents = []
    for _ in range(2):
        rerank(project, RUN, BENCHMARK)
        contents.append([file.read_bytes() for file in files])
    assert contents[0] == contents[1]


def test_scores_of_other_members_or_videos_are_refused(project: Project) -> None:
    members = of(project, "dns_att")
    file = project.scores_file("dns_att", BENCHMARK)
    write_scores(file, {"0": members["0"]}, dtype="float32")
    with pytest.raises(
        ValueError, match=r"expected scores of 1, 2, found 0; make it again with `dvc repro score@dns_att"
    ):
        rerank(project, RUN, BENCHMARK)
    others = {name: Scores(QUERIES, DATABASE[::-1], one.similarity) for name, one in members.items()}
    write_scores(file, others, dtype="float32")
    with pytest.raises(ValueError, match="dns_coarse and dns_att on mini_fivr: expected the same queries and videos"):
        rerank(project, RUN, BENCHMARK)
    assert not project.scores_file(RUN, BENCHMARK).exists()


def test_a_run_that_is_not_reranked_and_missing_inputs_are_named(project: Project) -> None:
    with pytest.raises(ValueError, match="run 'dns_att': not in the runs that are re-ranked"):
        rerank(project, "dns_att", BENCHMARK)
    shutil.rmtree(project.model_folder("dns_selector", "2"))
    with pytest.raises(FileNotFoundError, match="dvc repro train@dns_selector-2"):
        rerank(project, RUN, BENCHMARK)
