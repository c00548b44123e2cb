"""plan.json: true before DVC looks, and refused where it is not."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hapvr.params import load
from hapvr.pipeline.code import Code
from hapvr.pipeline.dvc import find_root, read_parameters_once
from hapvr.pipeline.plan import check_current, is_current, make_plan, refresh

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "presets" / "mini.yaml", tmp_path / "params.yaml")
    shutil.copy(ROOT / "dvc.yaml", tmp_path / "dvc.yaml")
    refresh(tmp_path)
    return tmp_path


def test_plan_of_the_project_is_committed_up_to_date() -> None:
    assert is_current(ROOT), "plan.json is out of date: run `hapvr plan` and commit it"


def test_a_second_time_there_is_nothing_to_write(project: Path) -> None:
    assert is_current(project)
    assert not refresh(project)


def test_plan_follows_the_runs(project: Path) -> None:
    text = (project / "params.yaml").read_text(encoding="utf-8")
    run = "runs:\n  mine: {label: Mine, method: topk_network, losses: {infonce: base, mae: {weight: 2}}}\n"
    (project / "params.yaml").write_text(text.replace("runs:\n", run, 1), encoding="utf-8")
    assert not is_current(project)
    assert refresh(project)
    plan = json.loads((project / "plan.json").read_text(encoding="utf-8"))
    assert plan["trainings"]["mine-1"] == {
        "run": "mine", "seed": 1, "training_set": "mini_vcdb", "source": "views", "features": "data/mini_vcdb/features",
        "method": "methods.topk_network", "losses": "objectives.base",
        "teacher": "data/mini_vcdb/dataset.json", "other_teacher": "data/mini_vcdb/dataset.json",
        "threads": 1, "gpu": 0,
    }  # fmt: skip
    assert "mine-mini_evve" in plan["scorings"]
    assert plan["code"]["train"]["mine"]


def test_plan_has_what_a_run_is_trained_with_for_itself(project: Path) -> None:
    text = (project / "params.yaml").read_text(encoding="utf-8")
    label = "    label: S2VS\n"
    assert text.count(label) == 1
    (project / "params.yaml").write_text(text.replace(label, f"{label}    train: {{window: 32}}\n"), encoding="utf-8")
    refresh(project)
    plan = json.loads((project / "plan.json").read_text(encoding="utf-8"))
    assert {run: own for run, own in plan["own_train"].items() if own} == {"s2vs": {"window": 32}}
    shutil.copy(ROOT / "presets" / "paper.yaml", project / "params.yaml")
    refresh(project)
    plan = json.loads((project / "plan.json").read_text(encoding="utf-8"))
    trainings = plan["trainings"]
    assert (trainings["dns_att-0"]["training_set"], trainings["visil-0"]["training_set"]) == ("dns_100k", "vcdb")
    assert {training["source"] for training in trainings.values()} == {"frames"}
    # Students learn from frames, so that nothing describes all of DnS-100K.
    assert trainings["dns_att-0"]["features"] == "data/dns_100k/dataset.json"
    assert not any(
        key.startswith("dns_100k") for key in json.loads((project / "plan.json").read_text())["descriptions"]
    )


def test_a_training_asks_for_the_threads_and_gpus_of_all_its_processes() -> None:
    params = load(ROOT / "presets" / "paper.yaml")
    assert (params.train.processes, params.train.threads, params.resources.train.gpu) == (2, 8, 2)
    plan = make_plan(params, Code())
    for run, threads, gpu in (("hapvr", 16, 2), ("visil", 16, 2), ("lamv", 8, 1)):
        assert (plan["trainings"][f"{run}-0"]["threads"], plan["trainings"][f"{run}-0"]["gpu"]) == (threads, gpu)


def test_stage_with_another_digest_is_refused(project: Path) -> None:
    params = load(project / "params.yaml")
    check_current(project, params, "train", "hapvr")
    check_current(project, params, "evaluate", "")
    path = project / "plan.json"
    plan = json.loads(path.read_text(encoding="utf-8"))
    planned, plan["code"]["train"]["hapvr"] = plan["code"]["train"]["hapvr"], "0" * 16
    path.write_text(json.dumps(plan), encoding="utf-8")
    with pytest.raises(ValueError, match=f"code of train hapvr: expected the digest {planned}, found 0000.*hapvr plan"):
        check_current(project, params, "train", "hapvr")
    check_current(project, params, "train", "s2vs")


def test_only_a_pipeline_with_a_plan_has_one(project: Path, tmp_path: Path) -> None:
    (project / "data" / "deep").mkdir(parents=True)
    assert find_root(project / "data" / "deep") == project
    (project / "plan.json").unlink()
    assert find_root(project) is None


def run_dvc(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DVC_NO_ANALYTICS": "1"}
    command = [sys.executable, "-m", "hapvr.pipeline.dvc", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_dvc_of_this_environment_refreshes_the_plan(project: Path) -> None:
    (project / "plan.json").write_text("{}\n", encoding="utf-8")
    done = run_dvc(project, "--version")
    assert done.returncode == 0, done.stderr
    assert is_current(project)


def test_dvc_plans_nothing_with_wrong_parameters(project: Path) -> None:
    text = (project / "params.yaml").read_text(encoding="utf-8")
    (project / "params.yaml").write_text(text.replace("steps: 100", "step: 100"), encoding="utf-8")
    done = run_dvc(project, "status")
    assert done.returncode == 1
    assert "train.step: unknown key (did you mean steps?)" in done.stderr
    assert run_dvc(project, "--version").returncode == 0


def test_dvc_looks_again_only_after_a_file_was_touched(project: Path) -> None:
    (project / ".dvc" / "tmp").mkdir(parents=True)
    run_dvc(project, "--version")
    stamp = (project / ".dvc" / "tmp" / "hapvr_plan_stamp").read_text()
    run_dvc(project, "--version")
    assert (project / ".dvc" / "tmp" / "hapvr_plan_stamp").read_text() == stamp
    text = (project / "params.yaml").read_text(encoding="utf-8")
    (project / "params.yaml").write_text(text.replace("seeds: [0, 1, 2]", "seeds: [0]"), encoding="utf-8")
    run_dvc(project, "--version")
    assert is_current(project)
    assert len(json.loads((project / "plan.json").read_text())["trainings"]) == len(
        load(project / "params.yaml").trained
    )


def test_parameters_are_looked_up_as_dvc_does(project: Path) -> None:
    from dvc.dependency import param
    from dvc.fs import localfs

    keys = [
        "train.steps",
        "train.temporal",
        "runs.hapvr.losses",
        "shards",
        "train.patience",
        "train.nothing",
        "nothing",
    ]
    path, before = str(project / "params.yaml"), param.read_param_file
    expected = before(localfs, path, keys, flatten=True)
    try:
        read_parameters_once()
        assert param.read_param_file(localfs, path, keys, flatten=True) == expected
        assert list(expected) == keys[:5]
        # What two stages share DVC would write into dvc.lock as an anchor and an alias.
        first, second = (param.read_param_file(localfs, path, ["shards"], flatten=True) for _ in range(2))
        assert first == second
        assert first["shards"] is not second["shards"]
        text = (project / "params.yaml").read_text(encoding="utf-8")
        (project / "params.yaml").write_text(text.replace("steps: 100", "steps: 1000"), encoding="utf-8")
        assert param.read_param_file(localfs, path, keys, flatten=True)["train.steps"] == 1000
    finally:
        param.read_param_file = before


def test_plan_follows_published_weights_and_whitening(project: Path) -> None:
    plan = json.loads((project / "plan.json").read_text(encoding="utf-8"))
    assert plan["adopted"] == {}
    text = (project / "params.yaml").read_text(encoding="utf-8")
    run = "runs:\n  theirs: {label: Theirs, method: chamfer_network, losses: {}, weights: s2vs_vcdb}\n"
    text = text.replace("runs:\n", run, 1).replace("  published:\n", "  published: weights/whitening.safetensors\n", 1)
    (project / "params.yaml").write_text(text, encoding="utf-8")
    assert refresh(project)
    plan = json.loads((project / "plan.json").read_text(encoding="utf-8"))
    assert plan["adopted"]["theirs"] == {"run": "theirs", "weights": "s2vs_vcdb", "method": "methods.chamfer_network"}
    assert plan["code"]["adopt"]["theirs"]
    assert "theirs-mini_evve" in plan["scorings"]
    published = "weights/whitening.safetensors"
    assert plan["whitenings"] == {
        "efficientnet_lite0": {"source": published, "beside": "weights/whitening.json", "weights": published}
    }
    # A stage each.
    assert plan["weights"] == {
        "s2vs_vcdb": {"file": "weights/s2vs_vcdb.safetensors", "record": "weights/s2vs_vcdb.json"},
        "whitening": {"file": published, "record": "weights/whitening.json"},
    }
    assert plan["code"]["weights"].keys() == {"s2vs_vcdb", "whitening"}
    check_current(project, load(project / "params.yaml"), "adopt", "theirs")


def test_videos_of_published_datasets_are_stages_of_their_own(project: Path) -> None:
    plan = json.loads((project / "plan.json").read_text(encoding="utf-8"))
    assert plan["videos"] == {}
    assert plan["fetches"]["mini_vcdb"] == {"dataset": "mini_vcdb", "record": "data/mini_vcdb/videos"}
    assert plan["samplings"]["mini_vcdb-1"]["record"] == "data/mini_vcdb/videos"
    shutil.copy(ROOT / "presets" / "paper.yaml", project / "params.yaml")
    refresh(project)
    plan, params = json.loads((project / "plan.json").read_text(encoding="utf-8")), load(project / "params.yaml")
    assert len(plan["videos"]) == len(params.datasets) * len(params.shards)
    assert plan["videos"]["svd-3"] == {"dataset": "svd", "shard": 3, "downloads": 1}
    assert plan["videos"]["vcdb-0"]["downloads"] == 0
    # Frames of a shard wait for the videos of that shard alone.
    assert plan["samplings"]["svd-3"]["record"] == "data/svd/videos/3.csv"
    assert plan["fetches"]["svd"]["record"] == "data/svd/annotations.csv"
