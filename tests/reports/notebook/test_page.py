"""One page that needs no script and no network, the same bytes every time."""

import re

from matplotlib.figure import Figure
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from hapvr.reports.notebook.page import render
from hapvr.reports.notebook.picture import picture


def shown() -> NotebookNode:
    figure = Figure(figsize=(2, 1), layout="constrained")
    figure.subplots().plot([1, 2])
    data, metadata = picture(figure, alt="a line")._repr_mimebundle_()
    outputs = [
        new_output("stream", name="stdout", text="similarity 0.5\n"),
        new_output("display_data", data=data, metadata=metadata),
    ]
    cells = [new_markdown_cell("> x<sub>r</sub> · y", id="text"), new_code_cell("draw()", id="code", outputs=outputs)]
    return new_notebook(cells=cells)


def test_everything_is_in_the_page() -> None:
    page = render(shown(), title="A title")
    assert "<title>A title</title>" in page
    assert "x<sub>r</sub> · y" in page
    assert "similarity 0.5" in page
    (image,) = re.findall(r"<img [^>]*>", page)
    assert 'alt="a line"' in image
    assert 'src="data:image/png;base64,' in image


def test_nothing_is_fetched_and_nothing_runs() -> None:
    page = render(shown(), title="A title")
    assert "<script" not in page
    assert not re.findall(r"""(?:src|href)=(?!["']?(?:data:|#)).{20}""", page)
    assert "@import" not in page
    assert "url(" not in page


def test_the_same_cells_are_the_same_bytes() -> None:
    assert render(shown(), title="A title") == render(shown(), title="A title")
