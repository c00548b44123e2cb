"""`hapvr weights`: the published weights of a backbone or teacher."""

from pathlib import Path

from hapvr.fetch.checksums import Checksums
from hapvr.fetch.download import download
from hapvr.fetch.sources import SOURCES, url_of


def fetch_weights(name: str, folder: Path, *, mirror: str | None, checksums: Checksums) -> Path:
    """Downloads into `folder`; the SHA-256 is recorded the first time and insisted on afterwards.

    mirror: address to use instead of the publisher's. Raises ValueError for an unknown name, and DownloadError.
    """
    sources = {source.dataset: source for source in SOURCES if source.kind == "weights"}
    if name not in sources:
        raise ValueError(f"weights {name!r}: not published; accepted: {', '.join(sorted(sources))}")
    source = sources[name]
    target, known = folder / source.name, checksums.get(source.name)
    checksums.record(source.name, download(url_of(source, mirror), target, sha256=known, limit_mb=source.limit_mb))
    return target
