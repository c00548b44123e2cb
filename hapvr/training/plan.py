"""`hapvr train --dry-run`: what a training will do and need, and where it differs from the published one."""

from collections.abc import Iterator

from tabulate import tabulate

from hapvr.datasets.dataset import read_dataset
from hapvr.params import Params, load
from hapvr.params.runs import Run
from hapvr.project import Project
from hapvr.training.published import differences, text
from hapvr.training.split import split

Line = tuple[str, str]


def plan(project: Project, run: str, seed: int) -> str:
    """The plan as text. Needs parameters alone; lines that depend on data say so as long as there is none.

    Raises ValueError for a run that is not trained.
    """
    params = project.params
    if run not in params.train.runs:
        raise ValueError(
            f"train: run {run!r} is not in train.runs of params.yaml; accepted: {', '.join(params.train.runs)}"
        )
    described = params.scored(run)
    lines = [*_steps(params), *_data(project), *_memory(project, described), *_upkeep(params)]
    published = load(project.root / "presets" / "paper.yaml")
    return "\n\n".join(
        [
            f"{run}, seed {seed}, preset {params.preset}: a plan, nothing is trained",
            tabulate(lines, tablefmt="plain", disable_numparse=True),
            _losses(described),
            _differences(params, published, run),
        ]
    )


def _steps(params: Params) -> Iterator[Line]:
    train = params.train
    rate = train.learning_rate
    yield "steps", f"{train.steps:,}"
    yield (
        "learning rate",
        f"{rate * train.warmup_factor:g} → {rate:g} in {train.warmup_steps:,} steps of warm-up, then cosine to "
        f"{rate * train.final_factor:g}; weight decay {train.weight_decay:g}",
    )
    yield (
        "batch",
        f"{train.pairs} pairs in each process: {2 * train.pairs} views × {train.window} frames × 9 regions × "
        f"{params.whiten.dims} dims, {train.precision}",
    )


def _data(project: Project) -> Iterator[Line]:
    params = project.params
    train, dataset = params.train, project.dataset_file(params.training_set)
    per_step = 2 * train.pairs * train.window
    if train.source == "views":
        yield "frames", f"{train.steps * per_step:,} in all, {per_step:,} a step: features from the view bank"
    else:
        yield (
            "frames",
            f"{train.steps * per_step:,} to read in all, {per_step:,} a step: augmented, then backbone and teacher",
        )
    if not dataset.exists():
        file = dataset.relative_to(project.root)
        yield "videos", f"unknown until {file} is there; `hapvr fetch {params.training_set}` writes it"
        yield "epochs", "unknown without the number of videos"
        return
    training, held_out = split(read_dataset(dataset).training, train.validation_share)
    per_epoch = len(training) // train.pairs
    yield "videos", f"{len(training):,} to train on and {len(held_out):,} held out, if all can be read"
    yield (
        "epochs",
        f"{train.steps / per_epoch:.3g} of {per_epoch:,} steps"
        if per_epoch
        else f"none: {len(training)} videos do not fill a batch; lower train.pairs",
    )


def _memory(project: Project, run: Run) -> Iterator[Line]:
    # Importing torch takes a second or two; nothing else here needs it.
    from hapvr.training.memory import backbone_bytes, step_bytes, weight_bytes

    params = project.params
    step = step_bytes(run, params.train, params.whiten.dims)
    weights = weight_bytes(run, params.whiten.dims)
    parts = {"batch forward and backward": step, "network and optimiser": weights}
    if params.train.source == "views":
        files = [project.views_file(shard) for shard in params.shards]
        if all(file.exists() for file in files):
            parts["view bank"] = sum(file.stat().st_size for file in files)
    else:
        batch, side = params.features.batch, params.frames.size
        parts[f"backbone on {batch} frames of {side} px"] = backbone_bytes(frames=batch, side=side)
    # The backbone has finished before the network begins.
    total = sum(size for name, size in parts.items() if not name.startswith(("backbone", "batch")))
    total += max(size for name, size in parts.items() if name.startswith(("backbone", "batch")))
    listed = ", ".join(f"{name} {_size(size)}" for name, size in parts.items())
    yield "memory", f"about {_size(total)} beside libraries and data in flight: {listed}"


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def _upkeep(params: Params) -> Iterator[Line]:
    train = params.train
    count = -(-train.steps // train.validation_every)
    yield (
        "validation",
        f"{count:,}, every {train.validation_every:,} steps and at the last, on {train.validation_share:.3g} of the "
        "training videos"
        if train.validation_share
        else "none: train.validation_share is 0",
    )
    patience = "" if train.patience is None else f"; stops after {train.patience} validations without a better one"
    yield "weights kept", f"of the {'last step' if train.keep == 'last' else 'best validation'}{patience}"
    yield "checkpoints", f"{train.steps // train.checkpoint_every:,}, every {train.checkpoint_every:,} steps"


def _losses(run: Run) -> str:
    rows = []
    for loss in run.losses:
        options = loss.model_dump(exclude={"name", "weight"})
        rows.append([loss.name, text(loss.weight), ", ".join(f"{key} {text(value)}" for key, value in options.items())])
    return tabulate(rows, ["loss", "weight", "parameters"], disable_numparse=True)


def _differences(params: Params, published: Params, run: str) -> str:
    rows = differences(params, published, run)
    if not rows:
        return "Every parameter has the published value (presets/paper.yaml)."
    note = "" if run in published.runs else f"\n{run} is not a published run."
    return tabulate(rows, ["parameter", "here", "published"], disable_numparse=True) + note
