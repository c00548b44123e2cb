"""Sharing the processor with others: threads that sleep while they wait, and no more of them than there are cores."""

import math
import os
from pathlib import Path
from types import ModuleType

# OpenMP's threads, between two operations, would ask again and again whether there is work: with as many other
# processes as cores the one that has the work then waits for those that ask. PyTorch comes with GNU's OpenMP, whose
# variable is the first; the last is Intel's and LLVM's. Read once, when the library is loaded.
PASSIVE = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0", "KMP_BLOCKTIME": "0"}
QUOTA = Path("/sys/fs/cgroup/cpu.max")
RUNNING = Path("/proc/stat")


def wait_passively() -> None:
    """Threads of this process and of those it starts sleep while they wait; to be called before torch is imported.

    Results are the same bytes. What the user has set stays.
    """
    for name, value in PASSIVE.items():
        os.environ.setdefault(name, value)


def usable_cores() -> int:
    """Cores that this process may use: by its affinity, and by the quota of its control group."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = QUOTA.read_text().split()
    except (OSError, ValueError):
        return cores
    return cores if quota == "max" else max(1, min(cores, math.ceil(int(quota) / int(period))))


def free_cores() -> int:
    """Usable cores that no other process is at work on now; at least one."""
    try:
        lines = RUNNING.read_text().splitlines()
    except OSError:
        return usable_cores()
    running = next((int(line.split()[1]) for line in lines if line.startswith("procs_running ")), 1)
    idle = (os.cpu_count() or 1) - (running - 1)
    return max(1, min(usable_cores(), idle))


def never_more_threads_than_cores(torch: ModuleType) -> None:
    """`torch.set_num_threads` takes no more threads than there are usable cores from now on."""
    set_num_threads, cores = torch.set_num_threads, usable_cores()
    torch.set_num_threads = lambda threads: set_num_threads(min(threads, cores))  # type: ignore[attr-defined]
