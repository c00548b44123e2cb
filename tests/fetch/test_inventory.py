"""`hapvr registry`: what is published, what is here, what differs."""

import hashlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from hapvr.cli import cli
from hapvr.fetch.inventory import inventory
from hapvr.fetch.registry import Registry
from tests.fetch.tables import ROOT, written

CONTENT = b"the annotation"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
ROWS = (
    f"evve,annotation,evve.pickle,main,https://example.org/a,14,{DIGEST},pickle,MIT",
    "evve,features,evve.hdf5,,https://example.org/b,9000000000,,hdf5,Apache-2.0",
    "evve,videos,evve_videos,,,,,YouTube ids,by the ids",
    "visil,weights,visil.pth,,https://example.org/c,,,pytorch,Apache-2.0",
)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return written(tmp_path, *ROWS)


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def line(text: str, name: str) -> str:
    return next(line for line in text.splitlines() if name in line.split())


def test_sizes_checksums_and_what_is_here_are_shown(registry: Registry, tmp_path: Path) -> None:
    put(tmp_path / "data" / "evve" / "annotations" / "evve.pickle", CONTENT)
    put(tmp_path / "data" / "evve" / "published" / ".evve.hdf5.part", b"x" * 1234)
    text = inventory(registry, tmp_path, dataset=None, check=False).text
    assert line(text, "evve.pickle").split() == [
        "evve", "annotation", "evve.pickle", "main", "14", DIGEST[:12], "yes", "MIT",
    ]  # fmt: skip
    assert "~9 GB" in line(text, "evve.hdf5")
    assert "1,234 bytes so far" in line(text, "evve.hdf5")
    assert line(text, "visil.pth").split() == ["visil", "weights", "visil.pth", "no", "Apache-2.0"]
    assert "3 files, 1 here, 1 with a SHA-256 that is insisted on" in text


def test_one_dataset_can_be_asked_for(registry: Registry, tmp_path: Path) -> None:
    text = inventory(registry, tmp_path, dataset="visil", check=False).text
    assert ("visil.pth" in text, "evve.pickle" in text) == (True, False)
    with pytest.raises(ValueError, match=r"dataset 'eve': not in .*registry\.csv; accepted: evve, visil"):
        inventory(registry, tmp_path, dataset="eve", check=False)


def test_checking_reads_what_is_here(registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "data" / "evve" / "annotations" / "evve.pickle"
    put(path, CONTENT)
    put(tmp_path / "weights" / "original" / "visil.pth", b"anything")
    found = inventory(registry, tmp_path, dataset=None, check=True)
    assert found.wrong == []
    assert "yes, as recorded" in line(found.text, "evve.pickle")
    assert "yes, not recorded" in line(found.text, "visil.pth")
    put(path, b"another")
    found = inventory(registry, tmp_path, dataset=None, check=True)
    assert found.wrong == [path]
    assert "DIFFERS" in line(found.text, "evve.pickle")
    other = hashlib.sha256(b"another").hexdigest()
    assert f"{path}: SHA-256 {other} (7 bytes), expected {DIGEST} (14 bytes) as recorded; remove the file" in found.text


def test_the_command_prints_the_projects_table_and_fails_on_a_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    shown = CliRunner().invoke(cli, ["registry", "evve"])
    assert (shown.exit_code, "102,837" in shown.output) == (0, True)
    for name in ("dvc.yaml", "params.yaml"):
        (tmp_path / name).touch()
    written(tmp_path, *ROWS)
    put(tmp_path / "data" / "evve" / "annotations" / "evve.pickle", b"another")
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(cli, ["registry"]).exit_code == 0
    assert CliRunner().invoke(cli, ["registry", "--check"]).exit_code == 1
