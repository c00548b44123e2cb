"""The project as it was at a commit, branch, tag or experiment, or as it is in the working tree, read and never run.

Small files come from Git, what DVC keeps from its cache by hash, or from its remote. Nothing is checked out.
"""

import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from dvc.exceptions import DvcException
from dvc.repo import Repo
from dvc.scm import resolve_rev
from dvc_data.hashfile.hash import hash_file
from dvc_data.hashfile.hash_info import HashInfo
from scmrepo.exceptions import SCMError

WORKING_TREE = "."
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class State:
    """What both kinds of states have; `name` is how a person calls it."""

    name: str

    def text(self, path: str) -> str | None:
        """A small file that Git has, `path` relative to the project; None: it is not there."""
        raise NotImplementedError

    def hash_of(self, path: str) -> str | None:
        """What identifies the content of a file that DVC keeps; None: no stage has made it."""
        raise NotImplementedError

    def path_of(self, path: str) -> Path | None:
        """Where the content of a file that DVC keeps lies on this machine; None: it is gone, from the remote too."""
        raise NotImplementedError

    @cached_property
    def params(self) -> dict[str, Any]:
        """params.yaml as data, unchecked: it may be of another version."""
        return self._mapping("params.yaml")

    @cached_property
    def plan(self) -> dict[str, Any]:
        """plan.json; empty in a version that had none."""
        return self._mapping("plan.json")

    @cached_property
    def lock(self) -> dict[str, Any]:
        """Stage → what dvc.lock says of its last run."""
        return dict(self._mapping("dvc.lock").get("stages") or {})

    @cached_property
    def evaluations(self) -> list[tuple[str, str]]:
        """The runs that are evaluated here, each with its benchmarks."""
        return [(str(item["run"]), str(item["benchmark"])) for item in self.plan.get("evaluations", {}).values()]

    def metrics(self, run: str, benchmark: str) -> dict[str, Any] | None:
        """Task → values, as `evaluate` wrote them; None: it did not."""
        return self.read_json(f"reports/metrics/{benchmark}/{run}.json")

    def read_json(self, path: str) -> dict[str, Any] | None:
        """A small JSON file; None: it is not there."""
        text = self.text(path)
        return None if text is None else dict(json.loads(text))

    def _mapping(self, path: str) -> dict[str, Any]:
        text = self.text(path)
        try:
            content = json.loads(text or "{}") if path.endswith(".json") else yaml.load(text or "{}", Loader=LOADER)
        except (yaml.YAMLError, ValueError) as error:
            raise ValueError(f"{path} at {self.name}: not readable: {error}") from error
        if not isinstance(content, dict):
            raise ValueError(f"{path} at {self.name}: expected keys with values, found {type(content).__name__}")
        return content


class Commit(State):
    """A revision. Raises ValueError for one that Git and DVC do not know, or that is not of this project."""

    def __init__(self, repo: Repo, revision: str) -> None:
        try:
            found = resolve_rev(repo.scm, revision)
            self._files = repo.scm.get_fs(found)
        except (SCMError, DvcException) as error:
            raise ValueError(
                f"{revision}: no such revision; give a commit, branch or tag that `git log --all` shows, an experiment "
                f"that `dvc exp list` shows, or {WORKING_TREE} for the working tree"
            ) from error
        self.name = revision if found.startswith(revision) else f"{revision} ({found[:7]})"
        self._repo, self._folder = repo, os.path.relpath(repo.root_dir, repo.scm.root_dir)
        if self.text("params.yaml") is None:
            raise ValueError(f"{revision}: has no params.yaml; name a revision of this project")

    def text(self, path: str) -> str | None:
        try:
            with self._files.open(os.path.normpath(os.path.join(self._folder, path)), "r", encoding="utf-8") as file:
                return str(file.read())
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None

    def hash_of(self, path: str) -> str | None:
        return self._outputs.get(path)

    def path_of(self, path: str) -> Path | None:
        if (digest := self.hash_of(path)) is None:
            return None
        cached = Path(self._repo.cache.local.oid_to_path(digest))
        if not cached.exists():
            self._pull(digest)
        return cached if cached.exists() else None

    def _pull(self, digest: str) -> None:
        """Fetches one file from the remote, if there is one and it has it."""
        try:
            self._repo.cloud.pull([HashInfo("md5", digest)])
        except (DvcException, OSError):
            return

    @cached_property
    def _outputs(self) -> dict[str, str]:
        outputs = (out for stage in self.lock.values() for out in stage.get("outs", []))
        return {str(out["path"]): str(out["md5"]) for out in outputs if "md5" in out}


class WorkingTree(State):
    """What lies in the project's folder now, committed or not."""

    name = "working tree"

    def __init__(self, repo: Repo) -> None:
        self._repo, self._root = repo, Path(repo.root_dir)

    def text(self, path: str) -> str | None:
        file = self._root / path
        return file.read_text(encoding="utf-8") if file.is_file() else None

    def hash_of(self, path: str) -> str | None:
        if (file := self.path_of(path)) is None:
            return None
        _, found = hash_file(str(file), self._repo.fs, "md5", state=self._repo.state)
        return str(found.value)

    def path_of(self, path: str) -> Path | None:
        file = self._root / path
        return file if file.is_file() else None


def open_states(repo: Repo, revisions: list[str]) -> list[State]:
    """The states to compare, the first with each of the others: with none HEAD and the working tree, with one it and
    the working tree. Raises ValueError for a revision that is named twice, or unknown."""
    named = revisions or ["HEAD"]
    named = [*named, WORKING_TREE] if len(named) == 1 else named
    if twice := next((name for name in named if named.count(name) > 1), None):
        raise ValueError(f"{twice}: named twice; name each revision once, the one that others are compared with first")
    return [WorkingTree(repo) if name == WORKING_TREE else Commit(repo, name) for name in named]
