"""A small part of the results, made again in seconds: one video of each embedded dataset, its frames and features, and
what a similarity network that nobody trained makes of these.

`reports/machine.json` has the hashes of it as they were on the machine that made the committed results, and which
machine that was. What dvc.lock says of the committed files is checked too.
"""

import hashlib
import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hapvr.project import Project
from hapvr.render.options import Render
from hapvr.storage.files import write_json
from hapvr.verify.machine import Machine, this_machine
from hapvr.verify.outputs import read_outputs

FILE = Path("reports") / "machine.json"
# Of a value, where the processor is another one; other instructions were seen to change features by 1e-7.
TOLERANCE = 1e-4
FRAMES, VALUES = 8, 16


@dataclass(frozen=True)
class Recorded:
    """datasets: name → what was made of it, see `make_sample`."""

    machine: Machine
    datasets: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Checked:
    """A line per thing that was checked; whether all of them are as they have to be."""

    lines: list[str]
    is_right: bool


def read_sample(path: Path) -> Recorded:
    """Raises FileNotFoundError with what to do."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file; `hapvr verify --record` writes it where all results were made")
    content = json.loads(path.read_text(encoding="utf-8"))
    return Recorded(Machine(**content["machine"]), content["datasets"])


def record_sample(root: Path) -> None:
    """Writes `reports/machine.json`. To be called on the machine that made the results."""
    write_json(root / FILE, {"machine": asdict(this_machine()), "datasets": make_sample(Project(root))})


def make_sample(project: Project) -> dict[str, dict[str, Any]]:
    """Of each embedded dataset: MD5 of dataset.json, and of its first video, that one's frames and features."""
    sources = {name: project.params.fetch.get(name) for name in project.params.datasets}
    return {name: _make(project, name, source) for name, source in sources.items() if isinstance(source, Render)}


def check_sample(root: Path) -> Checked:
    """Everything has to be equal; features on a machine of another kind only within TOLERANCE."""
    recorded, made = read_sample(root / FILE), make_sample(Project(root))
    same = recorded.machine == this_machine()
    lines: list[str] = []
    right = True
    for name in dict.fromkeys([*recorded.datasets, *made]):
        if name not in made or name not in recorded.datasets:
            lines, right = [*lines, f"{name}: only {'recorded' if name not in made else 'made now'}"], False
            continue
        said, equal = _compare(recorded.datasets[name], made[name], same=same)
        lines, right = [*lines, f"{name}: {said}"], right and equal
    wrong = _wrong_files(root)
    lines.append(f"committed files that are not those of dvc.lock: {', '.join(wrong) or 'none'}")
    return Checked(lines, right and not wrong)


def _make(project: Project, name: str, source: Render) -> dict[str, Any]:
    import torch

    from hapvr.datasets.dataset import write_dataset
    from hapvr.features.extractor import build_extractor
    from hapvr.render.dataset import plan, render_video
    from hapvr.video.readers import sample

    params, planned = project.params, plan(name, source)
    video = min(planned.dataset.videos)
    with tempfile.TemporaryDirectory(prefix="hapvr-sample-") as folder:
        file, listed = Path(folder, "video.mp4"), Path(folder, "dataset.json")
        write_dataset(listed, planned.dataset)
        render_video(file, planned.videos[video], source)
        frames = sample(file, params.frames.fps, params.frames.size, resize=params.frames.resize).images
        # Sums are split between threads: their last bits depend on how many there are.
        torch.set_num_threads(params.features.threads)
        extractor = build_extractor(params.backbone, params.features, project.root, None)
        features = extractor(frames[:FRAMES]).regions.numpy()
        made = {"dataset": _md5(listed.read_bytes()), "video": video, "bytes": _md5(file.read_bytes())}
    return {
        **made,
        "frames": _md5(np.ascontiguousarray(frames).tobytes()),
        "features": _numbers(features),
        "network": _numbers(_try_network(features)),
    }


def _try_network(features: np.ndarray) -> np.ndarray:
    """Frame similarities and gradients of a new similarity network, for a video and its reverse: [T, R, D] → [numbers].

    Convolutions are where processors differ that agree on features.
    """
    import torch

    from hapvr.similarity import SimilarityNetwork

    torch.manual_seed(0)
    network = SimilarityNetwork(features.shape[-1], region_top_rate=0.1, frame_top_rate=0.03)
    batch = torch.from_numpy(features).float()
    frame_similarity, similarity, _ = network(torch.stack([batch, batch.flip(0)]))
    similarity.sum().backward()
    gradients = [part.grad.ravel() for part in network.parameters() if part.grad is not None]
    return torch.cat([frame_similarity.detach().ravel(), *gradients]).numpy()


def _numbers(found: np.ndarray) -> dict[str, Any]:
    """MD5 of all, and some of them."""
    chosen = found.ravel()[np.linspace(0, found.size - 1, VALUES).astype(int)]
    exact = _md5(np.ascontiguousarray(found, np.float32).tobytes())
    return {"md5": exact, "values": [round(float(value), 7) for value in chosen]}


def _compare(old: dict[str, Any], new: dict[str, Any], *, same: bool) -> tuple[str, bool]:
    """What differs, and whether it may: nothing may on the same kind of machine, last bits of numbers on another."""
    differing = [key for key in ("dataset", "video", "bytes", "frames") if old[key] != new[key]]
    words = []
    for key in ("features", "network"):
        if old[key]["md5"] != new[key]["md5"]:
            largest = float(np.max(np.abs(np.subtract(old[key]["values"], new[key]["values"]))))
            if same or not largest <= TOLERANCE:
                differing.append(key)
            words.append(f"; {key} by up to {largest:.2g} (tolerance {0 if same else TOLERANCE})")
    return f"{', '.join(differing) or 'nothing'} differs{''.join(words)}", not differing


def _wrong_files(root: Path) -> list[str]:
    """Outputs that Git keeps whose bytes are not those that dvc.lock recorded."""
    kept = {path: sum for path, sum in read_outputs(root / "dvc.lock").items() if path.startswith("reports/")}
    return [path for path, sum in kept.items() if (root / path).is_file() and _md5((root / path).read_bytes()) != sum]


def _md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()
