"""Results that DVC's cache holds: those are checked out, not computed, whichever branch or engine made them.

DVC looks for the result of a stage in dvc.lock and in its cache of runs, and has to check out one stage before it can
look for the next. Here the hashes of what would be checked out stand for the files, so that looking changes nothing.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import PurePosixPath
from typing import Any

from dvc.dependency import ParamsDependency
from dvc.dependency.param import MissingParamsError
from dvc.output import Output
from dvc.repo import Repo
from dvc.stage import PipelineStage
from dvc.stage.cache import _get_cache_hash
from dvc.stage.serialize import to_single_stage_lockfile
from dvc_data.hashfile.build import build
from dvc_data.hashfile.hash_info import HashInfo
from dvc_data.hashfile.meta import Meta
from dvc_data.hashfile.tree import Tree

from hapvr.pipeline.changes import Reasons
from hapvr.pipeline.steps import Step, path_of


@dataclass
class Plan:
    """What has to be done so that every result is that of the present inputs.

    run: stages to run, and why. kept: stages to check out. Both in the order of the pipeline.
    retried: stages of `run` that only follow others; what is recorded may be right once those have run.
    """

    run: Reasons = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    retried: set[str] = field(default_factory=set)


def make_plan(repo: Repo, steps: Iterable[Step], changed: Mapping[str, list[str]]) -> Plan:
    """Of the stages that DVC calls changed, and those that follow them: which to run, which the cache holds."""
    by_name = {step.stage: step for step in steps}
    stages = {stage.name: stage for stage in repo.index.stages if stage.name in by_name}
    plan, hashes = Plan(), _Hashes()
    for name in TopologicalSorter({step.stage: step.upstream for step in by_name.values()}).static_order():
        upstream = by_name[name].upstream
        before = sorted(upstream & plan.run.keys())
        if before:
            plan.run[name] = changed.get(name) or [f"follows {other}" for other in before]
            if _may_be_kept(stages[name]):
                plan.retried.add(name)
        elif name in changed or not upstream.isdisjoint(plan.kept):
            outs = find(repo, stages[name], hashes)
            if outs is None:
                plan.run[name] = changed.get(name) or ["its inputs are others once they are checked out"]
            elif differing := [out for out in outs if not _is_there(out)]:
                plan.kept.append(name)
                hashes.outs |= {path_of(out): out for out in differing}
    return plan


def _may_be_kept(stage: PipelineStage) -> bool:
    """Whether only its inputs are to be others. Outputs that DVC does not cache are made faster than looked for."""
    same = not stage.changed_stage() and not any(dep.status() for dep in stage.params)
    return same and all(out.use_cache for out in stage.outs)


def check_out(repo: Repo, kept: Iterable[str]) -> None:
    """Puts what the cache holds in its place, and records it where dvc.lock has something else.

    kept: stages in the order of the pipeline. Raises ValueError if the cache has lost one since it was looked at.
    """
    stages = {stage.name: stage for stage in repo.index.stages if isinstance(stage, PipelineStage)}
    with repo.lock, repo.scm_context():
        for name in kept:
            outs = find(repo, stages[name])
            if outs is None:
                raise ValueError(f"{name}: its result was in DVC's cache and is not any more; start again")
            put_in_place(outs)
        unknown = [stages[name] for name in kept if stages[name].status()]
        for stage in unknown:
            stage.save(run_cache=False)
        if unknown:
            unknown[0].dvcfile.dump_stages(unknown, update_pipeline=False)


def find(repo: Repo, stage: PipelineStage, hashes: "_Hashes | None" = None) -> list[Output] | None:
    """A stage's outputs as they were made of its present inputs, all of them in place or in the cache; else None."""
    entry = _entry(repo, stage, hashes or _Hashes())
    if entry is None:
        return None
    # A stage of its own, because DVC checks out nothing that dvc.yaml says `cache: false` of.
    outs = repo.stage_cache._create_stage(entry, wdir=stage.wdir).outs
    elsewhere = {path_of(out) for out in stage.outs if not out.use_cache}
    held = (not out.changed_cache() or (path_of(out) in elsewhere and _is_there(out)) for out in outs)
    return outs if all(held) else None


