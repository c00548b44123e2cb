"""`hapvr search` and `hapvr similarity`: the models of the project at work on one's own videos."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import torch
from torch import nn

from hapvr.drawing import drawing, save_figure
from hapvr.features.extractor import build_extractor
from hapvr.methods.model import frame_similarity_of, load_model
from hapvr.project import Project
from hapvr.search.answer import Judging
from hapvr.search.calibration import calibrated_runs, read_calibration
from hapvr.search.describe import Described, Describer
from hapvr.search.flaws import report_flaws
from hapvr.search.indexing import Interrupted
from hapvr.search.lettering import look
from hapvr.search.listing import write_results
from hapvr.search.pair_figure import NamedVideo, draw_pair
from hapvr.search.picture_file import DPI, check_picture_file
from hapvr.search.relative import relative_scores
from hapvr.search.report import check_report_file, render_report
from hapvr.search.results import at_least
from hapvr.search.search import Search
from hapvr.search.videos import printable
from hapvr.storage.files import write_text
from hapvr.storage.resume import file_sha256


def search(
    project: Project,
    query: Path,
    folder: Path,
    *,
    run: str | None,
    index: Path | None,
    rebuild: bool,
    top: int,
    threshold: float | None,
    output: str,
    figure: Path | None,
    report: Path | None,
    skipped: bool,
) -> None:
    """Prints what was found, as `output` ("text", "json", "csv"); what was skipped and why goes to standard error.

    run: None for `search.run`. threshold: shows only copies of this probability; None for `search.threshold`, and all.
    Raises DecodeError for an unreadable query, and FileNotFoundError if the pipeline has not made the model yet.
    """
    if figure is not None:
        check_picture_file(figure)
    if report is not None:
        check_report_file(report)
    run = run or project.params.search.run
    model, describe = read_model(project, run), build_describer(project)
    judging = read_judging(project, run, describe, threshold=threshold)
    memory_gb = project.params.score.memory_gb
    engine = Search(folder, model, describe, index=index, rebuild=rebuild, memory_gb=memory_gb, judging=judging)
    with told_of_interrupts():
        found = engine(query)
    shown = at_least(found.results, threshold)
    about = {"query": str(query), "folder": str(folder), "run": run, "threshold": judging.threshold}
    for line in write_results(found.results, shown[:top], output=output, about=about):
        click.echo(line)
    if len(shown) > top:
        click.echo(f"{len(shown) - top} more; --top {len(shown)} shows all", err=True)
    report_damage(query, found.query)
    for line in report_flaws(found.flaws, in_full=skipped):
        click.echo(line, err=True)
    if figure is not None:
        engine.draw(query, found, top=top, label=project.params.runs[run].label, path=figure)
    if report is not None:
        named = (query.name, found.query.frames)
        text = render_report(named, found.results, shown[:top], sample=engine.sample, run=run, folder=str(folder))
        write_text(report, text)


def read_judging(project: Project, run: str, describe: Describer, *, threshold: float | None) -> Judging:
    """Raises ValueError where a threshold is asked of a model without calibration."""
    params = project.params
    calibration = read_calibration(run, params.method_of(run), describe.made_with)
    if calibration is None and threshold is not None:
        raise ValueError(
            f"--threshold {threshold:g}: scores of {run} with this backbone and sampling are not calibrated; choose "
            f"another --run, or calibrate it by benchmarks/calibration.py; calibrated: {', '.join(calibrated_runs())}"
        )
    return Judging(calibration, threshold or params.search.threshold, params.frames.fps)


def report_damage(path: Path, described: Described) -> None:
    """Says so where only a part of a video could be read."""
    if described.damage:
        click.echo(f"{printable(str(path))}: damaged, compared in part: {printable(described.damage)}", err=True)


@contextmanager
def told_of_interrupts() -> Iterator[None]:
    """Ctrl-C during indexing ends the process with one line of what is done, by the status that shells give it."""
    try:
        yield
    except Interrupted as error:
        click.echo(f"\nhapvr: {error}", err=True)
        sys.exit(128 + signal.SIGINT)


def similarity(project: Project, query: Path, target: Path, *, run: str | None, figure: Path | None) -> float:
    """Similarity of two video files by the model of a run, 1 of a video to itself; drawn if `figure` names a file.

    run: None for `search.run` of params.yaml.

    Raises DecodeError, and FileNotFoundError if the pipeline has not made the model yet.
    """
    if figure is not None:
        check_picture_file(figure)
    run = run or project.params.search.run
    model, describe = read_model(project, run), build_describer(project)
    first, second = describe(query), describe(target)
    for path, described in ((query, first), (target, second)):
        report_damage(path, described)
    memory_gb = project.params.score.memory_gb
    [found] = relative_scores(model, first.features, [second.features], memory_gb=memory_gb)
    if figure is not None:
        matrix = frame_similarity_of(model, first.features, second.features)
        title = f"{project.params.runs[run].label}: similarity {found:.3f}"
        with drawing(look()):
            videos = NamedVideo(query.name, first.frames), NamedVideo(target.name, second.frames)
            save_figure(draw_pair(*videos, matrix, title=title), figure, dpi=DPI)
    return found


def read_model(project: Project, run: str) -> nn.Module:
    """The first member (seed) of a run.

    Raises ValueError for an unknown run or a model of other features, FileNotFoundError if there is no model yet.
    """
    accepted, dims = project.params.scored, project.params.whiten.dims
    if run not in accepted:
        raise ValueError(f"--run {run}: not a run with a model in params.yaml; accepted: {', '.join(accepted)}")
    folders = {name: project.model_folder(name, project.params.members(name)[0]) for name in accepted}
    frozen = project.params.frozen
    ready = [
        name
        for name, folder in folders.items()
        if (folder / "config.json").exists() and (name in frozen or (folder / "weights.safetensors").exists())
    ]
    if run not in ready:
        other = f", or name a run that has one: --run {' | '.join(ready)}" if ready else ""
        raise FileNotFoundError(f"{folders[run]}: no model of {run} there; run `make repro` first{other}")
    try:
        return load_model(folders[run], dims)
    except RuntimeError as error:
        raise ValueError(f"{folders[run]}: not a model for {dims} dimensions; run `make repro`") from error


def build_describer(project: Project) -> Describer:
    """Raises FileNotFoundError where the pipeline has not learnt its whitening yet."""
    params = project.params
    whitening = project.whitening_file(params.backbone)
    if not whitening.exists():
        raise FileNotFoundError(f"{whitening}: no such file; run `make repro` first, it learns the whitening")
    torch.set_num_threads(params.features.threads)
    extractor = build_extractor(params.backbone, params.features, project.root, whitening)
    weights = params.features.weights
    made_with: dict[str, Any] = {
        "backbone": params.backbone,
        "weights": weights and file_sha256(project.root / weights),
        "whitening": file_sha256(whitening),
        **params.frames.model_dump(include={"fps", "resize", "size", "jpeg_quality", "decoder", "policy", "minimum_s"}),
    }
    return Describer(params.frames, extractor, made_with=made_with)
