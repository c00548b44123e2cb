"""Early cut-off: a stage whose inputs were made again, but came out the same, keeps its recorded result.

`python -m hapvr.pipeline.unchanged STAGE` puts that result back and exits with 0,
or exits with 1 if the stage has to run.
"""

import sys

from dvc.exceptions import CheckoutError
from dvc.repo import Repo


def put_back(repo: Repo, name: str) -> bool:
    """Checks a stage's outputs out of DVC's cache if its inputs are those of dvc.lock; whether that was done.

    Never takes DVC's lock: jobs run side by side. Outputs that DVC does not cache cannot be put back.
    """
    stage = repo.stage.load_one(name=name)
    if stage.changed_stage() or any(dep.status() for dep in stage.deps):
        return False
    if any(not out.use_cache or out.changed_cache() for out in stage.outs):
        return False
    try:
        for out in stage.outs:
            out.checkout(force=True)
    except CheckoutError:
        return False
    print(f"{name}: its inputs came out as they were; the recorded result is kept")
    return True


if __name__ == "__main__":
    with Repo() as here:
        sys.exit(0 if put_back(here, sys.argv[1]) else 1)
