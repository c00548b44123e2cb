"""What the last bits of results depend on beside code and parameters."""

import platform
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Machine:
    """processor: vendor, family, model and cache, as the kernel says them. instructions: the widest that torch uses."""

    processor: str
    instructions: str
    torch: str

    def __str__(self) -> str:
        return f"{self.processor}, {self.instructions}, torch {self.torch}"


def this_machine() -> Machine:
    """Equal for machines that are to give equal bytes."""
    import torch

    return Machine(_processor(), torch.backends.cpu.get_cpu_capability(), torch.__version__)


def _processor() -> str:
    """`AuthenticAMD 25 17 1024 KB` on Linux, else the architecture. Sums are split by the size of the cache."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.machine()
    said = dict(line.split(":", 1) for line in info.read_text().splitlines()[:20] if ":" in line)
    fields = {key.strip(): value.strip() for key, value in said.items()}
    known = [fields[key] for key in ("vendor_id", "cpu family", "model", "cache size") if key in fields]
    return " ".join(known) or platform.machine()
