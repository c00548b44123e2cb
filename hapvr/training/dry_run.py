"""What a training will do and need, as lines to be read before it is started."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tabulate import tabulate

from hapvr.topk import REGIONS, kept_at_levels, matrix_rows
from hapvr.training.options import Train
from hapvr.written import as_written

Line = tuple[str, str]


def describe_steps(train: Train, dims: int, processes: int) -> Iterator[Line]:
    """Steps, processes, learning rate and the size of a batch of features of `dims` dimensions."""
    rate = train.learning_rate
    yield "steps", f"{train.steps:,}"
    if processes > 1:
        yield "processes", f"{processes} that train together, each on a GPU of its own where there are GPUs"
    yield (
        "learning rate",
        f"{rate * train.warmup_factor:g} → {rate:g} in {train.warmup_steps:,} steps of warm-up, then cosine to "
        f"{rate * train.final_factor:g}; weight decay {train.weight_decay:g}",
    )
    yield (
        "batch",
        f"{train.pairs} pairs in each process: {2 * train.pairs} views × {train.window} frames × 9 regions × "
        f"{dims} dims, {train.number_format}",
    )


def describe_similarity(method: Mapping[str, Any], window: int, alike: Sequence[str]) -> Iterator[Line]:
    """How many items TopK-Chamfer keeps of a training window. alike: runs that are the same network there."""
    if "frame_top_rate" not in method:
        return
    kept = kept_at_levels(method, window)
    text = (
        f"keeps {kept.regions} of {REGIONS} regions and {kept.frames} of {matrix_rows(method, window)} rows of frames"
    )
    text += ": plain Chamfer" if max(kept) == 1 else ""
    yield "TopK-Chamfer", text + (f"; the same network as {', '.join(alike)}" if alike else "")


def describe_frames(train: Train, processes: int) -> Iterator[Line]:
    """Frames that a training reads, in all its processes."""
    per_step = processes * 2 * train.pairs * train.window
    if train.source == "views":
        yield "frames", f"{train.steps * per_step:,} in all, {per_step:,} a step: features from the view bank"
    else:
        yield (
            "frames",
            f"{train.steps * per_step:,} to read in all, {per_step:,} a step: augmented, then backbone and teacher",
        )


def describe_videos(train: Train, training_videos: list[str], processes: int) -> Iterator[Line]:
    """Videos and epochs, if all of `training_videos` can be read."""
    # Importing torch takes a second or two; a plan without videos does not need it.
    from hapvr.training.batches import split_videos

    training, held_out = split_videos(training_videos, train.validation_share)
    per_epoch = len(training) // train.pairs
    yield "videos", f"{len(training):,} to train on and {len(held_out):,} held out, if all can be read"
    yield (
        "epochs",
        f"{train.steps * processes / per_epoch:.3g} of {per_epoch:,} {_batches(processes)}"
        if per_epoch
        else f"none: {len(training)} videos do not fill a batch; lower train.pairs",
    )


def describe_memory(
    method: Mapping[str, Any],
    losses: Mapping[str, Any],
    train: Train,
    *,
    dims: int,
    view_bank_bytes: int | None,
    backbone_frames: int,
    frame_side: int,
    processes: int,
) -> Iterator[Line]:
    """Memory of a step, of each process and of all. view_bank_bytes: of the files, if they are there. backbone_frames:
    in one pass of the backbone, of frame_side² pixels each, where batches are made from frames."""
    from hapvr.training.memory import backbone_bytes, step_bytes, weight_bytes

    parts = {
        "batch forward and backward": step_bytes(method, losses, train, dims),
        "network and optimiser": weight_bytes(method, dims),
    }
    if train.source == "frames":
        name = f"backbone on {backbone_frames} frames of {frame_side} px"
        parts[name] = backbone_bytes(frames=backbone_frames, side=frame_side)
    elif view_bank_bytes is not None:
        parts["view bank"] = view_bank_bytes
    # The backbone has finished before the network begins.
    total = sum(size for name, size in parts.items() if not name.startswith(("backbone", "batch")))
    total += max(size for name, size in parts.items() if name.startswith(("backbone", "batch")))
    listed = ", ".join(f"{name} {_size_text(size)}" for name, size in parts.items())
    each = f" in each of {processes} processes, {_size_text(processes * total)} in all," if processes > 1 else ""
    yield "memory", f"about {_size_text(total)}{each} beside libraries and data in flight: {listed}"


def describe_upkeep(train: Train) -> Iterator[Line]:
    """Validations, which weights are kept, and checkpoints."""
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


def losses_table(losses: Mapping[str, Mapping[str, Any]]) -> str:
    """Name, weight and parameters of each loss."""
    rows = []
    for name, options in losses.items():
        parameters = {key: value for key, value in options.items() if key != "weight"}
        listed = ", ".join(f"{key} {as_written(value)}" for key, value in parameters.items())
        rows.append([name, as_written(options["weight"]), listed])
    return tabulate(rows, ["loss", "weight", "parameters"], disable_numparse=True)


def _batches(processes: int) -> str:
    return "steps" if processes == 1 else f"batches, {processes} a step"


def _size_text(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
