"""`hapvr search` and `hapvr similarity`: the models of the project at work on one's own videos."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hapvr.project import Project
from hapvr.search.files.picture_file import DPI, check_picture_file, check_report_file
from hapvr.search.files.videos import check_folder, printable
from hapvr.search.ready import model_folder, whitening_file

if TYPE_CHECKING:
    from hapvr.search.files.describe import Described


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
    thorough: bool,
    output: str,
    figure: Path | None,
    report: Path | None,
    skipped: bool,
) -> None:
    """Prints what was found, as `output` ("text", "json", "csv"); what was skipped and why goes to standard error.

    run: None for `search.run`. threshold: shows only copies of this probability; None for `search.threshold`, and all.
    thorough: compares parts of frames too.
    Raises DecodeError for an unreadable query, and FileNotFoundError if the pipeline has not made the model yet.
    """
    if figure is not None:
        check_picture_file(figure)
    if report is not None:
        check_report_file(report)
    check_folder(folder)
    run = run or project.params.search.run
    check_ready(project, run)
    # Imported here: PyTorch takes longer than to find an error in what was asked for.
    from hapvr.search.index.flaws import report_flaws
    from hapvr.search.listing import write_results
    from hapvr.search.models import build_describer, read_judging, read_model, take_threads_of_scoring, with_parts
    from hapvr.search.results import at_least
    from hapvr.search.search import Search

    model, describe = read_model(project, run), build_describer(project)
    if thorough:
        describe = with_parts(project, describe)
    judging = read_judging(project, run, describe, threshold=threshold)
    memory_gb = project.params.score.memory_gb
    engine = Search(folder, model, describe, index=index, rebuild=rebuild, memory_gb=memory_gb, judging=judging)
    with told_of_interrupts():
        found = engine(query, before_scoring=lambda: take_threads_of_scoring(project))
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
        from hapvr.search.report import render_report
        from hapvr.storage.files import write_text

        named = (query.name, found.query.frames)
        text = render_report(named, found.results, shown[:top], sample=engine.sample, run=run, folder=str(folder))
        write_text(report, text)


def check_ready(project: Project, run: str) -> None:
    """Raises ValueError for an unknown run, FileNotFoundError for what the pipeline has not made yet."""
    model_folder(project, run)
    whitening_file(project)


def report_damage(path: Path, described: "Described") -> None:
    """Says so where only a part of a video could be read."""
    if described.damage:
        click.echo(f"{printable(str(path))}: damaged, compared in part: {printable(described.damage)}", err=True)


@contextmanager
def told_of_interrupts() -> Iterator[None]:
    """Ctrl-C during indexing ends the process with one line of what is done, by the status that shells give it."""
    from hapvr.search.index.indexing import Interrupted

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
    check_ready(project, run)
    from hapvr.search.answers.relative import relative_scores
    from hapvr.search.models import build_describer, read_model, take_threads_of_scoring

    model, describe = read_model(project, run), build_describer(project)
    first, second = describe(query), describe(target)
    for path, described in ((query, first), (target, second)):
        report_damage(path, described)
    take_threads_of_scoring(project)
    memory_gb = project.params.score.memory_gb
    found = float(relative_scores(model, [first.features], [second.features], memory_gb=memory_gb)[0, 0])
    if figure is not None:
        from hapvr.drawing import drawing, save_figure
        from hapvr.methods.model import frame_similarity_of
        from hapvr.search.files.lettering import look
        from hapvr.search.pair_figure import NamedVideo, draw_pair

        matrix = frame_similarity_of(model, first.features, second.features)
        title = f"{project.params.runs[run].label}: similarity {found:.3f}"
        with drawing(look()):
            videos = NamedVideo(query.name, first.frames), NamedVideo(target.name, second.frames)
            save_figure(draw_pair(*videos, matrix, title=title), figure, dpi=DPI)
    return found
