"""`hapvr preset NAME` puts a complete parameter set in place, or changes nothing."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from dvc.utils.serialize import modify_yaml

from hapvr.cli import cli
from hapvr.params import ParamsError, load
from hapvr.params.preset import as_text, put_in_place, read_preset

ROOT = Path(__file__).parents[2]
PRESETS = sorted(file.stem for file in (ROOT / "presets").glob("*.yaml"))
HALF = "extends: mini\npreset: half\ntrain: {steps: 75}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the project's presets and one of our own, `half`."""
    shutil.copytree(ROOT / "presets", tmp_path / "presets")
    shutil.copy(ROOT / "presets" / "mini.yaml", tmp_path / "params.yaml")
    (tmp_path / "dvc.yaml").touch()
    (tmp_path / "presets" / "half.yaml").write_text(HALF)
    return tmp_path


@pytest.mark.parametrize("name", PRESETS)
def test_preset_fits_the_schema_and_bears_its_own_name(name: str, tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(as_text(read_preset(ROOT / "presets", name)))
    assert load(file).preset == name


def test_project_is_at_the_mini_preset() -> None:
    assert (ROOT / "params.yaml").read_text() == (ROOT / "presets" / "mini.yaml").read_text()


def test_preset_is_put_in_place_and_its_differences_are_shown(project: Path) -> None:
    difference = put_in_place(project, "half", dry_run=False)
    params = load(project / "params.yaml")
    assert (params.preset, params.train.steps) == ("half", 75)
    assert "-  steps: 100" in difference
    assert "+  steps: 75" in difference
    assert len([line for line in difference.splitlines() if line[0] in "+-"]) == 6


def test_going_back_restores_the_file_to_the_byte(project: Path) -> None:
    before = (project / "params.yaml").read_bytes()
    put_in_place(project, "half", dry_run=False)
    put_in_place(project, "mini", dry_run=False)
    assert (project / "params.yaml").read_bytes() == before


def test_dry_run_changes_nothing(project: Path) -> None:
    before = (project / "params.yaml").stat()
    assert "+  steps: 75" in put_in_place(project, "half", dry_run=True)
    after = (project / "params.yaml").stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_unknown_preset_lists_the_accepted(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    error = CliRunner().invoke(cli, ["preset", "hafl"]).exception
    assert isinstance(error, ValueError)
    assert "preset 'hafl': no such file" in str(error)
    assert f"accepted: {', '.join(sorted([*PRESETS, 'half']))}" in str(error)


@pytest.mark.parametrize("name", ["../params", "/etc/hostname", ""])
def test_preset_outside_its_folder_is_refused(name: str, project: Path) -> None:
    with pytest.raises(ValueError, match="accepted: "):
        put_in_place(project, name, dry_run=False)


def test_preset_that_does_not_fit_changes_nothing(project: Path) -> None:
    (project / "presets" / "half.yaml").write_text(HALF.replace("steps", "stepz"))
    before = (project / "params.yaml").read_bytes()
    with pytest.raises(ParamsError, match=r"half\.yaml: .*\n  train\.stepz: unknown key"):
        put_in_place(project, "half", dry_run=False)
    assert (project / "params.yaml").read_bytes() == before
    assert sorted(file.name for file in project.iterdir()) == ["dvc.yaml", "params.yaml", "presets"]


def test_presets_that_extend_each_other_are_refused(project: Path) -> None:
    (project / "presets" / "half.yaml").write_text("extends: half\n")
    with pytest.raises(ValueError, match="half extends half"):
        put_in_place(project, "half", dry_run=False)


@pytest.mark.parametrize("name", ["mini", "smoke", "paper"])
def test_a_preset_in_place_has_the_style_in_which_dvc_writes(name: str, tmp_path: Path) -> None:
    """So that `dvc exp run -S` changes one line, which `git diff` then shows."""
    shutil.copytree(ROOT / "presets", tmp_path / "presets")
    put_in_place(tmp_path, name, dry_run=False)
    path = tmp_path / "params.yaml"
    before = path.read_text(encoding="utf-8").splitlines()
    with modify_yaml(str(path)) as content:
        content["runs"]["hapvr"]["losses"]["quadlinear_ap"]["weight"] = 2
    after = path.read_text(encoding="utf-8").splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    delta = {"paper": "0.05"}.get(name, "0.2")
    assert [new.strip() for _, new in changed] == [f"quadlinear_ap: {{weight: 2, delta: {delta}, rho: 0.1}}"]
