"""The `dvc` of this environment: DVC itself, after `plan.yaml` was brought up to date.

DVC knows files and values, not what code does. It finds the digests of the code in plan.yaml, so that file has to be
true before DVC looks, whichever of its commands is given.
"""

import sys
from pathlib import Path

from hapvr.params.load import ParamsError
from hapvr.pipeline.plan import NAME, find_root, refresh

# Commands that decide what runs, or record what ran.
PLANNING = {"repro", "status", "exp", "experiments", "commit"}


def main() -> None:
    """Entry point `dvc`."""
    root = find_root(Path.cwd())
    if root is not None:
        try:
            refresh(root)
        except (ParamsError, SyntaxError) as error:
            print(f"{NAME} was not brought up to date: {error}", file=sys.stderr)
            if PLANNING & set(sys.argv[1:2]):
                sys.exit(1)
    from dvc.cli import main as dvc

    sys.exit(dvc(sys.argv[1:]))


if __name__ == "__main__":
    main()
