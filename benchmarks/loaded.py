"""What a busy machine costs: this project's work alone, and beside processes that keep every core at work.

    python benchmarks/loaded.py                 # beside one busy process more than there are cores
    python benchmarks/loaded.py --threads 2 --busy 3

Scores of small pairs and features of a few frames are measured in processes of their own, by threads that sleep while
they wait, as `hapvr` has them ("passive"), and as OpenMP has them by itself, which ask again and again for a while
("default", the baseline). All four ways take turns --repeats times, and the least is printed. Beside b busy processes t
threads on c cores have a share of c / (b + t) of the cores that they ask for: a way that takes 1 / share as long as
alone pays for the machine's load and for nothing else. The bytes of the results have to be the same in all ways.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hapvr.threads import PASSIVE

ROOT = Path(__file__).parents[1]
POLICIES = ("passive", "default")
WORK = ("scores", "features")
PAIRS, FRAMES, SIZE = 600, 32, 128
# A process that gives its work no end, of which nothing is left when this one ends.
BUSY = "import os\nparent = os.getppid()\nwhile os.getppid() == parent:\n    sum(range(100000))"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--busy", type=int, default=len(os.sched_getaffinity(0)) + 1, help="busy processes beside it")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--measure", choices=WORK, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        return print(json.dumps(measure(options.measure, options.threads)))
    print_table(options.threads, options.busy, options.repeats)


def print_table(threads: int, busy: int, repeats: int) -> None:
    """A row for each work and way of waiting."""
    share = share_of(threads, busy, len(os.sched_getaffinity(0)))
    print(f"{threads} threads beside {busy} busy processes: a share of {share:.2f}, so {1 / share:.1f} times as long\n")
    print("| work | threads that wait | alone, s | loaded, s | times as long | of its share |")
    print("|---|---|---:|---:|---:|---:|")
    for work in WORK:
        seconds, digests = measure_ways(work, threads, busy, repeats)
        if len(digests) > 1:
            raise SystemExit(f"{work}: results differ between ways of waiting")
        for policy in POLICIES:
            alone, loaded = (min(seconds[policy, beside]) for beside in (0, busy))
            times = loaded / alone
            print(f"| {work} | {policy} | {alone:.2f} | {loaded:.2f} | {times:.1f} | {times * share:.2f} |")


def share_of(threads: int, busy: int, cores: int) -> float:
    """Of the cores that the threads ask for, what a fair machine gives them."""
    return min(1.0, cores / (busy + threads)) / min(1.0, cores / threads)


def measure_ways(
    work: str, threads: int, busy: int, repeats: int
) -> tuple[dict[tuple[str, int], list[float]], set[str]]:
    """Seconds by (policy, busy processes beside), the ways taking turns, and the digests of the results."""
    seconds: dict[tuple[str, int], list[float]] = {}
    digests = set()
    for _ in range(repeats):
        for beside in (0, busy):
            for policy in POLICIES:
                with load(beside):
                    found = in_process(work, threads, policy)
                seconds.setdefault((policy, beside), []).append(found["seconds"])
                digests.add(found["digest"])
    return seconds, digests


def in_process(work: str, threads: int, policy: str) -> dict[str, Any]:
    """One measurement in a fresh process: the policy is read when PyTorch is loaded."""
    settings = PASSIVE if policy == "passive" else {}
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "GOMP_", "KMP_"))}
    command = [sys.executable, __file__, "--measure", work, "--threads", str(threads)]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(command, env={**environment, **settings, "PYTHONPATH": path}, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


@contextmanager
def load(processes: int) -> Iterator[None]:
    """Keeps cores at work by so many processes."""
    running = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def measure(work: str, threads: int) -> dict[str, Any]:
    """Seconds of the second run in this process, and a digest of the result."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    run = {"scores": scores, "features": features}[work]()
    run()
    start = time.perf_counter()
    result = run()
    return {"seconds": time.perf_counter() - start, "digest": hashlib.sha256(result).hexdigest()}


def scores() -> Callable[[], bytes]:
    """Frozen Chamfer similarity of PAIRS small pairs."""
    import torch

    from hapvr.device import fastest_device
    from hapvr.methods.chamfer import Chamfer
    from hapvr.scoring.scoring import score

    videos = [torch.nn.functional.normalize(torch.randn(8, 9, 128), dim=-1).numpy() for _ in range(PAIRS)]
    model = Chamfer(0, 0)
    device = fastest_device()
    return lambda: score(model, videos[:1], videos, device=device, memory_gb=1, progress=lambda: None).tobytes()


def features() -> Callable[[], bytes]:
    """EfficientNet-Lite0 on FRAMES frames."""
    import torch

    from hapvr.features.extractor import Extractor

    images = torch.randint(0, 256, (FRAMES, SIZE, SIZE, 3), dtype=torch.uint8).numpy()
    extractor = Extractor("efficientnet_lite0", None, batch=16)
    return lambda: extractor(images).regions.numpy().tobytes()


if __name__ == "__main__":
    main()
