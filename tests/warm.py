"""Commands whose imports take seconds, each in a fork of one process that has imported them.

A fork has arguments, environment, folder, streams and an exit status of its own, as a new process has; only its imports
are there already. Tests of processes themselves, which interrupt or kill them, start real ones.
"""

import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from functools import cache
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIMIT_S = 600
# Of what these commands import at their start, and as they plan, what takes long.
IMPORTED = (
    "docutils.core", "dulwich.client", "dvc.cachemgr", "dvc.cli.parser", "dvc.commands.repro", "dvc.data_cloud",
    "dvc.repo.artifacts", "dvc.repo.datasets", "dvc.repo.index", "dvc.repo.metrics", "dvc.repo.params",
    "dvc.repo.plots", "dvc.repo.reproduce", "dvc.repo.stage", "dvc.repo.status", "jinja2", "multiprocessing.managers",
    "networkx", "pygments.lexers", "snakemake.api", "snakemake.cli", "snakemake.workflow", "hapvr.params",
    "hapvr.pipeline.changes", "hapvr.pipeline.dvc", "hapvr.pipeline.plan", "hapvr.pipeline.record",
    "hapvr.pipeline.steps",
)  # fmt: skip


def run(module: str, *arguments: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """As `python -m module arguments` in a folder; both streams are in `stdout`, in the order of their writing."""
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", errors="replace") as output:
        request = [module, list(arguments), str(folder), environment, output.name]
        server = _server()
        assert server.stdin
        assert server.stdout
        server.stdin.write(json.dumps(request) + "\n")
        server.stdin.flush()
        status = int(server.stdout.readline())
        return subprocess.CompletedProcess([module, *arguments], status, output.read(), "")


@cache
def _server() -> subprocess.Popen[str]:
    """Ends with its standard input, which is when this process ends."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, __file__], cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)


def _serve() -> None:
    for name in IMPORTED:
        import_module(name)
    for request in sys.stdin:
        child = os.fork()
        if child == 0:
            return _become(*json.loads(request))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _become(module: str, arguments: list[str], folder: str, environment: dict[str, str], output: str) -> None:
    """Ends as the command does."""
    for stream, path, flags in ((0, os.devnull, os.O_RDONLY), (1, output, os.O_WRONLY), (2, output, os.O_WRONLY)):
        os.dup2(os.open(path, flags | os.O_APPEND), stream)
    signal.alarm(LIMIT_S)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[0] = folder
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _serve()
