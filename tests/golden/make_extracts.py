"""Makes the extracts again from the annotation files in FOLDER: `python -m tests.golden.make_extracts FOLDER`."""

import sys
from pathlib import Path

from tests.golden.extracts import BENCHMARKS, FOLDER, make_extract, read_annotations, write_extract


def main() -> None:
    """Writes an extract of every benchmark that has golden numbers."""
    for name in BENCHMARKS:
        write_extract(FOLDER, make_extract(read_annotations(name, Path(sys.argv[1]))))


if __name__ == "__main__":
    main()
