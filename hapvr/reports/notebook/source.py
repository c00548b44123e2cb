"""The notebook as it is kept: without outputs, counts and what an editor writes of itself."""

from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

# What Jupyter needs to open it with the environment's own Python; the rest would change with every version.
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def read_notebook(path: Path) -> NotebookNode:
    """A notebook of format 4.5, whose cells have ids. Raises ValueError naming a file that is none."""
    try:
        notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
        nbformat.validate(notebook)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        raise ValueError(f"{path}: not a notebook of format 4: {error}") from error
    return notebook


def stripped(notebook: NotebookNode) -> str:
    """The text of a notebook as it is kept, the same however often it was executed and edited."""
    kept = nbformat.from_dict({**notebook, "metadata": METADATA, "cells": [_bare(cell) for cell in notebook.cells]})
    return nbformat.writes(kept) + "\n"


def _bare(cell: NotebookNode) -> NotebookNode:
    emptied: dict[str, Any] = {"outputs": [], "execution_count": None} if cell.cell_type == "code" else {}
    return nbformat.from_dict({**cell, "metadata": {}, **emptied})
