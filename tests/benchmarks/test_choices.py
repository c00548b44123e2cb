"""Choices: what is wrong is refused before anything is trained, nothing is computed twice, and the page adds up."""

import math
from pathlib import Path
from typing import Any

import choices
import development
import numpy as np
import pandas as pd
import pytest
import yaml
from choices_page import as_curves, as_page, as_points
from development import NAME, DevelopmentProject, make_data, steps_to_make
from experiments import FROZEN, Experiment, Row, Trial, read_experiments, rows_of
from safetensors.torch import load_file

from hapvr.datasets.dataset import Dataset, Task, write_dataset
from hapvr.params import ParamsError
from hapvr.project import Project
from hapvr.stages.train import train
from hapvr.storage.features import write_features
from hapvr.storage.views import write_views
from hapvr.training.step import NonFiniteLossError
from tests.training.conftest import DIMS, small_params, views_of

ROOT = Path(__file__).parents[2]
VIDEOS = [f"video{number}" for number in range(10)]
DEV = Dataset(
    name=NAME,
    videos={},
    queries=["q0", "q1"],
    database=[f"v{number}" for number in range(6)],
    relevance={"q0": {"ND": ["v0"]}, "q1": {"ND": ["v1", "v2"]}},
    tasks={
        "DSVR": Task(metric="mAP", labels=["ND"], interpolation="step"),
        "DSVD": Task(metric="uAP", labels=["ND"], interpolation="step"),
    },
)
LEARNING_RATE = {
    "name": "learning_rate",
    "question": "How large may a step be?",
    "runs": ["visil_f", "s2vs"],
    "seeds": [0, 1],
    "variants": {0.001: {"train.learning_rate": 0.001}, 0.002: {"train.learning_rate": 0.002}},
    "taken": 0.002,
    "because": "It is higher.",
}


def content() -> dict[str, Any]:
    """Parameters with a development benchmark."""
    found = small_params()
    found["fetch"][NAME] = found["fetch"]["mini_fivr"] | {"seed": 7}
    return found


def experiment(**changes: Any) -> Experiment:
    return Experiment.model_validate(LEARNING_RATE | changes)


def rows(**changes: Any) -> list[Row]:
    return rows_of(experiment(**changes), content(), source="choices.yaml")


def trial(overrides: dict[str, Any], run: str = "hapvr") -> Trial:
    return rows(runs=[run], seeds=[0], variants={"it": overrides}, taken=None)[0].trial


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DevelopmentProject:
    """A project in which everything that choices need is made, of random numbers; the current folder lies in it."""
    (tmp_path / "dvc.yaml").touch()
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(content(), sort_keys=False))
    write_experiments(tmp_path, LEARNING_RATE)
    project = DevelopmentProject(tmp_path)
    name, whitening = project.params.training_set, project.whitening_file(project.params.backbone)
    write_dataset(project.dataset_file(name), Dataset(name=name, videos={}, training=VIDEOS))
    write_dataset(project.dataset_file(NAME), DEV)
    for shard in project.params.shards:
        write_views(project.views_file(shard), views_of(VIDEOS[shard::2], mixed={}))
        rng = np.random.default_rng(shard)
        described = [(video, rng.normal(size=(9, 9, DIMS))) for video in [*DEV.queries, *DEV.database][shard::2]]
        write_features(project.features_file(NAME, shard), described)
        write_features(
            project.features_file(name, shard), [(video, np.zeros((9, 9, DIMS))) for video in VIDEOS[shard::2]]
        )
        for dataset in (name, NAME):
            for file in (project.frames_file(dataset, shard), project.failures_file(dataset, shard)):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.touch()
    whitening.parent.mkdir(parents=True)
    whitening.touch()
    monkeypatch.chdir(tmp_path)
    return project


