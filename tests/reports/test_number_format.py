import numpy as np
import pandas as pd
import pytest

from hapvr.datasets.dataset import read_dataset
from hapvr.reports.number_format_grid import measure_change, number_format_grid
from hapvr.stages.freeze import freeze
from hapvr.stages.number_format import number_format
from hapvr.storage.features import write_features
from hapvr.storage.scores import Scores


@pytest.fixture
def described(project):
    """Features of every video of its benchmark in shard 0, and a frozen model; params ask for visil_f alone."""
    benchmark = project.params.number_format.benchmark
    dataset = read_dataset(project.dataset_file(benchmark))
    random = np.random.default_rng(0)
    dims = project.params.whiten.dims
    videos = {name: random.standard_normal((4, 9, dims)) for name in [*dataset.queries, *dataset.database]}
    unit = {name: video / np.linalg.norm(video, axis=2, keepdims=True) for name, video in videos.items()}
    write_features(project.features_file(benchmark, 0), unit.items())
    write_features(project.features_file(benchmark, 1), [])
    freeze(project, "visil_f", "frozen")
    text = (
        (project.root / "params.yaml")
        .read_text()
        .replace("runs: [visil_f, hapvr]\n  benchmark", "runs: [visil_f]\n  benchmark")
    )
    (project.root / "params.yaml").write_text(text)
    project.__dict__.pop("params", None)
    return project


def test_errors_are_those_of_the_format_and_float16_errs_less(described):
    number_format(described)
    table = pd.read_csv(described.reports / "tables" / "number_format.csv")
    errors = table.groupby("dtype")[["largest_error", "mean_error"]].first()
    # bfloat16 keeps 8 bits of a number, float16 11; features are float16 already.
    assert 1e-5 < errors.loc["bfloat16", "mean_error"] < errors.loc["bfloat16", "largest_error"] < 2**-8
    assert errors.loc["float16", "largest_error"] < errors.loc["bfloat16", "largest_error"] / 4
    # EVVR and EVVD
    assert len(table) == 2 * 2


def test_all_files_are_written_and_repeat_to_the_byte(described):
    written = []
    for _ in range(2):
        number_format(described)
        written.append({file.name: file.read_bytes() for file in described.reports.glob("tables/number_format.*")})
    assert set(written[0]) == {"number_format.csv", "number_format.md", "number_format.tex"}
    assert written[0] == written[1]


def test_change_is_that_of_the_metric(project):
    """Moving one score by 0.5 puts a wrong video first for one of eight queries: its AP with two relevant falls."""
    dataset = read_dataset(project.dataset_file("mini_svd"))
    relevant = np.array([[v in dataset.relevance[q]["ND"] for v in dataset.database] for q in dataset.queries])
    exact = Scores(dataset.queries, dataset.database, np.where(relevant, 0.6, 0.2))
    other = exact.similarity.copy()
    other[0, dataset.database.index("d0")] += 0.5
    table = measure_change(dataset, exact, Scores(dataset.queries, dataset.database, other)).set_index("task")
    assert table.loc["SVR", "float32"] == 100
    # Ranks 2 and 3: the tied pair of relevant videos is found at precision 2/3.
    assert table.loc["SVR", "change"] == pytest.approx(100 * (2 / 3 - 1) / 8)
    assert table["largest_error"].tolist() == [pytest.approx(0.5)] * 2
    assert table["mean_error"].iloc[0] == pytest.approx(0.5 / other.size)


def test_cells_are_errors_in_millionths_and_changes_beside_values():
    row = {"label": "A", "dtype": "bfloat16", "benchmark": "b", "largest_error": 2.5e-3, "mean_error": 4e-5}
    table = pd.DataFrame(
        [
            row | {"task": "D", "metric": "uAP", "float32": 41.44, "change": 0.001},
            row | {"task": "R", "metric": "mAP", "float32": 52.08, "change": -0.123},
        ]
    )
    grid = number_format_grid(table)
    assert grid.text.loc["A, bfloat16"].tolist() == ["2500", "40", "−0.12 (52.1)", "0.00 (41.4)"]
    assert [task for _, _, task in grid.text] == ["", "", "R", "D"]
    assert not grid.best.any(axis=None)
