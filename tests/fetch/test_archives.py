"""Archives that are as they should be, damaged, or hostile."""

import gzip
import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from hapvr.fetch.archive_members import ArchiveError
from hapvr.fetch.archives import unpack

FILES = {"videos/a.mp4": b"a" * 700, "videos/deep/b.mp4": b"b", "list.txt": b"a\nb\n"}
KINDS = ("tar", "tar.gz", "zip")


def tar(path: Path, *members: tuple[str, bytes], pack: bool = False, **attributes: object) -> Path:
    """attributes: of the last member."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for number, (name, body) in enumerate(members, start=1):
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            for key, value in attributes.items() if number == len(members) else ():
                setattr(entry, key, value)
            archive.addfile(entry, io.BytesIO(body))
    path.write_bytes(gzip.compress(content.getvalue()) if pack else content.getvalue())
    return path


def packed(path: Path, files: dict[str, bytes]) -> Path:
    if path.name.endswith("zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, body in files.items():
                archive.writestr(name, body)
        return path
    return tar(path, *files.items(), pack=path.name.endswith("gz"))


def opened(archive: Path, *, limit_mb: int = 1, limit_members: int = 10) -> list[Path]:
    return unpack(archive, archive.parent / "there", limit_mb=limit_mb, limit_members=limit_members)


def refused(archive: Path, message: str, **limits: int) -> None:
    """It is refused with that message, and nothing of it stays anywhere."""
    before = sorted(path for path in archive.parents[1].rglob("*"))
    with pytest.raises(ArchiveError, match=message) as error:
        opened(archive, **limits)
    assert str(error.value).startswith(f"{archive}: ")
    assert sorted(path for path in archive.parents[1].rglob("*")) == before


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Inside another, in which a file that got out would show."""
    (tmp_path / "inner").mkdir()
    return tmp_path / "inner"


@pytest.mark.parametrize("kind", KINDS)
def test_files_come_out_in_their_folders(folder: Path, kind: str) -> None:
    assert opened(packed(folder / f"set.{kind}", FILES)) == sorted(Path(name) for name in FILES)
    assert {name: (folder / "there" / name).read_bytes() for name in FILES} == FILES
    assert sorted(path.name for path in folder.iterdir()) == [f"set.{kind}", "there"]


def test_folders_of_their_own_and_a_leading_dot_are_fine(folder: Path) -> None:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name in ("./", "./empty/"):
            entry = tarfile.TarInfo(name)
            entry.type = tarfile.DIRTYPE
            archive.addfile(entry)
        entry = tarfile.TarInfo("./" + "long/" * 40 + "a")
        archive.addfile(entry)
    (folder / "set.tar").write_bytes(content.getvalue())
    assert opened(folder / "set.tar") == [Path("long/" * 40 + "a")]
    assert (folder / "there" / "empty").is_dir()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../out.txt", r"'\.\./out\.txt': a path that leads outside of its folder"),
        ("a/../../out.txt", "a path that leads outside of its folder"),
        ("/tmp/out.txt", "'/tmp/out.txt': an absolute path"),
        ("C:/out.txt", "'C:/out.txt': an absolute path"),
        ("a\\..\\..\\out.txt", "a path that leads outside of its folder"),
        ("a" * 256, "a name that no file can have"),
        ("a\nb", "a name that no file can have"),
    ],
)
def test_a_path_outside_its_folder_is_refused(folder: Path, kind: str, name: str, message: str) -> None:
    refused(packed(folder / f"set.{kind}", {"good.txt": b"good", name: b"bad"}), message)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (tarfile.SYMTYPE, "a symbolic link, expected files and folders alone"),
        (tarfile.LNKTYPE, "a link, expected files and folders alone"),
        (tarfile.FIFOTYPE, "a device or another special file"),
        (tarfile.CHRTYPE, "a device or another special file"),
        (tarfile.BLKTYPE, "a device or another special file"),
        (tarfile.GNUTYPE_SPARSE, "a sparse file"),
    ],
)
def test_links_and_devices_are_refused(folder: Path, kind: bytes, message: str) -> None:
    refused(tar(folder / "set.tar", ("good", b"good"), ("odd", b""), type=kind, linkname="good"), rf"'odd': {message}")


