"""A small pipeline with the shape of the real one, and both engines as commands."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from dvc.repo import Repo

from tests import warm
from tests.interrupts import hear_interrupts

REPOSITORY = Path(__file__).parents[2]

PIPELINE = """
stages:
  fetch:
    matrix: {dataset: [mini_vcdb, mini_fivr, mini_evve]}
    cmd: sh code/stage.sh fetch ${item.dataset} data/${item.dataset}/videos/queries.txt code/fetch.txt
    deps: [code/fetch.txt]
    params: ["fetch.${item.dataset}"]
    outs: ["data/${item.dataset}/videos"]
  train:
    matrix: {seed: [0, 1]}
    cmd: sh code/stage.sh train ${item.seed} models/hapvr/${item.seed}/weights.txt code/losses data/mini_vcdb/videos
    deps: [code/losses, data/mini_vcdb/videos]
    params: [train.steps]
    outs: ["models/hapvr/${item.seed}"]
    meta: {threads: "${train.threads}"}
  score:
    matrix: {benchmark: [mini_fivr, mini_evve]}
    cmd: sh code/stage.sh score ${item.benchmark} scores/${item.benchmark}.txt models data/${item.benchmark}/videos
    deps: [models/hapvr, "data/${item.benchmark}/videos/queries.txt"]
    outs: ["scores/${item.benchmark}.txt"]
  evaluate:
    matrix: {benchmark: [mini_fivr, mini_evve]}
    cmd: sh code/stage.sh evaluate ${item.benchmark} reports/metrics/${item.benchmark}/hapvr.json
      scores/${item.benchmark}.txt
    deps: ["scores/${item.benchmark}.txt"]
    metrics: ["reports/metrics/${item.benchmark}/hapvr.json": {cache: false}]
"""

STAGE = """# Writes a half result, notes that it ran, then writes the checksum of its inputs (comments left out)
# and of the steps and seeds. Slow or failing on demand, or with something that happens meanwhile.
mkdir -p "$(dirname "$3")"
echo "half" > "$3"
echo "$1@$2" >> ran.txt
if [ -e "slow-$1" ]; then sleep 30; fi
if [ -e "during-$1" ]; then sh "during-$1"; fi
if [ -e "edit-$1" ]; then echo "edited while running" >> code/losses/loss.txt; fi
if [ -e "fail-$1@$2" ]; then echo "stage failed on purpose" >&2; exit 3; fi
out=$3
shift 3
inputs=$(find "$@" -type f ! -name '.*' | sort)
sum=$( (grep -hv '^#' $inputs; grep -E '^  steps:|^    seed:' params.yaml) | md5sum | cut -c1-8)
echo "{\\"mAP\\": \\"$sum\\"}" > "$out"
"""


@dataclass(frozen=True)
class Engines:
    """A project folder in which `dvc` and `snakemake` are run as a user would."""

    folder: Path

    def snakemake(self, *arguments: str, fails: bool = False) -> str:
        return self.run("snakemake", "--cores", "2", *arguments, fails=fails)

    def dvc(self, *arguments: str) -> str:
        return self.run("dvc", *arguments)

    def git(self, *arguments: str) -> str:
        return self.checked(["git", *arguments])

    def run(self, module: str, *arguments: str, fails: bool = False) -> str:
        """A command of Python, whose imports are there already."""
        done = warm.run(module, *arguments, folder=self.folder, environment=environment())
        assert (done.returncode != 0) == fails, done.stdout
        return done.stdout

    def checked(self, command: list[str], *, fails: bool = False) -> str:
        done = self.started(command)
        output = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, output
        return output

    def started(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """A command that has ended, however."""
        return subprocess.run(command, cwd=self.folder, env=environment(), capture_output=True, text=True, timeout=600)

    def interrupt(self, when: str, how: signal.Signals) -> None:
        """Starts `snakemake`, and sends its process group a signal once a stage named `when` has begun."""
        command = [sys.executable, "-m", "snakemake", "--cores", "2"]
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
            preexec_fn=hear_interrupts,
        )
        deadline = time.monotonic() + 300
        while not any(name.startswith(when) for name in self.ran(forget=False)):
            assert time.monotonic() < deadline, "the stage to interrupt never began"
            time.sleep(0.1)
        os.killpg(process.pid, how)
        process.wait(timeout=300)
        assert process.returncode != 0

    def ran(self, *, forget: bool = True) -> list[str]:
        """The stages whose commands ran since this was last asked."""
        file = self.folder / "ran.txt"
        names = sorted(file.read_text().split()) if file.exists() else []
        if forget:
            file.unlink(missing_ok=True)
        return names

    def stale(self) -> set[str]:
        """The stages that `dvc status` calls changed."""
        with Repo(str(self.folder)) as repo:
            return {address.rpartition(":")[2] for address in repo.status()}

    def nothing_to_do(self) -> bool:
        """Whether both engines agree that everything is up to date."""
        self.ran()
        assert self.stale() == set()
        assert "Nothing to be done" in self.snakemake()
        return self.ran() == []

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def commit(self, message: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(REPOSITORY), "DVC_NO_ANALYTICS": "1"}


def make(folder: Path) -> Engines:
    """Writes the small project into `folder`, committed, nothing run."""
    (folder / "code" / "losses").mkdir(parents=True)
    (folder / "code" / "fetch.txt").write_text("fetch\n")
    (folder / "code" / "losses" / "loss.txt").write_text("loss\n")
    (folder / "code" / "stage.sh").write_text(STAGE)
    (folder / "dvc.yaml").write_text(PIPELINE)
    shutil.copytree(REPOSITORY / "workflow", folder / "workflow")
    shutil.copy(REPOSITORY / "environment.yml", folder)
    shutil.copy(REPOSITORY / "presets" / "mini.yaml", folder / "params.yaml")
    engines = Engines(folder)
    engines.git("init", "--quiet", "--initial-branch=main")
    engines.git("config", "user.email", "nobody@example.org")
    engines.git("config", "user.name", "Nobody")
    engines.dvc("init", "--quiet")
    shutil.copy(REPOSITORY / ".dvcignore", folder / ".dvcignore")
    (folder / ".gitignore").write_text(
        "/data/\n/models/\n/scores/\n/logs/\n.snakemake/\nran.txt\nslow-*\nfail-*\nedit-*\nduring-*\n"
    )
    engines.commit("start")
    return engines
