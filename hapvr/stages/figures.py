"""Stage `figures`: one figure as SVG and PNG."""

from hapvr.drawing import drawing
from hapvr.project import Project, check_name
from hapvr.reports.figures import FIGURES
from hapvr.reports.figures.style import LOOK, save_as_svg_and_png
from hapvr.results import Results


def figures(project: Project, figure: str) -> None:
    """Writes `reports/figures/{figure}.svg` and `.png`."""
    check_name("figure", figure, project.params.figures, where="figures")
    with drawing(LOOK):
        drawn = FIGURES[figure](Results(project), **project.params.shown(figure))
        save_as_svg_and_png(drawn, project.reports / "figures" / figure)
