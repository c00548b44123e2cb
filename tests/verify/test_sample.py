"""The committed results against a small part of them made now."""

from pathlib import Path

import pytest

from hapvr.params import load
from hapvr.verify import sample
from hapvr.verify.machine import Machine, this_machine
from hapvr.verify.sample import FILE, Recorded, check_sample, read_sample

ROOT = Path(__file__).parents[2]


def test_the_committed_results_are_what_this_machine_makes() -> None:
    """Equal on a processor of the same kind, within the stated tolerance on another one."""
    assert load(ROOT / "params.yaml").preset == "mini"
    checked = check_sample(ROOT)
    assert checked.is_right, "\n".join([*checked.lines, "if that is as it has to be: hapvr verify --record"])


@pytest.mark.parametrize(
    ("change", "machine", "right"),
    [
        ({}, this_machine(), True),
        ({"frames": "other"}, Machine("other", "AVX2", "2"), False),
        ({"network": {"md5": "other", "values": [0.5, 0.25 + 1e-7]}}, this_machine(), False),
        ({"network": {"md5": "other", "values": [0.5, 0.25 + 1e-7]}}, Machine("other", "AVX2", "2"), True),
        ({"network": {"md5": "other", "values": [0.5, 0.26]}}, Machine("other", "AVX2", "2"), False),
        ({"network": {"md5": "other", "values": [0.5, float("nan")]}}, Machine("other", "AVX2", "2"), False),
    ],
)
def test_numbers_may_differ_in_their_last_bits_on_another_kind_of_machine_only(
    change: dict, machine: Machine, right: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = {"md5": "a", "values": [0.5, 0.25]}
    made = {"dataset": "d", "video": "v", "bytes": "b", "frames": "f", "features": numbers, "network": numbers}
    monkeypatch.setattr(sample, "make_sample", lambda _: {"mini_svd": made | change})
    monkeypatch.setattr(sample, "read_sample", lambda _: Recorded(machine, {"mini_svd": made}))
    monkeypatch.setattr(sample, "_wrong_files", lambda _: [])
    assert check_sample(ROOT).is_right == right


def test_a_committed_file_that_was_edited_by_hand_is_named(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "headline.json").write_text('{"mAP": 0.99}')
    (tmp_path / "dvc.lock").write_text("stages: {headline: {outs: [{path: reports/headline.json, md5: 0a}]}}")
    assert sample._wrong_files(tmp_path) == ["reports/headline.json"]


def test_without_a_record_it_is_said_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"machine\.json: no such file; `hapvr verify --record` writes it"):
        read_sample(tmp_path / FILE)
