"""A checkpoint gives its tensors, or is refused with what was found; nothing in it runs."""

import argparse
import os
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from hapvr.fetch.checkpoints import CheckpointError, read_checkpoint
from tests.fetch.checkpoints import saved

LEGACY = pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])


def read(path: Path, *, drop_settings: bool = False, limit_mb: int = 8):
    return read_checkpoint(path, limit_mb=limit_mb, drop_settings=drop_settings)


class Touches:
    """Pickled, it asks for a call."""

    def __init__(self, function, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def rewritten(path: Path, data: bytes | None = None, compression: int = zipfile.ZIP_STORED) -> Path:
    """The same archive with another pickle, or compressed."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, data if data is not None and name.endswith("data.pkl") else content)
    return path


@LEGACY
def test_tensors_come_out_dense_and_as_float32(tmp_path: Path, legacy: bool) -> None:
    content = {"a": torch.arange(6.0).view(2, 3).T, "b": torch.ones(2, dtype=torch.float64), "n": torch.tensor(7)}
    found = read(saved(tmp_path / "a.pth", content, legacy=legacy))
    assert found.tensors.keys() == {"a", "b", "n"}
    assert found.tensors["a"].is_contiguous()
    assert torch.equal(found.tensors["a"], content["a"])
    assert (found.tensors["b"].dtype, found.tensors["n"].dtype) == (torch.float32, torch.int64)
    assert found.dropped == []


@LEGACY
def test_weights_are_unwrapped_and_what_lies_beside_them_is_dropped(tmp_path: Path, legacy: bool) -> None:
    state = OrderedDict(conv=OrderedDict(weight=torch.ones(2)), bias=torch.zeros(1), scale=0.5)
    optimiser = {"state": {0: {"exp_avg": torch.ones(2)}}, "param_groups": [{"lr": 0.1}]}
    content = {"epoch": 3, "model": {"state_dict": state, "kind": "att"}, "optimizer": optimiser}
    found = read(saved(tmp_path / "a.pth", content, legacy=legacy))
    assert found.tensors.keys() == {"conv.weight", "bias"}
    assert found.dropped == ["epoch (int)", "optimizer (dict)", "kind (str)", "scale (float)"]


def test_parameters_are_tensors(tmp_path: Path) -> None:
    found = read(saved(tmp_path / "a.pth", {"w": torch.nn.Parameter(torch.ones(2))}))
    assert type(found.tensors["w"]) is torch.Tensor
    assert not found.tensors["w"].requires_grad


@LEGACY
@pytest.mark.parametrize("call", ["system", "eval", "write"])
def test_a_hostile_pickle_is_refused_and_nothing_runs(tmp_path: Path, legacy: bool, call: str) -> None:
    mark = tmp_path / "ran"
    attack, found = {
        "system": (Touches(os.system, f"touch {mark}"), r"global (posix|nt)\.system"),
        "eval": (Touches(eval, f"open({str(mark)!r}, 'w')"), r"global (builtins\.)?eval"),
        "write": (Touches(Path.touch, mark), r"global [\w.]+|more than tensors"),
    }[call]
    path = saved(tmp_path / "a.pth", {"model": {"w": torch.ones(1)}, "x": attack}, legacy=legacy)
    for drop_settings in (False, True):
        with pytest.raises(CheckpointError, match=rf"a\.pth: refused: found .*({found}).*; expected .* tensors"):
            read(path, drop_settings=drop_settings)
    assert not mark.exists()
    # It would have run.
    torch.load(path, weights_only=False)
    assert mark.exists()


def test_a_plain_pickle_that_calls_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pth").write_bytes(pickle.dumps(Touches(os.system, f"touch {tmp_path / 'ran'}"), protocol=2))
    with pytest.raises(CheckpointError, match=r"a\.pth: refused"):
        read(tmp_path / "a.pth")
    assert not (tmp_path / "ran").exists()


@LEGACY
def test_settings_are_refused_by_name_or_left_out_on_request(tmp_path: Path, legacy: bool) -> None:
    content = {"args": argparse.Namespace(lr=0.1), "model": {"w": torch.ones(1)}}
    path = saved(tmp_path / "a.pth", content, legacy=legacy)
    with pytest.raises(CheckpointError, match=r"found the global argparse\.Namespace, code .*; .*--drop-settings"):
        read(path)
    found = read(path, drop_settings=True)
    assert (list(found.tensors), found.dropped) == (["w"], ["args (Settings)"])
    with pytest.raises(CheckpointError, match=r"global argparse\.Namespace"):
        read(path)


def test_settings_among_the_weights_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pth", {"w": torch.ones(1), "args": argparse.Namespace(lr=0.1)})
    with pytest.raises(CheckpointError, match="found args, a Settings among the weights"):
        read(path, drop_settings=True)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"w": torch.eye(3).to_sparse()}, "w, a sparse or nested tensor"),
        ({"w": torch.ones(2, dtype=torch.complex64)}, "w, a complex tensor"),
        ({"w": torch.ones(2, device="meta")}, r"w, a meta \(it has no numbers\) tensor"),
        ({"w": [torch.ones(2)]}, "w, a list among the weights"),
        ({"w": torch.ones(2), "s": {1, 2}}, "s, a set among the weights"),
        ({3: torch.ones(2)}, "3, a name that is a int"),
        ([torch.ones(2)], "a list instead of a dictionary"),
        (torch.ones(2), "a Tensor instead of a dictionary"),
        ({"epoch": 3}, "no tensor"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_anything_but_plain_tensors_is_refused(tmp_path: Path, content: object, found: str) -> None:
    with pytest.raises(CheckpointError, match=rf"a\.pth: refused: found {found}"):
        read(saved(tmp_path / "a.pth", content))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_quantised_tensors_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pth", {"w": torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8)})
    with pytest.raises(CheckpointError, match=r"a\.pth: refused: found w, a quantised tensor"):
        read(path)


@LEGACY
def test_a_truncated_file_is_refused(tmp_path: Path, legacy: bool) -> None:
    path = saved(tmp_path / "a.pth", {"w": torch.ones(1000)}, legacy=legacy)
    whole = path.read_bytes()
    for size in (2, len(whole) // 2, len(whole) - 8):
        path.write_bytes(whole[:size])
        with pytest.raises(CheckpointError, match=r"a\.pth: refused: found .*; expected"):
            read(path)


@pytest.mark.parametrize("content", [b"", b"<!DOCTYPE html><html>Sign in</html>", b"version https://git-lfs\noid 1\n"])
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pth").write_bytes(content)
    page = "an HTML page" if content.startswith(b"<") else "a file that begins with"
    with pytest.raises(CheckpointError, match=f"a.pth: refused: found {page}"):
        read(tmp_path / "a.pth")


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pth", {"w": torch.zeros(1 << 19)})
    with pytest.raises(CheckpointError, match=r"a\.pth: 2,\d{3},\d{3} bytes, expected at most 1,048,576"):
        read(path, limit_mb=1)


def test_an_archive_that_would_unpack_to_more_is_refused(tmp_path: Path) -> None:
    path = rewritten(saved(tmp_path / "a.pth", {"w": torch.zeros(1 << 20)}), compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 1 << 16
    with pytest.raises(CheckpointError, match="found the compressed entry"):
        read(path, limit_mb=1)


def test_a_view_that_shows_more_than_it_has_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pth", {"w": torch.zeros(1).expand(1 << 40)})
    with pytest.raises(CheckpointError, match="bytes, expected at most"):
        read(path)


def test_a_tensor_that_claims_bytes_it_has_not_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pth", {"w": torch.arange(4.0)})
    with zipfile.ZipFile(path) as archive:
        data = next(archive.read(name) for name in archive.namelist() if name.endswith("data.pkl"))
    assert b"K\x04tq" in data
    for claim in (b"M\x10\x27tq", b"\x8a\x06\x00\x00\x00\x00\x00\x10tq"):
        with pytest.raises(CheckpointError, match="damaged, truncated or misleading content"):
            read(rewritten(path, data.replace(b"K\x04tq", claim)))


def test_a_safetensors_file_needs_no_pickle(tmp_path: Path) -> None:
    save_file({"w": torch.ones(2)}, tmp_path / "a.safetensors")
    assert torch.equal(read(tmp_path / "a.safetensors").tensors["w"], torch.ones(2))
    (tmp_path / "a.safetensors").write_bytes(b"\x80\x02.")
    with pytest.raises(CheckpointError, match="damaged or truncated safetensors"):
        read(tmp_path / "a.safetensors")
