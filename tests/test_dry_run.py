import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hapvr.cli import cli
from hapvr.datasets.dataset import Dataset, write_dataset
from hapvr.dry_run import plan_training
from hapvr.params.preset import put_in_place
from hapvr.params.published import differences_from_published
from hapvr.project import Project

ROOT = Path(__file__).parents[1]
PUBLISHED = "Every parameter has the published value (presets/paper.yaml)."


@pytest.fixture
def preset(tmp_path: Path) -> Callable[[str], Project]:
    """Makes a project without data, with a preset in place."""
    shutil.copytree(ROOT / "presets", tmp_path / "presets")
    shutil.copy(ROOT / "dvc.yaml", tmp_path)

    def make(name: str) -> Project:
        put_in_place(tmp_path, name, dry_run=False)
        return Project(tmp_path)

    return make


def words(text: str) -> list[str]:
    """The lines of a plan, columns one space apart."""
    return [" ".join(line.split()) for line in text.splitlines()]


def test_the_paper_preset_has_nothing_that_differs(preset: Callable[[str], Project]) -> None:
    text = plan_training(preset("paper"), "hapvr", 0)
    assert text.endswith(PUBLISHED)
    lines = words(text)
    assert "steps 30,000" in lines
    assert "batch 64 pairs in each process: 128 views × 28 frames × 9 regions × 512 dims, float16" in lines
    assert "processes 2 that train together, each on a GPU of its own where there are GPUs" in lines
    assert any(line.startswith("frames 215,040,000 to read in all, 7,168 a step") for line in lines)
    (memory,) = [line for line in lines if line.startswith("memory")]
    assert re.match(r"memory about (.*) GB in each of 2 processes, .* GB in all, beside libraries", memory)
    assert "backbone on 512 frames of 224 px 6.4 GB" in memory
    assert "validation 20, every 1,500 steps and at the last, on 0.0003 of the training videos" in lines
    assert "checkpoints 60, every 500 steps" in lines


def test_the_mini_preset_shows_the_published_value_beside_each_that_differs(preset: Callable[[str], Project]) -> None:
    text = plan_training(preset("mini"), "hapvr", 0)
    lines = words(text)
    assert PUBLISHED not in text
    for expected in (
        "train.steps 100 30000", "train.pairs 8 64", "train.learning_rate 0.0002 4e-05",
        "backbone efficientnet_lite0 resnet50", "teacher.name backbone dino_vits16", "whiten.dims 128 512",
        "train.temporal.segment [2, 5] [4, 15]", "train.processes 1 2",
    ):  # fmt: skip
        assert expected in lines
    assert [line for line in lines if "losses." in line] == ["runs.hapvr.losses.quadlinear_ap.delta 0.2 0.05"]
    # Equal, or of no effect on the result
    for absent in ("train.weight_decay", "views.blur ", "train.threads", "train.checkpoint_every"):
        assert absent not in text.split("published\n")[-1]


def test_what_topk_chamfer_keeps_is_said_and_runs_that_it_makes_the_same(preset: Callable[[str], Project]) -> None:
    lines = words(plan_training(preset("paper"), "ablation_topk", 0))
    kept = "TopK-Chamfer keeps 1 of 9 regions and 1 of 7 rows of frames: plain Chamfer"
    assert f"{kept}; the same network as s2vs" in lines
    assert kept in words(plan_training(preset("paper"), "hapvr", 0))


def test_a_run_is_planned_with_its_own_values_and_training_set(preset: Callable[[str], Project]) -> None:
    project = preset("paper")
    lines = words(plan_training(project, "s2vs_own", 0))
    assert "batch 64 pairs in each process: 128 views × 32 frames × 9 regions × 512 dims, float16" in lines
    assert any(line.startswith("learning rate 5e-07 → 5e-05 in 1,000 steps") for line in lines)
    assert any(line.startswith("frames 245,760,000 to read in all, 8,192 a step") for line in lines)
    assert "videos unknown until data/dns_100k/dataset.json is there; `hapvr fetch dns_100k` writes it" in words(
        plan_training(project, "dns_att", 0)
    )


