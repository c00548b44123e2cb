"""Event retrieval, in the way of EVVE: any recording of the query's event is relevant."""

from hapvr.datasets.dataset import Dataset, Task
from hapvr.render.options import Evve
from hapvr.render.plan import Plan, ids, paths
from hapvr.render.studio import Studio
from hapvr.render.video import Video


def plan_evve(studio: Studio, contents: Evve) -> Plan:
    """Events in turn, then distractors. The occurrences of an event are incidents at one place, taking turns.

    Every third database video of an event is an edited copy of an earlier one, as events are re-uploaded.
    """
    videos: dict[str, Video] = {}
    groups: dict[str, list[str]] = {}
    relevance: dict[str, dict[str, list[str]]] = {}
    for event in ids("event", contents.events):
        places = [studio.incident(name, place=event) for name in ids(f"{event}-", contents.occurrences)]
        groups[event] = ids(f"{event}-q", contents.queries)
        positives = ids(f"{event}-p", contents.positives)
        recordings = {
            video_id: studio.record_anytime(places[number % len(places)], video_id)
            for number, video_id in enumerate([*groups[event], *positives])
        }
        for number, video_id in enumerate([*groups[event], *positives]):
            videos[video_id] = studio.original(video_id, recordings[video_id])
            if video_id in positives and number % 3 == 2:
                source = list(recordings)[number - 2]
                videos[video_id] = studio.copy(video_id, recordings[source])
        relevance |= {query: {event: positives} for query in groups[event]}
    for video_id in ids("distractor", contents.distractors):
        videos[video_id] = studio.distractor(video_id)
    queries = [query for group in groups.values() for query in group]
    return Plan(
        videos,
        Dataset(
            name=studio.dataset,
            videos=paths(videos),
            queries=queries,
            database=sorted(set(videos) - set(queries)),
            relevance=relevance,
            tasks={
                "EVVR": Task(metric="mAP", labels=list(groups), interpolation="trapezoid"),
                "EVVD": Task(metric="uAP", labels=list(groups), interpolation="step"),
            },
            groups=groups,
        ),
    )
