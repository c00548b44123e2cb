"""The two forms that VCDB's annotation comes in: its publisher's text files, and one pickle beside S2VS's code.

The publisher's, assumed after how others read it: the folder `annotation` holds one text file per topic; each line is
one pair of copied segments, "video,video,start,end,start,end", videos by file name and times as hh:mm:ss. Every core
video takes part in some pair, so the pairs name the 528 core videos.
S2VS's (`data/vcdb.pickle`, read by `datasets/vcdb.py` there): `queries`, the core videos; `positives`, query → the set
of its relevant videos; `dataset`, the distractors.
"""

from collections.abc import Iterable
from pathlib import Path

from hapvr.datasets.pickles import read_pickle
from hapvr.datasets.published import check_ids, check_keys

FOLDER = "annotation"
PICKLE = "vcdb.pickle"


def read_pairs(path: Path) -> Iterable[tuple[str, str]]:
    """The pairs of one of the publisher's files, by file name without extension. Raises ValueError naming the line."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        parts = [part.strip() for part in line.split(",")]
        if len(parts) != 6:
            raise ValueError(f'{path}, line {number}: expected "video,video,start,end,start,end", found {line[:100]!r}')
        first, second = (Path(name).stem for name in parts[:2])
        check_ids(path, [first, second])
        yield first, second


def read_published(path: Path) -> tuple[dict[str, set[str]], list[str]]:
    """Core video → its relevant videos, and the distractors, of S2VS's pickle. Raises ValueError naming the key."""
    content = read_pickle(path)
    check_keys(path, content, {"queries": list, "positives": dict, "dataset": list})
    check_ids(path, [*content["queries"], *content["dataset"]])
    core, distractors = set(content["queries"]), set(content["dataset"])
    ranked = core | distractors
    copies = {}
    for query in content["queries"]:
        positives = content["positives"].get(query)
        if not isinstance(positives, set | frozenset):
            found = type(positives).__name__ if query in content["positives"] else "no such key"
            raise ValueError(f"{path}: positives: {query}: expected a set, found {found}; fetch the file again")
        # As the published evaluation does: what is not ranked is not relevant, nor is the query itself.
        copies[query] = {video for video in positives if video != query and video in ranked}
    return copies, sorted(distractors - core)
