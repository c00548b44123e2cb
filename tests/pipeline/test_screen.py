"""What a person sees of a run."""

import io
import logging
from pathlib import Path

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

from hapvr.pipeline.kept import Plan
from hapvr.pipeline.screen import LAST_LINES, Screen
from hapvr.pipeline.steps import Step

TRAIN = Step(
    "train@hapvr-0", "train_hapvr_0", "hapvr train hapvr --seed 0", [], [], set(), ["models/hapvr/0"], {}, 2, {}
)


@pytest.fixture
def screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Screen:
    monkeypatch.chdir(tmp_path)
    shown = Screen([TRAIN], Plan(run={TRAIN.stage: ["changed deps: models modified"]}), dry=False)
    shown.setStream(io.StringIO())
    return shown


def lines(screen: Screen, message: str = "", level: int = logging.INFO, **told: object) -> list[str]:
    """What is written of one message of Snakemake's."""
    screen.setStream(stream := io.StringIO())
    record = logging.LogRecord("snakemake", level, "", 0, message, None, None)
    record.__dict__.update(told)
    screen.emit(record)
    return stream.getvalue().splitlines()


def test_a_stage_that_fails_is_shown_with_the_last_lines_of_its_log(screen: Screen) -> None:
    told = lines(screen, event=LogEvent.RUN_INFO, stats={"train_hapvr_0": 1, "all": 1, "total": 2})
    assert told[0] == "1 stages to run: train 1"
    (begins,) = lines(screen, event=LogEvent.JOB_INFO, rule_name="train_hapvr_0", jobid=3)
    assert begins.endswith("1 of 1 begins  train@hapvr-0  (changed deps: models modified)")
    Path("logs").mkdir()
    Path("logs/train_hapvr_0.log").write_text(
        "".join(f"line {n}\n" for n in range(50)) + "1 %\r2 %\r3 %\nout of memory\n"
    )
    failed, path, *last = lines(screen, level=logging.ERROR, event=LogEvent.JOB_ERROR, jobid=3)
    assert "1 of 1 FAILED  train@hapvr-0  in " in failed
    assert path == "the last lines of logs/train_hapvr_0.log:"
    assert len(last) == LAST_LINES
    assert last[-2:] == ["    3 %", "    out of memory"]
    assert Path("logs/timings.csv").read_text().splitlines()[1].endswith(",2,failed")


def test_what_snakemake_says_of_itself_is_left_out_and_what_went_wrong_is_not(screen: Screen) -> None:
    assert lines(screen, "Building DAG of jobs...") == []
    assert lines(screen, event=LogEvent.JOB_INFO, rule_name="all", jobid=1) == []
    assert lines(screen, "Provided cores: 2", event=LogEvent.RESOURCES_INFO) == []
    assert lines(screen, "Nothing to be done") == ["Nothing to be done"]
    assert lines(screen, "no space left", level=logging.ERROR) == ["no space left"]
    assert lines(screen, f"Complete log(s): {Path.cwd()}/.snakemake/log/a.log") == [
        "Complete log(s): .snakemake/log/a.log"
    ]
