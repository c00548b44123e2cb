"""A clone in which the documented commands are run, and what there is to name in it."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from click.testing import CliRunner
from dvc.parsing import DataResolver
from dvc.repo import Repo

from hapvr.cli import cli
from hapvr.params import Params, load
from hapvr.params.preset import put_in_place
from hapvr.pipeline.plan import refresh
from hapvr.pipeline.targets import METRICS
from tests.workflow.clone import REPOSITORY, clone_project, run_in

GIT = ["git", "-c", "user.name=reader", "-c", "user.email=reader@localhost"]
# Files of the reader's own that the pages name.
VIDEOS = ["A.mp4", "B.mp4", "QUERY.mp4", "nasa.mp4", "videos/copies/embedded.mp4", "FOLDER/one.mp4"]
OTHERS = {"model.pth": "", "found.txt": "id2\nid3\n", "theirs.txt": "id1\nid2\n"}
BRANCHES = ["other", "third"]


@dataclass(frozen=True)
class Targets:
    """Names of the stages of a preset, and what Snakemake can be asked for."""

    stages: set[str]
    files: set[str]
    benchmarks: set[str]


@dataclass
class Workplace:
    """The clone. What is costly is done once: `done` are commands, `read` and `known` what the parameters come to."""

    folder: Path
    done: set[tuple[object, ...]] = field(default_factory=set)
    read: dict[str, Params] = field(default_factory=dict)
    known: dict[str, Targets] = field(default_factory=dict)

    @property
    def params(self) -> Params:
        """Read again when the file was changed."""
        text = (self.folder / "params.yaml").read_text(encoding="utf-8")
        if text not in self.read:
            self.read[text] = load(self.folder / "params.yaml")
        return self.read[text]

    @property
    def targets(self) -> Targets:
        """Of the preset that is in place, with the runs that the reader added."""
        name = " ".join([self.params.preset, *self.params.runs])
        if name not in self.known:
            refresh(self.folder)
            self.known[name] = _read_targets(self.folder)
        return self.known[name]

    @property
    def content(self) -> dict[str, Any]:
        """params.yaml as it is written."""
        content: dict[str, Any] = yaml.safe_load((self.folder / "params.yaml").read_text(encoding="utf-8"))
        return content

    @contextmanager
    def inside(self) -> Iterator[None]:
        """With the clone as the current folder."""
        with chdir(self.folder):
            yield

    def hapvr(self, *words: str) -> None:
        """Runs the command line in the clone. A comparison writes nothing: one with each set of options will do."""
        kind = (words[1:2] != () and not words[1].startswith("-"), *(word for word in words if word.startswith("-")))
        if words[0] == "compare" and kind in self.done:
            return
        with chdir(self.folder):
            done = CliRunner().invoke(cli, words)
        assert done.exit_code == 0, f"{done.output}\n{done.exception!r}"
        self.done.add(kind)

    def run(self, *words: str) -> str:
        return run_in(self.folder, *words)

    def dvc(self, *words: str) -> str:
        return self.run(sys.executable, "-m", "hapvr.pipeline.dvc", *words)

    def git(self, *words: str) -> str:
        return self.run(*GIT, *words)

    def put(self, preset: str) -> None:
        """Puts a preset in place."""
        if self.params.preset != preset:
            put_in_place(self.folder, preset, dry_run=False)

    def start_page(self) -> None:
        """What a reader has who begins with this page: the embedded preset, and no change."""
        self.git("checkout", "--quiet", "--force", "main")


def _read_targets(folder: Path) -> Targets:
    """Of dvc.yaml and plan.json, without a look at the files of any stage."""
    with Repo(str(folder)) as repo:
        content = yaml.safe_load((folder / "dvc.yaml").read_text(encoding="utf-8"))
        stages = DataResolver(repo, str(folder), content).resolve()["stages"]
    outputs = [out for stage in stages.values() for kind in ("outs", "metrics", "plots") for out in stage.get(kind, [])]
    files = {out if isinstance(out, str) else next(iter(out)) for out in outputs}
    benchmarks = {PurePosixPath(file).parent.name for file in files if file.startswith(METRICS)}
    return Targets(set(stages), files, benchmarks)


def make_workplace(folder: Path) -> Workplace:
    """A clone with the committed metrics, branches of the names in the pages, and files of the reader's own."""
    clone_project(folder)
    for name in ("dvc.lock", "reports/headline.json"):
        shutil.copy2(REPOSITORY / name, folder / name)
    shutil.copytree(REPOSITORY / "reports" / "metrics", folder / "reports" / "metrics")
    workplace = Workplace(folder)
    refresh(folder)
    workplace.git("checkout", "--quiet", "-b", "main")
    workplace.git("add", "--all")
    workplace.git("commit", "--quiet", "--message", "clone")
    for branch in BRANCHES:
        workplace.git("branch", branch)
    for name in VIDEOS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    for name, content in OTHERS.items():
        (folder / name).write_text(content, encoding="utf-8")
    return workplace
