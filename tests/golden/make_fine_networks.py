"""Copies what tests of ViSiL and DnS's fine students compare with: `python -m tests.golden.make_fine_networks FOLDER`.

FOLDER has methods.npz, the numbers of the released code. A file per network, and one for what has no weights.
"""

import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent
FILES = {
    "visil": ["visil/"],
    "visil_symmetric": ["visil_symmetric/"],
    "dns_fg_att": ["dns_fg_att/"],
    "dns_fg_bin": ["dns_fg_bin/"],
    "visil_f": [
        "visil_f/",
        "losses/triplet/similarity",
        "losses/triplet/p",
        "losses/triplet/n",
        "losses/reg",
        "losses/l1",
    ],
}
# Pieces of long videos, which are compared as a whole here.
UNUSED = "/chunked8/"


def main() -> None:
    """Writes the files; the same numbers give the same bytes."""
    with np.load(Path(sys.argv[1]) / "methods.npz", allow_pickle=False) as golden:
        for name, prefixes in FILES.items():
            keys = [key for key in golden.files if key.startswith(tuple(prefixes)) and UNUSED not in key]
            np.savez_compressed(FOLDER / f"{name}.npz", **{key: golden[key] for key in keys})


if __name__ == "__main__":
    main()
