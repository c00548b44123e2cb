"""The table of published files: what it refuses, and what recording changes in it."""

import hashlib
import re
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from hapvr.datasets import READERS
from hapvr.fetch.conversions import CONVERTED
from hapvr.fetch.registry import COLUMNS, Registry, RegistryError
from tests.fetch.tables import ROOT, written

TABLE = Registry(ROOT / "registry.csv")
DIGEST, OTHER = "ab" * 32, "cd" * 32
ROW = "evve,annotation,evve.pickle,main,https://example.org/evve.pickle,,,pickle,MIT"


def test_every_dataset_has_its_features_and_where_its_videos_are() -> None:
    assert {row.dataset for row in TABLE.rows() if row.what == "features"} == set(READERS)
    assert {row.dataset for row in TABLE.rows() if row.what == "videos"} == set(READERS)
    # VCDB's comes with its videos.
    assert {row.dataset for row in TABLE.rows() if row.what == "annotation"} == set(READERS) - {"vcdb"}
    assert {row.dataset for row in TABLE.rows() if row.what == "weights"} == {*CONVERTED, "resnet50", "dino_vits16"}


def test_addresses_are_encrypted_where_the_publisher_has_that_and_say_the_licence() -> None:
    for row in TABLE.rows():
        assert row.url is None or row.url.startswith(("https://", "http://ndd.iti.gr/"))
        assert row.access
    assert [row.name for row in TABLE.rows() if row.url is None and row.what != "videos"] == ["hapvr.pth"]


def test_rows_are_found_by_dataset_and_kind_with_their_types() -> None:
    (row,) = TABLE.of("evve", "annotation")
    assert (row.name, row.bytes, row.format) == ("evve.pickle", 102_837, "pickle")
    assert row.sizes == (102_837, 102_837)
    (features,) = TABLE.of("evve", "features")
    assert (features.sha256, features.sizes) == (None, (7_200_000_000, 11_250_000_000))
    assert TABLE.of("evve", "weights") == []
    assert TABLE.named("fivr_easy_duplicates.txt").dataset == "fivr_200k"
    with pytest.raises(LookupError, match=r"registry\.csv: no row named 'none'"):
        TABLE.named("none")


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_recording_changes_two_fields_and_no_other_byte(tmp_path: Path, ending: str) -> None:
    registry = written(tmp_path, "dns_100k,annotation,a.txt,,,12,,text,  odd   spaces ", ROW, "svd,features,b,,,,,x,µ–")
    before = registry.path.read_bytes().replace(b"\n", ending.encode())
    registry.path.write_bytes(before)
    registry.record("evve.pickle", DIGEST, 7)
    assert registry.path.read_bytes() == before.replace(b"evve.pickle,,,", f"evve.pickle,7,{DIGEST},".encode())
    assert registry.named("evve.pickle").sizes == (7, 7)
    registry.record("evve.pickle", DIGEST, 7)


def test_recording_another_checksum_stops_with_both_and_says_how_to_accept_it(tmp_path: Path) -> None:
    registry = written(tmp_path, ROW)
    registry.record("evve.pickle", DIGEST, 7)
    before = registry.path.read_bytes()
    with pytest.raises(RegistryError, match=rf"evve\.pickle: found SHA-256 {OTHER}, recorded is {DIGEST}; if the publ"):
        registry.record("evve.pickle", OTHER, 8)
    assert registry.path.read_bytes() == before
    with pytest.raises(LookupError, match="no row named 'none'"):
        registry.record("none", DIGEST, 1)


def test_a_file_of_two_datasets_is_recorded_for_both(tmp_path: Path) -> None:
    registry = written(tmp_path, ROW, ROW.replace("evve,", "svd,"))
    registry.record("evve.pickle", DIGEST, 7)
    assert [row.sha256 for row in registry.rows()] == [DIGEST, DIGEST]


def record(path: Path, number: int) -> None:
    Registry(path).record(f"file{number}", hashlib.sha256(bytes([number])).hexdigest(), number)


def test_processes_that_record_at_the_same_time_lose_no_row(tmp_path: Path) -> None:
    registry = written(tmp_path, *(f"svd,features,file{number},,,,,x,y" for number in range(24)))
    with ProcessPoolExecutor(4) as pool:
        list(pool.map(record, [registry.path] * 24, range(24)))
    assert [row.bytes for row in registry.rows()] == list(range(24))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("evve,annot", "../evve,annot", "dataset: expected a name, found '../evve'"),
        (",annotation,", ",notes,", "what: expected one of annotation, features, weights, videos, found 'notes'"),
        (",evve.pickle,", ",../evve.pickle,", "name: expected a file name without folders, found '../evve.pickle'"),
        (",evve.pickle,", ",.evve,", "name: expected a file name without folders, found '.evve'"),
        ("https://example.org", "file://", "url: expected an http or https address, or nothing, found 'file:///evve"),
        ("https://example.org", "https://exa mple.org", "url: expected an http or https address"),
        (",,,pickle", ",1e3,,pickle", "bytes: expected a whole number, or nothing, found '1e3'"),
        (",,,pickle", ",-1,,pickle", "bytes: expected a whole number, or nothing, found '-1'"),
        (",,,pickle", ",9,ABC,pickle", "sha256: expected 64 digits of 0-9a-f, or nothing, found 'ABC'"),
        (",,,pickle", f",,{DIGEST},pickle", "bytes: expected the size of the file whose SHA-256 is there, found ''"),
        ("MIT", "MIT, or so", "the row: expected 9 fields without commas or quotes in them, found 10: 'evve,annot"),
        ("MIT", '"MIT"', "the row: expected 9 fields without commas or quotes"),
        (",MIT", ",", "access: expected a licence, or how to get the file, found ''"),
        (ROW, "<<<<<<< HEAD", "the row: expected 9 fields without commas or quotes in them, found 1: '<<<<<<< HEAD'"),
    ],
)
def test_a_malformed_table_names_line_column_expected_and_found(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in ROW
    registry = written(tmp_path, ROW.replace("evve", "svd", 1).replace("evve.p", "svd.p"), ROW.replace(old, new, 1))
    with pytest.raises(RegistryError, match=rf"^{re.escape(str(registry.path))}:3: {re.escape(message)}"):
        registry.rows()


def test_rows_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r":3: name: expected one row for each file of evve, found evve\.pickle ag"):
        written(tmp_path, ROW, ROW).rows()
    with pytest.raises(RegistryError, match=r":3: version: expected 'main', as evve has it .*, found 'old'"):
        written(tmp_path, ROW, ROW.replace("evve,", "svd,").replace("main", "old")).rows()


def test_another_header_and_no_file_are_errors(tmp_path: Path) -> None:
    registry = written(tmp_path, ROW)
    registry.path.write_text(registry.path.read_text().replace("sha256", "md5"))
    with pytest.raises(RegistryError, match=rf"registry\.csv:1: the header: expected {','.join(COLUMNS)}, found datas"):
        registry.rows()
    registry.path.write_text("")
    with pytest.raises(RegistryError, match="found nothing"):
        registry.rows()
    registry.path.unlink()
    with pytest.raises(FileNotFoundError, match=r"restore it with `git checkout registry\.csv`"):
        registry.rows()
