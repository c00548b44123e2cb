"""Downloads that are interrupted, wrong, missing or hostile."""

import hashlib
import random
from pathlib import Path

import pytest

from hapvr.fetch.download import DownloadError, download
from tests.fetch.server import Site, serve

BODY = random.Random(0).randbytes(300_000)
SHA256 = hashlib.sha256(BODY).hexdigest()


def fetch(site: Site, target: Path, *, sha256: str | None = None, limit_mb: int = 1, path: str = "/file") -> str:
    return download(site.address + path, target, sha256=sha256, limit_mb=limit_mb, first_pause_s=0.001)


def test_whole_file_and_its_checksum(tmp_path: Path) -> None:
    with serve(Site({"/file": BODY})) as site:
        assert fetch(site, tmp_path / "a" / "file") == SHA256
        assert (tmp_path / "a" / "file").read_bytes() == BODY
        assert fetch(site, tmp_path / "a" / "file", sha256=SHA256) == SHA256
    assert site.requests == [("/file", None)], "a file that is there is not fetched again"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["file"]


def test_interrupted_download_resumes_where_it_ended(tmp_path: Path) -> None:
    with serve(Site({"/file": BODY}, cut_after=[100_000, 50_000])) as site:
        assert fetch(site, tmp_path / "file", sha256=SHA256) == SHA256
    assert site.requests == [("/file", None), ("/file", "bytes=100000-"), ("/file", "bytes=150000-")]


def test_a_later_run_resumes_too(tmp_path: Path) -> None:
    with serve(Site({"/file": BODY}, cut_after=[100_000, 0, 0, 0, 0])) as site:
        with pytest.raises(DownloadError, match=r"after 100,000 of 300,000 bytes \(5 attempts\).*run the stage again"):
            fetch(site, tmp_path / "file")
        assert not (tmp_path / "file").exists()
        assert fetch(site, tmp_path / "file") == SHA256
    assert site.requests[-1] == ("/file", "bytes=100000-")


def test_new_version_is_not_joined_to_the_old_one(tmp_path: Path) -> None:
    site = Site({"/file": BODY[::-1]}, cut_after=[100_000, 0, 0, 0, 0])
    with serve(site):
        with pytest.raises(DownloadError):
            fetch(site, tmp_path / "file")
        site.files["/file"], site.version = BODY, '"2"'
        assert fetch(site, tmp_path / "file") == SHA256


def test_truncated_body_is_refused(tmp_path: Path) -> None:
    with (
        serve(Site({"/file": BODY}, lies_about_length=1)) as site,
        pytest.raises(DownloadError, match="the connection ended after 300,000 of 300,001 bytes"),
    ):
        fetch(site, tmp_path / "file")
    assert not (tmp_path / "file").exists()


def test_wrong_checksum_is_refused_and_removed(tmp_path: Path) -> None:
    with serve(Site({"/file": BODY})) as site:
        with pytest.raises(DownloadError, match=rf"SHA-256 of file is {SHA256}, expected {'0' * 64}"):
            fetch(site, tmp_path / "file", sha256="0" * 64)
        assert list(tmp_path.glob("*file*")) == []
        (tmp_path / "file").write_bytes(b"changed here")
        with pytest.raises(DownloadError, match=r"empty sha256 and bytes of its rows in registry\.csv"):
            fetch(site, tmp_path / "file", sha256=SHA256)
    assert not (tmp_path / "file").exists()


def test_missing_file_names_address_and_file_and_is_not_tried_again(tmp_path: Path) -> None:
    with serve(Site({})) as site:
        with pytest.raises(DownloadError) as error:
            fetch(site, tmp_path / "evve.pickle", path="/evve.pickle")
        assert f"{site.address}/evve.pickle: the server answered 404 Not Found; the source of evve.pickle may" in str(
            error.value
        )
    assert len(site.requests) == 1


def test_busy_server_is_asked_again(tmp_path: Path) -> None:
    with serve(Site({"/file": BODY}, statuses=[503, 429, 500])) as site:
        assert fetch(site, tmp_path / "file") == SHA256
    assert len(site.requests) == 4


def test_too_large_file_is_refused(tmp_path: Path) -> None:
    with (
        serve(Site({"/file": b"x" * (1 << 20) + b"x"})) as site,
        pytest.raises(DownloadError, match="1,048,577 bytes, expected at most 1,048,576"),
    ):
        fetch(site, tmp_path / "file")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/file", "/etc/passwd"])
def test_only_http_is_fetched(tmp_path: Path, url: str) -> None:
    with pytest.raises(DownloadError, match="expected an http or https address"):
        download(url, tmp_path / "file", sha256=None, limit_mb=1)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1:1/file"])
def test_no_redirection_leads_out_of_http(tmp_path: Path, target: str) -> None:
    with serve(Site({}, redirect={"/file": target})) as site, pytest.raises(DownloadError):
        fetch(site, tmp_path / "file")
    assert not (tmp_path / "file").exists()


def test_redirection_within_http_is_followed(tmp_path: Path) -> None:
    with serve(Site({"/other": BODY}, redirect={"/file": "/other"})) as site:
        assert fetch(site, tmp_path / "file") == SHA256
