"""The real pipeline, on the smoke preset, by each engine in a clone of its own."""

import json
import sys
from pathlib import Path

import pytest

from hapvr.params import load
from hapvr.pipeline.code import NOT_COUNTED, Code, stage_modules
from tests.workflow.clone import clone_project, run_in
from tests.workflow.offline import offline

pytestmark = pytest.mark.pipeline


# Every Python process writes at its end which modules of the package it has imported.
TRACE = """
import atexit, json, os, sys
def write():
    names = [name for name in sys.modules if name.partition(".")[0] == "hapvr"]
    program = os.path.basename(sys.argv[0]) if names and sys.argv else ""
    # The kernel that executes the notebook is a process of its own.
    command = {"hapvr": sys.argv[1:], "ipykernel_launcher.py": ["notebook"]}.get(program)
    if command:
        with open(os.path.join(os.environ["TRACES"], str(os.getpid()) + ".json"), "w") as file:
            json.dump({"command": command, "modules": names}, file)
atexit.register(write)
"""


def run(folder: Path, *command: str) -> str:
    """Runs a command in a clone, and traces its modules."""
    traces = folder.parent / "traces"
    traces.mkdir(exist_ok=True)
    (traces / "sitecustomize.py").write_text(TRACE, encoding="utf-8")
    return run_in(folder, *command, modules=[traces], TRACES=str(traces))


@pytest.fixture(params=["dvc", "snakemake"])
def clone(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """What is committed or about to be, with the smoke preset in place and no result."""
    folder = tmp_path / "clone"
    clone_project(folder)
    run(folder, "hapvr", "preset", "smoke")
    return request.param, folder


def test_one_engine_makes_everything_and_leaves_nothing_to_the_other(clone: tuple[str, Path]) -> None:
    engine, folder = clone
    commands = {"dvc": ["dvc", "repro"], "snakemake": ["snakemake", "--cores", "2"]}
    # No stage of this preset may fetch anything: its videos are rendered.
    run(folder, *offline(), *commands.pop(engine))
    params = load(folder / "params.yaml")
    for name in params.evaluated:
        for benchmark in params.benchmarks_of(name):
            assert (folder / "reports" / "metrics" / benchmark / f"{name}.json").stat().st_size > 0
    page = (folder / "reports" / "index.html").read_text(encoding="utf-8")
    assert "HAP-VR" in page
    assert page.count("<img") + page.count("<svg") >= 5
    assert "<img" in (folder / "reports" / "hapvr.html").read_text(encoding="utf-8")
    assert "up to date" in run(folder, "dvc", "status")
    (other,) = commands.values()
    output = run(folder, *other)
    assert "Running stage" not in output
    assert "Nothing to be done" in output or "up to date" in output
    assert_digests_cover_what_ran(folder)


def assert_digests_cover_what_ran(folder: Path) -> None:
    """No stage imported a module that its digest leaves out."""
    params, code = load(folder / "params.yaml"), Code(folder / "hapvr")
    # What reads and checks parameters is there before a stage begins; the parameters themselves are tracked.
    names = "import json, sys, hapvr.params; print(json.dumps([name for name in sys.modules if name[:5] == 'hapvr']))"
    schema = set(json.loads(run(folder, sys.executable, "-c", names)))
    traced: set[str] = set()
    kernels = 0
    for file in (folder.parent / "traces").glob("*.json"):
        trace = json.loads(file.read_text(encoding="utf-8"))
        stage, *arguments = trace["command"]
        if stage not in {path.stem for path in (folder / "hapvr" / "stages").glob("[a-z]*.py")}:
            continue
        of_items = ("fetch", "features", "train", "freeze", "score", "normalise", "rerank", "figures")
        item = arguments[0] if stage in of_items else ""
        counted = {name for name in trace["modules"] if not name.startswith(NOT_COUNTED)} - schema
        assert counted <= set(stage_modules(code, params, stage, item)), (stage, item)
        traced.add(stage)
        kernels += stage == "notebook" and "hapvr.methods.similarity_network" in trace["modules"]
    # No run of the smoke preset has published weights, and no dataset published videos.
    stages = {path.stem for path in (folder / "hapvr" / "stages").glob("[a-z]*.py")}
    assert traced == stages - {"adopt", "videos", "weights"}
    assert kernels == 1