def write_experiments(root: Path, *experiments: dict[str, Any]) -> Path:
    path = root / choices.EXPERIMENTS
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(list(experiments), sort_keys=False))
    return path


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Digests that are computed, in order; of each the score is its place."""
    digests: list[str] = []

    def compute(item: tuple[str, Trial], *, root: Path) -> dict[str, Any]:
        digest, trial = item
        digests.append(digest)
        values = dict.fromkeys(["DSVR", "DSVD", "score", "seconds"], float(len(digests)))
        return {"digest": digest, "run": trial.run, "seed": trial.seed, **values}

    monkeypatch.setattr(choices, "compute", compute)
    return digests


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "misspelt key": ({"train.learning_rat": 1}, "train.learning_rat: unknown key (did you mean learning_rate?)"),
    "misspelt section": ({"runs.haqvr.losses.infonce": {}}, "no runs.haqvr in params.yaml (did you mean hapvr?)"),
    "value out of range": (
        {"train.learning_rate": -1},
        "train.learning_rate: Input should be greater than 0, found -1",
    ),
    "key of a shared loss": (
        {"runs.hapvr.losses.infonce.weight": 2},
        "runs.hapvr.losses.infonce is 'base' in params.yaml, which has no keys; override it whole",
    ),
    "key of another section": ({"views.weak": 1}, "views.weak: expected `videos` or a key of train, runs, methods, ob"),
    "no number of videos": ({"videos": 0}, "videos: expected a number above 0, found 0"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_override_is_named_before_anything_is_done(case: str, project: DevelopmentProject) -> None:
    overrides, message = WRONG[case]
    wrong = LEARNING_RATE | {"name": "wrong", "variants": {"it": overrides}, "taken": None}
    write_experiments(project.root, LEARNING_RATE, wrong)
    with pytest.raises(ValueError, match=r"choices\.yaml: wrong, it: ") as error:
        choices.run([], jobs=1, dry_run=False)
    assert message in str(error.value)
    assert not (project.root / choices.RESULTS).exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"taken": "0.003"}, "learning_rate: taken: '0.003' is no variant; accepted: 0.001, 0.002"),
        ({"runs": []}, "learning_rate: runs: expected at least one, on which the variants are tried"),
        ({"seed": 0}, "learning_rate.seed: Extra inputs are not permitted"),
        (
            {"variants": {}, "variants_of": {"s2vs": {"a": {}}, "hapvr": {"a": {}, "b": {}}}},
            "learning_rate: variants_of: expected as many tries for each run, found s2vs 1, hapvr 2",
        ),
    ],
)
def test_wrong_experiment_is_named(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = write_experiments(tmp_path, LEARNING_RATE | changes)
    with pytest.raises(ValueError, match=r"choices\.yaml: ") as error:
        read_experiments(path)
    assert message in str(error.value)


def test_run_that_there_is_not_is_named() -> None:
    with pytest.raises(ValueError, match="'haqvr' is no run with a method; accepted: hapvr, s2vs, "):
        rows(runs=["haqvr"])


@pytest.mark.parametrize("name", ["choices", "method_choices", "sensitivity"])
def test_experiments_of_the_project_fit_its_parameters(name: str) -> None:
    experiments = read_experiments(ROOT / choices.EXPERIMENTS.with_name(f"{name}.yaml"))
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    assert all(rows_of(one, params, source="choices.yaml") for one in experiments)


def test_digests_differ_for_different_overrides_and_agree_for_the_same() -> None:
    data = {"dev": ["d"], "views": ["v"]}
    plain = trial({}).digest(data)
    assert trial({"train.learning_rate": content()["train"]["learning_rate"]}).digest(data) == plain
    assert trial({"train.checkpoint_every": 1}).digest(data) == plain
    others = [
        {"train.learning_rate": 0.1},
        {"runs.hapvr.losses.quadlinear_ap.delta": 0.1},
        {"objectives.base.infonce.temperature": 0.1},
        {"methods.topk_network.frame_top_rate": 0.1},
        {"videos": 5},
        {"train.steps": 0},
    ]
    digests = [trial(other).digest(data) for other in others]
    assert len({plain, *digests}) == 1 + len(others)
    assert trial({}).digest(data | {"views": ["w"]}) != plain
    assert trial({"runs.hapvr.losses.quadlinear_ap.delta": 0.1}, "s2vs") == trial({}, "s2vs")
    frozen = trial({}, "visil_f")
    assert frozen.digest(data) == frozen.digest(data | {"views": ["w"]}) != frozen.digest(data | {"dev": ["e"]})


def test_frozen_run_is_one_row_unless_a_variant_changes_it() -> None:
    assert [(row.run, row.variant) for row in rows() if row.run == "visil_f"] == [("visil_f", FROZEN)]
    changed = rows(runs=["visil_f"], variants={"a": {}, "b": {"runs.visil_f.method.region_top_rate": 1}}, taken=None)
    assert [row.variant for row in changed] == ["a", "b"]


def test_variants_of_a_run_are_below_it_and_take_what_is_given() -> None:
    found = rows(
        runs=["visil_f"],
        seeds=[0],
        given={"train.steps": 9},
        variants={},
        variants_of={
            "loss_triplet": {"m": {"losses.triplet.margin": 0.3}},
            "loss_mae": {"w": {"losses.mae.weight": 7}},
        },
        taken={"loss_mae": "w"},
    )
    assert [(row.run, row.variant) for row in found] == [("visil_f", FROZEN), ("loss_triplet", "m"), ("loss_mae", "w")]
    assert found[1].trial.losses["triplet"]["margin"] == 0.3
    assert found[2].trial.losses["mae"]["weight"] == 7
    assert found[2].trial.train.steps == 9


def test_short_training_has_a_short_warm_up_and_interval() -> None:
    train = trial({"train.steps": 1}).train
    assert (train.steps, train.warmup_steps, train.validation_every) == (1, 1, 1)
    with pytest.raises(ParamsError, match="warmup_steps: 2 of 1 steps in all"):
        trial({"train.steps": 1, "train.warmup_steps": 2})


def test_all_videos_are_no_choice_of_videos() -> None:
    one = experiment(runs=["s2vs"], variants={"all": {"videos": 10}, "some": {"videos": 9}}, taken=None)
    found = rows_of(one, content(), source="choices.yaml", training_videos=10)
    assert [row.trial.videos for row in found] == [None, None, 9, 9]


def test_second_run_computes_nothing(project: DevelopmentProject, computed: list[str]) -> None:
    again = LEARNING_RATE | {"name": "again", "variants": {"same": {"train.learning_rate": 0.001}}, "taken": None}
    write_experiments(project.root, LEARNING_RATE, again)
    choices.run([], jobs=1, dry_run=False)
    # One frozen run, and one run of two variants and two seeds.
    assert len(computed) == 5
    before = (project.root / choices.RESULTS).read_bytes()
    choices.run([], jobs=1, dry_run=False)
    assert len(computed) == 5
    assert (project.root / choices.RESULTS).read_bytes() == before
    assert "| `s2vs` | same | " in (project.root / choices.PAGE).read_text()


def test_only_some_experiments_are_computed_and_all_are_shown(project: DevelopmentProject, computed: list[str]) -> None:
    other = LEARNING_RATE | {"name": "other", "variants": {"decay": {"train.weight_decay": 0.5}}, "taken": None}
    write_experiments(project.root, LEARNING_RATE, other)
    choices.run(["other"], jobs=1, dry_run=False)
    assert len(computed) == 3
    assert "| `s2vs` | 0.001 | – |" in (project.root / choices.PAGE).read_text()
    with pytest.raises(ValueError, match="--only: no experiment othr in "):
        choices.run(["othr"], jobs=1, dry_run=False)


def test_results_survive_an_interruption(
    project: DevelopmentProject, computed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = choices.compute

    def interrupted(item: tuple[str, Trial], *, root: Path) -> dict[str, Any]:
        if len(computed) == 3:
            raise KeyboardInterrupt
        return compute(item, root=root)

    with monkeypatch.context() as patch:
        patch.setattr(choices, "compute", interrupted)
        with pytest.raises(KeyboardInterrupt):
            choices.run([], jobs=1, dry_run=False)
    file = project.root / choices.RESULTS
    first = choices.read_results(file)
    assert list(first.index) == computed
    choices.run([], jobs=1, dry_run=False)
    assert len(computed) == len(set(computed)) == 5
    pd.testing.assert_frame_equal(choices.read_results(file).iloc[:3], first)


def test_dry_run_does_nothing(
    project: DevelopmentProject, computed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    project.features_file(NAME, 1).unlink()
    before = sorted(project.root.rglob("*"))
    choices.run([], jobs=1, dry_run=True)
    assert sorted(project.root.rglob("*")) == before
    assert computed == []
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == f"would be made first: features@{NAME}-1"
    assert "learning_rate: s2vs, 0.001 seed 1: to compute" in printed
    assert printed[-1] == "5 models to compute"


def test_model_is_the_one_that_the_stage_trains(project: DevelopmentProject) -> None:
    train(Project(project.root), "hapvr", 1)
    expected = load_file(project.model_folder("hapvr", "1") / "weights.safetensors")
    found, log = choices.train_model(project.root, rows(runs=["hapvr"], variants={"it": {}}, taken=None)[1].trial)
    assert len(log) == content()["train"]["steps"]
    assert all(np.array_equal(expected[name], value) for name, value in found.state_dict().items())


def test_result_has_every_task_and_their_mean(project: DevelopmentProject) -> None:
    row = choices.compute(
        ("d", trial({"train.steps": 2, "train.validation_share": 0.34, "videos": 6})), root=project.root
    )
    assert row["score"] == pytest.approx((row["DSVR"] + row["DSVD"]) / 2)
    assert 0 < row["DSVR"] <= 100
    assert 0 < row["validation_mAP"] <= 100
    untrained = choices.compute(("d", trial({"train.steps": 0})), root=project.root)
    assert untrained["loss"] is None
    frozen = choices.compute(("d", trial({}, "visil_f")), root=project.root)
    assert frozen["seed"] is None
    assert list(row) == list(untrained) == list(frozen)


def test_other_videos_than_the_first_are_not_trained_on(
    project: DevelopmentProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[str] = set()

    class Bank(choices.ViewBank):
        def __init__(self, views: Any, *arguments: Any) -> None:
            seen.update(source for view in views for source in view.sources)
            super().__init__(views, *arguments)

    monkeypatch.setattr(choices, "ViewBank", Bank)
    choices.train_model(project.root, trial({"videos": 6, "train.steps": 1}))
    assert seen == set(VIDEOS[:6])


def test_training_that_is_not_finite_is_a_result(project: DevelopmentProject, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any) -> None:
        raise NonFiniteLossError("stopped")

    monkeypatch.setattr(choices, "train_model", fail)
    write_experiments(project.root, LEARNING_RATE | {"runs": ["s2vs"]})
    choices.run([], jobs=1, dry_run=False)
    assert len(choices.read_results(project.root / choices.RESULTS)) == 4
    assert "| `s2vs` | 0.001 | not finite (2 of 2 seeds) |" in (project.root / choices.PAGE).read_text()


def results_of(found: list[Row], scores: list[float | None]) -> tuple[list[Row], pd.DataFrame]:
    """Rows with digests, and results in which DSVR is one above and DSVD one below the score; None: not there."""
    named = [Row(**(vars(row) | {"digest": str(number)})) for number, row in enumerate(found)]
    columns = {
        row.digest: {"run": row.run, "seed": row.trial.seed, "DSVR": score + 1, "DSVD": score - 1, "score": score}
        for row, score in zip(named, scores, strict=True)
        if score is not None
    }
    return named, pd.DataFrame.from_dict(columns, orient="index").assign(seconds=12.0)


def test_page_has_means_and_paired_differences() -> None:
    named, results = results_of(rows(), [50, 60, 64, 61, 69])
    page = as_page([experiment()], named, results, DEV, book=choices.PRESET)
    assert (
        "## Learning rate\n\nHow large may a step be?\n\n| run | variant | score | difference | ÷ s.e. | DSVR |" in page
    )
    assert "| `visil_f` | frozen | 50.0 |  |  | 51.0 | 49.0 | 12 |" in page
    # Differences −1 and −5: mean −3, standard deviation √8, standard error 2.
    assert "| `s2vs` | 0.001 | 62.0 ± 2.8 | -3.0 | -1.5 | 63.0 ± 2.8 | 61.0 ± 2.8 | 12 |" in page
    assert "| `s2vs` | **0.002** | 65.0 ± 5.7 |  |  | 66.0 ± 5.7 | 64.0 ± 5.7 | 12 |" in page
    taken = "Taken: 0.002. It is higher."
    assert page.endswith((f"{taken}\n", f"{taken} params.yaml has another value for `s2vs` now.\n"))
    assert "2 queries and\n6 database videos" in page


def test_page_says_what_is_missing_and_what_params_have_otherwise() -> None:
    named, results = results_of(rows(taken=0.001), [50, 60, None, None, None])
    page = as_page([experiment(taken=0.001)], named, results, DEV, book=choices.PRESET)
    assert "| `s2vs` | **0.001** | 60.0 (1 of 2 seeds) |  |  | 61.0 | 59.0 | 12 |" in page
    assert "| `s2vs` | 0.002 | – |  |  | – | – |  |" in page
    assert page.endswith("It is higher. params.yaml has another value for `s2vs` now.\n")


def test_curves_have_a_line_per_model() -> None:
    changes = {
        "seeds": [0],
        "curve": "steps",
        "taken": None,
        "variants": {0: {"train.steps": 0}, 3: {"train.steps": 3}},
    }
    videos = changes | {"name": "videos", "curve": "videos", "variants": {5: {"videos": 5}, "all": {}}}
    named, results = results_of([*rows(**changes), *rows(**videos)], [50, 60, 61, 50, 62, None])
    text = as_curves([experiment(**changes), experiment(**videos)], named, results, videos=10)
    assert text.splitlines() == [
        "axis,value,run,seed,score",
        "frozen,0,visil_f,,50",
        "steps,0,s2vs,0,60",
        "steps,3,s2vs,0,61",
        "videos,5,s2vs,0,62",
    ]


def test_points_of_a_sweep_have_the_setting_and_every_task_of_each_model() -> None:
    changes = {
        "runs": ["hapvr"],
        "sweep": "rho",
        "taken": None,
        "variants": {rho: {"runs.hapvr.losses.quadlinear_ap.rho": rho} for rho in (0.1, 5)},
    }
    named, results = results_of(rows(**changes), [60, 62, 50, None])
    points = as_points([experiment(**changes), experiment()], named, results, DEV)
    assert points["setting"].tolist() == [0.1, 0.1, 0.1, 0.1, 5, 5]
    assert points["own"].tolist() == [True] * 4 + [False] * 2
    assert points["member"].tolist() == ["0", "0", "1", "1", "0", "0"]
    assert points["value"].tolist() == [61, 59, 63, 61, 51, 49]
    assert set(points["task"]) == set(DEV.tasks)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is made: stages that write empty files."""
    names: list[str] = []

    def stage(name: str) -> Any:
        def make(project: DevelopmentProject, item: str, shard: int = -1) -> None:
            dataset = NAME if item == NAME else project.params.training_set
            files = {
                "fetch": [project.dataset_file(dataset)],
                "frames": [project.frames_file(dataset, shard), project.failures_file(dataset, shard)],
                "features": [project.features_file(dataset, shard)],
                "views": [project.views_file(item)] if name == "views" else [],
            }
            for file in files[name]:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.touch()
            names.append(f"{name} {item} {shard}")

        return make

    for name in ("fetch", "frames", "features", "views"):
        monkeypatch.setattr(development, name, stage(name))
    return names


