"""What a training step costs, from the view bank and from frames, and how long it waits for its batch.

    python benchmarks/training.py            # table on the screen and reports/benchmarks/training.csv
    python benchmarks/training.py --figure   # reports/benchmarks/training.{svg,png} from that file

Run it in a project whose view bank is made (`dvc repro views`). Each measurement is a process of its own. First a
step's parts are timed one after the other, without threads beside them; then the training's own loop runs, with its
batches made ahead, and says how much of its time it waited for a batch (`waited`; making one from frames includes the
backbone) and for what share of the time the backbone had nothing to do (`backbone_idle`). With a GPU, the paper's
batch is measured there too, of random features.
"""

import argparse
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from measured import alone, forget_peak, memory_bytes, write_table

from hapvr.features.extractor import Extractor
from hapvr.heap import keep_freed_memory
from hapvr.methods.model import build
from hapvr.project import Project
from hapvr.stages.train import batch_source
from hapvr.storage.frames import FrameStore
from hapvr.training import online
from hapvr.training.batches import Batch, relate_views
from hapvr.training.comparison import compare_within
from hapvr.training.loop import fit
from hapvr.training.objective import Losses
from hapvr.training.online import OnlineSource
from hapvr.training.options import Train
from hapvr.training.reproducible import run_reproducibly

CSV = Path("reports/benchmarks/training.csv")
FIGURE = Path("reports/benchmarks/training")
PARTS = ["data", "augmentation", "backbone", "similarity", "losses", "backward"]
RUN = "hapvr"
# Steps measured, after WARM that are not: from the bank, a step is a few hundredths of a second.
STEPS = {"views": 40, "frames": 8}
WARM = 3
PAPER = {"pairs": 64, "window": 28, "regions": 9, "dims": 512, "teacher": 384, "steps": 20}


class Stopwatch:
    """Seconds by name; what is timed inside another part counts for the inner one alone."""

    def __init__(self, device: torch.device) -> None:
        self.seconds = dict.fromkeys(PARTS, 0.0)
        self._device = device
        self._open: list[str] = []
        self._since = 0.0

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        self._turn()
        self._open.append(name)
        try:
            yield
        finally:
            self._turn()
            self._open.pop()

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*arguments: Any, **options: Any) -> Any:
            with self.part(name):
                return function(*arguments, **options)

        return wrapper

    def _turn(self) -> None:
        """The time since the last turn belongs to the innermost open part."""
        if self._device.type == "cuda":
            torch.cuda.synchronize()
        now = time.perf_counter()
        if self._open:
            self.seconds[self._open[-1]] += now - self._since
        self._since = now


@contextmanager
def in_this_thread(watch: Stopwatch) -> Iterator[None]:
    """Decoding and the backbone are timed, and nothing runs beside them."""
    before = FrameStore.images, Extractor.__call__, online.look_ahead
    FrameStore.images = watch.timed("data", FrameStore.images)  # type: ignore[method-assign]
    Extractor.__call__ = watch.timed("backbone", Extractor.__call__)  # type: ignore[method-assign]
    online.look_ahead = lambda work, **_: (piece() for piece in work)  # type: ignore[assignment,attr-defined]
    try:
        yield
    finally:
        FrameStore.images, Extractor.__call__, online.look_ahead = before  # type: ignore[method-assign,attr-defined]


@contextmanager
def backbone_busy() -> Iterator[list[float]]:
    """The seconds of each pass of the backbone."""
    before, passes = Extractor.__call__, []

    def timed(self: Extractor, images: Any) -> Any:
        start = time.perf_counter()
        try:
            return before(self, images)
        finally:
            passes.append(time.perf_counter() - start)

    Extractor.__call__ = timed  # type: ignore[method-assign]
    try:
        yield passes
    finally:
        Extractor.__call__ = before  # type: ignore[method-assign]


