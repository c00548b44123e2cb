"""One run of Snakemake over the stages of dvc.yaml: what is stale, what each job does, what is recorded at the end."""

import logging
import shlex
import sys
import time
from pathlib import Path, PurePosixPath
from typing import Any

from dvc.repo import Repo
from snakemake.io import ancient, directory, report
from snakemake.logging import logger
from snakemake.workflow import Workflow

from hapvr.params import load
from hapvr.pipeline import alone, careful, changes, clock, kept, merge, plan, record, screen
from hapvr.pipeline.dvc import find_root, read_parameters_once
from hapvr.pipeline.meanwhile import Meanwhile
from hapvr.pipeline.steps import Step, is_folder, read_steps
from hapvr.pipeline.targets import targets

STALE = ".snakemake/stale.yaml"
# What `snakemake --report` shows, by folder and ending.
REPORTED = {("reports/tables", ".csv"): "Tables", ("reports/figures", ".png"): "Figures", ("reports", ".html"): "Pages"}


class Jobs:
    """The stages, and what Snakemake has to do about each.

    A job of a cluster reads the Snakefile too, but what to run was decided when the workflow was planned.
    """

    def __init__(self, workflow: Workflow) -> None:
        self._workflow = workflow
        self._plan = kept.Plan()
        self._done: set[str] = set()
        started = time.monotonic()
        if workflow.is_main_process and find_root(Path.cwd()):
            plan.refresh(Path.cwd())
        else:
            load(Path("params.yaml"))
        read_parameters_once()
        careful.be_careful()
        if workflow.is_main_process:
            merge.join_locks(Path.cwd())
        with Repo(_wait_for_lock=True) as repo:
            self.steps = read_steps(repo)
            if workflow.is_main_process:
                self._recorded = record.recorded(Path())
                careful.drop_broken_objects(repo)
                self._plan = kept.make_plan(repo, self.steps, changes.changed(repo))
                self._origins = record.origins(repo, self.steps)
                clock.bring_to_now(path for step in self.steps for path in step.sources + step.made)
                changes.write_report(Path(STALE), self._plan.run)
        self.targets = targets(self.steps)
        if workflow.is_main_process:
            # What DVC says of recording is a list of files for git, thousands of characters long.
            logging.getLogger("dvc").setLevel(logging.WARNING)
            screen.show(logger, workflow.output_settings, self.steps, self._plan)
            logger.info(f"{len(self.steps)} stages planned in {time.monotonic() - started:.0f} s")
            if names := self._plan.kept:
                logger.info(f"{len(names)} of them to be checked out of DVC's cache: {screen.enumerate_some(names)}")
            self._prepare_before_running()

    def inputs(self, step: Step) -> Any:
        """Times never decide: a stale stage has the report of what is stale, new in every run, as one more input."""
        files = step.sources + step.made
        return [*files, STALE] if step.stage in self._plan.run else ancient(files)

    def outputs(self, step: Step) -> list[Any]:
        return [directory(path) if is_folder(path) else _reported(path) for path in step.outputs]

    def command(self, step: Step) -> str:
        """One that only follows a changed stage runs unless its inputs came out as before; `--forceall` runs it."""
        if step.stage not in self._plan.retried or self._workflow.dag_settings.forceall:
            return step.command
        earlier = f"{sys.executable} -m hapvr.pipeline.unchanged {shlex.quote(step.stage)}"
        return f"{earlier} || {{ {step.command}\n}}"

    def record(self) -> None:
        """Only commands that this run executed to the end; `--touch` executes none."""
        dag, touched = self._workflow.dag, self._workflow.touch
        finished = {job.rule.name for job in dag.jobs if dag.finished(job) and not touched}
        ran = [step.stage for step in self.steps if step.rule in finished and step.stage not in self._done]
        started = time.monotonic()
        left_out = record.record(Path(), ran, steps=self.steps, planned=self._origins)
        self._done.update(ran)
        seconds = time.monotonic() - started
        logger.info(f"{len(ran) - len(left_out)} stages recorded in dvc.lock in {seconds:.0f} s")
        for stage in left_out:
            logger.warning(f"{stage}: its code or parameters changed during the run; not recorded, will run again")

    def descriptions(self) -> list[tuple[str, str]]:
        """What `snakemake --list-target-rules` says of each rule."""
        stages = [(step.rule, step.stage) for step in self.steps]
        return [*stages, *((name, f"target: {target.about}") for name, target in self.targets.items())]

    def _prepare_before_running(self) -> None:
        """Snakemake has no hook between reading the rules and looking at the files that they make."""
        execute = self._workflow.execute

        def prepare_and_execute(executor_plugin: Any, **settings: Any) -> Any:
            if not executor_plugin.common_settings.dryrun_exec and not executor_plugin.common_settings.touch_exec:
                self._prepare(Path.cwd())
            return execute(executor_plugin=executor_plugin, **settings)

        self._workflow.execute = prepare_and_execute

    def _prepare(self, root: Path) -> None:
        """Raises BusyError if another run is at work, or was since this one was planned."""
        alone.begin_run(root)
        careful.forget_broken_lock(root)
        if record.recorded(root) != self._recorded:
            raise alone.BusyError(f"{root}: dvc.lock was written since this run was planned; start again")
        if self._plan.kept:
            with Repo(_wait_for_lock=True) as repo:
                kept.check_out(repo, self._plan.kept)
        logger.addHandler(Meanwhile(self.record))


def _reported(path: str) -> Any:
    """With its category in Snakemake's report if it is shown there."""
    place = PurePosixPath(path)
    category = REPORTED.get((str(place.parent), place.suffix))
    if category is None:
        return path
    return report(path, caption="report/result.rst", category=category, labels={"name": place.stem})
