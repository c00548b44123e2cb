"""Snakemake's executor for Kubernetes, for pods that share a volume.

The original mounts volumes, and yet takes for granted that nothing is shared, so that inputs and outputs have to pass
through a store of objects, under other paths than those of dvc.yaml.
"""

from dataclasses import replace

from snakemake_executor_plugin_kubernetes import Executor, ExecutorSettings
from snakemake_executor_plugin_kubernetes import common_settings as settings

common_settings = replace(
    settings, implies_no_shared_fs=False, job_deploy_sources=False, auto_deploy_default_storage_provider=False
)

__all__ = ["Executor", "ExecutorSettings", "common_settings"]