def put_in_place(outs: Iterable[Output]) -> None:
    """Checks out what `find` found. What is there may be nowhere else. Raises CheckoutError."""
    for out in outs:
        if not _is_there(out):
            out.checkout(force=True)


def _entry(repo: Repo, stage: PipelineStage, hashes: "_Hashes") -> dict[str, Any] | None:
    """What dvc.lock or else DVC's cache of runs says of a stage with its present command, parameters and inputs."""
    recorded = [dep.hash_info for dep in stage.deps]
    try:
        found = [dep.get_hash() if isinstance(dep, ParamsDependency) else hashes.of(dep) for dep in stage.deps]
    except MissingParamsError:
        return None
    present = [info for info in found if info]
    if not present or len(present) < len(stage.deps):
        return None
    if present == recorded and not stage.changed_stage() and all(out.hash_info for out in stage.outs):
        return to_single_stage_lockfile(stage)
    return _newest_run(repo, _key(stage, present))


def _key(stage: PipelineStage, infos: list[HashInfo]) -> str:
    """Of a stage in the cache of runs, with other hashes of its inputs than it has."""
    present = [(dep.hash_info, dep.meta) for dep in stage.deps]
    for dep, info in zip(stage.deps, infos, strict=True):
        # Sizes are no part of a key, and what is recorded of the old input says its hash too.
        dep.hash_info, dep.meta = info, Meta()
    key: str = _get_cache_hash(to_single_stage_lockfile(stage), key=True)
    for dep, (info, meta) in zip(stage.deps, present, strict=True):
        dep.hash_info, dep.meta = info, meta
    return key


def _newest_run(repo: Repo, key: str) -> dict[str, Any] | None:
    folder = repo.stage_cache._get_cache_dir(key)
    if not os.path.isdir(folder):
        return None
    entries = sorted(os.scandir(folder), key=lambda entry: entry.stat().st_mtime)
    return repo.stage_cache._load_cache(key, entries[-1].name) if entries else None


def _is_there(out: Output) -> bool:
    return out.exists and not out.changed_checksum()


class _Hashes:
    """Hashes of inputs, as if outputs that are going to be checked out were there."""

    def __init__(self) -> None:
        self.outs: dict[str, Output] = {}
        self._known: dict[str, HashInfo | None] = {}

    def of(self, dep: Output) -> HashInfo | None:
        """None where nothing is there. To be asked for once every output that makes it up is known."""
        path = path_of(dep)
        if path not in self._known:
            self._known[path] = self._find(dep, PurePosixPath(path))
        return self._known[path]

    def _find(self, dep: Output, path: PurePosixPath) -> HashInfo | None:
        if str(path) in self.outs:
            return self.outs[str(path)].hash_info
        for folder in map(str, path.parents):
            if folder in self.outs:
                found = _tree(self.outs[folder]).get(path.relative_to(folder).parts)
                return found[1] if found else None
        inside = [PurePosixPath(out) for out in self.outs if path in PurePosixPath(out).parents]
        if inside:
            return self._assemble(dep, {out.relative_to(path).parts: self.outs[str(out)] for out in inside})
        return dep.get_hash() if dep.exists else None

    def _assemble(self, dep: Output, outs: Mapping[tuple[str, ...], Output]) -> HashInfo:
        """The hash of a folder in which some outputs are going to be others."""
        tree = Tree()
        if dep.exists:
            _, _, present = build(
                dep.local_cache, dep.fs_path, dep.fs, dep.hash_name, ignore=dep.dvcignore, dry_run=True
            )
            assert isinstance(present, Tree)
            for key, meta, info in present:
                if not any(key[: len(parts)] == parts for parts in outs):
                    tree.add(key, meta, info)
        for parts, out in outs.items():
            if out.hash_info.isdir:
                for key, meta, info in _tree(out):
                    tree.add((*parts, *key), meta, info)
            else:
                tree.add(parts, out.meta, out.hash_info)
        tree.digest()
        return tree.hash_info


def _tree(out: Output) -> Tree:
    found = out.get_obj()
    assert isinstance(found, Tree), f"{path_of(out)}: not a folder in DVC's cache"
    return found
