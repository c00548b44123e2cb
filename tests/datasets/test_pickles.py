"""Pickles may hold data and nothing that runs."""

import os
import pickle
from pathlib import Path

import pytest

from hapvr.datasets.pickles import read_pickle


class Hostile:
    """Unpickling it normally creates a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.target),)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_data_is_read(tmp_path: Path, protocol: int) -> None:
    content = {"a": [1, "x", ("y", 2)], "b": {"p", "q"}, 3: [{"r": []}]}
    (tmp_path / "data.pickle").write_bytes(pickle.dumps(content, protocol))
    assert read_pickle(tmp_path / "data.pickle") == content


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_code_is_refused_and_does_not_run(tmp_path: Path, protocol: int) -> None:
    target = tmp_path / "proof"
    (tmp_path / "data.pickle").write_bytes(pickle.dumps({"a": Hostile(target)}, protocol))
    with pytest.raises(ValueError, match=r"data\.pickle: expected a pickle of sets, .* but it asks for posix\.mkdir"):
        read_pickle(tmp_path / "data.pickle")
    assert not target.exists()
    pickle.loads((tmp_path / "data.pickle").read_bytes())
    assert target.exists(), "the test's pickle is not hostile"


@pytest.mark.parametrize(
    "content",
    [
        b"cbuiltins\neval\n(S'1'\ntR.",
        b"cbuiltins\ngetattr\n(cbuiltins\nset\nS'__init__'\ntR.",
        b"cnumpy.core.multiarray\n_reconstruct\n.",
        b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f.",
        b"not a pickle",
        b"",
    ],
)
def test_anything_else_is_an_error_that_names_the_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "data.pickle").write_bytes(content)
    with pytest.raises(ValueError, match=r"data\.pickle: expected a pickle of sets"):
        read_pickle(tmp_path / "data.pickle")
