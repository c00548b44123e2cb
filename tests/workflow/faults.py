"""Faults, and what has to hold after each: nothing wrong is believed, and a rerun ends in the same bytes."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path, PurePosixPath
from typing import Any

import psutil
import yaml

from tests.interrupts import hear_interrupts
from tests.workflow.engines import Engines, environment

RESULTS = ("data", "models", "scores", "reports")
COMMANDS = {"dvc": ["hapvr.pipeline.dvc", "repro"], "snakemake": ["snakemake", "--cores", "2"]}
STAGES = 9


def contents(folder: Path) -> dict[str, str]:
    """Path → checksum of every result, read anew, and of what dvc.lock says, in whatever order stages ended."""
    files = [file for name in RESULTS for file in (folder / name).rglob("*") if file.is_file()]
    kept = [file for file in files if file.name not in (".snakemake_timestamp", ".gitignore")]
    found = {file.relative_to(folder).as_posix(): hashlib.md5(file.read_bytes()).hexdigest() for file in kept}
    if (folder / "dvc.lock").exists():
        said = yaml.safe_load((folder / "dvc.lock").read_text())
        found["dvc.lock"] = hashlib.md5(json.dumps(said, sort_keys=True).encode()).hexdigest()
    return found


def stale(engines: Engines) -> set[str]:
    """What `dvc status` says, as a user gives it."""
    said = engines.run("hapvr.pipeline.dvc", "status", "--json").splitlines()
    return set(json.loads(next(line for line in said if line.startswith("{"))))


def assert_truth(engines: Engines, undisturbed: dict[str, str]) -> set[str]:
    """Every result that `dvc status` believes, and all that it is made of, has the right bytes.

    Gives the stages that it does not believe.
    """
    lock = engines.folder / "dvc.lock"
    recorded = yaml.safe_load(lock.read_text())["stages"] if lock.exists() else {}
    unbelieved, found = stale(engines), contents(engines.folder)
    for stage in recorded.keys() - with_what_follows(unbelieved, recorded):
        for out in recorded[stage]["outs"]:
            of_it = {path: sum for path, sum in undisturbed.items() if Path(path).is_relative_to(out["path"])}
            assert of_it
            assert of_it == {path: sum for path, sum in found.items() if Path(path).is_relative_to(out["path"])}, stage
    return unbelieved


def with_what_follows(stages: set[str], recorded: dict[str, Any]) -> set[str]:
    """DVC names stages that changed by themselves; the others wait for these."""
    found = set(stages)
    for _ in recorded:
        outs = [PurePosixPath(out["path"]) for name in found & recorded.keys() for out in recorded[name]["outs"]]
        found |= {
            name
            for name, entry in recorded.items()
            for dep in map(PurePosixPath, (dep["path"] for dep in entry.get("deps", [])))
            if any(dep.is_relative_to(out) or out.is_relative_to(dep) for out in outs)
        }
    return found


def assert_recovers(engines: Engines, undisturbed: dict[str, str], *, engine: str) -> None:
    """The truth now, the bytes of an undisturbed run after the next one, and then nothing to do for either engine."""
    assert_truth(engines, undisturbed)
    run(engines, engine)
    assert contents(engines.folder) == undisturbed
    assert engines.nothing_to_do()


def run(engines: Engines, engine: str, *, fails: bool = False) -> str:
    """The whole pipeline by one of the engines."""
    return engines.run(*COMMANDS[engine], fails=fails)


def kill_at_random(engines: Engines, engine: str, chance: random.Random) -> str:
    """Starts a run and kills the engine, one of its stages or everything at some moment; says what and when."""
    victim, after, more_s = chance.choice(["engine", "stage", "all"]), chance.randrange(STAGES + 1), chance.random()
    process = subprocess.Popen(
        [sys.executable, "-m", *COMMANDS[engine]],
        cwd=engines.folder,
        env=environment() | {"HAPVR_RECORD_EVERY_S": "0"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
        preexec_fn=hear_interrupts,
    )
    while process.poll() is None and len(engines.ran(forget=False)) < after:
        time.sleep(0.02)
    time.sleep(more_s)
    children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    try:
        if victim == "all":
            os.killpg(process.pid, signal.SIGKILL)
        elif victim == "engine":
            process.kill()
        else:
            for child in children:
                child.kill()
    except (ProcessLookupError, psutil.NoSuchProcess):
        pass
    process.wait(timeout=120)
    psutil.wait_procs(children, timeout=60)
    return f"{engine}: {victim} killed {more_s:.2f} s after {after} stages"
