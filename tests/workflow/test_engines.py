"""Both engines run the same stages and believe the same results."""

import signal

from tests.workflow.engines import Engines

ALL = sorted(
    [f"fetch@{dataset}" for dataset in ("mini_vcdb", "mini_fivr", "mini_evve")]
    + [f"train@{seed}" for seed in (0, 1)]
    + [f"{stage}@{benchmark}" for stage in ("score", "evaluate") for benchmark in ("mini_fivr", "mini_evve")]
)
AFTER_TRAINING = [name for name in ALL if not name.startswith("fetch")]


def test_every_stage_ran_once_and_neither_engine_has_more_to_do(project: Engines) -> None:
    assert project.ran() == ALL
    assert project.nothing_to_do()


def test_snakemake_has_nothing_to_do_after_dvc_repro(empty: Engines) -> None:
    empty.dvc("repro")
    assert empty.ran() == ALL
    assert empty.nothing_to_do()


def test_both_engines_write_the_same_lock(project: Engines) -> None:
    by_snakemake = (project.folder / "dvc.lock").read_text()
    project.dvc("repro", "--force")
    assert project.ran() == sorted(ALL + ALL)
    assert (project.folder / "dvc.lock").read_text() == by_snakemake


def test_touched_files_rerun_nothing(project: Engines) -> None:
    for folder in ("code", "data", "models", "scores", "reports"):
        for file in (project.folder / folder).rglob("*"):
            file.touch()
    assert project.nothing_to_do()


def test_results_of_another_commit_are_believed(project: Engines) -> None:
    project.edit("params.yaml", "steps: 100", "steps: 160")
    project.snakemake()
    project.commit("longer training")
    project.git("checkout", "--quiet", "HEAD~1")
    project.dvc("checkout")
    assert project.nothing_to_do()


def test_pulled_results_are_believed(project: Engines, tmp_path) -> None:
    project.dvc("remote", "add", "--default", "store", str(tmp_path / "store"))
    project.commit("remote")
    project.dvc("push")
    clone = Engines(tmp_path / "clone")
    project.git("clone", "--quiet", str(project.folder), str(clone.folder))
    clone.dvc("pull")
    assert clone.nothing_to_do()


def test_edited_code_reruns_what_uses_it_and_what_follows(project: Engines) -> None:
    project.ran()
    (project.folder / "code" / "losses" / "loss.txt").write_text("another loss\n")
    assert "would run  score@mini_fivr  (follows train@0; follows train@1)" in project.snakemake("--dry-run")
    assert project.ran() == []
    project.snakemake()
    assert project.ran() == AFTER_TRAINING
    assert project.stale() == set()


def test_what_follows_is_not_rerun_when_its_inputs_came_out_the_same(project: Engines) -> None:
    project.ran()
    (project.folder / "code" / "losses" / "loss.txt").write_text("# only a comment\nloss\n")
    project.snakemake()
    assert project.ran() == ["evaluate@mini_evve", "evaluate@mini_fivr", "train@0", "train@1"]
    assert project.stale() == set()


def test_one_benchmark_is_a_target(empty: Engines) -> None:
    empty.snakemake("mini_fivr")
    assert empty.ran() == [name for name in ALL if "mini_evve" not in name]
    assert empty.stale() == {name for name in ALL if "mini_evve" in name}


def test_one_run_is_a_target_and_so_are_its_results_after_an_edit(project: Engines) -> None:
    project.ran()
    project.edit("params.yaml", "steps: 100", "steps: 160")
    output = project.snakemake("hapvr")
    assert project.ran() == AFTER_TRAINING
    assert "Nothing to be done" in project.snakemake("hapvr")
    lines = output.splitlines()
    assert len(lines) < 2 * len(AFTER_TRAINING) + 15, output
    assert max(map(len, lines)) <= 130, output
    assert "1 of 6 begins  train@0  (changed deps: params.yaml {'train.steps': 'modified'})" in output
    assert "6 of 6 done" in output
    timings = (project.folder / "logs" / "timings.csv").read_text().splitlines()
    assert timings[0] == "stage,started,seconds,threads,outcome"
    assert sum(line.startswith("train@0,") and line.endswith(",done") for line in timings) == 2


