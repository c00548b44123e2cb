"""An executed notebook as one page that needs nothing but itself: no script, no address."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from pygments.formatters import HtmlFormatter

TEMPLATE = Path(__file__).parents[1] / "notebook_page"


def render(notebook: NotebookNode, *, title: str) -> str:
    """HTML of the cells and their outputs, in the look of the report."""
    exporter = HTMLExporter(
        template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True, exclude_anchor_links=True
    )
    body, _ = exporter.from_notebook_node(notebook)
    environment = Environment(loader=FileSystemLoader(TEMPLATE), autoescape=False, keep_trailing_newline=True)
    colours = HtmlFormatter(style="default").get_style_defs(".highlight")
    page: str = environment.get_template("page.html").render(title=title, body=body, colours=colours)
    return page
