"""CPU time of `hapvr search` against a built index, in a process as it is started from a shell, and where it goes.

    python benchmarks/start_up.py QUERY FOLDER [--repeats 5]

Prints the least CPU-seconds (user and system) of a query, of an error in its arguments, and, as what no query can go
below, of Python that imports PyTorch and nothing else. Writes the index of FOLDER.
"""

import argparse
import os
import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("query", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    hapvr = [sys.executable, "-m", "hapvr", "search", str(options.query)]
    ways = {
        "a query": [*hapvr, str(options.folder)],
        "an error in the arguments": [*hapvr, str(options.folder / "nowhere")],
        "import torch": [sys.executable, "-c", "import torch"],
    }
    cpu_seconds(ways["a query"])  # builds the index
    for name, command in ways.items():
        print(f"{name}: {min(cpu_seconds(command) for _ in range(options.repeats)):.2f} CPU-seconds")


def cpu_seconds(command: list[str]) -> float:
    """User and system time of a process and of those that it waited for."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, capture_output=True, env={**os.environ, "PYTHONPATH": path})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
