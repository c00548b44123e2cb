"""What a run of Snakemake says: a line when a stage begins and when it ends. Everything else is in Snakemake's own log.

Each stage's output is in logs/, what each took in logs/timings.csv.
"""

import csv
import logging
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from snakemake.settings.types import OutputSettings
from snakemake_interface_logger_plugins.common import LogEvent

from hapvr.pipeline.kept import Plan
from hapvr.pipeline.steps import Step

TIMINGS = Path("logs/timings.csv")
LAST_LINES = 20
WIDTH = 110
# Of Snakemake's own messages, those about itself; it misses metadata of what DVC ran or its cache held.
NOISE = (
    "Assuming unrestricted", "Building DAG", "Conda environments", "Execute ", "Missing metadata for file", "Provided ",
    "Reasons:", "Removing output files", "Rules claiming", "Select jobs", "This was a dry-run", "Trying to restart",
    "Using shell",
)  # fmt: skip


def show(logger: logging.Logger, settings: OutputSettings, steps: Iterable[Step], plan: Plan) -> None:
    """Takes the place of Snakemake's messages on the screen, unless others were asked for."""
    if settings.verbose or settings.printshellcmds or settings.debug_dag or settings.quiet:
        return
    for handler in logger.handlers:
        if handler.name == "DefaultStreamHandler":
            logger.removeHandler(handler)
            logger.addHandler(Screen(steps, plan, dry=settings.dryrun))


class Screen(logging.StreamHandler):
    """Writes Snakemake's events as lines about stages."""

    def __init__(self, steps: Iterable[Step], plan: Plan, *, dry: bool) -> None:
        super().__init__(sys.stderr)
        self._steps = {step.rule: step for step in steps}
        self._plan, self._dry = plan, dry
        self._running: dict[int, tuple[Step, datetime, float]] = {}
        self._total = self._begun = self._ended = 0
        self._overviewed = False

    def emit(self, record: logging.LogRecord) -> None:
        try:
            for line in self._lines(record):
                self.stream.write(line + "\n")
            self.flush()
        except Exception:
            self.handleError(record)

    def _lines(self, record: logging.LogRecord) -> Iterable[str]:
        event, told = getattr(record, "event", None), record.__dict__
        if event == LogEvent.RUN_INFO:
            return self._overview(told["stats"])
        if event == LogEvent.JOB_INFO:
            return self._begin(told)
        if event in (LogEvent.JOB_FINISHED, LogEvent.JOB_ERROR):
            return self._end(told["job_id"] if event == LogEvent.JOB_FINISHED else told["jobid"], event)
        message = str(record.getMessage()).replace(f"{Path.cwd()}/", "")
        about_itself = event is not None and record.levelno < logging.WARNING
        return [] if about_itself or message.startswith(NOISE) else [message]

    def _overview(self, stats: dict[str, int]) -> Iterable[str]:
        """How many stages of each kind. A dry run says it again at its end, when there is nothing to add."""
        if self._overviewed:
            return
        self._overviewed = True
        steps = [step for rule, step in self._steps.items() if rule in stats and self._runs(step)]
        kinds = Counter(step.stage.partition("@")[0] for step in steps)
        self._total = kinds.total()
        told = ", ".join(f"{kind} {count}" for kind, count in kinds.items()) or "none"
        yield from textwrap.wrap(f"{self._total} stages to run: {told}", WIDTH, subsequent_indent="    ")
        if not self._dry:
            yield "What a stage says, a training its progress: tail -f logs/STAGE.log, with _ for @ and -"

    def _runs(self, step: Step) -> bool:
        """In a dry run Snakemake also counts stages whose results, or inputs, are yet to be checked out."""
        return not (self._dry and self._plan.kept) or step.stage in self._plan.run

    def _begin(self, job: dict[str, Any]) -> Iterable[str]:
        step = self._steps.get(job["rule_name"])
        if step is None or not self._runs(step):
            return
        self._begun += 1
        self._running[job["jobid"]] = step, datetime.now(), time.monotonic()
        why = "; ".join(self._plan.run.get(step.stage, ["asked for"]))
        yield f"{self._count(self._begun)} {'would run' if self._dry else 'begins':6}  {step.stage}  ({_short(why)})"

    def _end(self, jobid: int, event: LogEvent) -> Iterable[str]:
        if jobid not in self._running:
            return
        step, started, since = self._running.pop(jobid)
        seconds, failed = time.monotonic() - since, event == LogEvent.JOB_ERROR
        self._ended += 1
        _write_timing(step, started, seconds, failed=failed)
        yield f"{self._count(self._ended)} {'FAILED' if failed else 'done':6}  {step.stage}  in {_duration(seconds)}"
        if failed:
            yield from _last_lines(Path(step.log))

    def _count(self, number: int) -> str:
        of = f"{number} of {self._total}"
        return of if self._dry else f"{datetime.now():%H:%M:%S}  {of:>{2 * len(str(self._total)) + 4}}"


def enumerate_some(names: Sequence[str], most: int = 6) -> str:
    """The first names, and how many more there are."""
    return ", ".join(names[:most]) + (f", and {len(names) - most} more" if len(names) > most else "")


def _short(text: str, most: int = 70) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes:.0f} min {seconds:.0f} s" if minutes else f"{seconds:.1f} s"


def _last_lines(log: Path) -> Iterable[str]:
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    # A progress bar writes over its own line.
    lines = [line.rpartition("\r")[2] for line in text.rstrip().split("\n")][-LAST_LINES:]
    yield f"the last lines of {log}:"
    yield from (f"    {line}" for line in lines)


def _write_timing(step: Step, started: datetime, seconds: float, *, failed: bool) -> None:
    TIMINGS.parent.mkdir(exist_ok=True)
    new = not TIMINGS.exists()
    with TIMINGS.open("a", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        if new:
            rows.writerow(["stage", "started", "seconds", "threads", "outcome"])
        row = [step.stage, started.isoformat(timespec="seconds"), f"{seconds:.1f}", step.threads]
        rows.writerow([*row, "failed" if failed else "done"])