def test_rates_that_keep_more_make_another_network(preset: Callable[[str], Project]) -> None:
    project = preset("paper")
    path = project.root / "params.yaml"
    text = path.read_text(encoding="utf-8").replace("region_top_rate: 0.1", "region_top_rate: 0.3")
    path.write_text(text, encoding="utf-8")
    lines = words(plan_training(Project(project.root), "ablation_topk", 0))
    assert "TopK-Chamfer keeps 3 of 9 regions and 1 of 7 rows of frames" in lines


def test_losses_are_listed_with_weights_and_parameters(preset: Callable[[str], Project]) -> None:
    lines = words(plan_training(preset("mini"), "hapvr", 0))
    assert "frame_quadlinear_ap 6 delta 0.05, rho 5, top_rate 0.35, bottom_rate 0.35" in lines
    assert "hard_negative 3" in lines


def test_a_changed_loss_differs_by_name_and_a_run_of_ones_own_is_said_to_be_one(
    preset: Callable[[str], Project],
) -> None:
    project = preset("paper")
    content = project.params.model_dump(mode="json")
    content["runs"]["hapvr"]["losses"]["quadlinear_ap"]["weight"] = 2
    del content["runs"]["hapvr"]["losses"]["infonce"]
    changed = type(project.params).model_validate(content)
    assert differences_from_published(changed, project.params, "hapvr") == [
        ("runs.hapvr.losses.quadlinear_ap.weight", "2", "4"),
        ("runs.hapvr.losses.infonce.weight", "–", "1"),
        ("runs.hapvr.losses.infonce.temperature", "–", "0.03"),
    ]
    own = preset("mini")
    path = own.root / "params.yaml"
    run = "runs:\n  mine: {label: Mine, method: topk_network, losses: {infonce: base}}\n"
    path.write_text(path.read_text(encoding="utf-8").replace("runs:\n", run, 1), encoding="utf-8")
    assert plan_training(Project(own.root), "mine", 0).endswith("\nmine is not a published run.")


def test_lines_that_depend_on_data_say_so_until_there_is_some(preset: Callable[[str], Project]) -> None:
    project = preset("mini")
    missing = "videos unknown until data/mini_vcdb/dataset.json is there; `hapvr fetch mini_vcdb` writes it"
    assert missing in words(plan_training(project, "hapvr", 0))
    videos = [f"v{number}" for number in range(50)]
    write_dataset(
        project.dataset_file("mini_vcdb"),
        Dataset(name="mini_vcdb", videos={name: f"videos/{name}.mp4" for name in videos}, training=videos),
    )
    lines = words(plan_training(project, "hapvr", 0))
    assert "videos 47 to train on and 3 held out, if all can be read" in lines
    assert "epochs 20 of 5 steps" in lines
    path = project.root / "params.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("processes: 1", "processes: 4"), encoding="utf-8")
    project = Project(project.root)
    assert "epochs 80 of 5 batches, 4 a step" in words(plan_training(project, "hapvr", 0))
    # A method that fits itself does so in one process.
    assert "epochs 20 of 5 steps" in words(plan_training(project, "lamv", 0))


def test_a_run_that_is_not_trained_has_no_plan(preset: Callable[[str], Project]) -> None:
    with pytest.raises(ValueError, match=r"run 'visil_f': not in the trained runs.*accepted: hapvr, s2vs"):
        plan_training(preset("mini"), "visil_f", 0)


def test_the_command_prints_the_plan_and_trains_nothing(
    preset: Callable[[str], Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = preset("mini")
    monkeypatch.chdir(project.root)
    result: Any = CliRunner().invoke(cli, ["train", "s2vs", "--seed", "1", "--dry-run"], catch_exceptions=False)
    assert result.output == plan_training(project, "s2vs", 1) + "\n"
    assert result.output.startswith("s2vs, seed 1, preset mini: a plan, nothing is trained")
    assert not (project.root / "models").exists()