def test_lint_and_report_have_nothing_to_complain_of(project: Engines) -> None:
    assert "in a good condition" in project.snakemake("--lint")
    output = project.snakemake("--report", "report.html")
    assert "warning" not in output.lower()
    assert (project.folder / "report.html").stat().st_size > 0


def test_one_artifact_is_a_target(project: Engines) -> None:
    project.ran()
    project.edit("params.yaml", "steps: 100", "steps: 160")
    project.snakemake("reports/metrics/mini_evve/hapvr.json")
    assert project.ran() == [name for name in AFTER_TRAINING if "mini_fivr" not in name]
    assert project.stale() == {"score@mini_fivr"}


def test_forcing_everything_reruns_everything(project: Engines) -> None:
    project.ran()
    project.snakemake("--forceall")
    assert project.ran() == ALL
    assert project.stale() == set()


def test_only_what_succeeded_is_recorded(empty: Engines) -> None:
    (empty.folder / "fail-train@1").touch()
    output = empty.snakemake("--keep-going", fails=True)
    assert "FAILED  train@1" in output
    assert "the last lines of logs/train_1.log:\n    stage failed on purpose\n" in output
    assert ",failed\n" in (empty.folder / "logs" / "timings.csv").read_text()
    assert not (empty.folder / "models" / "hapvr" / "1").exists()
    assert empty.stale() == set(AFTER_TRAINING) - {"train@0"}
    (empty.folder / "fail-train@1").unlink()
    empty.ran()
    empty.snakemake()
    assert empty.ran() == [name for name in AFTER_TRAINING if name != "train@0"]
    assert empty.stale() == set()


def test_interrupted_run_keeps_what_was_finished_and_nothing_else(empty: Engines) -> None:
    (empty.folder / "slow-train").touch()
    empty.interrupt("train", signal.SIGINT)
    (empty.folder / "slow-train").unlink()
    unfinished = empty.stale()
    assert "fetch@mini_vcdb" not in unfinished
    assert set(AFTER_TRAINING) <= unfinished
    empty.ran()
    empty.snakemake()
    assert empty.ran() == sorted(unfinished)
    assert empty.stale() == set()


def test_half_written_results_of_a_killed_run_are_never_believed(empty: Engines) -> None:
    (empty.folder / "slow-train").touch()
    empty.interrupt("train", signal.SIGKILL)
    assert list(empty.folder.glob("models/hapvr/*/weights.txt"))
    (empty.folder / "slow-train").unlink()
    assert {"train@0", "train@1"} <= empty.stale()
    empty.snakemake()
    assert '"mAP"' in (empty.folder / "models" / "hapvr" / "0" / "weights.txt").read_text()
    assert empty.stale() == set()


def test_code_edited_during_the_run_leaves_its_stage_stale(project: Engines) -> None:
    project.edit("params.yaml", "steps: 100", "steps: 160")
    (project.folder / "edit-score").touch()
    assert "changed during the run; not recorded" in project.snakemake()
    assert {"train@0", "train@1"} <= project.stale()
    (project.folder / "edit-score").unlink()
    project.snakemake()
    assert project.stale() == set()


def test_touching_outputs_by_snakemake_records_nothing(project: Engines) -> None:
    project.edit("params.yaml", "steps: 100", "steps: 160")
    project.snakemake("--touch")
    assert {"train@0", "train@1"} <= project.stale()


def test_wrong_parameters_stop_before_any_stage(empty: Engines) -> None:
    empty.edit("params.yaml", "steps: 100", "step: 100")
    output = empty.snakemake(fails=True)
    assert "params.yaml" in output
    assert "train.step: unknown key" in output
    assert empty.ran() == []


def test_jobs_need_nothing_but_the_files_on_disk(empty: Engines) -> None:
    """What a cluster's job runs: the Snakefile read again, in a process of its own, told one job."""
    job = ["--target-jobs", "fetch_mini_fivr:", "--allowed-rules", "fetch_mini_fivr", "--force"]
    empty.snakemake("--mode", "subprocess", *job, "--nolock", "--no-hooks")
    assert empty.ran() == ["fetch@mini_fivr"]
