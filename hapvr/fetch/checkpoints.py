"""PyTorch checkpoints (`.pth`, `.pt`) read without running code: tensors, by name, and nothing else.

A pickle is a program; PyTorch's restricted reader runs only the few instructions that make tensors and plain
containers. What it holds beyond that is told apart here: numbers and texts are left out and said so, anything else is
refused.
"""

import pickle
import pickletools
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

# Under which a training script keeps the weights, beside its own affairs.
WRAPPERS = ("model", "state_dict")
PLAIN = (type(None), bool, int, float, str, bytes)
# Beyond any state of a model: a pickle may put one dictionary into another as often as it likes, and into itself.
MOST_NAMES, DEEPEST = 100_000, 32
EXPECTED = "expected a PyTorch checkpoint of tensors and plain containers alone"


class CheckpointError(ValueError):
    """A file that was refused; the message names it, what was found, what was expected and what to do."""


class Settings:
    """Stands for `argparse.Namespace`, in which training scripts keep their settings: nothing of it is kept."""

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        pass


@dataclass(frozen=True)
class Checkpoint:
    """tensors: by name, dense, floating-point ones as float32. dropped: what else was there, with its type."""

    tensors: dict[str, Tensor]
    dropped: list[str]


def read_checkpoint(path: Path, *, limit_mb: int, drop_settings: bool = False) -> Checkpoint:
    """Reads a checkpoint in PyTorch's zip or legacy format, or a `.safetensors` file.

    Weights under a key `model` or `state_dict` are unwrapped, what lies beside them is dropped; nested dictionaries are
    flattened, `{"a": {"b": t}}` → `a.b`. limit_mb: of the file, and of what it holds. drop_settings: a pickled
    `argparse.Namespace` is no reason to refuse the file; it is read as an empty object, without its class.
    Raises CheckpointError, and FileNotFoundError.
    """
    _check_size(path, path.stat().st_size, limit_mb)
    if path.suffix == ".safetensors":
        return Checkpoint(_own(path, _read_safetensors(path), limit_mb), [])
    _check_kind(path, limit_mb)
    weights, dropped = _unwrap(path, _load(path, drop_settings=drop_settings))
    tensors = {}
    for name, value in _flatten(path, weights):
        if isinstance(value, Tensor):
            tensors[name] = value
        elif isinstance(value, PLAIN):
            dropped.append(f"{name} ({type(value).__name__})")
        else:
            raise _refuse(path, f"{name}, a {type(value).__name__} among the weights")
    return Checkpoint(_own(path, tensors, limit_mb), dropped)


def _check_size(path: Path, size: int, limit_mb: int) -> None:
    if size > limit_mb << 20:
        raise CheckpointError(
            f"{path}: {size:,} bytes, expected at most {limit_mb << 20:,}; is this the right file? Fetch it again, or "
            "look for it at its publisher"
        )


def _check_kind(path: Path, limit_mb: int) -> None:
    """Refuses what is no checkpoint by its first bytes, and a zip archive whose entries are not stored as they are.

    PyTorch never compresses an entry; a compressed one of a few bytes could fill the memory.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(b"\x80"):
        return
    if start != b"PK\x03\x04":
        page = "an HTML page, such as a login or an error, " if start.lstrip().startswith(b"<") else ""
        raise _refuse(path, f"{page}a file that begins with {start!r}")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise _refuse(path, f"a damaged or truncated zip archive ({error})") from error
    for entry in entries:
        if entry.filename.startswith("/") or ".." in re.split(r"[/\\]", entry.filename):
            raise _refuse(path, f"the entry {entry.filename}, a path that leads out of the archive")
        if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
            raise _refuse(path, f"the compressed entry {entry.filename}, which PyTorch does not write")
    _check_size(path, sum(entry.file_size for entry in entries), limit_mb)


def _load(path: Path, *, drop_settings: bool) -> Any:
    allowed: list[Any] = [(Settings, "argparse.Namespace")] if drop_settings else []
    try:
        with torch.serialization.safe_globals(allowed):
            # Without mmap: then the length of each tensor's bytes is checked against what the pickle says of it.
            return torch.load(path, map_location="cpu", weights_only=True, mmap=False)
    except pickle.UnpicklingError as error:
        raise _refuse(path, _what_was_met(str(error))) from error
    except Exception as error:
        # A damaged or hostile file can fail in any way in the reader; in each of them it is the file that is wrong.
        raise _refuse(path, f"damaged, truncated or misleading content ({_first_line(str(error))})") from error


def _what_was_met(message: str) -> str:
    """What PyTorch's reader stopped at, without its advice to read the file unsafely."""
    if found := re.search(r"(?:Unsupported global|unsupported GLOBAL):? (?:GLOBAL )?([\w.]+)", message):
        return f"the global {found[1]}, code that the pickle asks for"
    if found := re.search(r"Unsupported operand (\d+)", message):
        name = next((known.name for known in pickletools.opcodes if ord(known.code) == int(found[1])), found[1])
        return f"the pickle instruction {name}, which no plain state of tensors needs"
    reason = message.rpartition("WeightsUnpickler error: ")[2]
    return f"a pickle that asks for more than tensors ({_first_line(reason)})"


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].strip()[:200]


