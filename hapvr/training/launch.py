"""The processes of one training, started on this machine by the stage itself, as `torchrun` would start them."""

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import torch

PR_SET_PDEATHSIG = 1
# How long an interrupted process may take before it is killed.
PATIENCE_S = 10


class ProcessesFailedError(ChildProcessError):
    """Some of the processes that train together failed; the message says what each of them did."""


def count_launched() -> int | None:
    """How many processes a launcher started, this one among them; None if this one was started alone."""
    return int(os.environ["WORLD_SIZE"]) if {"RANK", "WORLD_SIZE"} <= os.environ.keys() else None


def start_processes(arguments: Sequence[str], count: int, *, folder: Path) -> None:
    """Runs `hapvr` with these arguments in `count` processes, in `folder`, and waits for them.

    They find each other at a free port of this machine. The first that fails, or a signal to this process, ends all;
    none outlives this process. Raises ProcessesFailedError, and ValueError if there are GPUs, but fewer than `count`.
    """
    # Imported late: the module is imported where nothing is started, too.
    from torch.distributed.elastic.multiprocessing.api import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    check_gpus(count)
    with TemporaryDirectory() as errors, contextlib.chdir(folder):
        config = LaunchConfig(
            min_nodes=1,
            max_nodes=1,
            nproc_per_node=count,
            run_id=uuid4().hex,
            rdzv_backend="c10d",
            rdzv_endpoint="localhost:0",
            local_addr="localhost",
            max_restarts=0,
            shutdown_timeout=PATIENCE_S,
            logs_specs=DefaultLogsSpecs(log_dir=errors),
        )
        try:
            elastic_launch(config, sys.executable)("-m", "hapvr", *arguments)
        except ChildFailedError as error:
            text = f"hapvr {' '.join(arguments)}, {count} processes: {_describe(error.failures)}"
            raise ProcessesFailedError(f"{text}. Started again, it goes on at its last checkpoint") from None
        except SignalException as error:
            if error.sigval == signal.SIGINT:
                raise KeyboardInterrupt from None
            sys.exit(128 + error.sigval)


def check_gpus(count: int) -> None:
    """Raises ValueError if there are GPUs, but fewer than processes that train on this machine."""
    if torch.cuda.is_available() and torch.cuda.device_count() < count:
        raise ValueError(
            f"train.processes: {count}, each on a GPU of its own, found {torch.cuda.device_count()}; lower it (the "
            "result depends on it), or hide all GPUs by CUDA_VISIBLE_DEVICES= to train on the CPU"
        )


def launched(function: Callable[[], None]) -> None:
    """Calls a function in a process that a launcher started: the launcher learns of what it raises, and this process
    does not outlive the launcher."""
    from torch.distributed.elastic.multiprocessing.errors import record

    if sys.platform == "linux" and "TORCHELASTIC_RUN_ID" in os.environ:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    record(function)()


def _describe(failures: Mapping[int, Any]) -> str:
    """What each process that failed did; those that were stopped for it are left out."""
    causes = {number: failure for number, failure in failures.items() if failure.exitcode != -signal.SIGTERM}
    numbers: dict[str, list[str]] = {}
    for number, failure in sorted((causes or failures).items()):
        numbers.setdefault(_said(failure), []).append(str(number))
    return "; ".join(f"process {' and '.join(of)} {text}" for text, of in numbers.items())


def _said(failure: Any) -> str:
    if isinstance(failure.message, dict):
        return f"failed: {failure.message['message']}"
    if failure.exitcode < 0:
        return f"was killed by {failure.signal_name()}"
    return f"ended with status {failure.exitcode}, its message stands above"