def parts_of_a_step(source: str, project: Project, device: torch.device, steps: int) -> dict[str, float]:
    """Mean seconds of each part."""
    params = project.params.train
    batches = batch_source(project, 0)
    network = build(project.params.method_of(RUN), batches.dims).to(device)
    objective = Losses(project.params.losses_of(RUN))
    optimiser = torch.optim.AdamW(network.parameters(), lr=params.learning_rate, foreach=True)
    watch = Stopwatch(device)
    if isinstance(batches, OnlineSource):
        teacher = batches._teacher
        batches._teacher = watch.timed("backbone", teacher)
    with in_this_thread(watch):
        for number in range(WARM + steps):
            if number == WARM:
                watch.seconds = dict.fromkeys(PARTS, 0.0)
            with watch.part("augmentation" if source == "frames" else "data"):
                batch = batches.batch(number).to(device)
            with watch.part("similarity"):
                inputs = compare_within(network, batch)
            with watch.part("losses"):
                total, _ = objective(inputs)
            with watch.part("backward"):
                optimiser.zero_grad(set_to_none=True)
                total.backward()
                optimiser.step()
    return {name: seconds / steps for name, seconds in watch.seconds.items()}


def loop(source: Any, project: Project, params: Train, dims: int) -> dict[str, float]:
    """Mean seconds of a step of the training's own loop without its first steps, and the shares of time it waited."""
    network = build(project.params.method_of(RUN), dims)
    with backbone_busy() as passes:
        finished = list(fit(network, source, Losses(project.params.losses_of(RUN)), params))
    whole_s = sum(step.seconds or 0 for step in finished)
    timed = finished[WARM:]
    seconds = sum(step.seconds or 0 for step in timed)
    return {
        "step_s": seconds / len(timed),
        "waited": sum(step.waited_s or 0 for step in timed) / seconds,
        "backbone_idle": 1 - sum(passes) / whole_s if passes else float("nan"),
    }


def mini_case(source: str, steps: int) -> dict[str, Any]:
    """A row of the table: the project's own training set and parameters."""
    keep_freed_memory()
    project = _with(
        Project.find(), source=source, steps=WARM + steps, validation_every=10**6, keep="last", patience=None
    )
    params = project.params.train
    device = _device()
    with run_reproducibly(seed=0, threads=params.threads):
        parts = parts_of_a_step(source, project, device, steps)
        _forget_peak()
        batches = batch_source(project, 0)
        times = loop(_WithoutValidation(batches), project, params, batches.dims)
    return _row(project.params.preset, source, params, parts=parts, times=times)


def paper_case(number_format: str, pairs: int) -> dict[str, Any]:
    """A row of the table: a batch as large as the paper's, of random features that lie on the device."""
    project = Project.find()
    changes = {
        "window": PAPER["window"],
        "steps": WARM + PAPER["steps"],
        "pairs": pairs,
        "number_format": number_format,
    }
    project = _with(project, **changes, keep="last", patience=None)
    params = project.params.train
    source = RandomFeatures(pairs, _device())
    _forget_peak()
    times = loop(source, project, params, source.dims)
    return _row("paper batch", "random", params, parts=dict.fromkeys(PARTS, float("nan")), times=times)


class RandomFeatures:
    """The same batch of random unit vectors again and again, two views of each of the sources."""

    dims = PAPER["dims"]

    def __init__(self, pairs: int, device: torch.device) -> None:
        generator = torch.Generator().manual_seed(0)
        shape = (2 * pairs, PAPER["window"])
        features = torch.randn((*shape, PAPER["regions"], PAPER["dims"]), generator=generator)
        teacher = torch.randn((*shape, PAPER["teacher"]), generator=generator)
        sources = [frozenset({str(number % pairs)}) for number in range(2 * pairs)]
        unit = torch.nn.functional.normalize
        self._batch = Batch(unit(features, dim=-1), unit(teacher, dim=-1), relate_views(sources), sources).to(device)

    def batch(self, number: int) -> Batch:
        return self._batch

    def validation(self) -> None:
        return None


class _WithoutValidation:
    """A source whose training is not validated, as that is no part of a step."""

    def __init__(self, source: Any) -> None:
        self.dims, self.batch = source.dims, source.batch

    def validation(self) -> None:
        return None


