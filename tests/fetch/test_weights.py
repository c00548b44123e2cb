import argparse
import json
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from hapvr.features.whitening import Whitening
from hapvr.fetch.conversions import CONVERTED, WHITENING
from hapvr.fetch.registry import Registry
from hapvr.fetch.weights import Fetched, fetch_weights
from hapvr.methods import METHODS
from hapvr.params import load
from tests.fetch.checkpoints import network_state, saved
from tests.fetch.server import Site, serve
from tests.fetch.tables import blank_registry

WHITENING_GOLDEN = Path(__file__).parents[1] / "golden" / "whitening.npz"


def fetch(root: Path, name: str, mirror: str | None = None, **options: Any) -> Fetched:
    registry = Registry(root / "registry.csv")
    if not registry.path.exists():
        blank_registry(root)
    return fetch_weights(name, root, mirror=mirror, registry=registry, **options)


def test_weights_come_from_a_mirror_and_must_not_change(tmp_path: Path) -> None:
    with serve(Site({"/resnet50.safetensors": b"weights"})) as site:
        target = fetch(tmp_path, "resnet50", site.address).path
    assert target.read_bytes() == b"weights"
    target.unlink()
    with (
        serve(Site({"/resnet50.safetensors": b"others"})) as site,
        pytest.raises(OSError, match=r"expected .* as recorded"),
    ):
        fetch(tmp_path, "resnet50", site.address)


def test_weights_of_the_teacher_have_the_name_that_the_paper_preset_expects(tmp_path: Path) -> None:
    with serve(Site({"/dino_vits16.safetensors": b"weights"})) as site:
        target = fetch(tmp_path, "dino_vits16", site.address).path
    paper = load(Path(__file__).parents[2] / "presets" / "paper.yaml")
    assert target.relative_to(tmp_path).as_posix() == paper.teacher.weights


def test_unknown_name_lists_the_accepted(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"weights 'resnet5': not published; accepted: dino_vits16, dns_coarse, .*vi"):
        fetch(tmp_path, "resnet5")


@pytest.fixture
def checkpoint(tmp_path: Path) -> bytes:
    """As S2VS's training script writes one, without the script's settings."""
    content = {"model": network_state(), "optimizer": {"state": {}, "param_groups": []}, "global_step": 3}
    return saved(tmp_path / "made.pth", content).read_bytes()


def test_a_checkpoint_is_fetched_converted_and_described(tmp_path: Path, checkpoint: bytes) -> None:
    with serve(Site({"/s2vs_vcdb.pth": checkpoint})) as site:
        fetched = fetch(tmp_path, "s2vs_vcdb", site.address)
    assert fetched.path == tmp_path / "weights" / "s2vs_vcdb.safetensors"
    assert (tmp_path / "weights" / "original" / "s2vs_vcdb.pth").read_bytes() == checkpoint
    expected = network_state(head="comparator_module")
    found = load_file(fetched.path)
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    origin = json.loads((tmp_path / "weights" / "s2vs_vcdb.json").read_text())
    assert origin["sha256"] == Registry(tmp_path / "registry.csv").named("s2vs_vcdb.pth").sha256
    assert "11 tensors, 93" in fetched.report
    assert "left out of s2vs_vcdb.pth: optimizer (dict), global_step (int)" in fetched.report
    assert "run with method similarity_network: `losses: {}` and `weights: s2vs_vcdb`" in fetched.report


def test_twice_gives_the_same_bytes(tmp_path: Path, checkpoint: bytes) -> None:
    (tmp_path / "own.pth").write_bytes(checkpoint)
    first = fetch(tmp_path, "s2vs_dns", file=tmp_path / "own.pth").path.read_bytes()
    assert fetch(tmp_path, "s2vs_dns", file=tmp_path / "own.pth").path.read_bytes() == first


