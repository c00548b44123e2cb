"""Training videos without labels and a labelled core of partial copies, in the way of VCDB."""

from hapvr.datasets.dataset import Dataset, Task
from hapvr.render.options import Vcdb
from hapvr.render.plan import Plan, ids, paths
from hapvr.render.studio import Studio
from hapvr.render.video import Video


def plan_vcdb(studio: Studio, contents: Vcdb) -> Plan:
    """Training videos, each of an incident of its own, then the core: sources and their partial copies.

    Every second copy of the core is a re-cut. Each core video is a query; the others of its group are its copies.
    """
    training = ids("training", contents.training)
    videos: dict[str, Video] = {video_id: studio.distractor(video_id) for video_id in training}
    groups: dict[str, list[str]] = {}
    for group in ids("core", contents.groups):
        source, *copies = groups[group] = ids(f"{group}-", contents.copies + 1)
        recording = studio.footage(source)
        videos[source] = studio.original(source, recording)
        for number, video_id in enumerate(copies):
            make = studio.recut if number % 2 else studio.copy
            videos[video_id] = make(video_id, recording)
    core = [video_id for members in groups.values() for video_id in members]
    others = {video: [other for other in members if other != video] for members in groups.values() for video in members}
    return Plan(
        videos,
        Dataset(
            name=studio.dataset,
            videos=paths(videos),
            training=training,
            queries=core,
            database=core,
            relevance={video_id: {"copy": copies} for video_id, copies in others.items()},
            tasks={
                "VCR": Task(metric="mAP", labels=["copy"], interpolation="step"),
                "VCD": Task(metric="uAP", labels=["copy"], interpolation="step"),
            },
            excluded={video_id: [video_id] for video_id in core},
            groups=groups,
        ),
    )
