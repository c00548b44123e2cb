"""Stage `figures`: one figure a module, each with a function `draw(project)`."""

from importlib import import_module

from hapvr.params.figures import Figures
from hapvr.project import Project
from hapvr.reports.figures.style import drawing, save


def figures(project: Project, figure: str) -> None:
    """Writes `reports/figures/{figure}.svg` and `.png`. Raises ValueError for an unknown figure."""
    if figure not in Figures.model_fields:
        raise ValueError(f"figure {figure!r}: unknown; accepted: {', '.join(Figures.model_fields)}")
    module = import_module(f"hapvr.reports.figures.{figure}")
    with drawing():
        save(module.draw(project), project.reports / "figures" / figure)
