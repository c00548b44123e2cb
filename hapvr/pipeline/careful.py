"""Makes DVC careful where a kill, a full disk, a broken cache or an edit would cost results, or be recorded as one.

What DVC decides and writes stays the same.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dvc.exceptions import DvcException
from dvc.repo import Repo
from dvc.stage import PipelineStage
from dvc_data.hashfile.db import HashFileDB
from dvc_objects.errors import ObjectFormatError

from hapvr.storage.files import whole


class EditedInTheMiddleError(DvcException):
    """Nobody knows which version of an input a result is made of."""


def be_careful() -> None:
    """For this process, once."""
    _write_files_whole()
    _record_no_result_of_edited_inputs()


def forget_broken_lock(root: Path) -> None:
    """Removes DVC's list of files in use if it was cut off by a kill. To be called while no other run is at work."""
    path = root / ".dvc" / "tmp" / "rwlock"
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except ValueError:
        path.unlink()


def drop_broken_objects(repo: Repo) -> list[str]:
    """Removes what has other bytes in DVC's cache than its name says; gives their paths.

    DVC believes every read-only file of its cache without a look, and records what it checks out of it. Files are read
    once, and again when their time, size or inode has changed.
    """
    cache = repo.cache.local
    broken = []
    for path in cache._list_paths() if cache.fs.exists(cache.path) else ():
        # What ends so is still being written.
        if not path.endswith(".tmp") and cache.state.get(path, cache.fs) == (None, None):
            try:
                HashFileDB.check(cache, cache.path_to_oid(path))
            except ObjectFormatError:
                broken.append(path)
    for path in broken:
        print(f"{os.path.relpath(path)}: not what its name says, removed; its stage runs again", file=sys.stderr)
    return broken


def _write_files_whole() -> None:
    """dvc.lock would be emptied before it is written, and with it the memory of every stage."""
    from dvc.utils.serialize import _common, _yaml

    dump = _common._dump_data

    def dump_whole(path: Any, data: Any, dumper: Callable[..., Any], fs: Any = None, **options: Any) -> None:
        if fs is not None and fs.protocol != "local":
            return dump(path, data, dumper, fs, **options)
        with whole(Path(path)) as temporary:
            dump(temporary, data, dumper, **options)

    _common._dump_data = _yaml._dump_data = dump_whole


def _record_no_result_of_edited_inputs() -> None:
    """DVC would record the inputs as they are when the stage has ended."""
    run = PipelineStage._run_stage

    def run_stage(self: Any, dry: bool, force: bool, **options: Any) -> None:
        before = {} if dry else _inputs(self)
        run(self, dry, force, **options)
        if not dry and (edited := sorted(name for name, value in _inputs(self).items() if before.get(name) != value)):
            raise EditedInTheMiddleError(
                f"{self.addressing}: {', '.join(edited)} changed while it ran; its result is not recorded, run it again"
            )

    PipelineStage._run_stage = run_stage


def _inputs(stage: Any) -> dict[str, Any]:
    return {str(dep): dep.get_hash() for dep in stage.deps if dep.exists}
