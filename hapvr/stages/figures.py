"""Stage `figures`: one figure as SVG and PNG, beside the CSV that it is drawn from."""

from hapvr.drawing import drawing
from hapvr.project import Project, check_name
from hapvr.reports.figures import FIGURES
from hapvr.reports.figures.drawn import save_drawn
from hapvr.reports.figures.style import LOOK
from hapvr.results import Results


def figures(project: Project, figure: str) -> None:
    """Writes `reports/figures/{figure}.svg`, `.png` and `.csv`."""
    check_name("figure", figure, project.params.figures, where="figures")
    with drawing(LOOK):
        drawn = FIGURES[figure](Results(project), **project.params.shown(figure))
        save_drawn(drawn, project.reports / "figures" / figure)
