"""Downloads that are interrupted, wrong, missing or hostile."""

import hashlib
import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hapvr.fetch.download import DownloadError, download
from tests.fetch.server import Site, serve

BODY = random.Random(0).randbytes(300_000)
SHA256 = hashlib.sha256(BODY).hexdigest()


def fetch(
    site: Site, target: Path, *, sha256: str | None = None, limit_mb: int = 1, path: str = "/file", **options: Any
) -> str:
    """Without pauses between attempts."""
    options = {"sleep": lambda seconds: None, **options}
    return download(site.address + path, target, sha256=sha256, limit_mb=limit_mb, **options)


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


def test_what_was_whole_when_it_ended_is_not_fetched_again(tmp_path: Path) -> None:
    (tmp_path / ".file.part").write_bytes(BODY)
    (tmp_path / ".file.part.version").write_text('"1"')
    with serve(Site({"/file": BODY})) as site:
        assert fetch(site, tmp_path / "file", sha256=SHA256) == SHA256
        (tmp_path / ".file2.part").write_bytes(BODY + b"x")
        (tmp_path / ".file2.part.version").write_text('"1"')
        assert fetch(site, tmp_path / "file2", sha256=SHA256) == SHA256
    assert site.requests == [("/file", "bytes=300000-"), ("/file", "bytes=300001-"), ("/file", None)]


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


def test_long_downloads_outlast_any_number_of_cuts_that_bring_something(tmp_path: Path) -> None:
    body = BODY * 24
    with serve(Site({"/file": body}, cut_after=[1 << 20] * 6)) as site:
        assert fetch(site, tmp_path / "file", limit_mb=8) == hashlib.sha256(body).hexdigest()
    assert len(site.requests) == 7


@pytest.mark.parametrize(("asked", "expected"), [("7", [7.0]), ("0", [1.0]), ("soon", [1.0]), (None, [1.0])])
def test_a_server_is_left_alone_for_as_long_as_it_asks(
    tmp_path: Path, asked: str | None, expected: list[float]
) -> None:
    pauses: list[float] = []
    with serve(Site({"/file": BODY}, statuses=[429], retry_after=asked)) as site:
        assert fetch(site, tmp_path / "file", sleep=pauses.append) == SHA256
    assert pauses == expected


def test_pauses_double_and_a_wait_too_long_stops_with_what_arrived(tmp_path: Path) -> None:
    pauses: list[float] = []
    with serve(Site({"/file": BODY}, statuses=[408, 500, 502, 503, 504])) as site:
        with pytest.raises(DownloadError, match=r"answered 504 Gateway Timeout \(5 attempts\)"):
            fetch(site, tmp_path / "file", sleep=pauses.append)
        assert pauses == [1.0, 2.0, 4.0, 8.0]
        site.statuses, site.retry_after = [503], "86400"
        with pytest.raises(
            DownloadError, match=r"Unavailable, and asks to wait for 86,400 s, longer than 600; what arr"
        ):
            fetch(site, tmp_path / "file", sleep=pauses.append)
        assert len(pauses) == 4


def test_a_server_that_resumes_another_version_is_not_believed(tmp_path: Path) -> None:
    site = Site({"/file": BODY[::-1]}, cut_after=[100_000, 0, 0, 0, 0], ignores_if_range=True)
    with serve(site):
        with pytest.raises(DownloadError):
            fetch(site, tmp_path / "file")
        site.files["/file"], site.version = BODY, '"2"'
        assert fetch(site, tmp_path / "file") == SHA256


def test_a_start_that_was_damaged_here_is_fetched_anew_before_a_new_version_is_reported(tmp_path: Path) -> None:
    with serve(Site({"/file": BODY}, cut_after=[100_000, 0, 0, 0, 0])) as site:
        with pytest.raises(DownloadError):
            fetch(site, tmp_path / "file")
        (tmp_path / ".file.part").write_bytes(b"x" * 100_000)
        assert fetch(site, tmp_path / "file", sha256=SHA256) == SHA256


def test_a_changed_file_stops_with_both_checksums(tmp_path: Path) -> None:
    with (
        serve(Site({"/file": BODY})) as site,
        pytest.raises(DownloadError, match=rf"is {SHA256}, expected {'0' * 64} .*\(300,000 bytes were found\)"),
    ):
        fetch(site, tmp_path / "file", sha256="0" * 64, sizes=(5, 5))


def test_another_size_than_the_registry_has_is_refused(tmp_path: Path) -> None:
    with serve(Site({"/file": BODY})) as site:
        with pytest.raises(
            DownloadError, match=r"file has 300,000 bytes, expected 1 to 299,999; is this the right addr"
        ):
            fetch(site, tmp_path / "file", sizes=(1, 299_999))
        with pytest.raises(DownloadError, match="expected 300,001 to 400,000"):
            fetch(site, tmp_path / "file", sizes=(300_001, 400_000))
        assert list(tmp_path.glob("*file*")) == []
        assert fetch(site, tmp_path / "file", sizes=(300_000, 300_000)) == SHA256


