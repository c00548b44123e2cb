"""docs/robustness.md names tests that exist."""

import re
from pathlib import Path

HERE = Path(__file__).parent
TABLE = (HERE.parents[1] / "docs" / "robustness.md").read_text(encoding="utf-8")


def test_every_row_of_the_fault_table_is_a_test():
    rows = [line for line in TABLE.split("## Faults")[1].splitlines() if line.startswith("| ")][1:]
    tests = {name for path in HERE.glob("test_*.py") for name in re.findall(r"^def (test_\w+)", path.read_text(), re.M)}
    assert len(rows) > 20
    for row in rows:
        if "---" not in row and "× ffmpeg" not in row and "p | " not in row:
            named = set(re.findall(r"\b(test_\w+)(?=`)", row))
            assert named, row
            assert named <= tests, row
