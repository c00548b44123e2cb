"""The recipes of docs/extending.md, followed literally in a copy of the project."""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.workflow.clone import REPOSITORY, clone_project, run_in

# "`FILE`" or "`FILE` under `SECTION:`", and the block that follows.
STEP = re.compile(r"^`([\w/.]+)`(?: under `(\w+):`)?\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ADD = re.compile(r"^`params.yaml` add to `(\w+)` and `(\w+)`: `(\w+)`$", re.MULTILINE)


def section(title: str) -> str:
    text = (REPOSITORY / "docs" / "extending.md").read_text(encoding="utf-8")
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    clone_project(tmp_path)
    return tmp_path


def follow(folder: Path, title: str) -> list[str]:
    """Does what a recipe says; gives the files that it touched."""
    text, touched = section(title), []
    for file, under, block in STEP.findall(text):
        path = folder / file
        if under:
            content = path.read_text(encoding="utf-8")
            assert f"\n{under}:\n" in content
            path.write_text(content.replace(f"\n{under}:\n", f"\n{under}:\n{block}"), encoding="utf-8")
        else:
            path.write_text(block, encoding="utf-8")
        touched.append(file)
    for *lists, name in ADD.findall(text):
        path = folder / "params.yaml"
        content = path.read_text(encoding="utf-8")
        for key in lists:
            content = re.sub(rf"^{key}: \[(.*)\]$", rf"{key}: [\1, {name}]", content, flags=re.MULTILINE)
        path.write_text(content, encoding="utf-8")
    return touched


def plan_of(folder: Path) -> dict[str, Any]:
    """As committed, or as the last command wrote it."""
    content: dict[str, Any] = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    return content


def assert_nothing_else_changed(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Every digest that was there is as it was; the page may show more."""
    for stage, digests in before["code"].items():
        if isinstance(digests, dict):
            assert digests.items() <= after["code"][stage].items(), stage
        elif stage != "report":
            assert digests == after["code"][stage], stage


def stages_of(folder: Path) -> set[str]:
    """By the project's `dvc`, which brings the plan up to date."""
    output = run_in(folder, sys.executable, "-m", "hapvr.pipeline.dvc", "stage", "list", "--name-only")
    return set(output.split())


def test_a_loss_is_one_file_an_entry_and_a_test(clone: Path) -> None:
    before = plan_of(clone)
    touched = follow(clone, "A loss")
    assert touched == ["hapvr/losses/squared_hinge.py", "params.yaml", "tests/losses/test_squared_hinge.py"]
    run_in(clone, sys.executable, "-m", "hapvr", "plan")
    assert_nothing_else_changed(before, plan_of(clone))
    assert "squared_hinge" not in json.dumps(before)
    assert {"train@loss_squared_hinge-0", "score@loss_squared_hinge-mini_fivr"} <= stages_of(clone)
    run_in(clone, sys.executable, "-m", "pytest", "-q", "tests/losses/test_squared_hinge.py")


def test_a_method_is_one_file_an_entry_and_a_test(clone: Path) -> None:
    before = plan_of(clone)
    touched = follow(clone, "A method")
    assert touched == ["hapvr/methods/best_frame.py", "params.yaml", "tests/methods/test_best_frame.py"]
    assert {"freeze@best_frame", "score@best_frame-mini_fivr", "evaluate@best_frame-mini_svd"} <= stages_of(clone)
    after = plan_of(clone)
    assert_nothing_else_changed(before, after)
    assert after["frozen"].keys() - before["frozen"].keys() == {"best_frame"}
    run_in(clone, sys.executable, "-m", "pytest", "-q", "tests/methods/test_best_frame.py")


def test_an_embedded_benchmark_is_an_entry(clone: Path) -> None:
    before = plan_of(clone)
    assert follow(clone, "A benchmark") == ["params.yaml"]
    assert {"fetch@mini_events", "frames@mini_events-1", "evaluate@hapvr-mini_events"} <= stages_of(clone)
    assert_nothing_else_changed(before, plan_of(clone))


def test_a_figure_is_one_file_and_an_entry(clone: Path) -> None:
    before = plan_of(clone)
    assert follow(clone, "A figure") == ["hapvr/reports/figures/seed_spread.py", "params.yaml"]
    assert "figures@seed_spread" in stages_of(clone)
    assert_nothing_else_changed(before, plan_of(clone))
    shutil.copytree(REPOSITORY / "reports" / "metrics", clone / "reports" / "metrics")
    run_in(clone, sys.executable, "-m", "hapvr", "figures", "seed_spread")
    assert (clone / "reports" / "figures" / "seed_spread.svg").stat().st_size > 0


def test_every_module_that_the_page_names_is_there() -> None:
    text = section("From the paper to the code")
    named = re.findall(r"`([\w/]+\.py)`", text)
    assert len(named) > 20
    for file in named:
        assert (REPOSITORY / "hapvr" / file).is_file(), file
