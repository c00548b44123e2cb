"""Incident retrieval, in the way of FIVR: near-duplicates, duplicate, complementary and incident scenes."""

from hapvr.datasets.dataset import Dataset, Task
from hapvr.render.camera import Recording
from hapvr.render.incident import SECONDS
from hapvr.render.options import Fivr
from hapvr.render.plan import Plan, ids, paths
from hapvr.render.relation import relation
from hapvr.render.studio import Studio
from hapvr.render.video import Video

LABELS = {"DSV": ["ND", "DS"], "CSV": ["ND", "DS", "CS"], "ISV": ["ND", "DS", "CS", "IS"]}


def plan_fivr(studio: Studio, contents: Fivr) -> Plan:
    """Incidents in turn, then distractors. Labels follow from what the videos show, not from how they were made."""
    videos: dict[str, Video] = {}
    groups: dict[str, list[str]] = {}
    for name in ids("incident", contents.incidents):
        recordings = _recordings(studio, contents, name)
        for video_id, recording in recordings.items():
            videos[video_id] = studio.original(video_id, recording)
        groups[name] = list(recordings)[: contents.queries]
        for query in groups[name]:
            for video_id in ids(f"{query}-nd", contents.near_duplicates):
                videos[video_id] = studio.copy(video_id, recordings[query])
            for video_id in ids(f"{query}-ds", contents.duplicate_scenes):
                videos[video_id] = studio.recut(video_id, recordings[query])
    for video_id in ids("distractor", contents.distractors):
        videos[video_id] = studio.distractor(video_id)
    return Plan(videos, _dataset(studio.dataset, videos, groups))


def _recordings(studio: Studio, contents: Fivr, name: str) -> dict[str, Recording]:
    """Queries first and further cameras, about one time of the incident; then recordings of its other half."""
    incident = studio.incident(name)
    first_half = bool(studio.random(f"{name}/half").integers(2))
    middle_s = SECONDS * (0.25 if first_half else 0.75)
    recordings = {}
    for video_id in [*ids(f"{name}-q", contents.queries), *ids(f"{name}-cs", contents.complementary)]:
        seconds = studio.seconds(video_id)
        # Up to a quarter of the length from the middle, so that any two of these recordings overlap.
        start_s = middle_s - seconds * float(studio.random(f"{video_id}/start").uniform(0.25, 0.75))
        recordings[video_id] = studio.record(incident, video_id, start_s=start_s, end_s=start_s + seconds)
    for video_id in ids(f"{name}-is", contents.incident_scenes):
        seconds = studio.seconds(video_id)
        earliest_s = SECONDS / 2 if first_half else 0
        start_s = earliest_s + float(studio.random(f"{video_id}/start").uniform(0, SECONDS / 2 - seconds))
        recordings[video_id] = studio.record(incident, video_id, start_s=start_s, end_s=start_s + seconds)
    return recordings


def _dataset(name: str, videos: dict[str, Video], groups: dict[str, list[str]]) -> Dataset:
    queries = [query for group in groups.values() for query in group]
    relevance: dict[str, dict[str, list[str]]] = {}
    for query in queries:
        relevance[query] = {label: [] for label in ("ND", "DS", "CS", "IS")}
        for video_id in sorted(videos):
            label = relation(videos[query], videos[video_id])
            if label and video_id != query:
                relevance[query][label].append(video_id)
    tasks = {f"{task}R": Task(metric="mAP", labels=labels, interpolation="step") for task, labels in LABELS.items()}
    tasks |= {f"{task}D": Task(metric="uAP", labels=labels, interpolation="step") for task, labels in LABELS.items()}
    return Dataset(
        name=name,
        videos=paths(videos),
        queries=queries,
        database=sorted(videos),
        relevance=relevance,
        tasks=tasks,
        excluded={query: [query] for query in queries},
        groups=groups,
    )
