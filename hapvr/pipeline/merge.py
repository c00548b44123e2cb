"""dvc.lock in the middle of a merge: what either branch has made is taken together, stage by stage.

Git leaves the file as it is on this branch (.gitattributes) and keeps the others in its index until the merge is
committed. A stage that both made in different ways stays as it is here; its inputs say whether it has to run.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from dvc.utils.serialize import dump_yaml, load_yaml

from hapvr.compare.state import LOADER

ANCESTOR, OURS, THEIRS = 1, 2, 3


def join_locks(root: Path) -> list[str]:
    """Writes the stages that only their branch made into `root/dvc.lock`; gives them. Outside of a merge, none."""
    theirs = _stages(root, THEIRS)
    if theirs is None:
        return []
    ancestor, ours = _stages(root, ANCESTOR) or {}, _stages(root, OURS) or {}
    content = _present(root, ours)
    stages = content["stages"]
    taken = [
        name for name, entry in theirs.items()
        if entry != stages.get(name) and stages.get(name) == ancestor.get(name)
    ]  # fmt: skip
    if taken:
        stages.update((name, theirs[name]) for name in taken)
        dump_yaml(root / "dvc.lock", content)
        print(f"dvc.lock: {len(taken)} stages of the branch that is being merged", file=sys.stderr)
    return taken


def _present(root: Path, ours: dict[str, Any]) -> dict[str, Any]:
    """dvc.lock as it is now; as it was on this branch where there are conflict markers in it."""
    try:
        return dict(load_yaml(root / "dvc.lock"))
    except Exception:
        return {"schema": "2.0", "stages": ours}


def _stages(root: Path, side: int) -> dict[str, Any] | None:
    """The stages of dvc.lock on one side of a merge; None where none is going on, or that side has no such file."""
    shown = subprocess.run(["git", "show", f":{side}:./dvc.lock"], cwd=root, capture_output=True, text=True)
    return dict(yaml.load(shown.stdout, Loader=LOADER)["stages"]) if shown.returncode == 0 and shown.stdout else None
