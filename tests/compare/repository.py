"""A tiny project under Git with a hand-made DVC cache: two runs, one benchmark, as many commits as a test asks for."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import numpy as np
import yaml
from dvc.repo import Repo

from hapvr.datasets.dataset import Dataset, Task, write_dataset
from hapvr.evaluation.options import Evaluate
from hapvr.evaluation.tables import evaluate_run
from hapvr.storage.files import write_json
from hapvr.storage.scores import Scores, write_scores

PRESETS = Path(__file__).parents[2] / "presets"
BENCHMARK, RUNS = "mini_fivr", ("hapvr", "s2vs")
QUERIES, DATABASE = [f"q{number:02}" for number in range(12)], [f"v{number}" for number in range(40)]
EVALUATE = Evaluate(curve_points=5, resamples=10, confidence=0.95, seed=0, restrict_to=None)
FOUND = {
    "queries": {"asked": 12, "found": 12, "missing": {}},
    "database": {"asked": 40, "found": 40, "missing": {}},
    "relevant_pairs": {"DSVR": {"asked": 36, "lost": 0}},
    "read_in_part": 0,
}
CODE = {"score": {"hapvr": "0a", "s2vs": "0b"}, "evaluate": "0c"}


def make_dataset(queries: list[str] = QUERIES) -> Dataset:
    """Each query has three relevant videos of its own; a task of either metric."""
    relevance = {query: {"ND": DATABASE[3 * place : 3 * place + 3]} for place, query in enumerate(queries)}
    tasks = {
        name: Task.model_validate({"metric": metric, "labels": ["ND"], "interpolation": "step"})
        for name, metric in (("DSVR", "mAP"), ("DSVD", "uAP"))
    }
    return Dataset(name=BENCHMARK, videos={}, queries=queries, database=DATABASE, relevance=relevance, tasks=tasks)


def make_scores(dataset: Dataset, margin: float, seeds: int = 2) -> dict[str, Scores]:
    """The better the larger the margin of relevant videos."""
    relevant = np.array([[video in dataset.relevance[query]["ND"] for video in DATABASE] for query in dataset.queries])
    noise = np.random.default_rng(0).random((seeds, *relevant.shape))
    return {str(seed): Scores(dataset.queries, DATABASE, noise[seed] + margin * relevant) for seed in range(seeds)}


class Repository:
    """What a person would have after `dvc repro`, without running anything."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cache = root / ".dvc" / "cache" / "files" / "md5"
        self._git("init", "-q", "-b", "main")
        self._git("config", "user.email", "nobody@example.org")
        self._git("config", "user.name", "Nobody")
        Repo.init(str(root)).close()
        (root / "dvc.yaml").write_text("stages: {}\n")
        (root / ".gitignore").write_text("/data\n/scores\n")

    def produce(
        self, margins: dict[str, float], *, steps: int = 100, code: dict | None = None, dataset: Dataset | None = None
    ) -> None:
        """Everything of a run of the pipeline, in the working tree and in DVC's cache."""
        dataset = dataset or make_dataset()
        self.set_steps(steps)
        plan = {
            "evaluations": {f"{run}-{BENCHMARK}": {"run": run, "benchmark": BENCHMARK} for run in margins},
            "code": code or CODE,
        }
        write_json(self.root / "plan.json", plan)
        truth = self.root / "data" / BENCHMARK / "dataset.json"
        write_dataset(truth, dataset)
        stages = {"fetch@mini_fivr": self._keep(truth, {})}
        for run, margin in margins.items():
            scores = make_scores(dataset, margin)
            file = self.root / "scores" / run / f"{BENCHMARK}.h5"
            write_scores(file, scores, dtype="float32")
            stages[f"score@{run}-{BENCHMARK}"] = self._keep(file, {"params.yaml": {"train.steps": steps}})
            summary, _, curves = evaluate_run(dataset, scores, EVALUATE)
            write_json(self.root / "reports" / "metrics" / BENCHMARK / f"{run}.json", summary)
            curves_file = self.root / "reports" / "curves" / BENCHMARK / f"{run}.csv"
            curves_file.parent.mkdir(parents=True, exist_ok=True)
            curves.to_csv(curves_file, index=False)
        write_json(self.root / "reports" / "metrics" / BENCHMARK / "availability.json", FOUND)
        (self.root / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": stages}))

    def set_steps(self, steps: int) -> None:
        """An edit of params.yaml."""
        preset = (PRESETS / "mini.yaml").read_text(encoding="utf-8")
        text = preset.replace("  steps: 100", f"  steps: {steps}").replace("resamples: 2000", "resamples: 200")
        (self.root / "params.yaml").write_text(text, encoding="utf-8")

    def commit(self, message: str) -> str:
        """Commits everything; the hash."""
        self._git("add", "--all")
        self._git("commit", "-q", "--allow-empty", "-m", message)
        return self._git("rev-parse", "HEAD")

    def name_experiment(self, name: str) -> None:
        """The last commit becomes an experiment on the one before, and leaves the branch."""
        commit, base = self._git("rev-parse", "HEAD"), self._git("rev-parse", "HEAD~1")
        self._git("update-ref", f"refs/exps/{base[:2]}/{base[2:]}/{name}", commit)
        self._git("reset", "-q", "--hard", base)

    def empty_cache(self) -> None:
        """As `dvc gc` on another machine would."""
        shutil.rmtree(self.cache)

    def move_cache_to_remote(self, remote: Path) -> None:
        """As after `dvc push` here and a fresh clone there."""
        (remote / "files").mkdir(parents=True)
        shutil.move(self.cache, remote / "files" / "md5")
        (self.root / ".dvc" / "config").write_text(
            f"[core]\n    remote = far\n['remote \"far\"']\n    url = {remote}\n"
        )

    def _keep(self, file: Path, params: dict) -> dict:
        """Puts a file into the cache; its entry for dvc.lock."""
        digest = hashlib.md5(file.read_bytes()).hexdigest()
        kept = self.cache / digest[:2] / digest[2:]
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, kept)
        path = file.relative_to(self.root).as_posix()
        return {"cmd": "true", "params": params, "outs": [{"path": path, "hash": "md5", "md5": digest}]}

    def _git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()
