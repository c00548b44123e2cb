"""A run on a disk that fills up: `unshare --mount python full_disk.py PROJECT FOLDER ENGINE FREE`.

PROJECT is copied to FOLDER, which becomes a disk with FREE bytes of room. Prints as JSON what the run said, the stages
that `dvc status` did not believe then, and whether another run, with room, ended in the same bytes.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.workflow.engines import Engines, environment
from tests.workflow.faults import COMMANDS, assert_truth, contents


def mount(folder: Path, size: str) -> None:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], check=True)


def fill(folder: Path, free: int) -> Path:
    """A file that leaves so many bytes."""
    disk = os.statvfs(folder)
    filler = folder / "filler"
    filler.write_bytes(bytes(max(disk.f_bavail * disk.f_frsize - free, 0)))
    return filler


def main(source: Path, folder: Path, engine: str, free: int) -> None:
    undisturbed = contents(source)
    mount(folder, "3m")
    project = Engines(Path(shutil.copytree(source, folder / "project", symlinks=True)))
    os.environ["DVC_SITE_CACHE_DIR"] = str(folder / "site")
    project.edit("params.yaml", "  steps: 100", "  steps: 160")
    filler = fill(folder, free)
    command = [sys.executable, "-m", *COMMANDS[engine]]
    full = subprocess.run(command, cwd=project.folder, env=environment(), capture_output=True, text=True)
    filler.unlink()
    project.edit("params.yaml", "  steps: 160", "  steps: 100")
    unbelieved = assert_truth(project, undisturbed)
    project.run(*COMMANDS[engine])
    print(
        json.dumps(
            {
                "status": full.returncode,
                "said": full.stdout[-2000:] + full.stderr[-2000:],
                "unbelieved": sorted(unbelieved),
                "same": contents(project.folder) == undisturbed,
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
