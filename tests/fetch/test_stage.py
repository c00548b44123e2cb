import pytest

from hapvr.params import load
from hapvr.project import Project
from hapvr.stages.fetch import fetch


def test_an_unknown_dataset_is_named_with_the_accepted_ones():
    with pytest.raises(ValueError, match=r"dataset 'mini_firv': not in fetch of params.yaml; accepted: .*mini_fivr"):
        fetch(Project.find(), "mini_firv")


def test_a_range_out_of_order_stops_before_rendering(tmp_path):
    text = (Project.find().root / "presets" / "mini.yaml").read_text(encoding="utf-8")
    broken = tmp_path / "params.yaml"
    broken.write_text(text.replace("crop: [0.65, 0.95]", "crop: [0.95, 0.65]"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"edits.crop: expected a range within \[0.2, 1\], found \[0.95, 0.65\]"):
        load(broken)
