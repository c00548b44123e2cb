"""The figure of the hierarchy: every level follows from the one before by the library's own parts."""

import numpy as np
import pytest
import torch

from hapvr.losses import pseudo_labels
from hapvr.methods.model import load_model
from hapvr.reports import hierarchy as levels
from hapvr.reports.figures import hierarchy
from hapvr.similarity import topk_chamfer
from hapvr.storage.features import FeatureStore


@pytest.fixture
def told(project, results):
    return hierarchy.tell(results, **project.params.shown("hierarchy"))


def test_each_level_is_made_of_the_one_before(project, told):
    """Regions → an entry of the frame matrix → the refined matrix → the similarity that the engine would give."""
    shown = project.params.shown("hierarchy")
    network = load_model(project.model_folder(shown["run"], "0"), project.params.whiten.dims)
    row, column = told.levels.frames
    entry = topk_chamfer(told.levels.regions, network.region_top_rate)
    assert entry.item() == pytest.approx(told.levels.frame_matrix[row, column].item(), abs=1e-6)
    assert told.levels.refined[told.levels.kept].mean().item() == pytest.approx(told.levels.similarity, abs=1e-6)
    store = FeatureStore(project.features_files(shown["benchmark"]))
    query, target = (network.index(torch.from_numpy(store[name])) for name in told.names)
    assert network.similarity(query, target).item() == pytest.approx(told.levels.similarity, abs=1e-6)


def test_pseudo_labels_are_those_of_the_training_loss(project, told):
    losses = project.params.losses_of("hapvr")["frame_quadlinear_ap"]
    frames = len(told.taught.similarity)
    k = max(round(losses["top_rate"] * frames), 1)
    for row, positive in zip(told.taught.similarity, told.taught.positive, strict=True):
        assert set(positive.nonzero().flatten().tolist()) == set(row.topk(k).indices.tolist())
    assert (told.taught.negative.sum(1) == k).all()


def test_labels_of_a_window_agree_with_the_library():
    torch.manual_seed(0)
    one, other = (torch.nn.functional.normalize(torch.randn(frames, 5), dim=-1) for frames in (12, 9))
    taught = levels.label((one, other), window=8, rates=(0.25, 0.5))
    positive, negative = pseudo_labels(torch.stack([one[:8], other[:8]]), 0.25, 0.5)
    assert torch.equal(taught.positive, positive[0, 1])
    assert torch.equal(taught.negative, negative[0, 1])


def test_csv_has_every_panel_and_the_ranking_of_the_scores(project, results, told):
    rows = hierarchy.as_rows(told)
    by_panel = {panel: of["value"].to_numpy(float) for panel, of in rows.groupby("panel")}
    assert by_panel["frames"] == pytest.approx(told.levels.frame_matrix.flatten().numpy())
    assert set(by_panel["pseudo labels"]) <= {-1, 0, 1}
    shown = project.params.shown("hierarchy")
    scores = next(iter(results.scores(shown["run"], shown["benchmark"]).values()))
    of_query = scores.similarity[scores.queries.index(told.names[0])]
    assert by_panel["videos"] == pytest.approx(np.sort(of_query)[::-1], abs=1e-6)


def test_run_without_a_frame_level_loss_is_refused(results):
    with pytest.raises(ValueError, match=r"figures\.hierarchy\.run: expected .* frame-level loss, found s2vs"):
        hierarchy.tell(results, run="s2vs", benchmark="mini_fivr")
