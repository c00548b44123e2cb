"""Which stages have to run: DVC compares contents with dvc.lock; everything after a changed stage follows."""

import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from dvc.repo import Repo
from dvc.rwlock import rwlock

from hapvr.storage.files import write_text

Reasons = dict[str, list[str]]


def changed(repo: Repo) -> Reasons:
    """The stages that `dvc repro` would run, with what changed. Raises LockError while DVC is at work."""
    stages = [stage for stage in repo.index.stages if stage.cmd and not stage.frozen]
    # DVC would write its file of readers anew before and after each stage: half of the time of many stages.
    files = sorted({item.fs_path for stage in stages for item in [*stage.deps, *stage.outs]})
    with repo.lock, rwlock(repo.tmp_dir, repo.fs, " ".join(sys.argv), files, [], repo.config["core"]["hardlink_lock"]):
        status = {stage.name: stage.status.__wrapped__(stage) for stage in stages}
    return {name: _sentences(entries) for name, by_address in status.items() for entries in by_address.values()}


def write_report(path: Path, reasons: Mapping[str, list[str]]) -> None:
    """Writes which stages are stale and why. The moment makes each report differ from the one before."""
    write_text(path, f"# {time.time_ns()}\n" + yaml.safe_dump(dict(reasons), sort_keys=False))


def _sentences(entries: Iterable[str | dict[str, Any]]) -> list[str]:
    """DVC's status of one stage, an item a line: `changed deps: params.yaml {'views.seed': 'modified'}`."""
    lines = []
    for entry in entries:
        if isinstance(entry, str):
            lines.append(entry)
        else:
            lines += [f"{kind}: {path} {state}" for kind, items in entry.items() for path, state in items.items()]
    return lines
