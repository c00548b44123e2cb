"""A corpus of malicious checkpoints: each is refused with what was found, runs and writes nothing, ends at once."""

import pickle
import tarfile
import zipfile
from pathlib import Path

import pytest
import torch

from hapvr.fetch.checkpoints import CheckpointError, read_checkpoint
from tests.fetch.checkpoints import saved

PROTOCOL = b"\x80\x02"
MAGIC = torch.serialization.MAGIC_NUMBER, torch.serialization.PROTOCOL_VERSION, {"little_endian": True}
HEADER = b"".join(pickle.dumps(part, protocol=2) for part in MAGIC)
SYSTEM = b"cposix\nsystem\n"


def text(value: str) -> bytes:
    """The instruction that puts it on the stack."""
    return b"X" + len(value).to_bytes(4, "little") + value.encode()


COMMAND = text("touch ran")
TENSOR = b"ctorch._utils\n_rebuild_tensor_v2\n"
STORAGE = text("storage") + b"ctorch\nFloatStorage\n" + text("0") + text("cpu") + b"K\x01"


def nested(levels: int) -> bytes:
    """Dictionaries that hold the one before twice: 2 ** levels names in a few bytes."""
    twice = b"".join(b"}(" + text("a") + b"h%c" % n + text("b") + b"h%c" % n + b"uq%c" % (n + 1) for n in range(levels))
    return b"}q\x00" + text("w") + b"K\x01s" + twice


