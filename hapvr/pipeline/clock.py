"""Files that are newer than the clock says: after it was set back, or from a machine whose clock is ahead.

Contents decide what runs, but Snakemake refuses a result that is older than what it was made of.
"""

import os
import time
from collections.abc import Iterable
from pathlib import Path

# What Snakemake goes by in a folder.
STAMP = ".snakemake_timestamp"


def bring_to_now(paths: Iterable[str | Path]) -> None:
    """Gives files and folders of the future the time it is now. A file is hashed once more for that, not made again."""
    now = time.time()
    for path in {file for given in paths for file in (Path(given), Path(given, STAMP))}:
        if path.exists() and path.stat().st_mtime > now:
            os.utime(path)
