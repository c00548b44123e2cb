"""What `hapvr search` prints."""

from pathlib import Path

import click

from hapvr.project import Project
from hapvr.search.picture_file import check_picture_file
from hapvr.search.ranking import as_table
from hapvr.search.search import Search
from hapvr.search.videos import printable


def search(
    project: Project,
    query: Path,
    folder: Path,
    *,
    run: str,
    index: Path | None,
    rebuild: bool,
    top: int,
    figure: Path | None,
) -> None:
    """Prints the ranking; what was skipped and why goes to standard error."""
    if figure is not None:
        check_picture_file(figure)
    engine = Search(project, run=run, folder=folder, index=index, rebuild=rebuild)
    found = engine(query)
    click.echo(as_table(found.results[:top]))
    if len(found.results) > top:
        click.echo(f"{len(found.results) - top} more ranked; --top {len(found.results)} shows all", err=True)
    if found.unreadable:
        click.echo(f"skipped, tried again when they change or with --rebuild: {len(found.unreadable)}", err=True)
        for path, reason in found.unreadable.items():
            click.echo(f"  {printable(path)}: {printable(reason)}", err=True)
    if figure is not None:
        engine.draw(query, found, top=top, path=figure)
