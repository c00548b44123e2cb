"""One attempt at downloading a file: what is asked, what is accepted of the answer, how it is received."""

import errno
import http.client
import shutil
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from hapvr.fetch.partial import Part
from hapvr.fetch.redirects import CheckedRedirects, RedirectError
from hapvr.fetch.registry import ACCEPT

CHUNK_BYTES = 1 << 20
# Less than this in the time of a timeout is a server that hangs.
SLOWEST_BYTES = 1 << 10
# Of a changed file up to this size the new SHA-256 is said too; a larger one is not fetched to learn it.
SMALL_BYTES = 64 << 20
DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM)


class DownloadError(OSError):
    """A file could not be fetched; the message names the URL, the file and what to do."""


class InterruptedDownloadError(Exception):
    """Worth another attempt: what has arrived so far is kept. retry_after: what the server says of when."""

    def __init__(self, message: str, retry_after: str | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Wanted:
    """What is asked for, and what it has to be. sizes: fewest and most bytes. limit: bytes never exceeded."""

    url: str
    target: Path
    sha256: str | None
    sizes: tuple[int, int]
    limit: int
    timeout_s: float
    quiet: bool = False

    @property
    def part(self) -> Part:
        return Part(self.target)

    def has_size(self, size: int) -> bool:
        return self.sizes[0] <= size <= self.sizes[1]

    def wrong_size(self, size: int) -> DownloadError:
        """To raise where the size alone says that it is another file."""
        fewest, most = self.sizes
        expected = f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}"
        of = f" and the SHA-256 {self.sha256}, as recorded in registry.csv" if self.sha256 else ""
        return DownloadError(
            f"{self.url}: {self.target.name} has {size:,} bytes, expected {expected}{of}; is this the right address? "
            f"Otherwise: {ACCEPT}"
        )


def attempt(wanted: Wanted) -> None:
    """Appends to the part if the server agrees that it is the start of the same file, else starts over.

    Raises InterruptedDownloadError where another attempt may do, and DownloadError.
    """
    try:
        with _opener(wanted.url).open(_request(wanted), timeout=wanted.timeout_s) as response:
            _receive(wanted, response)
    except urllib.error.HTTPError as error:
        if not _is_whole_already(wanted, error):
            raise _refused(wanted, error) from error
    except RedirectError as error:
        raise DownloadError(str(error)) from error
    except DownloadError:
        raise
    except (http.client.HTTPException, OSError) as error:
        if isinstance(error, OSError) and error.errno in DISK_ERRORS:
            raise DownloadError(f"{wanted.part.path}: {error.strerror}; make room for it, then fetch again") from error
        raise InterruptedDownloadError(str(error) or type(error).__name__) from error


def _request(wanted: Wanted) -> urllib.request.Request:
    headers = {"User-Agent": "hapvr", "Accept-Encoding": "identity"}
    if wanted.part.size and wanted.part.version:
        headers |= {"Range": f"bytes={wanted.part.size}-", "If-Range": wanted.part.version}
    return urllib.request.Request(wanted.url, headers=headers)


