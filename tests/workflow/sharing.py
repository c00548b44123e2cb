"""A small project that two people share: a branch each, a remote between them, and runs that either adds."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.workflow.engines import REPOSITORY, Engines, make

PIPELINE = """
vars: [runs.yaml]
stages:
  train:
    foreach: ${rows}
    do:
      cmd:
      - sh code/stage.sh train ${key} models/${key}/weights.txt code/losses
      - echo ${key} >> models/${key}/weights.txt
      deps: [code/losses]
      params: [{runs.yaml: ["rows.${key}"]}]
      outs: ["models/${key}"]
  evaluate:
    foreach: ${rows}
    do:
      cmd: sh code/stage.sh evaluate ${key} reports/metrics/mini_fivr/${key}.json models/${key}
      deps: ["models/${key}"]
      metrics: ["reports/metrics/mini_fivr/${key}.json": {cache: false}]
  tables:
    matrix: {table: [methods]}
    cmd: sh code/stage.sh tables ${item.table} reports/tables/${item.table}.csv reports/metrics
    deps: [reports/metrics]
    outs: ["reports/tables/${item.table}.csv": {cache: false}]
"""
RUNS = """rows:
  hapvr: {weight: 6}
  # Where one of them adds a run.



  visil_f: {weight: 0}
  # Where the other one does.
"""


@dataclass(frozen=True)
class Person(Engines):
    """Who runs the `dvc` of this environment, which `python -m dvc` is not."""

    def dvc(self, *arguments: str) -> str:
        return self.run("hapvr.pipeline.dvc", *arguments)

    def add_run(self, line: str, comment: str) -> None:
        self.edit("runs.yaml", comment, f"{line}\n  {comment}")

    def conflicts(self) -> set[str]:
        """What Git could not merge."""
        return set(self.git("diff", "--name-only", "--diff-filter=U").split())


def make_shared(folder: Path, url: str, **options: str) -> Person:
    """The project with its remote, run by Snakemake, committed and pushed. options: of the remote."""
    make(folder)
    person = Person(folder)
    (folder / "dvc.yaml").write_text(PIPELINE)
    (folder / "runs.yaml").write_text(RUNS)
    shutil.copy(REPOSITORY / ".gitattributes", folder)
    person.dvc("remote", "add", "--default", "store", url)
    for name, value in options.items():
        person.dvc("remote", "modify", "store", name, value)
    person.snakemake()
    person.commit("results")
    person.dvc("push")
    return person


def clone(of: Person, folder: Path) -> Person:
    """A fresh clone, nothing pulled."""
    of.git("clone", "--quiet", str(of.folder), str(folder))
    other = Person(folder)
    other.git("config", "user.email", "somebody@example.org")
    other.git("config", "user.name", "Somebody")
    return other
