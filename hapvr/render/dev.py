"""The development benchmark: what the incident benchmark and the near-duplicate benchmark ask, in one dataset."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from hapvr.datasets.dataset import Dataset, Task
from hapvr.render.fivr import plan_fivr
from hapvr.render.options import Dev
from hapvr.render.plan import Plan, paths
from hapvr.render.studio import Studio
from hapvr.render.svd import plan_svd


def plan_dev(studio: Studio, contents: Dev) -> Plan:
    """Videos of both parts, each part with its queries, candidates and tasks."""
    parts = {
        "scenes": plan_fivr(Studio(f"{studio.dataset}/scenes", studio.render), contents.fivr),
        "copies": plan_svd(Studio(f"{studio.dataset}/copies", studio.render), contents.svd),
    }
    return join_plans(studio.dataset, parts)


def join_plans(name: str, parts: dict[str, Plan]) -> Plan:
    """One dataset of several: ids get the name of their part, and each query ranks the videos of its own part."""
    videos = {f"{part}-{video_id}": video for part, plan in parts.items() for video_id, video in plan.videos.items()}
    joined: dict[str, dict[str, Any]] = {
        key: {} for key in ("videos", "relevance", "tasks", "candidates", "excluded", "groups")
    }
    queries: list[str] = []
    for part, plan in parts.items():
        known = plan.dataset
        named = partial(_name_part, part)
        asked = named(known.queries)
        queries += asked
        joined["videos"] |= paths(named(known.videos))
        joined["tasks"] |= {task: _ask(question, asked) for task, question in known.tasks.items()}
        for query in known.queries:
            of_query = known.candidates[query] if known.candidates else known.database
            joined["candidates"][f"{part}-{query}"] = named(of_query)
            joined["excluded"][f"{part}-{query}"] = named(known.excluded.get(query, []))
            joined["relevance"][f"{part}-{query}"] = {
                label: named(found) for label, found in known.relevance[query].items()
            }
        joined["groups"] |= {f"{part}-{group}": named(of_group) for group, of_group in known.groups.items()}
    database = sorted({video_id for listed in joined["candidates"].values() for video_id in listed})
    dataset = {"name": name, "queries": queries, "database": database, **joined}
    return Plan(videos, Dataset.model_validate(dataset))


def _name_part(part: str, video_ids: Iterable[str]) -> list[str]:
    return [f"{part}-{video_id}" for video_id in video_ids]


def _ask(task: Task, queries: list[str]) -> Task:
    return task.model_copy(update={"queries": queries})
