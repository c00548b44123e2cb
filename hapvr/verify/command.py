"""`hapvr verify`: makes the results again and says what differs."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from hapvr.verify.machine import Machine, this_machine
from hapvr.verify.outputs import Compared, compare_outputs
from hapvr.verify.sample import FILE, TOLERANCE, check_sample, read_sample

ENGINES = {"dvc": ["dvc", "repro"], "snakemake": ["snakemake", "--cores", "all"]}
SHOWN = 40


def verify_engines(root: Path, preset: str) -> tuple[str, bool]:
    """Runs a preset in two temporary clones, by DVC and by Snakemake; a report, and whether all outputs are equal."""
    with tempfile.TemporaryDirectory(prefix="hapvr-verify-") as temporary:
        clones = {engine: Path(temporary, engine) for engine in ENGINES}
        # Both before the first run: somebody may go on working here meanwhile.
        for folder in clones.values():
            clone(root, folder)
            run_in(folder, ["hapvr", "preset", preset])
        for engine, folder in clones.items():
            run_in(folder, ENGINES[engine])
        compared = compare_outputs(clones["dvc"], clones["snakemake"])
    return report(compared, f"preset {preset}, made by DVC (the first) and by Snakemake (the second)"), (
        not compared.differences
    )


def verify_committed(root: Path) -> tuple[str, bool]:
    """Makes everything anew in a temporary clone and compares it with dvc.lock and what is here of the results."""
    with tempfile.TemporaryDirectory(prefix="hapvr-verify-") as temporary:
        folder = Path(temporary, "again")
        clone(root, folder)
        run_in(folder, ENGINES["snakemake"])
        compared = compare_outputs(root, folder)
    made_by, here = read_sample(root / FILE).machine, this_machine()
    text = report(compared, "the results of dvc.lock (the first) and those made now (the second)")
    return f"{text}\n{_expectation(made_by, here)}", not compared.differences


def verify_sample(root: Path) -> tuple[str, bool]:
    """Makes a small part of every benchmark again, in seconds, and compares it with what is recorded of it."""
    found = check_sample(root)
    made_by, here = read_sample(root / FILE).machine, this_machine()
    return "\n".join([*found.lines, _expectation(made_by, here)]), found.is_right


def report(compared: Compared, what: str) -> str:
    """How many outputs and files, and every difference."""
    heading = f"{compared.outputs:,} outputs, {compared.files:,} files of {what}: "
    if not compared.differences:
        return f"{heading}all equal, byte for byte"
    lines = [f"  {path}: {words}" for path, words in list(compared.differences.items())[:SHOWN]]
    more = len(compared.differences) - SHOWN
    return "\n".join(
        [f"{heading}{len(compared.differences):,} differ", *lines, *([f"  and {more}"] if more > 0 else [])]
    )


def clone(root: Path, folder: Path) -> None:
    """What Git lists, as it is in the working tree, without results and without what recorded them."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        made = name == "dvc.lock" or (name.startswith("reports/") and name != "reports/hapvr.ipynb")
        if not made and (root / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((root / name).read_bytes())
    run_in(folder, ["git", "init", "--quiet"])


def run_in(folder: Path, command: list[str]) -> None:
    """Runs a command of this environment in a clone, which is where it finds the package; shows what it says.

    Raises ValueError naming the command if it fails.
    """
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": tools, "PYTHONPATH": str(folder), "DVC_NO_ANALYTICS": "1"}
    print(f"{folder.name}: {' '.join(command)}", file=sys.stderr, flush=True)
    if status := subprocess.run(command, cwd=folder, env=environment, stdout=sys.stderr).returncode:
        raise ValueError(f"{' '.join(command)} failed with status {status}, in a clone of this working tree")


def _expectation(made_by: Machine, here: Machine) -> str:
    if made_by == here:
        return f"Committed results were made on the same kind of machine ({here}): every byte is to be the same."
    return (
        f"Committed results were made on another kind of machine ({made_by}; this is {here}): videos and frames are to "
        f"be the same, single numbers within {TOLERANCE}; training amplifies that, so that metrics of trained runs are "
        "to agree within their noise (`hapvr compare`)."
    )
