"""Decoding one file in a process of its own, which may be killed at any time."""

import ctypes
import resource
import signal
import struct
import sys
from dataclasses import dataclass
from enum import Enum
from io import BytesIO
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from PIL import Image

from hapvr.video.options import Request
from hapvr.video.picture import DecodeError, NotExactError
from hapvr.video.readers import READERS, Reader

HEAD = struct.Struct("<dq")  # timestamp, index; a JPEG file follows
PR_SET_PDEATHSIG = 1
# Loads what Pillow would load in every child, once in the server of children.
Image.preinit()


class Message(bytes, Enum):
    """First byte of what a child says. Never pickles: the child reads hostile files, and its parent trusts nobody."""

    READER = b"R"  # another reader starts; what came before is void
    PICTURE = b"P"
    WHOLE = b"W"
    DAMAGED = b"D"  # a reason follows


@dataclass(frozen=True)
class DecodeTask:
    """A file to be sampled by the first of `readers` that is sure of it."""

    path: Path
    request: Request
    readers: tuple[Reader, ...]
    jpeg_quality: int
    wall_s: float
    memory_gb: float


def decode(task: DecodeTask, connection: Connection) -> None:
    """Body of the child process: sends every sampled frame, then how it ended."""
    confine(memory_gb=task.memory_gb, wall_s=task.wall_s)
    reason = "no reader"
    for reader in task.readers:
        connection.send_bytes(Message.READER.value)
        try:
            _send_pictures(task, reader, connection)
        except NotExactError as error:
            reason = str(error)
        except DecodeError as error:
            reason = str(error)
            break
        except MemoryError:
            reason = f"needs more than {task.memory_gb:g} GB of memory"
        except BrokenPipeError:
            return
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
        else:
            connection.send_bytes(Message.WHOLE.value)
            return
    connection.send_bytes(Message.DAMAGED.value + reason.encode(errors="replace"))


def _send_pictures(task: DecodeTask, reader: Reader, connection: Connection) -> None:
    index, encoded = -1, b""
    for picture in READERS[reader](task.path, task.request):
        if picture.index != index:
            index, encoded = picture.index, encode_jpeg(picture.image, task.jpeg_quality)
        connection.send_bytes(Message.PICTURE.value + HEAD.pack(picture.timestamp, index) + encoded)


def encode_jpeg(image: np.ndarray, quality: int) -> bytes:
    """[H, W, 3] uint8 as a JPEG file."""
    buffer = BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def confine(*, memory_gb: float, wall_s: float) -> None:
    """Limits of this process that hold even if it hangs in foreign code and its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, wall_s + 5)
    limit = int(memory_gb * 2**30)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
