"""Short near-duplicates, in the way of SVD: labelled positives, labelled hard negatives, unlabelled distractors."""

from hapvr.datasets.dataset import Dataset, Task
from hapvr.render.camera import Recording
from hapvr.render.incident import SECONDS
from hapvr.render.options import Svd
from hapvr.render.plan import Plan, ids, paths
from hapvr.render.studio import Studio
from hapvr.render.video import Video


def plan_svd(studio: Studio, contents: Svd) -> Plan:
    """Queries in turn, then distractors. A hard negative shows the query's place, at another time."""
    videos: dict[str, Video] = {}
    relevance: dict[str, dict[str, list[str]]] = {}
    queries = ids("query", contents.queries)
    unlabelled = ids("distractor", contents.distractors)
    for query in queries:
        recording = _early(studio, query)
        relevance[query] = {"1": ids(f"{query}-p", contents.positives), "0": ids(f"{query}-n", contents.negatives)}
        videos[query] = studio.original(query, recording)
        for video_id in relevance[query]["1"]:
            videos[video_id] = studio.copy(video_id, recording)
        for video_id in relevance[query]["0"]:
            videos[video_id] = studio.copy(video_id, _late(studio, recording, video_id))
    for video_id in unlabelled:
        videos[video_id] = studio.distractor(video_id)
    return Plan(
        videos,
        Dataset(
            name=studio.dataset,
            videos=paths(videos),
            queries=queries,
            database=sorted(set(videos) - set(queries)),
            relevance=relevance,
            tasks={
                "SVR": Task(metric="mAP", labels=["1"], interpolation="step"),
                "SVD": Task(metric="uAP", labels=["1"], interpolation="step"),
            },
            candidates={
                query: sorted([*labels["1"], *labels["0"], *unlabelled]) for query, labels in relevance.items()
            },
        ),
    )


def _early(studio: Studio, query: str) -> Recording:
    """The query's recording, in the first half of its incident."""
    seconds = studio.seconds(query)
    start_s = float(studio.random(f"{query}/start").uniform(0, SECONDS / 2 - seconds))
    return studio.record(studio.incident(query), query, start_s=start_s, end_s=start_s + seconds)


def _late(studio: Studio, recording: Recording, name: str) -> Recording:
    """A camera of its own, in the second half of the incident."""
    seconds = studio.seconds(name)
    start_s = float(studio.random(f"{name}/start").uniform(SECONDS / 2, SECONDS - seconds))
    return studio.record(recording.incident, name, start_s=start_s, end_s=start_s + seconds)
