"""`hapvr weights`: published weights of backbones and teachers; of methods and the whitening, converted."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from hapvr.fetch.checkpoints import read_checkpoint
from hapvr.fetch.conversions import CONVERTED, WHITENING, file_of
from hapvr.fetch.registered import LIMIT_MB, fetch_registered, place_of
from hapvr.fetch.registry import ACCEPT, Registry, Row
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
    registry: Registry,
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
    row = _row_of(name, registry)
    kept = place_of(row, root)
    if file is None and kept.exists() and row.url is None and mirror is None:
        # Downloaded by hand, once.
        file = kept
    sha256 = _check_own(row, file) if file else fetch_registered(row, kept, registry=registry, mirror=mirror)
    if name not in CONVERTED:
        _keep(file, kept, sha256, row, registry)
        return Fetched(kept, str(kept))
    tensors, dropped = _read(row, file or kept, drop_settings=drop_settings)
    if check is not None:
        check(file or kept, tensors)
    # Only now: what is no checkpoint must not become the one that is insisted on.
    _keep(file, kept, sha256, row, registry)
    path = root / file_of(name)
    _write(path, tensors, {"weights": name, "method": CONVERTED[name], "file": row.name, "sha256": sha256})
    return Fetched(path, "\n".join(_report(row, path, tensors, dropped)))


def _keep(file: Path | None, kept: Path, sha256: str, row: Row, registry: Registry) -> None:
    """Copies the user's file, if it is one, to where a fetched one is, and records it."""
    if file is None:
        return
    registry.record(row.name, sha256, file.stat().st_size)
    if file.resolve() != kept.resolve():
        with whole(kept) as temporary:
            shutil.copyfile(file, temporary)


def _row_of(name: str, registry: Registry) -> Row:
    rows = {row.dataset: row for row in registry.rows() if row.what == "weights"}
    if name not in rows:
        raise ValueError(f"weights {name!r}: not published; accepted: {', '.join(sorted(rows))}")
    return rows[name]


def _check_own(row: Row, file: Path) -> str:
    """SHA-256 of the user's file. Raises FileNotFoundError, and ValueError if another file is on record."""
    if not file.is_file():
        raise FileNotFoundError(f"{file}: no such file; --from names the one that {_place(row)} has")
    found = file_sha256(file)
    if row.sha256 is not None and found != row.sha256:
        raise ValueError(
            f"{file}: SHA-256 {found}, expected {row.sha256} as recorded in registry.csv for {row.name}; {ACCEPT}"
        )
    return found


def _place(row: Row) -> str:
    return row.url or row.access


def _read(row: Row, original: Path, *, drop_settings: bool) -> tuple[dict[str, Tensor], list[str]]:
    """The tensors of a checkpoint under our names, and what else was there. Raises ValueError."""
    checkpoint = read_checkpoint(original, limit_mb=LIMIT_MB["weights"], drop_settings=drop_settings)
    try:
        return _renamed(CONVERTED[row.dataset], checkpoint.tensors), checkpoint.dropped
    except (KeyError, ValueError) as error:
        raise ValueError(
            f"{original}: not the weights of {row.dataset}: {error.args[0]}; look for the file at {_place(row)}"
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


def _report(row: Row, path: Path, tensors: Mapping[str, Tensor], dropped: list[str]) -> list[str]:
    numbers = sum(tensor.numel() for tensor in tensors.values())
    lines = [f"{path}: {len(tensors)} tensors, {numbers:,} numbers"]
    if dropped:
        lines.append(f"left out of {row.name}: {', '.join(dropped)}")
    if row.dataset == WHITENING:
        lines.append(f"in params.yaml, under whiten: `published: weights/{path.name}`")
    else:
        lines.append(
            f"in params.yaml, a run with method {CONVERTED[row.dataset]}: `losses: {{}}` and `weights: {row.dataset}`; "
            f"the shapes say its parameters: {_shapes(tensors)}"
        )
    return lines


def _shapes(tensors: Mapping[str, Tensor]) -> str:
    shapes = [f"{name} {list(tensor.shape)}" for name, tensor in sorted(tensors.items()) if tensor.ndim > 1]
    return ", ".join(shapes[:3]) + (", …" if len(shapes) > 3 else "")
