"""`hapvr weights`: published weights of backbones and teachers; of methods and the whitening, converted."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from hapvr.fetch.checkpoints import read_checkpoint
from hapvr.fetch.checksums import Checksums
from hapvr.fetch.download import download
from hapvr.fetch.sources import WHITENING, Source, file_of, url_of, weights_sources
from hapvr.methods import METHODS
from hapvr.storage.files import whole, write_json
from hapvr.storage.resume import file_sha256


@dataclass(frozen=True)
class Fetched:
    """path: what was written. report: what it is, for a person."""

    path: Path
    report: str


def fetch_weights(
    name: str,
    root: Path,
    *,
    checksums: Checksums,
    mirror: str | None = None,
    file: Path | None = None,
    drop_settings: bool = False,
    check: Callable[[Path, Mapping[str, Tensor]], None] | None = None,
) -> Fetched:
    """Fetches published weights into the project at `root`; the SHA-256 is recorded the first time, then insisted on.

    Backbones and teachers: models/backbones/{name}.safetensors, as published. Anything else: the checkpoint is kept in
    weights/original, and weights/{name}.safetensors is made of it, with {name}.json, which says of what.
    mirror: address to use instead of the publisher's. file: the published file, where somebody has it already; it is
    kept too, so that a later call without it, such as the stage's, needs no network. drop_settings: as
    `read_checkpoint` has it. check: gets its path and the converted tensors; nothing is written if it raises.
    Raises ValueError for an unknown name and for a file that is not what it should be, and DownloadError.
    """
    sources = weights_sources()
    if name not in sources:
        raise ValueError(f"weights {name!r}: not published; accepted: {', '.join(sorted(sources))}")
    source = sources[name]
    kept = root / ("weights/original" if source.method else "models/backbones") / source.name
    if file is None and kept.exists() and source.url is None and mirror is None:
        # Downloaded by hand, once.
        file = kept
    if file is None:
        known = checksums.get(source.name)
        sha256 = download(url_of(source, mirror), kept, sha256=known, limit_mb=source.limit_mb)
        checksums.record(source.name, sha256)
    else:
        sha256 = _check_own(source, file, checksums)
    if not source.method:
        _keep(file, kept)
        return Fetched(kept, str(kept))
    tensors, dropped = _read(source, file or kept, drop_settings=drop_settings)
    if check is not None:
        check(file or kept, tensors)
    if file is not None:
        # Only now: what is no checkpoint must not become the one that is insisted on.
        checksums.record(source.name, sha256)
        _keep(file, kept)
    path = root / file_of(source)
    _write(path, tensors, {"weights": name, "method": source.method, "file": source.name, "sha256": sha256})
    return Fetched(path, "\n".join(_report(source, path, tensors, dropped)))


def _keep(file: Path | None, kept: Path) -> None:
    """Copies the user's file to where a fetched one is."""
    if file is not None and file.resolve() != kept.resolve():
        with whole(kept) as temporary:
            shutil.copyfile(file, temporary)


def _check_own(source: Source, file: Path, checksums: Checksums) -> str:
    """SHA-256 of the user's file. Raises FileNotFoundError, and ValueError if another file is on record."""
    if not file.is_file():
        raise FileNotFoundError(f"{file}: no such file; --from names the one that {_place(source)} has")
    found, known = file_sha256(file), checksums.get(source.name)
    if known is not None and found != known:
        raise ValueError(
            f"{file}: SHA-256 {found}, expected {known} as recorded in checksums.json for {source.name}; if the "
            "publisher really has a new version, remove that entry"
        )
    if not source.method:
        checksums.record(source.name, found)
    return found


def _place(source: Source) -> str:
    return source.page or str(source.url)


def _read(source: Source, original: Path, *, drop_settings: bool) -> tuple[dict[str, Tensor], list[str]]:
    """The tensors of a checkpoint under our names, and what else was there. Raises ValueError."""
    checkpoint = read_checkpoint(original, limit_mb=source.limit_mb, drop_settings=drop_settings)
    try:
        return _renamed(source.method, checkpoint.tensors), checkpoint.dropped
    except (KeyError, ValueError) as error:
        raise ValueError(
            f"{original}: not the weights of {source.dataset}: {error.args[0]}; look for the file at {_place(source)}"
        ) from error


def _write(path: Path, tensors: Mapping[str, Tensor], origin: Mapping[str, str]) -> None:
    """Writes {name}.safetensors, and {name}.json beside it."""
    with whole(path) as temporary:
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, temporary)
    write_json(path.with_suffix(".json"), dict(origin))


def _renamed(method: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Published names → ours, by `from_published` of the method's module, or of the whitening."""
    module = import_module("hapvr.features.whitening" if method == WHITENING else METHODS.module(method))
    renamed: dict[str, Tensor] = module.from_published(state)
    return renamed


def _report(source: Source, path: Path, tensors: Mapping[str, Tensor], dropped: list[str]) -> list[str]:
    numbers = sum(tensor.numel() for tensor in tensors.values())
    lines = [f"{path}: {len(tensors)} tensors, {numbers:,} numbers"]
    if dropped:
        lines.append(f"left out of {source.name}: {', '.join(dropped)}")
    if source.method == WHITENING:
        lines.append(f"in params.yaml, under whiten: `published: weights/{path.name}`")
    else:
        lines.append(
            f"in params.yaml, a run with method {source.method}: `losses: {{}}` and `weights: {source.dataset}`; "
            f"the shapes say its parameters: {_shapes(tensors)}"
        )
    return lines


def _shapes(tensors: Mapping[str, Tensor]) -> str:
    shapes = [f"{name} {list(tensor.shape)}" for name, tensor in sorted(tensors.items()) if tensor.ndim > 1]
    return ", ".join(shapes[:3]) + (", …" if len(shapes) > 3 else "")
