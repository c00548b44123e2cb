"""Cells run in a kernel of this Python, and a cell that fails stops everything."""

import json
import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from hapvr.reports.notebook.execute import execute

ABOUT = """
import json, os, sys, warnings
import hapvr
warnings.warn("of this machine")
print(json.dumps([sys.executable, os.getcwd(), hapvr.__file__, os.environ["OMP_NUM_THREADS"], list(map(str, WRITES))]))
"""


def test_the_kernel_is_this_python_in_the_given_folder_and_warnings_are_no_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import hapvr

    # A kernel of the same name that somebody has installed for himself.
    kernel = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text(json.dumps({"argv": ["false"], "display_name": "Python 3", "language": "python"}))
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("HOME", str(home))
    notebook = new_notebook(cells=[new_code_cell("WRITES = []", id="first"), new_code_cell(ABOUT, id="about")])
    execute(notebook, name="some.ipynb", folder=tmp_path, threads=1)
    (output,) = notebook.cells[1].outputs
    assert json.loads(output.text) == [sys.executable, str(tmp_path), hapvr.__file__, "1", []]
    assert "some.ipynb: cell 2 (id about)" in capsys.readouterr().err
    assert list(home.iterdir()) == []


def test_a_failing_cell_is_named_with_its_heading_and_error(tmp_path: Path) -> None:
    cells = [new_markdown_cell("## 6. Average Precision\nText.", id="text"), new_code_cell("1 / 0", id="ap")]
    with pytest.raises(ValueError, match="division by zero") as caught:
        execute(new_notebook(cells=cells), name="some.ipynb", folder=tmp_path, threads=1)
    first, *rest = str(caught.value).splitlines()
    assert first == (
        "some.ipynb: cell 2 (id ap, under “6. Average Precision”) failed: ZeroDivisionError: division by zero"
    )
    assert "1 / 0" in "\n".join(rest)
    assert "\x1b" not in str(caught.value)


def test_a_kernel_that_dies_is_an_error(tmp_path: Path) -> None:
    notebook = new_notebook(cells=[new_code_cell("import os\nos._exit(1)", id="dies")])
    with pytest.raises(ValueError, match=r"cell 1 \(id dies\): its process died"):
        execute(notebook, name="some.ipynb", folder=tmp_path, threads=1)
