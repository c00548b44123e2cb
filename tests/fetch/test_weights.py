from pathlib import Path

import pytest

from hapvr.fetch.checksums import Checksums
from hapvr.fetch.weights import fetch_weights
from hapvr.params import load
from tests.fetch.server import Site, serve


def fetch(root: Path, name: str, mirror: str | None) -> Path:
    return fetch_weights(
        name, root / "models" / "backbones", mirror=mirror, checksums=Checksums(root / "checksums.json")
    )


def test_weights_come_from_a_mirror_and_must_not_change(tmp_path: Path) -> None:
    with serve(Site({"/resnet50.safetensors": b"weights"})) as site:
        target = fetch(tmp_path, "resnet50", site.address)
    assert target.read_bytes() == b"weights"
    target.unlink()
    with (
        serve(Site({"/resnet50.safetensors": b"others"})) as site,
        pytest.raises(OSError, match=r"expected .* as recorded"),
    ):
        fetch(tmp_path, "resnet50", site.address)


def test_weights_of_the_teacher_have_the_name_that_the_paper_preset_expects(tmp_path: Path) -> None:
    with serve(Site({"/dino_vits16.safetensors": b"weights"})) as site:
        target = fetch(tmp_path, "dino_vits16", site.address)
    paper = load(Path(__file__).parents[2] / "presets" / "paper.yaml")
    assert target.relative_to(tmp_path).as_posix() == paper.teacher.weights


def test_unknown_name_lists_the_accepted(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="weights 'resnet5': not published; accepted: dino_vits16, resnet50"):
        fetch(tmp_path, "resnet5", None)
