"""After any edit Snakemake plans the stages that DVC then runs, and checks out what DVC's cache holds."""

import random
import re
import shutil
from pathlib import Path

import pytest
from dvc.repo import Repo
from snakemake.api import SnakemakeApi
from snakemake.settings.enums import Quietness, RerunTrigger
from snakemake.settings.types import DAGSettings, OutputSettings, ResourceSettings

from hapvr.pipeline import kept
from hapvr.pipeline.changes import changed
from hapvr.pipeline.steps import read_steps
from tests.workflow.engines import Engines

KINDS = ["parameter", "seed", "source", "source of videos", "video", "lost", "touched", "revision"]
MORE = 4


def planned_by_snakemake() -> set[str]:
    """Stages of the jobs in Snakemake's graph, as the profile has it built."""
    files: list[str] = []
    with SnakemakeApi(OutputSettings(dryrun=True, quiet={Quietness.ALL})) as api:
        dag = api.workflow(ResourceSettings(cores=1), snakefile=Path("workflow/Snakefile")).dag(
            DAGSettings(rerun_triggers={RerunTrigger.MTIME})
        )
        dag.execute_workflow(executor="dryrun", updated_files=files)
    with Repo() as repo:
        return {step.stage for step in read_steps(repo) if set(step.outputs) & set(files)}


def run_by_dvc(project: Engines) -> set[str]:
    project.ran()
    with Repo() as repo:
        repo.reproduce()
    return set(project.ran())


def change_something(project: Engines, kind: str, chance: random.Random) -> None:
    """One edit, one tampering with results, or another revision. Values recur, and old results with them."""
    outputs = sorted(path for folder in ("data", "models", "scores", "reports") for path in files_in(project, folder))
    match kind:
        case "parameter":
            values = ["  steps: 100", "  steps: 160", "  steps: 200"]
            rewrite(project, "params.yaml", r"(?m)^  steps: \d+$", values, chance)
        case "seed":
            values = ["    seed: 211", "    seed: 9"]
            rewrite(project, "params.yaml", r"(?<=source: render\n)    seed: \d+", values, chance)
        case "source":
            rewrite(project, "code/losses/loss.txt", r"\w+", ["loss", "another"], chance)
        case "source of videos":
            rewrite(project, "code/fetch.txt", r"\w+", ["fetch", "another"], chance)
        case "video":
            chance.choice([path for path in outputs if "videos" in path.parts]).write_text("tampered\n")
        case "lost":
            chance.choice(outputs).unlink()
        case "touched":
            for path in outputs:
                path.touch()
        case "revision":
            revisions = project.git("rev-list", "--all").split()
            project.git("checkout", "--quiet", "--force", chance.choice(revisions))


def rewrite(project: Engines, file: str, pattern: str, values: list[str], chance: random.Random) -> None:
    """Puts another one of the values in the first place where one is."""
    path = project.folder / file
    text = path.read_text()
    present = re.search(pattern, text)[0]
    path.write_text(text.replace(present, chance.choice([value for value in values if value != present]), 1))


def files_in(project: Engines, folder: str) -> list[Path]:
    return [path for path in (project.folder / folder).rglob("*") if path.is_file() and not path.name.startswith(".")]


def test_snakemake_plans_what_dvc_runs_after_any_edit(project: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.folder)
    chance = random.Random(15)
    kinds = chance.sample(KINDS, len(KINDS)) + chance.choices(KINDS, k=MORE)
    checked_out, ran = 0, 0
    for number, kind in enumerate(kinds):
        change_something(project, kind, chance)
        with Repo() as repo:
            steps = read_steps(repo)
            plan = kept.make_plan(repo, steps, changed(repo))
            kept.check_out(repo, plan.kept)
        assert planned_by_snakemake() == set(plan.run), kinds[: number + 1]
        executed = run_by_dvc(project)
        assert executed == set(plan.run), kinds[: number + 1]
        checked_out += len(plan.kept)
        ran += len(executed)
        project.git("add", "--all")
        project.git("commit", "--quiet", "--allow-empty", "--message", kind)
    # Otherwise the edits proved nothing.
    assert checked_out
    assert ran
    assert project.nothing_to_do()


def test_results_of_another_revision_are_checked_out_not_computed(project: Engines) -> None:
    project.edit("params.yaml", "steps: 100", "steps: 160")
    project.snakemake()
    project.commit("longer training")
    project.ran()
    project.git("checkout", "--quiet", "HEAD~1")
    shutil.rmtree(project.folder / "models" / "hapvr" / "1")
    told = project.snakemake("--dry-run")
    assert "0 stages to run: none" in told
    assert "4 of them to be checked out of DVC's cache: train@0, train@1, score@" in told
    assert not (project.folder / "models" / "hapvr" / "1").exists()
    project.snakemake()
    # The same parameters again, by hand: of these dvc.lock knows nothing, the cache of runs does.
    assert project.stale() == set()
    project.edit("params.yaml", "steps: 100", "steps: 160")
    project.snakemake()
    assert project.ran() == []
    assert project.nothing_to_do()
    assert project.git("diff", "--stat", "main", "--", "dvc.lock") == ""
