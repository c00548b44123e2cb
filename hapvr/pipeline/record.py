"""Recording into dvc.lock what another engine ran."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dvc.repo import Repo
from dvc.stage import PipelineStage
from dvc.utils import serialize

from hapvr.pipeline.dvc import find_root
from hapvr.pipeline.plan import refresh
from hapvr.pipeline.steps import Step, parameters, path_of

Origin = dict[str, Any]


def origins(repo: Repo, steps: Iterable[Step]) -> dict[str, Origin]:
    """Per stage, what its result hangs on and no stage makes: command, parameter values, contents of source folders."""
    sources = {step.stage: set(step.sources) for step in steps}
    return {stage.name: _origin(stage, sources[stage.name]) for stage in repo.index.stages if stage.name in sources}


def recorded(root: Path) -> bytes:
    """dvc.lock as it is."""
    lock = root / "dvc.lock"
    return lock.read_bytes() if lock.exists() else b""


def record(root: Path, ran: Iterable[str], *, steps: Iterable[Step], planned: Mapping[str, Origin]) -> list[str]:
    """Writes stages that ran and succeeded to DVC's cache and, all at once, to dvc.lock; gives those left out.

    planned: `origins` when the run was planned. A stage whose code or parameters were edited since is left out,
    because nobody knows which version ran: both engines will run it again.
    """
    ran = set(ran)
    if find_root(root.resolve()):
        try:
            refresh(root.resolve())
        except (ValueError, SyntaxError):
            # Parameters or code are in the middle of an edit, so that nobody can say what has changed.
            return sorted(ran)
    # Waits while somebody looks at the status: what ran is not lost.
    with Repo(str(root), _wait_for_lock=True) as repo, repo.lock, repo.scm_context():
        now = origins(repo, steps)
        stages = [stage for stage in repo.index.stages if stage.name in ran & now.keys()]
        certain = [stage for stage in stages if now[stage.name] == planned[stage.name]]
        with _runs_as_json():
            for stage in certain:
                stage.save()
                stage.commit()
        if certain:
            certain[0].dvcfile.dump_stages(certain, update_pipeline=False)
        return sorted(ran - {stage.name for stage in certain})


@contextmanager
def _runs_as_json() -> Iterator[None]:
    """Lets DVC write the entries of its cache of runs as JSON, which is YAML too: it took 40 % of recording."""

    def dump(path: str, entry: Mapping[str, Any], **_: Any) -> None:
        Path(path).write_text(json.dumps(entry), encoding="utf-8")

    own, serialize.dump_yaml = serialize.dump_yaml, dump
    try:
        yield
    finally:
        serialize.dump_yaml = own


def _origin(stage: PipelineStage, sources: set[str]) -> Origin:
    contents = {path_of(dep): dep.get_hash() for dep in stage.deps if path_of(dep) in sources and dep.exists}
    return {"cmd": stage.cmd, "params": parameters(stage), "sources": contents}