def test_links_in_zip_archives_are_refused(folder: Path) -> None:
    with zipfile.ZipFile(folder / "set.zip", "w") as archive:
        entry = zipfile.ZipInfo("odd")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    refused(folder / "set.zip", "'odd': a symbolic link, expected files and folders alone")


def test_zip_archives_are_packed_by_deflate(folder: Path) -> None:
    with zipfile.ZipFile(folder / "set.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("odd", b"x")
    refused(folder / "set.zip", "'odd': packed by another method than deflate")


@pytest.mark.parametrize("kind", KINDS)
def test_more_than_allowed_is_refused(folder: Path, kind: str) -> None:
    bomb = packed(folder / f"set.{kind}", {"a": b"\0" * (1 << 19), "b": b"\0" * ((1 << 19) + 1)})
    refused(bomb, "'b': 1 bytes more than allowed, unpacked")
    assert opened(bomb, limit_mb=2) == [Path("a"), Path("b")]


@pytest.mark.parametrize("kind", KINDS)
def test_more_members_than_allowed_are_refused(folder: Path, kind: str) -> None:
    refused(packed(folder / f"set.{kind}", FILES), "'list.txt': one member more than allowed", limit_members=2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_nothing_is_overwritten(folder: Path, kind: str) -> None:
    archive = folder / f"set.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("a", b"1")
            file.writestr("./a", b"2")
    else:
        tar(archive, ("a", b"1"), ("./a", b"2"), pack=kind == "tar.gz")
    refused(archive, "a second member of that name")
    refused(packed(archive, {"a": b"1", "a/b": b"2"}), "'a/b': a (second member|file in a folder that is a file)")
    (folder / "there").mkdir()
    with pytest.raises(FileExistsError, match=r"there: is there already, .*remove it to unpack again"):
        opened(packed(archive, FILES))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_archive_is_refused(folder: Path, kind: str, share: float) -> None:
    content = packed(folder / f"set.{kind}", {"a": bytes(range(256)) * 8, "b": b"b" * 2000}).read_bytes()
    # Of a tar archive the end is padding, that may be missing.
    end = int(len(content.rstrip(b"\0")) * share)
    (folder / f"set.{kind}").write_bytes(content[:end])
    refused(folder / f"set.{kind}", "damaged|unexpected end|header")


def test_a_damaged_header_is_not_taken_for_the_end(folder: Path) -> None:
    content = bytearray(tar(folder / "set.tar", ("a", b"a"), ("b", b"b")).read_bytes())
    content[1024 + 150] ^= 1
    (folder / "set.tar").write_bytes(content)
    refused(folder / "set.tar", "damaged or misleading content .*bad checksum")


def test_a_damaged_zip_member_is_named(folder: Path) -> None:
    with zipfile.ZipFile(folder / "set.zip", "w") as archive:
        archive.writestr("a", b"x" * 50)
    content = (folder / "set.zip").read_bytes()
    (folder / "set.zip").write_bytes(content.replace(b"x" * 50, b"y" * 50))
    refused(folder / "set.zip", "'a': damaged .*CRC")


@pytest.mark.parametrize("size", [64 << 20, -512])
def test_a_header_may_not_fill_the_memory_or_lead_back(folder: Path, size: int) -> None:
    for kind in (tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.REGTYPE):
        entry = tarfile.TarInfo("name")
        entry.type, entry.size = kind, size
        (folder / "set.tar").write_bytes(entry.tobuf(tarfile.GNU_FORMAT) + bytes(4096))
        refused(folder / "set.tar", "a header that|more than|a size of|damaged")


def test_other_files_are_refused(folder: Path) -> None:
    for content in (b"", b"<html>login</html>" * 100, b"PK\x03\x04", b"\x1f\x8b" + b"x" * 600):
        (folder / "set.tar").write_bytes(content)
        refused(folder / "set.tar", "damaged|truncated|file header")
    refused(tar(folder / "set.tar"), "no file")