PICKLES = {
    "REDUCE": (SYSTEM + COMMAND + b"\x85R", "the global posix.system"),
    "INST": (b"(" + COMMAND + b"iposix\nsystem\n", "the pickle instruction INST"),
    "OBJ": (b"(" + SYSTEM + COMMAND + b"o", "the global posix.system"),
    "STACK_GLOBAL": (text("posix") + text("system") + b"\x93" + COMMAND + b"\x85R", "instruction STACK_GLOBAL"),
    "protocol 4": (b"\x8c\x05posix\x8c\x06system\x93" + COMMAND + b"\x85R", "instruction SHORT_BINUNICODE"),
    "NEWOBJ": (b"csubprocess\nPopen\n" + COMMAND + b"\x85\x81", "the global subprocess.Popen"),
    "NEWOBJ_EX": (b"ccollections\nOrderedDict\n)}\x92", "instruction NEWOBJ_EX"),
    "EXT1": (b"\x82\x01", "instruction EXT1"),
    "BUILD": (b"cbuiltins\nobject\n)\x81}" + text("__class__") + SYSTEM + b"sb", "the global object"),
    "eval": (b"cbuiltins\neval\n" + text("open('ran', 'w')") + b"\x85R", "the global eval"),
    "getattr": (b"cbuiltins\ngetattr\n(cos\n" + text("system") + b"tR", "the global getattr"),
    "torch.load": (b"ctorch\nload\n" + text("other.pth") + b"\x85R", "the global torch.load"),
    "torch.hub": (b"ctorch.hub\nload\n(" + text("a/b") + text("c") + b"tR", "the global torch.hub.load"),
    "numpy": (b"cnumpy.core.multiarray\n_reconstruct\n", "the global numpy.core.multiarray._reconstruct"),
    "persistent id, text": (b"P0\n", "instruction PERSID"),
    "persistent id of another kind": (text("hello") + b"Q", "persistent_load id must be tuple or int"),
    "persistent id that is no storage": (b"(" + text("file") + text("/etc/passwd") + b"tQ", "found "),
    "persistent id with code": (b"(" + text("storage") + SYSTEM + text("0") + text("cpu") + b"K\x01tQ", "posix.system"),
    "storage that is not there": (b"(" + STORAGE.replace(text("0"), text("../../../etc/passwd")) + b"tQ", "found "),
    "tensor with hooks": (
        TENSOR + b"((" + STORAGE + b"tQK\x00K\x01\x85K\x01\x85\x89" + SYSTEM + COMMAND + b"\x85RtR",
        "the global posix.system",
    ),
    "tensor with metadata": (
        TENSOR + b"((" + STORAGE + b"tQK\x00K\x01\x85K\x01\x85\x89}}" + text("a") + SYSTEM + COMMAND + b"\x85RstR",
        "the global posix.system",
    ),
    "tensor of another type": (
        b"ctorch._tensor\n_rebuild_from_type_v2\n(" + SYSTEM + b"ctorch\nTensor\n(" + COMMAND + b"t}tR",
        "the global posix.system",
    ),
    "dictionaries without end": (b"}q\x00" + text("a") + b"h\x00s", "dictionaries more than 32 deep"),
    "weights in themselves": (b"}q\x00" + text("model") + b"h\x00s", "dictionaries in dictionaries, more than 32 deep"),
    "deep dictionaries": ((b"}" + text("a")) * 3000 + b"}" + b"s" * 3000, "dictionaries more than 32 deep"),
    "many names of few bytes": (nested(25), "more than 100,000 names"),
    "a text of 2 ** 63 bytes": (b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7f", "instruction BINUNICODE8"),
    "a number of 2 ** 31 bytes": (b"\x8b\xff\xff\xff\x7f", "instruction LONG4"),
    "a text beyond the end": (b"X\xff\xff\xff\x7f", "found "),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def archive(path: Path, program: bytes | None = None, extra: dict[str, bytes] | None = None) -> Path:
    """What PyTorch writes, with another pickle or further entries."""
    with zipfile.ZipFile(saved(path, {"w": torch.ones(1)})) as made:
        entries = {name: made.read(name) for name in made.namelist()}
    with zipfile.ZipFile(path, "w") as changed:
        for name, content in {**entries, **(extra or {})}.items():
            changed.writestr(name, program if program is not None and name.endswith("data.pkl") else content)
    return path


@pytest.mark.parametrize("drop_settings", [False, True], ids=["", "settings dropped"])
@pytest.mark.parametrize("case", PICKLES)
def test_a_pickle_is_refused_with_what_was_found(folder: Path, case: str, drop_settings: bool) -> None:
    instructions, found = PICKLES[case]
    program = PROTOCOL + instructions + b"."
    archive(folder / "zip.pth", program)
    (folder / "legacy.pth").write_bytes(HEADER + program)
    (folder / "bare.pth").write_bytes(program)
    for path in sorted(folder.iterdir()):
        with pytest.raises(CheckpointError) as refused:
            read_checkpoint(path, limit_mb=8, drop_settings=drop_settings)
        message = str(refused.value)
        assert message.startswith(f"{path}: refused: found ")
        assert "nothing of it was run or written" in message
        # Storages have another form in the legacy format; and a bare pickle is no number, with which that begins.
        assert found in message or path.name != "zip.pth", message
    assert sorted(path.name for path in folder.iterdir()) == ["bare.pth", "legacy.pth", "zip.pth"]


@pytest.mark.parametrize("name", ["../../ran", "/tmp/ran", "archive/../../ran", "zip/data/../../../ran", "..\\ran"])
def test_an_entry_that_leads_out_of_the_archive_is_refused(folder: Path, name: str) -> None:
    path = archive(folder / "zip.pth", extra={name: b"x"})
    with pytest.raises(CheckpointError, match=r"found the entry .*, a path that leads out of the archive"):
        read_checkpoint(path, limit_mb=8)
    assert [file.name for file in folder.iterdir()] == ["zip.pth"]


def test_a_compressed_entry_of_a_gigabyte_is_refused_unread(folder: Path) -> None:
    path = archive(folder / "zip.pth")
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as made,
        made.open("zip/data/1", "w") as entry,
    ):
        for _ in range(1024):
            entry.write(bytes(1 << 20))
    assert path.stat().st_size < 8 << 20
    with pytest.raises(CheckpointError, match="found the compressed entry zip/data/1, which PyTorch does not write"):
        read_checkpoint(path, limit_mb=8)


def test_a_directory_that_understates_an_entry_gains_nothing(folder: Path) -> None:
    path = archive(folder / "zip.pth")
    content = bytearray(path.read_bytes())
    place = content.rindex(b"PK\x01\x02") + 20
    content[place : place + 8] = (1 << 20).to_bytes(4, "little") * 2
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="refused: found "):
        read_checkpoint(path, limit_mb=8)


def test_a_program_and_an_old_archive_are_refused(folder: Path) -> None:
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), folder / "script.pth")
    with pytest.raises(CheckpointError, match=r"refused: found .*code/__torch__"):
        read_checkpoint(folder / "script.pth", limit_mb=8)
    with tarfile.open(folder / "old.pth", "w", format=tarfile.PAX_FORMAT) as old:
        old.add(folder / "script.pth", "storages")
    with pytest.raises(CheckpointError, match="refused: found a file that begins with"):
        read_checkpoint(folder / "old.pth", limit_mb=8)