def _with(project: Project, **changes: Any) -> Project:
    """The project with other values under `train`."""
    changed = Project(project.root)
    changed.__dict__["params"] = project.params.model_copy(
        update={"train": project.params.train.model_copy(update=changes)}
    )
    return changed


def _row(case: str, source: str, params: Train, *, parts: dict[str, float], times: dict[str, float]) -> dict[str, Any]:
    device = _device()
    return {
        "case": case,
        "source": source,
        "number_format": params.number_format,
        "pairs": params.pairs,
        "window": params.window,
        **{f"{name}_s": f"{seconds:.4g}" for name, seconds in parts.items()},
        "parts_s": f"{sum(parts.values()):.4g}",
        "step_s": f"{times['step_s']:.4g}",
        "steps_per_s": f"{1 / times['step_s']:.4g}",
        "waited": f"{times['waited']:.3f}",
        "backbone_idle": f"{times['backbone_idle']:.3f}",
        "peak_mb": round(_peak_mb()),
        "device": torch.cuda.get_device_name() if device.type == "cuda" else f"{platform.machine()} CPU",
        "threads": params.threads,
        "workers": params.workers,
    }


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _forget_peak() -> None:
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    else:
        forget_peak()


def _peak_mb() -> float:
    """Of tensors on the GPU, or of the whole process."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 1e6
    return memory_bytes("VmHWM") / 1e6


def run(steps: dict[str, int]) -> None:
    tasks: list[tuple[Callable[..., dict[str, Any]], tuple[Any, ...]]] = [
        (mini_case, (source, steps[source])) for source in steps
    ]
    if torch.cuda.is_available():
        tasks += [(paper_case, (number_format, PAPER["pairs"])) for number_format in ("float32", "bfloat16")]
    rows = []
    for function, arguments in tasks:
        rows.append(alone(function, *arguments))
        print("  ".join(f"{key} {value}" for key, value in rows[-1].items()), flush=True)
    write_table(CSV, rows)


def draw() -> None:
    """A bar per source, a panel each as their scales differ: parts one after the other, and the step of the loop."""
    import pandas as pd

    from hapvr.drawing import drawing
    from hapvr.reports.figures.style import COLOURS, GREY, LOOK, new_figure, save_as_svg_and_png

    table = pd.read_csv(CSV)
    table = table[table["data_s"].notna()]
    with drawing(LOOK):
        figure = new_figure(0.9 + 1.1 * len(table))
        for axes, (_, row) in zip(figure.subplots(len(table), squeeze=False)[:, 0], table.iterrows(), strict=True):
            left = 0.0
            for part, colour in zip(PARTS, COLOURS, strict=False):
                axes.barh(1, row[f"{part}_s"], left=left, color=colour, label=part, height=0.7)
                left += row[f"{part}_s"]
            waited = row["step_s"] * row["waited"]
            axes.barh(0, row["step_s"] - waited, color=GREY, label="step of the loop", height=0.7)
            axes.barh(
                0, waited, left=row["step_s"] - waited, color="white", edgecolor=GREY, hatch="////",
                label="waiting for the batch, backbone included", height=0.7,
            )  # fmt: skip
            axes.set_yticks([1, 0], ["parts alone", "the loop, with\nbatches made ahead"])
            axes.set_title(
                f"batches from {row['source']}: {row['pairs']} pairs × {row['window']} frames, {row['device']}, "
                f"train.threads {row['threads']}",
                loc="left",
            )
            axes.set_xlim(0, 1.03 * max(left, row["step_s"]))
            axes.grid(visible=False, axis="y")
        axes.set_xlabel("seconds per step")
        figure.legend(
            *axes.get_legend_handles_labels(),
            loc="outside upper center",
            ncols=8,
            columnspacing=0.8,
            handlelength=1,
            fontsize=8,
        )
        FIGURE.parent.mkdir(parents=True, exist_ok=True)
        save_as_svg_and_png(figure, FIGURE)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two steps each, to see that it works")
    parser.add_argument("--figure", action="store_true", help="draw the figure from the last table")
    arguments = parser.parse_args()
    draw() if arguments.figure else run(dict.fromkeys(STEPS, 2) if arguments.quick else STEPS)