def test_a_publisher_without_an_address_is_named_and_a_file_taken(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"no address of hapvr.pth \(.*https://github.com/yafeng19/HAP-VR.*hapvr --from FILE"
    ):
        fetch(tmp_path, "hapvr")
    content = {"args": argparse.Namespace(dims=512), "model": network_state("topk", head="comparator_module")}
    own = saved(tmp_path / "model.pth", content)
    with pytest.raises(ValueError, match=r"global argparse\.Namespace"):
        fetch(tmp_path, "hapvr", file=own)
    assert not (tmp_path / "weights").exists()
    assert Registry(tmp_path / "registry.csv").named("hapvr.pth").sha256 is None
    fetched = fetch(tmp_path, "hapvr", file=own, drop_settings=True)
    assert len(load_file(fetched.path)) == 11
    with pytest.raises(ValueError, match=r"model\.pth: SHA-256 .*, expected .* as recorded in registry\.csv"):
        fetch(tmp_path, "hapvr", file=saved(own, {"model": network_state()}))


def test_a_file_by_hand_may_be_a_backbone(tmp_path: Path) -> None:
    (tmp_path / "own").write_bytes(b"weights")
    assert fetch(tmp_path, "resnet50", file=tmp_path / "own").path.read_bytes() == b"weights"
    with pytest.raises(FileNotFoundError, match="none: no such file; --from names the one that"):
        fetch(tmp_path, "resnet50", file=tmp_path / "none")


def test_weights_of_something_else_are_refused_with_the_names(tmp_path: Path) -> None:
    state = network_state()
    del state["attention.transform.bias"]
    own = saved(tmp_path / "own.pth", {"model": state | {"extra": torch.ones(1)}})
    expected = r"own\.pth: not the weights of s2vs_vcdb: missing attention\.transform\.bias; unexpected extra; "
    with pytest.raises(ValueError, match=expected):
        fetch(tmp_path, "s2vs_vcdb", file=own)
    assert not (tmp_path / "weights").exists()


@pytest.mark.parametrize("name", [name for name in CONVERTED if name != WHITENING])
def test_the_module_of_the_method_renames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def from_published(state: dict[str, Tensor]) -> dict[str, Tensor]:
        return {f"ours.{key}": value for key, value in state.items()}

    fake = types.ModuleType("fake_method")
    fake.from_published = from_published
    monkeypatch.setitem(sys.modules, "fake_method", fake)
    monkeypatch.setattr(METHODS, "module", lambda method: "fake_method", raising=False)
    (row,) = blank_registry(tmp_path).of(name, "weights")
    content = saved(tmp_path / "made.pth", {"model": {"w": torch.ones(2)}}, legacy=True).read_bytes()
    with serve(Site({f"/{row.name}": content})) as site:
        fetched = fetch(tmp_path, name, site.address)
    assert load_file(fetched.path).keys() == {"ours.w"}
    assert f"method {CONVERTED[name]}" in fetched.report


def test_the_published_whitening_gives_the_published_features(tmp_path: Path) -> None:
    golden = {name: torch.from_numpy(array) for name, array in np.load(WHITENING_GOLDEN).items()}
    content = {name: golden[name] for name in ("mean", "d", "V")}
    own = saved(tmp_path / "pca.pth", content, legacy=True)
    fetched = fetch(tmp_path, "whitening", file=own)
    assert "under whiten: `published: weights/whitening.safetensors`" in fetched.report
    whitening = Whitening.load(fetched.path)
    assert len(whitening.variances) == len(golden["d"])
    whitening = whitening.first(16)
    torch.testing.assert_close(whitening(golden["input"]), golden["output"], rtol=0, atol=1e-5)
    with pytest.raises(ValueError, match=r"whiten\.dims: 64 asked of a whitening with 48 directions"):
        Whitening.load(fetched.path).first(64)


def test_another_whitening_is_refused(tmp_path: Path) -> None:
    own = saved(tmp_path / "pca.pth", {"mean": torch.zeros(1, 4), "d": torch.ones(4), "V": torch.eye(5)})
    with pytest.raises(ValueError, match=r"not the weights of whitening: V has the shape \[5, 5\]; .*expect \[4, 4\]"):
        fetch(tmp_path, "whitening", file=own)
    save_file({"mean": torch.zeros(4)}, tmp_path / "pca.safetensors")
    with pytest.raises(ValueError, match="found mean; expected mean, d and V"):
        fetch(tmp_path, "whitening", file=tmp_path / "pca.safetensors")
