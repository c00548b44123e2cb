"""`hapvr duplicates` and `hapvr index`: every copy in folders, and the index that this takes, built in parts."""

from pathlib import Path

import click

from hapvr.project import Project
from hapvr.search.command import check_ready, told_of_interrupts
from hapvr.search.files.picture_file import check_report_file
from hapvr.search.files.videos import Videos, list_videos


def duplicates(
    project: Project,
    folders: tuple[Path, ...],
    *,
    run: str | None,
    index: Path | None,
    rebuild: bool,
    threshold: float | None,
    output: str,
    report: Path | None,
    skipped: bool,
) -> None:
    """Prints groups of copies, as `output` ("text", "json"); everything else goes to standard error.

    threshold: None for `search.duplicates.threshold`. Raises ValueError for a model without calibration: its scores are
    no verdicts.
    """
    if report is not None:
        check_report_file(report)
    if index is not None and len(folders) > 1:
        raise ValueError(f"--index {index}: one file cannot be the index of {len(folders)} folders; leave it out")
    run = run or project.params.search.run
    check_ready(project, run)
    videos = {folder: list_videos(folder) for folder in folders}
    # Imported here: PyTorch takes longer than to find an error in what was asked for.
    from hapvr.search.duplicates.find import Library, find_duplicates
    from hapvr.search.duplicates.listing import as_json, as_text, conclude, describe_recall
    from hapvr.search.index.flaws import report_flaws
    from hapvr.search.models import build_describer, read_judging, read_model, take_threads_of_scoring

    model, describe = read_model(project, run), build_describer(project)
    judging = read_judging(project, run, describe, threshold=threshold)
    judging = judging._replace(threshold=threshold or project.params.search.duplicates.threshold)
    if judging.calibration is None:
        raise ValueError(f"--run {run}: its scores are not calibrated, so they are no verdicts; choose another --run")
    params = project.params
    with told_of_interrupts():
        library = Library(videos, describe, index=index, rebuild=rebuild)
    take_threads_of_scoring(project)
    found = find_duplicates(
        library, model, options=params.search.duplicates, sampling=params.frames, judging=judging,
        memory_gb=params.score.memory_gb,
    )  # fmt: skip
    if output == "json":
        click.echo(as_json(found, folders=[str(folder) for folder in folders], run=run, threshold=judging.threshold))
    else:
        for line in (*as_text(found), conclude(found)):
            click.echo(line)
    if found.recall is not None:
        click.echo(describe_recall(found.recall), err=True)
    for flaws in found.flaws.values():
        for line in report_flaws(flaws, in_full=skipped):
            click.echo(line, err=True)
    if report is not None:
        from hapvr.search.duplicates.page import render_duplicates
        from hapvr.storage.files import write_text

        named = ", ".join(str(folder) for folder in folders)
        text = render_duplicates(
            found, sample=lambda name: describe.sample(library.files[name]), run=run, folders=named
        )
        write_text(report, text)


def index(project: Project, folder: Path, *, part: str | None, rebuild: bool, skipped: bool) -> None:
    """Brings the index of a folder up to date, or one part of it: "2/16" is the third of sixteen."""
    run = project.params.search.run
    check_ready(project, run)
    videos = list_videos(folder)
    from hapvr.scoring.blocks import Part
    from hapvr.search.index.flaws import report_flaws
    from hapvr.search.index.indexing import update_index
    from hapvr.search.index.shards import open_index, open_part, shard_of
    from hapvr.search.models import build_describer

    describe = build_describer(project)
    if part is None:
        kept = open_index(folder, None, describe.made_with, rebuild=rebuild)
    else:
        chosen = Part.parse(part)
        kept = open_part(folder, chosen.number, chosen.of, describe.made_with, rebuild=rebuild)
        mine = {path: file for path, file in videos.items() if shard_of(path, chosen.of) == chosen.number}
        videos = Videos(mine, videos.unreadable)
    with told_of_interrupts():
        flaws = update_index(kept, videos, describe)
    click.echo(f"{kept.path}: {len(videos) - len(flaws.unreadable.keys() & videos.keys())} videos")
    for line in report_flaws(flaws, in_full=skipped):
        click.echo(line, err=True)
