"""Which stages an edit of the package makes stale, by the digests in plan.json."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hapvr.params import Params, load
from hapvr.pipeline.code import Code, stage_modules
from hapvr.pipeline.plan import make_plan

ROOT = Path(__file__).parents[2]
Edit = Callable[[str, str, str], None]


@pytest.fixture(scope="module")
def params() -> Params:
    return load(ROOT / "presets" / "mini.yaml")


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was read of the package, to be read once."""
    return tmp_path_factory.mktemp("memory") / "tmp" / "memory.json"


@pytest.fixture(scope="module")
def before(params: Params, memory: Path) -> dict[str, Any]:
    code = Code(memory=memory)
    plan = make_plan(params, code)["code"]
    code.remember()
    return plan


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package, with the notebook beside it, that may be edited."""
    (tmp_path / "reports").mkdir()
    shutil.copy(ROOT / "reports" / "hapvr.ipynb", tmp_path / "reports")
    return Path(shutil.copytree(ROOT / "hapvr", tmp_path / "hapvr", ignore=shutil.ignore_patterns("__pycache__")))


@pytest.fixture
def edited(params: Params, before: dict[str, Any], memory: Path, package: Path) -> Callable[[], set[str]]:
    """Every digest that differs after the edits; of the copy only what was edited is read."""
    known = package.parent / "known" / "memory.json"
    known.parent.mkdir()
    known.write_text(memory.read_text(encoding="utf-8").replace(str(ROOT / "hapvr"), str(package)), encoding="utf-8")
    return lambda: changed(before, make_plan(params, Code(package, known))["code"])


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """`stage` or `stage@item` of every digest that differs."""
    found = set()
    for stage, digest in before.items():
        if isinstance(digest, dict):
            found |= {f"{stage}@{item}" for item in digest if digest[item] != after[stage][item]}
        elif digest != after[stage]:
            found.add(stage)
    return found


def test_a_comment_anywhere_makes_nothing_stale(package: Path, edited: Callable[[], set[str]]) -> None:
    for file in package.rglob("*.py"):
        file.write_text(file.read_text(encoding="utf-8") + "\n# A remark.\n", encoding="utf-8")
    assert edited() == set()


def test_one_loss_makes_its_trainings_stale_and_the_figure_that_shows_it(
    package: Path, edited: Callable[[], set[str]]
) -> None:
    edit(package / "losses" / "circle.py", "super().__init__()", "super().__init__()\n        self.edited = True")
    assert edited() == {"train@loss_circle", "figures@rank_gradients", "notebook"}


def test_the_scoring_engine_retrains_nothing(params: Params, package: Path, edited: Callable[[], set[str]]) -> None:
    for file in (package / "scoring").glob("*.py"):
        file.write_text(file.read_text(encoding="utf-8") + "\nEDITED = True\n", encoding="utf-8")
    found = edited()
    assert {f"score@{run}" for run in params.scored} <= found
    # The selector describes long videos in the engine's spans; the figure of re-ranking ranks again.
    found -= {"train@dns_selector", "figures@rerank_curve", "report", "notebook"}
    assert {name.partition("@")[0] for name in found} <= {"score", "normalise", "rerank", "number_format"}


def test_a_method_makes_stale_what_uses_it(package: Path, edited: Callable[[], set[str]]) -> None:
    edit(package / "methods" / "chamfer.py", "super().__init__()", "super().__init__()\n        self.edited = True")
    found = edited()
    assert found == {"score@visil_f", "normalise@visil_f_normalised", "number_format", "explorer", "notebook"}


def test_the_network_makes_its_first_weights_stale_too(package: Path, edited: Callable[[], set[str]]) -> None:
    edit(
        package / "methods" / "similarity_network.py",
        "_initialise(self)",
        "_initialise(self)\n        self.edited = True",
    )
    found = edited()
    assert {name for name in found if name.startswith("freeze")} == {"freeze@untrained"}


def test_a_figure_makes_itself_stale_and_the_page(package: Path, edited: Callable[[], set[str]]) -> None:
    file = package / "reports" / "figures" / "ablation.py"
    file.write_text(file.read_text(encoding="utf-8") + "\nEDITED = True\n", encoding="utf-8")
    assert edited() == {"figures@ablation", "report"}


def test_what_the_notebook_imports_makes_it_stale_and_nothing_else(
    params: Params, package: Path, edited: Callable[[], set[str]]
) -> None:
    file = package / "reports" / "notebook" / "picture.py"
    file.write_text(file.read_text(encoding="utf-8") + "\nEDITED = True\n", encoding="utf-8")
    assert edited() == {"notebook"}
    modules = stage_modules(Code(), params, "notebook")
    methods = {
        f"hapvr.methods.{params.method_of(run)['name']}" for run in (params.notebook.run, params.notebook.frozen)
    }
    losses = {f"hapvr.losses.{loss}" for loss in params.told_losses}
    assert {"hapvr.search.pair_figure", "hapvr.reports.notebook.pair", *methods, *losses} <= set(modules)


def test_another_import_in_a_cell_is_another_digest(package: Path, edited: Callable[[], set[str]]) -> None:
    edit(package.parent / "reports" / "hapvr.ipynb", "import seaborn", "import hapvr.render.dataset, seaborn")
    assert edited() == {"notebook"}


def test_a_new_loss_makes_nothing_stale(package: Path, edited: Callable[[], set[str]]) -> None:
    (package / "losses" / "my_loss.py").write_text("class MyLoss:\n    pass\n", encoding="utf-8")
    assert edited() == set()


def test_training_from_views_needs_no_backbone(params: Params) -> None:
    code = Code()
    assert params.train.source == "views"
    assert not any("backbone" in name or "extractor" in name for name in stage_modules(code, params, "train", "hapvr"))
    online = params.model_copy(update={"train": params.train.model_copy(update={"source": "frames"})})
    assert f"hapvr.features.backbones.{params.backbone}" in stage_modules(code, online, "train", "hapvr")


def test_rendering_does_not_depend_on_downloading(params: Params) -> None:
    modules = stage_modules(Code(), params, "fetch", "mini_fivr")
    assert "hapvr.render.dataset" in modules
    assert "hapvr.fetch.download" not in modules
    paper = load(ROOT / "presets" / "paper.yaml")
    modules = stage_modules(Code(), paper, "fetch", "evve")
    assert {"hapvr.fetch.download", "hapvr.datasets.evve"} <= set(modules)
    assert "hapvr.render.dataset" not in modules
    assert "hapvr.datasets.svd" not in modules


def test_what_was_read_is_remembered_by_size_and_time(params: Params, package: Path, tmp_path: Path) -> None:
    memory = tmp_path / "tmp" / "memory.json"
    code = Code(package, memory)
    first = make_plan(params, code)["code"]
    code.remember()
    assert make_plan(params, Code(package, memory))["code"] == first
    edit(package / "losses" / "mae.py", ".abs()", ".abs().abs()")
    assert changed(first, make_plan(params, Code(package, memory))["code"]) == {
        "train@loss_mae", "figures@rank_gradients", "notebook",
    }  # fmt: skip
    memory.write_text("{", encoding="utf-8")
    assert make_plan(params, Code(ROOT / "hapvr", memory))["code"] == first


def test_what_another_reader_remembered_is_not_believed(params: Params, package: Path, tmp_path: Path) -> None:
    memory = tmp_path / "tmp" / "memory.json"
    code = Code(package, memory)
    first = make_plan(params, code)["code"]
    code.remember()
    content = json.loads(memory.read_text(encoding="utf-8"))
    wrong = {name: [stamp, {**module, "digest": "0"}] for name, (stamp, module) in content["modules"].items()}
    memory.write_text(json.dumps({**content, "modules": wrong}), encoding="utf-8")
    assert make_plan(params, Code(package, memory))["code"] != first
    memory.write_text(json.dumps({"reader": "older", "modules": wrong}), encoding="utf-8")
    assert make_plan(params, Code(package, memory))["code"] == first
