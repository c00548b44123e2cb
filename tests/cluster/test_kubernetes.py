"""What the profile asks of Kubernetes, by a stand-in for its API: no cluster was at hand."""

from pathlib import Path

import pytest

from tests.cluster.kubernetes_api import kubernetes_api
from tests.workflow.clone import REPOSITORY, run_in
from tests.workflow.engines import make

pytestmark = pytest.mark.cluster


def test_jobs_run_in_the_shared_folder_and_get_the_gpus_they_ask_for(tmp_path: Path) -> None:
    project = make(tmp_path / "project")
    with kubernetes_api(tmp_path / "api") as jobs:
        run_in(
            project.folder, "snakemake", "--workflow-profile", "kubernetes",
            "data/mini_evve/videos", "data/mini_fivr/videos",
            "--precommand", f"cd {project.folder} && export PYTHONPATH={REPOSITORY}",
            "--set-resources", "fetch_mini_evve:gpu=2", "fetch_mini_evve:mem_mb=3000", "fetch_mini_fivr:mem_mb=2000",
            modules=[REPOSITORY, REPOSITORY / "workflow" / "plugins"], KUBECONFIG=str(tmp_path / "api" / "config"),
        )  # fmt: skip
    assert project.ran() == ["fetch@mini_evve", "fetch@mini_fivr"]
    assert {"fetch@mini_evve", "fetch@mini_fivr"}.isdisjoint(project.stale())
    containers = [job["spec"]["template"]["spec"]["containers"][0] for job in jobs]
    assert {container["image"] for container in containers} == {"hapvr"}
    limits = {limit["memory"]: limit for limit in (container["resources"]["limits"] for container in containers)}
    assert set(limits) == {"3000M", "2000M"}
    assert limits["3000M"]["nvidia.com/gpu"] == "2"
    assert "nvidia.com/gpu" not in limits["2000M"]
    for job in jobs:
        pod = job["spec"]["template"]["spec"]
        mounts = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
        assert mounts["hapvr"] == "/shared"
        claims = {volume["name"]: volume.get("persistentVolumeClaim") for volume in pod["volumes"]}
        assert claims["hapvr"] == {"claimName": "hapvr"}
