"""What goes wrong around a run costs time and nothing else: the rows of docs/robustness.md."""

import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.workflow.engines import REPOSITORY, Engines, environment
from tests.workflow.faults import (
    COMMANDS,
    assert_recovers,
    assert_truth,
    contents,
    kill_at_random,
    run,
    stale,
)

ENGINES = ("dvc", "snakemake")
# One of each kind belongs to `make test`, all of them to `make faults`.
often = pytest.mark.faults


@pytest.fixture(scope="session")
def undisturbed(finished: Path) -> dict[str, str]:
    """The bytes of a run that nothing disturbed."""
    return contents(finished)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=often) for seed in range(1, 30))])
def test_killed_at_any_moment(empty: Engines, undisturbed: dict[str, str], seed: int) -> None:
    """SIGKILL of DVC, of Snakemake, of their stages or of everything; half of them killed in the next run once more."""
    chance = random.Random(seed)
    engines = [chance.choice(ENGINES) for _ in range(3)]
    for engine in engines[: 1 + seed % 2]:
        print(kill_at_random(empty, engine, chance))
        assert_truth(empty, undisturbed)
    assert_recovers(empty, undisturbed, engine=engines[2])


@pytest.mark.parametrize("engine", ["dvc", pytest.param("snakemake", marks=often)])
def test_a_parameter_changed_while_a_stage_runs(project: Engines, engine: str) -> None:
    """Its result is of nobody knows which value: it is not recorded with the new one."""
    (project.folder / "code" / "losses" / "loss.txt").write_text("another loss\n")
    (project.folder / "during-train").write_text("sed -i 's/  steps: 100/  steps: 160/' params.yaml\n")
    said = run(project, engine, fails=engine == "dvc")
    assert "changed while it ran" in said or "changed during the run" in said
    assert {"train@0", "train@1"} & stale(project)
    (project.folder / "during-train").unlink()
    project.ran()
    run(project, engine)
    assert {"train@0", "train@1"} <= set(project.ran())
    assert project.nothing_to_do()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("dvc", "snakemake"),
        pytest.param("snakemake", "dvc", marks=often),
        pytest.param("snakemake", "snakemake", marks=often),
        pytest.param("dvc", "dvc", marks=often),
    ],
)
def test_two_users_at_once(project: Engines, undisturbed: dict[str, str], first: str, second: str) -> None:
    """The second one, who begins while a stage of the first one runs, is told who is at work and changes nothing."""
    project.edit("params.yaml", "  steps: 100", "  steps: 160")
    meanwhile = f"{sys.executable} -m {' '.join(COMMANDS[second])} > second.txt 2>&1; echo status $? >> second.txt\n"
    (project.folder / "during-train").write_text(f"[ -e second.txt ] || {{ touch second.txt; {meanwhile} }}\n")
    run(project, first)
    said = (project.folder / "second.txt").read_text()
    # In our words, or in DVC's.
    assert "is at work in this working tree" in said or "is being blocked by" in said
    assert "status 1" in said
    (project.folder / "during-train").unlink()
    (project.folder / "second.txt").unlink()
    assert project.nothing_to_do()


@pytest.mark.parametrize("engine", [pytest.param(engine, marks=often) for engine in ENGINES])
def test_a_broken_object_of_the_cache(project: Engines, undisturbed: dict[str, str], engine: str) -> None:
    """It is not checked out, not believed, and made again."""
    weights = project.folder / "models" / "hapvr" / "0" / "weights.txt"
    (broken,) = [
        path
        for path in (project.folder / ".dvc" / "cache" / "files").rglob("*")
        if path.is_file() and path.read_bytes() == weights.read_bytes()
    ]
    broken.chmod(0o644)
    broken.write_text("broken\n")
    broken.chmod(0o444)
    shutil.rmtree(weights.parent)
    project.ran()
    assert_recovers(project, undisturbed, engine=engine)


@pytest.mark.parametrize("engine", [pytest.param(engine, marks=often) for engine in ENGINES])
def test_read_only_outputs(project: Engines, undisturbed: dict[str, str], engine: str) -> None:
    """Files and folders that nobody may write: made again, or the run fails and says so."""
    # Root may write everything, unless that right is taken away.
    bound = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.getuid() == 0 else []
    if bound and subprocess.run([*bound, "true"], capture_output=True).returncode:
        pytest.skip("this machine lets root take no rights away")
    project.edit("params.yaml", "  steps: 100", "  steps: 160")
    read_only(project, ("models", "scores"), file=0o444, folder=0o555)
    done = project.started([*bound, sys.executable, "-m", *COMMANDS[engine]])
    said = done.stdout + done.stderr
    assert done.returncode == 0 or "ermission" in said or "Write-protected" in said, said
    if done.returncode:
        assert {"train@0", "train@1"} & stale(project)
    read_only(project, ("models", "scores"), file=0o644, folder=0o755)
    project.edit("params.yaml", "  steps: 160", "  steps: 100")
    assert_recovers(project, undisturbed, engine=engine)


def read_only(project: Engines, names: tuple[str, ...], *, file: int, folder: int) -> None:
    """Gives everything in some folders these rights."""
    for name in names:
        for path in [*(project.folder / name).rglob("*"), project.folder / name]:
            path.chmod(folder if path.is_dir() else file)


@often
def test_files_of_the_future(project: Engines, undisturbed: dict[str, str]) -> None:
    """The clock was set back by a day."""
    tomorrow = time.time() + 24 * 3600
    for folder in ("code", "data", "models", "scores", "reports"):
        for file in [project.folder / folder, *(project.folder / folder).rglob("*")]:
            os.utime(file, (tomorrow, tomorrow))
    assert project.nothing_to_do()
    project.edit("params.yaml", "steps: 100", "steps: 160")
    run(project, "snakemake")
    assert "train@0" in project.ran()
    assert stale(project) == set()
    project.edit("params.yaml", "steps: 160", "steps: 100")
    assert_recovers(project, undisturbed, engine="dvc")


@often
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("free", [4_096, 16_384, 65_536, 131_072])
def test_a_full_disk(finished: Path, tmp_path: Path, engine: str, free: int) -> None:
    """Outputs, cache, dvc.lock and DVC's memory on a disk that has room for some of it."""
    own = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    if subprocess.run([*own, "true"], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    scenario = [sys.executable, str(Path(__file__).with_name("full_disk.py"))]
    done = subprocess.run(
        [*own, *scenario, str(finished), str(tmp_path / "disk"), engine, str(free)],
        cwd=REPOSITORY, env=environment(), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["same"], told
