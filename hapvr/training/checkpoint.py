"""Where an interrupted training goes on.

One safetensors file: the tensors of a State, and in its header the rest as JSON with a checksum of both. It lies
outside the stage's outputs, which DVC empties before it runs the stage.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from hapvr.storage.files import whole
from hapvr.training.distributed import Processes
from hapvr.training.options import Train
from hapvr.training.reproducible import random_state, restore_random_state
from hapvr.training.state import State


class DamagedCheckpointError(ValueError):
    """Not the bytes that were written."""


class Checkpoint:
    """The last state of one training that was kept; good as long as `settings` (JSON) stay the same.

    folder: for this training alone. Every process makes the same calls; the main one reads and writes.
    """

    def __init__(self, folder: Path, settings: dict[str, Any], processes: Processes) -> None:
        self.path = folder / "checkpoint.safetensors"
        self._settings = json.loads(json.dumps(settings))
        self._processes = processes

    def save(self, state: State) -> None:
        """Keeps the state in the place of the one before, whole."""
        randoms = [json.loads(text) for text in self._processes.texts(json.dumps(random_state()))]
        if self._processes.main:
            numbers = {"settings": self._settings, "random": randoms, **state.numbers()}
            content = pack(state.tensors(), numbers)
            with whole(self.path) as temporary:
                temporary.write_bytes(content)

    def restore(self, state: State) -> None:
        """Goes on from the kept state, if there is one of these settings; says so if it cannot be used."""
        content = self._processes.from_main(self._read_usable() if self._processes.main else b"")
        if content:
            tensors, numbers = unpack(content)
            state.load(tensors, numbers)
            restore_random_state(numbers["random"][self._processes.number])

    def remove(self) -> None:
        """Forgets the state, and what was left of writing it."""
        shutil.rmtree(self.path.parent, ignore_errors=True)

    def _read_usable(self) -> bytes:
        """The file's content, or nothing."""
        if not self.path.exists():
            return b""
        content = self.path.read_bytes()
        try:
            found = unpack(content)[1]["settings"]
        except DamagedCheckpointError as error:
            click.echo(f"{self.path}: damaged ({error}); it is left aside, training starts anew", err=True)
            return b""
        if found != self._settings:
            others = sorted(key for key in found | self._settings if found.get(key) != self._settings.get(key))
            click.echo(f"{self.path}: of another training ({', '.join(others)}); training starts anew", err=True)
            return b""
        return content


def pack(tensors: dict[str, Tensor], numbers: dict[str, Any]) -> bytes:
    """A safetensors file of the tensors, its header with `numbers` as JSON and a checksum."""
    text = json.dumps(numbers, allow_nan=False)
    return save(tensors, {"state": text, "sha256": _checksum(tensors, text)})


def unpack(content: bytes) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """What `pack` was given. Raises DamagedCheckpointError."""
    try:
        tensors = load(content)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])["__metadata__"]
        text, checksum = header["state"], header["sha256"]
    except (SafetensorError, ValueError, KeyError) as error:
        raise DamagedCheckpointError(f"not a checkpoint: {error}") from error
    if _checksum(tensors, text) != checksum:
        raise DamagedCheckpointError("its checksum differs from what was written")
    return tensors, json.loads(text)


def _checksum(tensors: dict[str, Tensor], text: str) -> str:
    return hashlib.sha256(save(tensors) + text.encode()).hexdigest()


def training_settings(
    method: Mapping[str, Any], losses: Mapping[str, Mapping[str, Any]], params: Train, *, seed: int, processes: int
) -> dict[str, Any]:
    """Method, losses, seed, number of processes and every training parameter that has an effect on the weights."""
    return {
        "method": dict(method),
        "losses": {name: dict(options) for name, options in losses.items()},
        "seed": seed,
        "processes": processes,
        "train": params.model_dump(mode="json", exclude={"seeds", "processes", "checkpoint_every", "workers"}),
    }