def _refuse(path: Path, found: str) -> CheckpointError:
    advice = (
        "if you trust its publisher with no more than its tensors, read it with --drop-settings, which leaves the "
        "script's settings out and runs no code"
        if "global argparse.Namespace" in found
        else "nothing of it was run or written; fetch it again, or look for the file at its publisher"
    )
    return CheckpointError(f"{path}: refused: found {found}; {EXPECTED}; {advice}")


def _unwrap(path: Path, content: Any) -> tuple[Mapping[Any, Any], list[str]]:
    """The weights, and what lies beside them."""
    dropped: list[str] = []
    for _ in range(DEEPEST):
        if not isinstance(content, Mapping):
            raise _refuse(path, f"a {type(content).__name__} instead of a dictionary")
        wrapper = next((key for key in WRAPPERS if isinstance(content.get(key), Mapping)), None)
        if wrapper is None:
            return content, dropped
        dropped += [f"{key} ({type(value).__name__})" for key, value in content.items() if key != wrapper]
        content = content[wrapper]
    raise _refuse(path, f"dictionaries in dictionaries, more than {DEEPEST} deep")


def _flatten(path: Path, content: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    """Name and value of all that is in nested dictionaries, in their order."""
    met, walks = 0, [("", iter(content.items()))]
    while walks:
        prefix, walk = walks[-1]
        item = next(walk, None)
        if item is None:
            walks.pop()
            continue
        key, value = item
        met += 1
        if met > MOST_NAMES or len(walks) > DEEPEST:
            raise _refuse(path, f"more than {MOST_NAMES:,} names, or dictionaries more than {DEEPEST} deep")
        if not isinstance(key, str):
            raise _refuse(path, f"{prefix}{key!r}, a name that is a {type(key).__name__} and no text")
        if isinstance(value, Mapping):
            walks.append((f"{prefix}{key}.", iter(value.items())))
        else:
            yield f"{prefix}{key}", value


def _own(path: Path, tensors: Mapping[str, Tensor], limit_mb: int) -> dict[str, Tensor]:
    """Contiguous copies. A view may be larger than what it shows, so the size is known before anything is copied."""
    if not tensors:
        raise _refuse(path, "no tensor")
    for name, tensor in tensors.items():
        kind = _unusual(tensor)
        if kind:
            raise _refuse(path, f"{name}, a {kind} tensor")
    _check_size(path, sum(tensor.numel() * max(4, tensor.element_size()) for tensor in tensors.values()), limit_mb)
    return {
        name: tensor.detach()
        .to(torch.float32 if tensor.is_floating_point() else tensor.dtype)
        .clone(memory_format=torch.contiguous_format)
        for name, tensor in tensors.items()
    }


def _unusual(tensor: Tensor) -> str:
    """What keeps a tensor from being plain numbers; "" for one that is."""
    if tensor.is_quantized:
        return "quantised"
    if tensor.layout != torch.strided or tensor.is_nested:
        return "sparse or nested"
    if tensor.device.type != "cpu":
        return f"{tensor.device.type} (it has no numbers)"
    return "complex" if tensor.is_complex() else ""


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except SafetensorError as error:
        raise _refuse(path, f"damaged or truncated safetensors ({error})") from error
