"""Stage `notebook`: the method told on one pair of videos, executed and made a page that needs nothing but itself."""

from hapvr.project import Project
from hapvr.reports.notebook.execute import execute
from hapvr.reports.notebook.page import render
from hapvr.reports.notebook.source import read_notebook, stripped
from hapvr.storage.files import write_text

TITLE = "HAP-VR, told on one pair of videos"


def notebook(project: Project) -> None:
    """Writes `reports/hapvr.html`. Raises ValueError naming the cell that fails, and its error."""
    path = project.notebook_file
    cells = read_notebook(path)
    name = str(path.relative_to(project.root))
    execute(cells, name=name, folder=project.root, threads=project.params.features.threads)
    write_text(path.with_suffix(".html"), render(cells, title=TITLE))


def strip(project: Project) -> bool:
    """Takes outputs, counts and what an editor writes of itself out of the notebook; whether there was anything."""
    path = project.notebook_file
    text = stripped(read_notebook(path))
    if path.read_text(encoding="utf-8") == text:
        return False
    write_text(path, text)
    return True