def _opener(url: str) -> urllib.request.OpenerDirector:
    """Understands http and https only, so that no redirection leads to a local file or another protocol."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(), urllib.request.HTTPHandler(), urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(), CheckedRedirects(url), urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):  # fmt: skip
        opener.add_handler(handler)
    return opener


def _is_whole_already(wanted: Wanted, error: urllib.error.HTTPError) -> bool:
    """Whether the server has nothing to add to what arrived, as after an end while it was being checked."""
    return error.code == 416 and error.headers.get("Content-Range") == f"bytes */{wanted.part.size}"


def _refused(wanted: Wanted, error: urllib.error.HTTPError) -> Exception:
    answer = f"the server answered {error.code} {error.reason}"
    if error.code == 416:
        wanted.part.forget()
        return InterruptedDownloadError("the server refused to resume")
    if error.code in (408, 429) or error.code >= 500:
        return InterruptedDownloadError(answer, error.headers.get("Retry-After"))
    return DownloadError(
        f"{wanted.url}: {answer}; the source of {wanted.target.name} may have moved: look for it at its publisher and "
        "correct url in registry.csv, or put the file into a folder and name that under `annotations`"
    )


def _receive(wanted: Wanted, response: http.client.HTTPResponse) -> None:
    part, version = wanted.part, _version(response)
    start = part.size if response.status == 206 else 0
    if response.status == 206 and not _continues(part, response, version):
        part.forget()
        raise InterruptedDownloadError("the server resumed elsewhere, or another version, than it was asked to")
    whole = None if response.length is None else start + response.length
    _check_offer(wanted, response, whole=whole, start=start)
    part.set_version(version or (part.version if start else ""))
    received = _write(wanted, response, whole=whole, start=start)
    if whole is not None and received != whole:
        raise InterruptedDownloadError(f"the connection ended after {received:,} of {whole:,} bytes")


def _version(response: http.client.HTTPResponse) -> str:
    """By which a server tells versions of a file apart: its ETag, unless that is weak, or its date."""
    etag = response.headers.get("ETag", "")
    version = etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified", "")
    return version if version.isprintable() else ""


def _continues(part: Part, response: http.client.HTTPResponse, version: str) -> bool:
    """Whether what is sent follows on the part. Servers may leave out a date that they were asked by."""
    place = response.headers.get("Content-Range", "")
    return place.startswith(f"bytes {part.size}-") and version in ("", part.version)


def _check_offer(wanted: Wanted, response: http.client.HTTPResponse, *, whole: int | None, start: int) -> None:
    """Raises DownloadError for what cannot be the file, before it is fetched."""
    url, target = wanted.url, wanted.target
    if response.status not in (200, 206):
        raise DownloadError(f"{url}: the server answered {response.status} {response.reason}, which is no file")
    if response.headers.get_content_type() == "text/html":
        raise DownloadError(
            f"{url}: a web page, such as a login or an error, instead of {target.name}; open the address in a browser "
            "to see what it says"
        )
    if (encoding := response.headers.get("Content-Encoding", "identity")) != "identity":
        raise DownloadError(f"{url}: sent as {encoding}, expected it as it is; use a mirror, or fetch it by hand")
    if whole is None:
        return
    if whole > wanted.limit:
        raise DownloadError(f"{url}: {whole:,} bytes, expected at most {wanted.limit:,}; is this the right address?")
    if not wanted.has_size(whole) and (wanted.sha256 is None or whole > SMALL_BYTES):
        raise wanted.wrong_size(whole)
    free = shutil.disk_usage(target.parent).free
    if whole - start > free:
        raise DownloadError(
            f"{target}: {whole - start:,} bytes are to come, {free:,} are free there; make room, then fetch again"
        )


def _write(wanted: Wanted, response: http.client.HTTPResponse, *, whole: int | None, start: int) -> int:
    """How many bytes are there in the end. Raises as `attempt` does."""
    received, since, then = start, start, time.monotonic()
    with (
        wanted.part.path.open("ab" if start else "wb") as file,
        tqdm(
            total=whole, initial=start, unit="B", unit_scale=True, desc=wanted.target.name, disable=wanted.quiet
        ) as progress,
    ):
        while received != whole:
            chunk = response.read1(CHUNK_BYTES if whole is None else min(CHUNK_BYTES, whole - received))
            if not chunk:
                break
            received += len(chunk)
            if received > wanted.limit:
                raise DownloadError(f"{wanted.url}: more than {wanted.limit:,} bytes; is this the right address?")
            file.write(chunk)
            progress.update(len(chunk))
            if received != whole and (seconds := time.monotonic() - then) > wanted.timeout_s:
                if received - since < SLOWEST_BYTES:
                    raise InterruptedDownloadError(f"the server sent {received - since} bytes in {seconds:.0f} s")
                since, then = received, time.monotonic()
    return received
