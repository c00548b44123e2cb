"""Early cut-off: a stage whose inputs were made again, but came out as in an earlier run, keeps the result of that.

`python -m hapvr.pipeline.unchanged STAGE` puts that result back and exits with 0,
or exits with 1 if the stage has to run.
"""

import sys

from dvc.exceptions import CheckoutError
from dvc.repo import Repo

from hapvr.pipeline.kept import find, put_in_place


def put_back(repo: Repo, name: str) -> bool:
    """Checks a stage's outputs out of DVC's cache if it holds those of its present inputs; whether that was done.

    Never takes DVC's lock: jobs run side by side.
    """
    outs = find(repo, repo.stage.load_one(name=name))
    if outs is None:
        return False
    try:
        put_in_place(outs)
    except CheckoutError:
        return False
    print(f"{name}: its inputs came out as they were; the recorded result is kept")
    return True


if __name__ == "__main__":
    with Repo() as here:
        sys.exit(0 if put_back(here, sys.argv[1]) else 1)
