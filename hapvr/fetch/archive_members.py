"""The members of a tar, tar.gz or zip archive, one after the other, each looked at before anything is written."""

import contextlib
import gzip
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, Any

# What a tar member may take beside its bytes: headers with long names, padding.
OVERHEAD_BYTES = 8 << 10
LARGEST_READ = 4 << 20
LONGEST_NAME = 255


class ArchiveError(ValueError):
    """An archive that was refused; the message names it, the member, why, and what to do."""

    def __init__(self, archive: Path, member: str, why: str) -> None:
        where = f"{member!r}: " if member else ""
        super().__init__(
            f"{archive}: {where}{why}; nothing was unpacked: fetch the archive again, or look for it at its publisher"
        )


@dataclass(frozen=True)
class Member:
    """A folder, or a file of `size` bytes that `open` reads."""

    name: str
    size: int
    is_folder: bool
    open: Callable[[], IO[bytes]]

    def path(self, archive: Path) -> Path:
        """Where it goes, relative to the folder. Raises ArchiveError for a name that leads elsewhere."""
        posix, windows = PurePosixPath(self.name), PureWindowsPath(self.name)
        if posix.is_absolute() or windows.drive or windows.root:
            raise ArchiveError(archive, self.name, "an absolute path, expected one inside the archive")
        if ".." in posix.parts or "\\" in self.name:
            raise ArchiveError(archive, self.name, "a path that leads outside of its folder")
        if not self.name.isprintable() or any(len(part.encode()) > LONGEST_NAME for part in posix.parts):
            raise ArchiveError(archive, self.name, "a name that no file can have")
        if not posix.parts and not self.is_folder:
            raise ArchiveError(archive, self.name, "a file without a name")
        return Path(posix)


@contextlib.contextmanager
def zip_members(archive: Path, file: IO[bytes]) -> Iterator[Iterator[Member]]:
    """Of a zip archive; sizes are those of its directory, which reading does not exceed."""
    try:
        opened = zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise ArchiveError(archive, "", f"damaged or truncated zip archive ({error})") from error
    with opened:
        yield (_zip_member(archive, opened, entry) for entry in opened.infolist())


def _zip_member(archive: Path, opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Member:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        found = "a symbolic link" if kind == stat.S_IFLNK else "a device or another special file"
        raise ArchiveError(archive, entry.filename, f"{found}, expected files and folders alone")
    if entry.flag_bits & 1:
        raise ArchiveError(archive, entry.filename, "encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # Others may ask for gigabytes of memory.
        raise ArchiveError(archive, entry.filename, "packed by another method than deflate")

    def read() -> IO[bytes]:
        try:
            return opened.open(entry)
        except zipfile.BadZipFile as error:
            raise ArchiveError(archive, entry.filename, f"damaged ({error})") from error

    return Member(entry.filename, entry.file_size, entry.is_dir(), read)


@contextlib.contextmanager
def tar_members(archive: Path, file: IO[bytes], *, limit: int) -> Iterator[Iterator[Member]]:
    """Of a tar archive, packed by gzip or not, that is no longer than `limit` bytes when it is not."""
    packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    stream: Any = gzip.GzipFile(fileobj=file) if packed else file
    bounded: Any = _Bounded(archive, stream, limit + 2 * OVERHEAD_BYTES)
    with tarfile.open(fileobj=bounded, mode="r:", tarinfo=_Strict, encoding="utf-8", errors="strict") as opened:
        yield (_tar_member(archive, opened, entry) for entry in opened)


def _tar_member(archive: Path, opened: tarfile.TarFile, entry: tarfile.TarInfo) -> Member:
    if entry.issparse() or not (entry.isreg() or entry.isdir()):
        kinds = {"a symbolic link": entry.issym(), "a link": entry.islnk(), "a sparse file": entry.issparse()}
        found = next((kind for kind, is_it in kinds.items() if is_it), "a device or another special file")
        raise ArchiveError(archive, entry.name, f"{found}, expected files and folders alone")
    if entry.size < 0:
        raise ArchiveError(archive, entry.name, f"a size of {entry.size} bytes")
    member = Member(entry.name, entry.size if entry.isreg() else 0, entry.isdir(), lambda: _open(opened, entry))
    member.path(archive)
    try:
        tarfile.data_filter(entry, str(archive.parent))
    except tarfile.FilterError as error:
        raise ArchiveError(archive, entry.name, str(error)) from error
    return member


def _open(opened: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    file = opened.extractfile(entry)
    assert file is not None, "extractfile gives None for what is no file, and that was refused"
    return file


class _Strict(tarfile.TarInfo):
    """A broken or missing header is an error. `tarfile` takes one that is not the first for the end of the archive."""

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> "_Strict":
        try:
            return super().fromtarfile(tarfile_)
        except (tarfile.InvalidHeaderError, tarfile.EmptyHeaderError, tarfile.TruncatedHeaderError) as error:  # type: ignore[attr-defined]
            raise tarfile.ReadError(f"{error}, after {tarfile_.offset:,} bytes") from error


class _Bounded:
    """What is read of a tar archive: forwards only, in small pieces, and no more than it may unpack to.

    A header may ask for the memory to be filled (a long name of many gigabytes), or lead back to one that was read.
    """

    def __init__(self, archive: Path, stream: IO[bytes], limit: int) -> None:
        self._archive = archive
        self._stream = stream
        self._limit = limit

    def tell(self) -> int:
        return self._stream.tell()

    def seekable(self) -> bool:
        return True

    def seek(self, position: int) -> int:
        if position < self.tell():
            raise ArchiveError(self._archive, "", "a header that leads back to an earlier one")
        self._check(position)
        return self._stream.seek(position)

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= LARGEST_READ:
            raise ArchiveError(self._archive, "", f"a header that asks for {size:,} bytes")
        self._check(self.tell() + size)
        return self._stream.read(size)

    def _check(self, position: int) -> None:
        if position > self._limit:
            raise ArchiveError(self._archive, "", f"more than the {self._limit:,} bytes it may unpack to")
