"""The `dvc` of this environment: DVC itself, after `plan.json` was brought up to date.

DVC knows files and values, not what code does. It finds the digests of the code in plan.json, so that file has to be
true before DVC looks, whichever of its commands is given.
"""

import os
import sys
from pathlib import Path
from typing import Any

# Commands that decide what runs, or record what ran.
PLANNING = {"repro", "status", "exp", "experiments", "commit"}


def main() -> None:
    """Entry point `dvc`."""
    try:
        # Imported here: whoever broke the package in the middle of a merge still needs DVC.
        from hapvr.pipeline.plan import find_root, refresh

        root = find_root(Path.cwd())
        if root is not None:
            refresh(root)
            read_parameters_once()
    except (ImportError, SyntaxError, ValueError) as error:
        print(f"plan.json was not brought up to date: {error}", file=sys.stderr)
        if PLANNING & set(sys.argv[1:2]):
            sys.exit(1)
    from dvc.cli import main as dvc

    sys.exit(dvc(sys.argv[1:]))


def read_parameters_once() -> None:
    """Makes DVC read a parameter file once as long as it does not change; it would read it again for every stage.

    A third of the time of a `dvc repro` with nothing to do.
    """
    from dvc.dependency import param

    read, known = param.load_path, {}

    def load_path(path: str, fs: Any, **options: Any) -> Any:
        if fs.protocol != "local" or options:
            return read(path, fs, **options)
        status = os.stat(path)
        key = (path, status.st_mtime_ns, status.st_size)
        if key not in known:
            known[key] = read(path, fs)
        return known[key]

    param.load_path = load_path


if __name__ == "__main__":
    main()
