"""The profiles of workflow/profiles, as Snakemake's own command line reads them."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from snakemake.cli import parse_args
from snakemake_interface_executor_plugins.registry import ExecutorPluginRegistry

PROFILES = Path(__file__).parents[2] / "workflow" / "profiles"
CLUSTERS = ("slurm", "kubernetes")


def parsed(profile: str) -> dict[str, Any]:
    """Raises SystemExit for an option that neither Snakemake nor the executor knows."""
    _, arguments = parse_args(["--workflow-profile", str(PROFILES / profile), "all"])
    return vars(arguments)


@pytest.mark.parametrize("profile", CLUSTERS)
def test_a_profile_for_clusters_has_all_that_the_default_has(profile: str) -> None:
    written = {name: yaml.safe_load((PROFILES / name / "config.yaml").read_text()) for name in ("default", profile)}
    assert written["default"].items() <= written[profile].items()


def test_jobs_of_slurm_are_sent_again_when_a_machine_is_lost_and_stay_on_one() -> None:
    found = parsed("slurm")
    assert (found["executor"], found["slurm_requeue"], str(found["slurm_logdir"])) == ("slurm", True, "logs/slurm")
    assert found["default_resources"]["nodes"].raw == 1


def test_jobs_of_kubernetes_work_in_the_shared_folder_and_are_limited_to_what_they_ask_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(PROFILES.parent / "plugins")
    ExecutorPluginRegistry().collect_plugins()
    found = parsed("kubernetes")
    assert found["executor"] == "kubernetes-shared"
    (volume,) = found["kubernetes_shared_persistent_volumes"]
    assert found["precommand"].startswith(f"cd {volume.partition(':')[2]}/hapvr && ")
    resources = found["default_resources"]
    assert [resources[name].raw for name in ("gpu_manufacturer", "scale", "disk_mb")] == ["nvidia", 0, 2000]
