"""What the stage `rerank` reads, and that a selector by itself is no row of any table."""

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from hapvr.methods.dns_selector import DnSSelector
from hapvr.methods.model import save_model
from hapvr.project import Project
from hapvr.stages.evaluate import evaluate
from hapvr.stages.rerank import rerank
from hapvr.stages.score import score
from hapvr.storage.features import FeatureStore, write_features
from hapvr.storage.scores import Scores, dtype_of, read_scores, write_scores

DIMS, BENCHMARK, SHARE = 8, "mini_fivr", 0.4
# q0 is in the database, too.
QUERIES, DATABASE = ["q0", "q1"], ["v0", "v1", "q0", "v2", "v3"]
MEMBERS = ["0", "1"]
SELECTOR = {"hidden": 6, "dropout": 0.5, "threshold": 0.2, "learning_rate": 1e-4}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Scores that no model gave, and selectors of two seeds with their first weights."""
    content = yaml.safe_load((Path(__file__).parents[2] / "presets" / "mini.yaml").read_text(encoding="utf-8"))
    content["whiten"]["dims"] = DIMS
    content["train"]["seeds"] = [0, 1]
    content["runs"]["dns_reranked"]["rerank"]["share"] = SHARE
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    project, random = Project(tmp_path), np.random.default_rng(0)
    videos = {name: random.standard_normal((5, 9, DIMS)) for name in dict.fromkeys([*QUERIES, *DATABASE])}
    for shard in (0, 1):
        write_features(project.features_file(BENCHMARK, shard), list(videos.items())[shard::2])
    for run in ("dns_coarse", "dns_att"):
        members = {member: scores_of(random.uniform(-1, 1, (2, 5))) for member in MEMBERS}
        write_scores(project.scores_file(run, BENCHMARK), members, dtype="float32")
    for member in MEMBERS:
        torch.manual_seed(int(member))
        config = {"method": {"name": "dns_selector", **SELECTOR}}
        save_model(project.model_folder("dns_selector", member), DnSSelector(DIMS, **SELECTOR), config=config)
    return project


def scores_of(similarity: np.ndarray) -> Scores:
    return Scores(QUERIES, DATABASE, similarity.astype(np.float32))


def set_share(project: Project, share: float) -> Project:
    file = project.root / "params.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["runs"]["dns_reranked"]["rerank"]["share"] = share
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return Project(project.root)


def read(project: Project, run: str) -> dict[str, Scores]:
    return read_scores(project.scores_file(run, BENCHMARK))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_no_share_is_the_coarse_run_and_the_whole_share_is_the_fine_one(project: Project, share: float) -> None:
    rerank(set_share(project, share), "dns_reranked", BENCHMARK)
    coarse, fine, found = (read(project, run) for run in ("dns_coarse", "dns_att", "dns_reranked"))
    for member in MEMBERS:
        expected = fine[member].similarity / 2 + 0.5 if share else coarse[member].similarity
        np.testing.assert_array_equal(found[member].similarity, expected)


def test_every_video_is_read_and_described_once_per_seed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    given = FeatureStore.__getitem__
    monkeypatch.setattr(FeatureStore, "__getitem__", lambda store, name: asked.append(name) or given(store, name))
    rerank(project, "dns_reranked", BENCHMARK)
    assert sorted(asked) == sorted([*{*QUERIES, *DATABASE}] * len(MEMBERS))


def test_number_format_of_the_coarse_scores_is_kept(project: Project) -> None:
    file = project.scores_file("dns_coarse", BENCHMARK)
    write_scores(file, read_scores(file), dtype="bfloat16")
    rerank(project, "dns_reranked", BENCHMARK)
    assert dtype_of(project.scores_file("dns_reranked", BENCHMARK)) == "bfloat16"


@pytest.mark.parametrize("stage", [score, evaluate])
def test_selector_by_itself_is_neither_scored_nor_evaluated(project: Project, stage) -> None:
    with pytest.raises(ValueError, match="run 'dns_selector': not in the runs"):
        stage(project, "dns_selector", BENCHMARK)


@pytest.mark.parametrize("run", ["dns_coarse", "dns_att"])
def test_missing_scores_are_named_with_their_stage(project: Project, run: str) -> None:
    project.scores_file(run, BENCHMARK).unlink()
    with pytest.raises(FileNotFoundError, match=f"score@{run}-{BENCHMARK}"):
        rerank(project, "dns_reranked", BENCHMARK)


def test_scores_of_a_video_without_features_are_refused(project: Project) -> None:
    write_features(project.features_file(BENCHMARK, 0), [("another", np.ones((5, 9, DIMS)))])
    expected = f"mini_fivr.h5: video 'q0' has no features now; .*score@dns_coarse-{BENCHMARK}"
    with pytest.raises(ValueError, match=expected):
        rerank(project, "dns_reranked", BENCHMARK)
    assert not project.scores_file("dns_reranked", BENCHMARK).exists()
