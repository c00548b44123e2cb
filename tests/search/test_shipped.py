import hashlib
import json
from pathlib import Path

from hapvr.params import load
from hapvr.search.shipped import FOLDER, SECTIONS, SETTINGS, find_project

ROOT = Path(__file__).parents[2]
SHIP = "run `python -m hapvr.search.ship` in a clone whose pipeline has run"


def test_shipped_settings_are_those_of_the_embedded_preset():
    params = load(ROOT / "presets" / "mini.yaml")
    settings = json.loads((FOLDER / SETTINGS).read_text())
    expected = params.model_dump(mode="json", include=set(SECTIONS))
    assert {key: settings[key] for key in SECTIONS} == expected, SHIP
    assert list(settings["runs"]) == [params.search.run]
    assert settings["runs"][params.search.run]["method"] == params.method_of(params.search.run), SHIP


def test_shipped_whitening_is_the_one_that_the_pipeline_recorded():
    provenance = json.loads((FOLDER / "provenance.json").read_text())["whitening"]
    content = (FOLDER / provenance["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == provenance["sha256"]
    md5 = hashlib.md5(content).hexdigest()
    recorded = f"    outs:\n    - path: {provenance['file']}\n      hash: md5\n      md5: {md5}\n"
    assert recorded in (ROOT / "dvc.lock").read_text(), SHIP


def test_outside_of_a_clone_the_package_stands_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    project = find_project()
    assert project.root == FOLDER
    assert project.whitening_file(project.params.backbone).exists()
