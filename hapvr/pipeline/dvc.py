"""The `dvc` of this environment: DVC itself, after `plan.json` was brought up to date.

DVC knows files and values, not what code does. It finds the digests of the code in plan.json, so that file has to be
true before DVC looks, whichever of its commands is given.
"""

import hashlib
import os
import re
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

from hapvr.pipeline.alone import BusyError, begin_run
from hapvr.pipeline.careful import be_careful, drop_broken_objects, forget_broken_lock

# Commands that decide what runs, or record what ran.
PLANNING = {"repro", "status", "exp", "experiments", "commit"}
# Commands that write results or dvc.lock.
RUNNING = re.compile(r"(repro|commit|checkout|pull|(exp|experiments) (run|apply))( |$)")


def main() -> None:
    """Entry point `dvc`."""
    _begin_run()
    root = find_root(Path.cwd())
    if root is not None:
        _refresh(root)
        read_parameters_once()
        if "--dry" in sys.argv[1:]:
            foresee_what_is_not_there()
    from dvc.cli import main as run_dvc

    be_careful()
    # A stage that has run for an hour is recorded also if somebody looks at the status just when it ends.
    sys.exit(run_dvc(["--wait-for-lock", *sys.argv[1:]]))


def _begin_run() -> None:
    """Keeps other runs out, if the command is one. Ends the process if another one is at work."""
    repository = next((folder for folder in [Path.cwd(), *Path.cwd().parents] if (folder / ".dvc").is_dir()), None)
    if repository is None or not RUNNING.match(" ".join(sys.argv[1:])) or "--dry" in sys.argv[1:]:
        return
    try:
        begin_run(repository)
    except BusyError as error:
        print(f"dvc: {error}", file=sys.stderr)
        sys.exit(1)
    from dvc.repo import Repo

    from hapvr.pipeline.merge import join_locks

    forget_broken_lock(repository)
    join_locks(repository)
    with Repo(str(repository)) as repo:
        drop_broken_objects(repo)


def find_root(here: Path) -> Path | None:
    """The project around a folder, if its dvc.yaml goes by a plan."""
    for folder in [here, *here.parents]:
        if (folder / "dvc.yaml").exists():
            return folder if (folder / "plan.json").exists() and (folder / "params.yaml").exists() else None
    return None


def _refresh(root: Path) -> None:
    """Brings the plan up to date, unless no file that it follows from was touched since: reading them takes half a
    second. Ends the process where it cannot be, and the command would decide what runs."""
    remembered = root / ".dvc" / "tmp" / "hapvr_plan_stamp"
    if remembered.exists() and remembered.read_text() == _stamp(root):
        return
    try:
        # Imported here: whoever broke the package in the middle of a merge still needs DVC.
        from hapvr.pipeline.plan import refresh

        refresh(root)
    except (ImportError, SyntaxError, ValueError) as error:
        print(f"plan.json was not brought up to date: {error}", file=sys.stderr)
        if PLANNING & set(sys.argv[1:]):
            sys.exit(1)
    else:
        if remembered.parent.is_dir():
            remembered.write_text(_stamp(root))


def _stamp(root: Path) -> str:
    """Of parameters, plan and code: names, sizes and times."""
    package = Path(__file__).parents[1]
    notebook = root / "reports" / "hapvr.ipynb"
    files = [root / "params.yaml", root / "plan.json", *filter(Path.exists, [notebook]), *sorted(package.rglob("*.py"))]
    status = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return hashlib.sha256(repr(status).encode()).hexdigest()


def read_parameters_once() -> None:
    """Makes DVC read a parameter file once as long as it does not change, and look keys up where they are.

    It would read the file again for every stage, and for every key go through all others: most of the time of a
    `dvc repro` with nothing to do. Files of other revisions, whole files and anything unusual are left to DVC.
    """
    from dvc.dependency import param

    read, known = param.read_param_file, {}

    def read_param_file(fs: Any, path: str, key_paths: Any = None, flatten: bool = False, **options: Any) -> Any:
        if fs.protocol != "local" or not key_paths or not flatten or options:
            return read(fs, path, key_paths, flatten, **options)
        status = os.stat(path)
        stamp = (path, status.st_mtime_ns, status.st_size)
        if stamp not in known:
            known[stamp] = param.load_path(path, fs)
        return {key: value for key in key_paths for value in _look_up(known[stamp], key.split("."))}

    param.read_param_file = read_param_file


def foresee_what_is_not_there() -> None:
    """Lets `dvc repro --dry` go on after the first stage whose inputs other stages have yet to make.

    It looks for each stage in the cache of runs, by the hashes of its inputs, and would stop at one that is not there.
    """
    from dvc.stage import cache

    can_hash = cache._can_hash
    cache._can_hash = lambda stage: all(dep.exists for dep in stage.deps) and can_hash(stage)


def _look_up(content: Any, keys: list[str]) -> list[Any]:
    """A copy of the value behind a row of keys, as DVC writes what stages share as anchors; nothing where it is not."""
    for key in keys:
        if not isinstance(content, dict) or key not in content:
            return []
        content = content[key]
    return [deepcopy(content)]


if __name__ == "__main__":
    main()
