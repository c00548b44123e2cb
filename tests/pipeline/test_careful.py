"""Where DVC by itself would lose or believe something."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dvc.repo import Repo
from dvc.stage import PipelineStage
from dvc.utils.serialize import _common, _yaml

from hapvr.pipeline.careful import be_careful, drop_broken_objects, forget_broken_lock
from hapvr.pipeline.dvc import main

PATCHED = [(_common, "_dump_data"), (_yaml, "_dump_data"), (PipelineStage, "_run_stage")]


@pytest.fixture
def careful() -> Iterator[None]:
    """For one test, not for those that follow in this process."""
    before = [(owner, name, getattr(owner, name)) for owner, name in PATCHED]
    be_careful()
    yield
    for owner, name, value in before:
        setattr(owner, name, value)


@pytest.mark.usefixtures("careful")
def test_a_file_that_could_not_be_written_is_as_it_was(tmp_path: Path) -> None:
    lock = tmp_path / "dvc.lock"
    _yaml.dump_yaml(lock, {"stages": {"train": 1}})
    written = lock.read_text()
    assert "train: 1" in written

    def disk_is_full(data: object, file: object) -> None:
        file.write("stages:")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        _common._dump_data(lock, {}, disk_is_full)
    assert lock.read_text() == written
    assert [path.name for path in tmp_path.iterdir()] == ["dvc.lock"]


def test_an_object_of_the_cache_that_was_changed_is_removed_and_no_other(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    with Repo.init(no_scm=True) as repo:
        for name in ("video", "other"):
            Path(name).write_text(name)
            repo.add(name)
        objects = {path.read_text(): path for path in (tmp_path / ".dvc" / "cache").rglob("*") if path.is_file()}
        assert drop_broken_objects(repo) == []
        objects["other"].touch()
        objects["video"].chmod(0o644)
        objects["video"].write_text("VIDEO")
        objects["video"].chmod(0o444)
        assert drop_broken_objects(repo) == [str(objects["video"])]
        assert not objects["video"].exists()
        assert objects["other"].exists()


def test_a_list_of_files_in_use_that_a_kill_cut_off_is_removed(tmp_path: Path) -> None:
    file = tmp_path / ".dvc" / "tmp" / "rwlock"
    file.parent.mkdir(parents=True)
    for content, stays in (('{"write": {}}', True), ("", False), ('{"write": {"data/mini', False)):
        file.write_text(content)
        forget_broken_lock(tmp_path)
        assert file.exists() == stays
    forget_broken_lock(tmp_path)


@pytest.mark.usefixtures("careful")
def test_recording_waits_for_somebody_who_looks_at_the_status(tmp_path: Path, monkeypatch) -> None:
    given: list[str] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["dvc", "repro"])
    monkeypatch.setattr("dvc.cli.main", given.extend)
    with pytest.raises(SystemExit):
        main()
    assert given == ["--wait-for-lock", "repro"]
