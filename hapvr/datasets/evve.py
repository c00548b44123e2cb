"""EVVE: 13 events, from the published annotation.

Source: Revaud et al., Event retrieval in large video collections with circulant temporal encoding, CVPR 2013.
"""

from pathlib import Path

from hapvr.datasets.dataset import Dataset, Task
from hapvr.datasets.pickles import read_pickle
from hapvr.datasets.published import check_ids, check_keys, video_paths

ANNOTATION = "evve.pickle"


def evve(folder: Path) -> Dataset:
    """620 queries, 2,373 database videos; a query's relevant videos are those of its event. Raises ValueError.

    mAP uses trapezoids, as the benchmark's own script does; µAP uses steps. In mAP a query whose relevant videos are
    all missing has AP 0, as in the published code.
    """
    content = read_pickle(folder / ANNOTATION)
    check_keys(folder / ANNOTATION, content, {"annotation": dict, "queries": list, "database": list})
    events = {
        event: (sorted(queries), sorted(relevant)) for event, (queries, relevant, _) in content["annotation"].items()
    }
    check_ids(folder / ANNOTATION, [*content["queries"], *content["database"]])
    return Dataset(
        name="evve",
        videos=video_paths({*content["queries"], *content["database"]}),
        queries=sorted(content["queries"]),
        database=sorted(content["database"]),
        relevance={query: {"event": relevant} for queries, relevant in events.values() for query in queries},
        tasks={
            "EVVR": Task(metric="mAP", labels=["event"], interpolation="trapezoid", keeps_unfindable=True),
            "EVVD": Task(metric="uAP", labels=["event"], interpolation="step"),
        },
        groups={event: queries for event, (queries, _) in sorted(events.items())},
    )
