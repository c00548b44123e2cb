"""The notebook in git is its source alone."""

import ast
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from hapvr.reports.notebook.source import read_notebook, stripped

NOTEBOOK = Path(__file__).parents[3] / "reports" / "hapvr.ipynb"


def test_the_notebook_is_kept_without_outputs_counts_and_metadata() -> None:
    notebook = read_notebook(NOTEBOOK)
    assert NOTEBOOK.read_text(encoding="utf-8") == stripped(notebook), "run `hapvr notebook --strip`"
    assert not any(cell.get("outputs") or cell.get("execution_count") or cell.metadata for cell in notebook.cells)


def test_cells_are_named_by_words_and_not_by_chance() -> None:
    ids = [cell.id for cell in read_notebook(NOTEBOOK).cells]
    assert len(set(ids)) == len(ids)
    assert all(id.replace("-", "").isalpha() for id in ids)


def test_cells_are_plain_python_and_define_little() -> None:
    """What computes is in the library; a cell calls it and draws."""
    cells = [ast.parse(cell.source) for cell in read_notebook(NOTEBOOK).cells if cell.cell_type == "code"]
    functions = [node for cell in cells for node in cell.body if isinstance(node, ast.FunctionDef)]
    assert len(functions) <= 3
    assert all(function.end_lineno - function.lineno < 10 for function in functions)  # type: ignore[operator]


def test_what_an_editor_and_a_kernel_wrote_is_taken_out() -> None:
    cells = [new_markdown_cell("# Title", id="title"), new_code_cell("1 + 1", id="sum")]
    kept = stripped(new_notebook(cells=cells))
    notebook = nbformat.reads(kept, as_version=4)
    notebook.cells[1].update(outputs=[new_output("execute_result", {"text/plain": "2"})], execution_count=7)
    notebook.cells[1].metadata["collapsed"] = True
    notebook.metadata["language_info"]["version"] = "3.11.9"
    assert stripped(notebook) == kept


def test_a_file_that_is_no_notebook_is_named(tmp_path: Path) -> None:
    path = tmp_path / "some.ipynb"
    path.write_text("{")
    with pytest.raises(ValueError, match=r"some\.ipynb: not a notebook"):
        read_notebook(path)
