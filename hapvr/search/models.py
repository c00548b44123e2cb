"""What a search works with: the model of a run, what describes videos for it, and what makes answers of its scores."""

from typing import Any

import torch
from torch import nn

from hapvr.features.extractor import build_extractor
from hapvr.methods.model import load_model
from hapvr.project import Project
from hapvr.search.answers.answer import Judging
from hapvr.search.answers.calibration import calibrated_runs, read_calibration
from hapvr.search.files.describe import Describer
from hapvr.search.files.parts import PartsDescriber
from hapvr.search.ready import model_folder, whitening_file
from hapvr.storage.resume import file_sha256
from hapvr.threads import free_cores


def read_model(project: Project, run: str) -> nn.Module:
    """The first member (seed) of a run.

    Raises ValueError for an unknown run or a model of other features, FileNotFoundError if there is no model yet.
    """
    folder, dims = model_folder(project, run), project.params.whiten.dims
    try:
        return load_model(folder, dims)
    except RuntimeError as error:
        raise ValueError(f"{folder}: not a model for {dims} dimensions; run `make repro`") from error


def build_describer(project: Project) -> Describer:
    """Raises FileNotFoundError where the pipeline has not learnt its whitening yet."""
    params = project.params
    whitening = whitening_file(project)
    torch.set_num_threads(min(params.features.threads, free_cores()))
    extractor = build_extractor(params.backbone, params.features, project.root, whitening)
    weights = params.features.weights
    made_with: dict[str, Any] = {
        "backbone": params.backbone,
        "weights": weights and file_sha256(project.root / weights),
        "whitening": file_sha256(whitening),
        **params.frames.model_dump(include={"fps", "resize", "size", "jpeg_quality", "decoder", "policy", "minimum_s"}),
    }
    return Describer(params.frames, extractor, made_with=made_with)


def take_threads_of_scoring(project: Project) -> None:
    """From now on PyTorch has the threads of `score`, as far as there are cores for them."""
    torch.set_num_threads(min(project.params.score.threads, free_cores()))


def read_judging(project: Project, run: str, describe: Describer, *, threshold: float | None) -> Judging:
    """Raises ValueError where a threshold is asked of a model without calibration."""
    params = project.params
    calibration = read_calibration(run, params.method_of(run), describe.made_with)
    if calibration is None and threshold is not None:
        raise ValueError(
            f"--threshold {threshold:g}: scores of {run} with this backbone and sampling are not calibrated; choose "
            f"another --run, or calibrate it by benchmarks/copies.py; calibrated: {', '.join(calibrated_runs())}"
        )
    return Judging(calibration, threshold or params.search.threshold, describe.made_with["fps"])


def with_parts(project: Project, describe: Describer) -> PartsDescriber:
    """A describer that sees parts of frames too, by `search.thorough` of params.yaml."""
    params = project.params
    return PartsDescriber(params.frames, describe, params.search.thorough)
