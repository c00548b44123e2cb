"""The `dvc` of this environment: DVC itself, after `plan.json` was brought up to date.

DVC knows files and values, not what code does. It finds the digests of the code in plan.json, so that file has to be
true before DVC looks, whichever of its commands is given.
"""

import sys
from pathlib import Path

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
    except (ImportError, SyntaxError, ValueError) as error:
        print(f"plan.json was not brought up to date: {error}", file=sys.stderr)
        if PLANNING & set(sys.argv[1:2]):
            sys.exit(1)
    from dvc.cli import main as dvc

    sys.exit(dvc(sys.argv[1:]))


if __name__ == "__main__":
    main()
