"""`hapvr weights`: the published weights of a backbone or teacher."""

from pathlib import Path

from hapvr.fetch.checksums import record, recorded
from hapvr.fetch.download import download
from hapvr.fetch.sources import SOURCES


def fetch_weights(root: Path, name: str, *, mirror: str | None) -> Path:
    """Downloads to models/backbones/; the SHA-256 is recorded the first time and insisted on afterwards.

    mirror: address to use instead of the publisher's. Raises ValueError for an unknown name, and DownloadError.
    """
    sources = {source.dataset: source for source in SOURCES if source.kind == "weights"}
    if name not in sources:
        raise ValueError(f"weights {name!r}: not published; accepted: {', '.join(sorted(sources))}")
    source = sources[name]
    target = root / "models" / "backbones" / source.name
    url = source.url if mirror is None else f"{mirror.rstrip('/')}/{source.name}"
    record(root, source.name, download(url, target, sha256=recorded(root, source.name), limit_mb=source.limit_mb))
    return target
