"""Downloading one file: resumable, whole or not at all, and only the bytes that were seen before."""

import http.client
import os
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from tqdm import tqdm

from hapvr.storage.resume import file_sha256

TIMEOUT_S = 60
ATTEMPTS = 5
FIRST_PAUSE_S = 1.0
CHUNK_BYTES = 1 << 20


class DownloadError(OSError):
    """A file could not be fetched; the message names the URL, the file and what to do."""


class _InterruptedError(Exception):
    """Worth another attempt: what has arrived so far is kept."""


def download(
    url: str,
    target: Path,
    *,
    sha256: str | None,
    limit_mb: int,
    first_pause_s: float = FIRST_PAUSE_S,
    quiet: bool = False,
) -> str:
    """Fetches `url` to `target` and returns its SHA-256, which has to be `sha256` if that is given.

    A file that is there already is only checked. An interrupted download leaves `.{name}.part` and resumes from it,
    here or in a later run, if the server still has the same version. quiet: without a progress bar.
    Raises DownloadError.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise DownloadError(f"{url}: expected an http or https address; correct the source of {target.name}")
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.part")
        _with_attempts(url, part, limit_mb << 20, pause_s=first_pause_s, quiet=quiet)
        _validator_file(part).unlink(missing_ok=True)
        _check(url, part, sha256)
        os.replace(part, target)
    return _check(url, target, sha256)


def _check(url: str, path: Path, expected: str | None) -> str:
    found = file_sha256(path)
    if expected is not None and found != expected:
        path.unlink()
        name = path.name.removeprefix(".").removesuffix(".part")
        raise DownloadError(
            f"{url}: the SHA-256 of {name} is {found}, expected {expected} as recorded in checksums.json; the file was "
            "removed. Fetch again; if the source really has a new version, remove its entry from checksums.json"
        )
    return found


def _with_attempts(url: str, part: Path, limit: int, *, pause_s: float, quiet: bool) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _fetch(url, part, limit, quiet=quiet)
        except _InterruptedError as error:
            if attempt == ATTEMPTS:
                raise DownloadError(
                    f"{url}: {error} ({ATTEMPTS} attempts); what arrived is in {part}; run the stage again to resume"
                ) from error
            time.sleep(pause_s * 2 ** (attempt - 1))


def _fetch(url: str, part: Path, limit: int, *, quiet: bool) -> None:
    """One attempt: appends to `part` if the server agrees that it is the start of the same file."""
    try:
        with _opener().open(_request(url, part), timeout=TIMEOUT_S) as response:
            _receive(url, response, part, limit, quiet=quiet)
    except urllib.error.HTTPError as error:
        if error.code == 416:
            _start_over(part)
            raise _InterruptedError("the server refused to resume") from error
        if error.code in (408, 429) or error.code >= 500:
            raise _InterruptedError(f"the server answered {error.code} {error.reason}") from error
        raise DownloadError(
            f"{url}: the server answered {error.code} {error.reason}; the source of {part.name[1:-5]} may have moved: "
            "look for it at its publisher, or put the file into a folder and name that under `annotations`"
        ) from error
    except (http.client.HTTPException, OSError) as error:
        if isinstance(error, DownloadError):
            raise
        raise _InterruptedError(str(error) or type(error).__name__) from error


def _receive(url: str, response: http.client.HTTPResponse, part: Path, limit: int, *, quiet: bool) -> None:
    start = part.stat().st_size if response.status == 206 else 0
    if start and not response.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
        _start_over(part)
        raise _InterruptedError("the server resumed elsewhere than it was asked to")
    length = response.headers.get("Content-Length")
    whole = None if length is None else start + int(length)
    if whole is not None and whole > limit:
        raise DownloadError(f"{url}: {whole:,} bytes, expected at most {limit:,}; is this the right address?")
    _validator_file(part).write_text(response.headers.get("ETag") or response.headers.get("Last-Modified") or "")
    received = start
    with (
        part.open("ab" if start else "wb") as file,
        tqdm(total=whole, initial=start, unit="B", unit_scale=True, desc=part.name[1:-5], disable=quiet) as progress,
    ):
        while chunk := response.read(CHUNK_BYTES):
            received += len(chunk)
            if received > limit:
                raise DownloadError(f"{url}: more than {limit:,} bytes; is this the right address?")
            file.write(chunk)
            progress.update(len(chunk))
    if whole is not None and received != whole:
        raise _InterruptedError(f"the connection ended after {received:,} of {whole:,} bytes")


def _request(url: str, part: Path) -> urllib.request.Request:
    headers = {"User-Agent": "hapvr", "Accept-Encoding": "identity"}
    validator = _validator_file(part).read_text() if _validator_file(part).exists() else ""
    if part.exists() and part.stat().st_size and validator and not validator.startswith("W/"):
        headers |= {"Range": f"bytes={part.stat().st_size}-", "If-Range": validator}
    return urllib.request.Request(url, headers=headers)


def _opener() -> urllib.request.OpenerDirector:
    """Understands http and https only, so that no redirection leads to a local file or another protocol."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler, urllib.request.HTTPHandler, urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler, urllib.request.HTTPRedirectHandler, urllib.request.HTTPErrorProcessor,
        urllib.request.UnknownHandler,
    ):  # fmt: skip
        opener.add_handler(handler())
    return opener


def _start_over(part: Path) -> None:
    part.unlink(missing_ok=True)
    _validator_file(part).unlink(missing_ok=True)


def _validator_file(part: Path) -> Path:
    """Holds the ETag or date of the version that `part` is the start of."""
    return part.with_name(f"{part.name}.version")