def test_only_what_is_missing_is_made(project: DevelopmentProject, made: list[str]) -> None:
    make_data(project)
    assert made == []
    project.views_file(1).unlink()
    project.features_file(NAME, 0).unlink()
    assert steps_to_make(project) == ["views@1", f"features@{NAME}-0"]
    make_data(project)
    assert made == ["views 1 -1", f"features {NAME} 0"]


def test_development_benchmark_is_made_again_for_other_parameters(project: DevelopmentProject, made: list[str]) -> None:
    make_data(project)
    project.whitening_file(project.params.backbone).write_text("another")
    assert steps_to_make(project) == [f"features@{NAME}-0", f"features@{NAME}-1"]
    make_data(project)
    assert made == [f"features {NAME} 0", f"features {NAME} 1"]
    changed = content()
    changed["fetch"][NAME]["seed"] = 8
    (project.root / "params.yaml").write_text(yaml.safe_dump(changed, sort_keys=False))
    made.clear()
    make_data(DevelopmentProject(project.root))
    assert made == [
        f"fetch {NAME} -1",
        *(f"{stage} {NAME} {shard}" for stage in ("frames", "features") for shard in (0, 1)),
    ]
    assert steps_to_make(DevelopmentProject(project.root)) == []


@pytest.mark.parametrize("key", ["datasets", "benchmarks"])
def test_development_benchmark_in_a_table_is_refused(key: str, project: DevelopmentProject) -> None:
    changed = content()
    for name in {"datasets", key}:
        changed[name] = [*changed[name], NAME]
    (project.root / "params.yaml").write_text(yaml.safe_dump(changed, sort_keys=False))
    with pytest.raises(ValueError, match=f"{NAME} is in datasets or benchmarks"):
        _ = DevelopmentProject(project.root).params


def test_no_value_is_lost_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "results.csv"
    row = {"digest": "0123456789abcdef", "run": "s2vs", "seed": 0, "DSVR": 12.5, "score": 12.5, "loss": None}
    choices.add_result(file, row)
    choices.add_result(file, row | {"digest": "1e10", "seed": None, "score": math.nan})
    read = choices.read_results(file)
    assert list(read.index) == ["0123456789abcdef", "1e10"]
    assert read.seed.tolist() == [0, pd.NA]
    assert read.DSVR.tolist() == [12.5, 12.5]
    assert math.isnan(read.score.iloc[1])
