"""Executes a notebook in a kernel of this very Python, away from the user's settings of Jupyter and IPython."""

import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

import hapvr

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class ThisPython(KernelSpecManager):
    """Knows one kernel: the Python that asks. A kernel of the same name that a user has installed is not looked for."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=[*command, "--HistoryManager.enabled=False"], name=kernel_name, language="python")


def execute(notebook: NotebookNode, *, name: str, folder: Path, threads: int) -> None:
    """Fills in the outputs of every cell. name: of the file, for errors. folder: where the cells run.

    threads: of each library that has its own. Raises ValueError naming the first cell that fails, and its error.
    """
    with TemporaryDirectory(prefix="hapvr-") as place:
        manager = AsyncKernelManager(
            kernel_spec_manager=ThisPython(), connection_file=f"{place}/kernel.json", transport="ipc", ip=f"{place}/ipc"
        )
        client = NotebookClient(
            notebook, km=manager, timeout=None, record_timing=False, resources={"metadata": {"path": str(folder)}}
        )
        with client.setup_kernel(env=_environment(place, threads), cleanup_kc=True):
            for number, cell in enumerate(notebook.cells):
                place_of_cell = f"{name}: {_place(notebook, number)}"
                try:
                    client.execute_cell(cell, number)
                except CellExecutionError as error:
                    said = f"{error.ename}: {error.evalue}\n{COLOURS.sub('', error.traceback)}"
                    raise ValueError(f"{place_of_cell} failed: {said}") from None
                except DeadKernelError as error:
                    raise ValueError(f"{place_of_cell}: its process died, of too little memory perhaps") from error
                if "outputs" in cell:
                    cell.outputs = _without_warnings(cell.outputs, place_of_cell)


def _environment(place: str, threads: int) -> dict[str, str]:
    """Of the kernel: it finds the same package as this process, and writes nothing into the user's folders."""
    path = os.pathsep.join(filter(None, [str(Path(hapvr.__file__).parents[1]), os.environ.get("PYTHONPATH")]))
    libraries = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return {
        **os.environ, "PYTHONPATH": path, "IPYTHONDIR": f"{place}/ipython", "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        **dict.fromkeys(libraries, str(threads)),
    }  # fmt: skip


def _place(notebook: NotebookNode, number: int) -> str:
    """Which cell, and under which heading."""
    texts = "\n".join(cell.source for cell in notebook.cells[:number] if cell.cell_type == "markdown")
    headings = [line.lstrip("# ") for line in texts.split("\n") if line.startswith("#")]
    under = f", under “{headings[-1]}”" if headings else ""
    return f"cell {number + 1} (id {notebook.cells[number].id}{under})"


def _without_warnings(outputs: list[NotebookNode], place: str) -> list[NotebookNode]:
    """What belongs on a page; warnings name folders of this machine and go where those of a stage go."""
    said = [output for output in outputs if output.output_type == "stream" and output.name == "stderr"]
    for output in said:
        print(f"{place}: {output.text}", end="", file=sys.stderr)
    return [output for output in outputs if output not in said]