def test_a_large_file_of_another_size_is_not_fetched_to_learn_its_checksum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hapvr.fetch.attempt.SMALL_BYTES", 1000)
    with (
        serve(Site({"/file": BODY})) as site,
        pytest.raises(
            DownloadError, match=rf"300,000 bytes, expected 5 and the SHA-256 {'0' * 64}, as recorded in reg"
        ),
    ):
        fetch(site, tmp_path / "file", sha256="0" * 64, sizes=(5, 5))


def test_pages_and_nothing_are_no_files(tmp_path: Path) -> None:
    with serve(Site({"/file": b"<html>", "/empty": b""}, headers={"Content-Type": "text/html"})) as site:
        with pytest.raises(DownloadError, match="a web page, such as a login or an error, instead of file"):
            fetch(site, tmp_path / "file")
        site.headers = {"Content-Encoding": "gzip"}
        with pytest.raises(DownloadError, match="sent as gzip, expected it as it is"):
            fetch(site, tmp_path / "file")
        site.headers = {}
        with pytest.raises(DownloadError, match="empty has 0 bytes, expected 1 to 1,048,576"):
            fetch(site, tmp_path / "empty", path="/empty")
        site.statuses = [204]
        with pytest.raises(DownloadError, match="answered 204 No Content, which is no file"):
            fetch(site, tmp_path / "file")
    assert list(tmp_path.glob("*file*")) == []


def test_a_server_that_says_nothing_times_out(tmp_path: Path) -> None:
    with (
        serve(Site({"/file": BODY}, hangs=0.1)) as site,
        pytest.raises(DownloadError, match=r"timed out \(5 attempts\)"),
    ):
        fetch(site, tmp_path / "file", timeout_s=0.01)


def test_a_server_that_trickles_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hapvr.fetch.attempt.SLOWEST_BYTES", 1 << 30)
    monkeypatch.setattr("hapvr.fetch.attempt.time", Clock())
    body = BODY * 24
    with (
        serve(Site({"/file": body})) as site,
        pytest.raises(DownloadError, match=r"the server sent \d+ bytes in 3600 s \(5 attempts\)"),
    ):
        fetch(site, tmp_path / "file", limit_mb=8)
    assert site.requests[1] != ("/file", None)


class Clock:
    """Each look at it is an hour later."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        self.now += 3600
        return self.now


def test_a_disk_without_room_is_said_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr("hapvr.fetch.attempt.shutil.disk_usage", lambda path: usage)
    with (
        serve(Site({"/file": BODY})) as site,
        pytest.raises(DownloadError, match="300,000 bytes are to come, 1,000 are free there; make room"),
    ):
        fetch(site, tmp_path / "file")


def test_a_disk_that_fills_up_is_no_reason_to_try_again(tmp_path: Path) -> None:
    (tmp_path / ".file.part").symlink_to("/dev/full")
    with (
        serve(Site({"/file": BODY})) as site,
        pytest.raises(DownloadError, match=r"\.file\.part: No space left on device; make room"),
    ):
        fetch(site, tmp_path / "file")
    assert len(site.requests) == 1


def test_several_that_fetch_the_same_file_fetch_it_once(tmp_path: Path) -> None:
    with serve(Site({"/file": BODY})) as site, ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: fetch(site, tmp_path / "file"), range(4))) == {SHA256}
    assert len(site.requests) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_no_redirection_leads_to_another_host_or_port(tmp_path: Path) -> None:
    with serve(Site({"/file": BODY})) as other:
        for target in (f"{other.address}/file", other.address.replace("127.0.0.1", "localhost") + "/file", "//[::1/x"):
            with (
                serve(Site({}, redirect={"/file": target})) as site,
                pytest.raises(
                    DownloadError, match=r"/file: the server redirects to .*, which is another host or a weak"
                ),
            ):
                fetch(site, tmp_path / "file")
    assert other.requests == []


def test_a_host_on_which_the_publisher_keeps_files_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(Site({"/file": BODY})) as other, serve(Site({}, redirect={"/file": f"{other.address}/file"})) as site:
        monkeypatch.setattr("hapvr.fetch.redirects._same_host", lambda asked, offered: True)
        assert fetch(site, tmp_path / "file") == SHA256


def test_a_circle_of_redirections_ends(tmp_path: Path) -> None:
    with (
        serve(Site({}, redirect={"/file": "/other", "/other": "/file"})) as site,
        pytest.raises(DownloadError, match="answered 302"),
    ):
        fetch(site, tmp_path / "file")
