"""Unpacking datasets that are handed out as archives: tar, tar.gz and zip, of which nothing is trusted.

What is unpacked are folders and plain files, inside one new folder, and no more than was allowed. An archive with
anything else is refused whole: nothing of it stays.
"""

import contextlib
import gzip
import os
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from hapvr.fetch.archive_members import OVERHEAD_BYTES, ArchiveError, Member, tar_members, zip_members

CHUNK_BYTES = 1 << 20
DAMAGED = (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError)


def unpack(archive: Path, folder: Path, *, limit_mb: int, limit_members: int) -> list[Path]:
    """Unpacks `archive` into `folder`, which must not be there yet, and gives the files, relative to it, sorted.

    limit_mb: of all that is unpacked. limit_members: of files and folders. `folder` is there whole or not at all.
    Raises ArchiveError naming the member and why, FileExistsError, and FileNotFoundError.
    """
    if os.path.lexists(folder):
        raise FileExistsError(f"{folder}: is there already, expected nothing of that name; remove it to unpack again")
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    temporary.mkdir()
    try:
        files = _unpack(archive, temporary, _Limits(archive, limit_mb << 20, limit_members))
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return sorted(files)


@dataclass
class _Limits:
    """What is left of the bytes and members that may still come."""

    archive: Path
    bytes_left: int
    members_left: int

    def count(self, member: Member) -> None:
        self.members_left -= 1
        self.bytes_left -= member.size
        if self.members_left < 0:
            raise ArchiveError(self.archive, member.name, "one member more than allowed")
        if self.bytes_left < 0:
            raise ArchiveError(self.archive, member.name, f"{-self.bytes_left:,} bytes more than allowed, unpacked")


def _unpack(archive: Path, folder: Path, limits: _Limits) -> list[Path]:
    files = []
    with _members(archive, limits) as members:
        for member in members:
            limits.count(member)
            path = member.path(archive)
            with _named(archive, member):
                if member.is_folder:
                    (folder / path).mkdir(parents=True, exist_ok=True)
                    continue
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                with (folder / path).open("xb") as file:
                    _copy(archive, member, file)
                files.append(path)
    if not files:
        raise ArchiveError(archive, "", "no file")
    return files


@contextlib.contextmanager
def _members(archive: Path, limits: _Limits) -> Iterator[Iterator[Member]]:
    """The members as they come. A damaged or hostile archive can fail in any way in the reader: ArchiveError."""
    with archive.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        is_zip = start in (b"PK\x03\x04", b"PK\x05\x06")
        limit = limits.bytes_left + limits.members_left * OVERHEAD_BYTES
        try:
            with zip_members(archive, file) if is_zip else tar_members(archive, file, limit=limit) as members:
                yield members
        except ArchiveError:
            raise
        except (*DAMAGED, ValueError, RecursionError, NotImplementedError) as error:
            raise ArchiveError(archive, "", f"damaged or misleading content ({error})") from error


@contextlib.contextmanager
def _named(archive: Path, member: Member) -> Iterator[None]:
    """Errors of reading or writing one member name it."""
    try:
        yield
    except DAMAGED as error:
        raise ArchiveError(archive, member.name, f"damaged content ({error})") from error
    except FileExistsError as error:
        raise ArchiveError(archive, member.name, "a second member of that name") from error
    except NotADirectoryError as error:
        raise ArchiveError(archive, member.name, "a file in a folder that is a file") from error


def _copy(archive: Path, member: Member, target: IO[bytes]) -> None:
    written = 0
    with member.open() as source:
        while chunk := source.read(min(CHUNK_BYTES, member.size - written + 1)):
            written += len(chunk)
            if written > member.size:
                break
            target.write(chunk)
    if written != member.size:
        raise ArchiveError(archive, member.name, f"{written:,} bytes, its entry says {member.size:,}")
