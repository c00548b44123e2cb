"""What the stage writes, and what it leaves alone."""

import shutil
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from hapvr.project import Project
from hapvr.reports.notebook.source import read_notebook, stripped
from hapvr.stages.notebook import notebook, strip

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    shutil.copy(ROOT / "presets" / "mini.yaml", tmp_path / "params.yaml")
    (tmp_path / "reports").mkdir()
    return Project(tmp_path)


def write(project: Project, code: str) -> None:
    project.notebook_file.write_text(stripped(new_notebook(cells=[new_code_cell(code, id="only")])), encoding="utf-8")


def test_a_cell_that_fails_leaves_the_page_that_was_there(project: Project) -> None:
    write(project, "print('told')")
    notebook(project)
    page = project.reports / "hapvr.html"
    before = page.read_bytes()
    assert b"told" in before
    source = project.notebook_file.read_bytes()
    write(project, "raise LookupError('no such model')")
    with pytest.raises(
        ValueError, match=r"^reports/hapvr\.ipynb: cell 1 \(id only\) failed: LookupError: no such model"
    ):
        notebook(project)
    assert page.read_bytes() == before
    write(project, "print('told')")
    assert project.notebook_file.read_bytes() == source
    assert sorted(path.name for path in project.reports.iterdir()) == ["hapvr.html", "hapvr.ipynb"]


def test_outputs_are_taken_out_once(project: Project) -> None:
    write(project, "1 + 1")
    project.notebook_file.write_text(project.notebook_file.read_text().replace("null", "3"), encoding="utf-8")
    assert strip(project)
    assert read_notebook(project.notebook_file).cells[0].execution_count is None
    assert not strip(project)
