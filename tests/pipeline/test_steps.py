"""The stages of the project's own dvc.yaml, as another engine gets them."""

from dataclasses import replace
from pathlib import Path

import pytest
from dvc.repo import Repo

from hapvr.params import load
from hapvr.params.runs import NormalisedRun
from hapvr.pipeline import kept
from hapvr.pipeline.steps import Step, is_folder, read_steps
from hapvr.pipeline.targets import targets

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def steps() -> dict[str, Step]:
    with Repo(str(ROOT)) as repo:
        return {step.stage: step for step in read_steps(repo)}


@pytest.fixture(scope="module")
def params():
    return load(ROOT / "params.yaml")


def test_rule_is_the_stage_with_its_key(steps: dict[str, Step]) -> None:
    assert steps["frames@mini_fivr-0"].rule == "frames_mini_fivr_0"
    assert len({step.rule for step in steps.values()}) == len(steps)


def test_folder_of_results_means_each_result_in_it(steps: dict[str, Step], params) -> None:
    made = steps["score@hapvr-mini_fivr"].made
    for member in params.train.seeds:
        assert f"models/hapvr/{member}" in made
    for shard in params.shards:
        assert f"data/mini_fivr/features/{shard}.h5" in made
    assert "models/hapvr" not in made
    assert "train@hapvr-0" in steps["score@hapvr-mini_fivr"].upstream


def test_code_is_a_parameter_and_files_that_no_stage_makes_are_sources(steps: dict[str, Step]) -> None:
    for step in steps.values():
        assert [key for key in step.params if key.startswith("code.")], step.stage
        assert not set(step.sources) & {out for other in steps.values() for out in other.outputs}
    assert sorted(steps["report"].sources) == ["hapvr/reports/paper", "hapvr/reports/template"]


def test_parameters_that_change_no_result_are_no_parameters(steps: dict[str, Step]) -> None:
    listed = {key for step in steps.values() for key in step.params}
    assert not listed & {"frames.workers", "score.memory_gb", "train.workers", "train.checkpoint_every"}
    assert not [key for key in listed if key.partition(".")[0] == "resources"]


def test_every_stage_asks_for_memory_and_time_and_none_for_none_of_something(steps: dict[str, Step], params) -> None:
    for step in steps.values():
        assert {"mem_mb", "runtime"} <= step.resources.keys(), step.stage
        assert all(isinstance(amount, int) and amount > 0 for amount in step.resources.values()), step.stage
    assert steps["report"].resources["runtime"] == params.resources.others.runtime_min


def test_parameters_are_resolved_values(steps: dict[str, Step], params) -> None:
    step = steps["train@hapvr-0"]
    assert step.params["train.steps"] == params.train.steps
    assert step.params["train.processes"] == params.train.processes
    assert step.threads == params.train.processes * params.train.threads
    asked = params.resources.train
    assert step.resources == {"mem_mb": asked.mem_mb, "runtime": asked.runtime_min}
    assert step.command == "hapvr train hapvr --seed 0"


def test_training_depends_on_the_folder_its_batches_come_from(steps: dict[str, Step], params) -> None:
    made = steps["train@hapvr-0"].made
    folders = {path.split("/")[2] for path in made if path.startswith(f"data/{params.training_set}/") and "h5" in path}
    assert folders == {params.train.source, "features"}


def test_outputs_without_ending_are_the_folders(steps: dict[str, Step]) -> None:
    folders = {path for step in steps.values() for path in step.outputs if is_folder(path)}
    kinds = ("models/", "reports/explorer/")
    assert folders == {path for path in folders if path.startswith(kinds) or path.endswith("/videos")}
    assert {"models/hapvr/0", "models/visil_f/frozen", "models/untrained/1", "data/mini_fivr/videos"} <= folders


def test_each_benchmark_is_a_target_with_the_results_of_every_run_and_its_pages(steps: dict[str, Step], params) -> None:
    found = targets(steps.values())
    # Some runs are only trained: others learn from them.
    trained = {run for run in params.trained if run not in params.evaluated}
    assert set(found) == {*params.benchmarks, *params.evaluated, *trained, "tables"}
    for benchmark in params.benchmarks:
        paths = found[benchmark].paths
        assert f"reports/explorer/{benchmark}" in paths
        runs = [run for run in params.evaluated if benchmark in params.benchmarks_of(run)]
        assert {"hapvr", "visil_f"} <= set(runs)
        assert {path for path in paths if "/metrics/" in path} >= {
            f"reports/metrics/{benchmark}/{run}.json" for run in runs
        }
        assert {f"reports/curves/{benchmark}/{run}.csv" for run in runs} <= set(paths)


def test_each_run_is_a_target_with_all_that_is_made_of_it(steps: dict[str, Step], params) -> None:
    paths = set(targets(steps.values())["hapvr"].paths)
    assert paths == {
        path for step in steps.values() for path in step.outputs if "hapvr" in path.replace(".", "/").split("/")
    } - {"reports/hapvr.html"}
    assert {"models/hapvr/0", "scores/hapvr/mini_fivr.h5", "reports/metrics/mini_svd/hapvr.json"} <= paths


def test_tables_are_a_target(steps: dict[str, Step]) -> None:
    paths = targets(steps.values())["tables"].paths
    assert {"reports/tables/methods.csv", "reports/tables/number_format.tex"} <= set(paths)
    assert all(path.startswith("reports/tables/") for path in paths)


def test_a_name_for_two_things_is_refused(steps: dict[str, Step]) -> None:
    twice = replace(steps["train@hapvr-0"], outputs=["models/mini_fivr/0"])
    with pytest.raises(ValueError, match="mini_fivr: expected a name of its own for a run"):
        targets([*steps.values(), twice])


def test_normalised_runs_are_made_of_the_scores_they_are_of(steps: dict[str, Step], params) -> None:
    for name, run in params.runs.items():
        if isinstance(run, NormalisedRun):
            for benchmark in params.benchmarks_of(name):
                step = steps[f"normalise@{name}-{benchmark}"]
                assert step.outputs == [f"scores/{name}/{benchmark}.h5"]
                assert step.command == f"hapvr normalise {name} {benchmark}"
                assert f"scores/{run.of}/{benchmark}.h5" in step.made
                assert step.params[f"runs.{name}.normalise"] == run.normalise.model_dump()
                assert step.stage in steps[f"evaluate@{name}-{benchmark}"].upstream


def test_everything_after_a_changed_stage_follows(steps: dict[str, Step], monkeypatch: pytest.MonkeyPatch) -> None:
    # Whatever this working tree and its cache hold.
    monkeypatch.setattr(kept, "find", lambda *_: None)
    with Repo(str(ROOT)) as repo:
        reasons = kept.make_plan(repo, steps.values(), {"train@s2vs-1": ["changed deps: models modified"]}).run
    assert reasons["score@s2vs-mini_svd"] == ["follows train@s2vs-1"]
    assert reasons["evaluate@s2vs-mini_svd"] == ["follows score@s2vs-mini_svd"]
    assert {"tables@methods", "report"} <= set(reasons)
    of_runs = [stage for stage in reasons if not stage.startswith("differences@")]
    assert not any("@hapvr" in stage or "@visil_f" in stage for stage in of_runs)
