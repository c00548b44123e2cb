"""Whole runs as jobs of a real Slurm, one of whose nodes is lost while it trains."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.loopback import NODES, Loopback, loopback, missing
from tests.workflow.clone import MINUTES, REPOSITORY, clone_project, run_in
from tests.workflow.engines import make

pytestmark = pytest.mark.cluster

# This cluster keeps no accounts; its jobs are short, so that it is asked sooner how they are.
SNAKEMAKE = [
    "snakemake", "--workflow-profile", "slurm", "--slurm-status-command", "squeue",
    "--slurm-init-seconds-before-status-checks", "2", "--seconds-between-status-checks", "2",
]  # fmt: skip


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Loopback]:
    assert not missing(), f"{', '.join(missing())}: not installed; on Debian `apt-get install slurm-wlm munge`"
    (tmp_path / "slurm").mkdir()
    with loopback(tmp_path / "slurm") as running:
        yield running


def run_and_lose_a_node(cluster: Loopback, folder: Path, *targets: str, begun: Callable[[], bool]) -> None:
    """A run of Snakemake in which a node is lost while a training that has `begun` is on it."""
    with ThreadPoolExecutor(1) as beside:
        options: dict[str, Any] = {"modules": [REPOSITORY], "timeout": 60 * MINUTES, **cluster.environment}
        run = beside.submit(run_in, folder, *SNAKEMAKE, *targets, **options)
        lost = lose_a_node_that_trains(cluster, run, begun)
        run.result()
    assert any("Restarts=1" in cluster.ask("scontrol", "show", "job", job) for job in lost)


def lose_a_node_that_trains(cluster: Loopback, run: Future[str], begun: Callable[[], bool]) -> list[str]:
    """The jobs that were lost."""
    while True:
        training = [
            node for node in NODES if any(job.startswith("rule_train_") for job in cluster.running(node).values())
        ]
        if training and begun():
            return cluster.lose(training[0])
        assert not run.done(), f"no training was seen:\n{run.result()}"
        time.sleep(0.5)


def recorded(folder: Path) -> dict[str, Any]:
    """Stage → the contents of all that it reads and writes, as dvc.lock has them."""
    stages = yaml.safe_load((folder / "dvc.lock").read_text(encoding="utf-8"))["stages"]
    return {name: (stage.get("deps"), stage["outs"]) for name, stage in stages.items()}


def test_jobs_of_a_lost_node_run_on_another_one(tmp_path: Path, cluster: Loopback) -> None:
    """The small pipeline, whose trainings last until the node is gone."""
    undisturbed, disturbed = make(tmp_path / "undisturbed"), make(tmp_path / "disturbed")
    undisturbed.dvc("repro")
    (disturbed.folder / "slow-train").touch()

    def begun() -> bool:
        return any(stage.startswith("train") for stage in disturbed.ran(forget=False))

    run_and_lose_a_node(cluster, disturbed.folder, begun=begun)
    assert len([stage for stage in disturbed.ran() if stage.startswith("train")]) > 2, "no training was lost"
    assert recorded(disturbed.folder) == recorded(undisturbed.folder)
    assert disturbed.nothing_to_do()


@pytest.mark.parametrize("targets", [["models/hapvr/0"], []], ids=["one_training", "everything"])
def test_a_node_lost_in_the_middle_changes_no_result(tmp_path: Path, cluster: Loopback, targets: list[str]) -> None:
    """The smoke preset: the same bytes of every output as in a run on this machine that nothing disturbs."""
    undisturbed, disturbed = tmp_path / "undisturbed", tmp_path / "disturbed"
    for folder in (undisturbed, disturbed):
        clone_project(folder)
        run_in(folder, "hapvr", "preset", "smoke")
    began = time.monotonic()
    run_in(undisturbed, "snakemake", "--cores", "2", *targets, timeout=30 * MINUTES)
    local = time.monotonic() - began
    log = disturbed / "logs" / "train_hapvr_0.log"
    run_and_lose_a_node(cluster, disturbed, *targets, begun=log.exists)
    expected = recorded(undisturbed)
    assert recorded(disturbed) == expected
    assert run_in(disturbed, "dvc", "status", *expected) == run_in(undisturbed, "dvc", "status", *expected)
    print(f"{len(expected)} stages: {local:.0f} s on two cores, {time.monotonic() - began - local:.0f} s by Slurm")
