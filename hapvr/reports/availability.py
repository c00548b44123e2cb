"""What was found of each benchmark, to stand beside its numbers: sentences, and columns of a table's CSV."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

Availability = Mapping[str, Mapping[str, Any]]
"""Benchmark → content of its availability.json."""


def found_sentences(availability: Availability) -> list[str]:
    """One sentence per benchmark: what was found of it, why the rest is missing, what evaluation is restricted to."""
    return [f"{name}: {_found(content)}{_restricted(content)}." for name, content in availability.items()]


def restricted_sentences(availability: Availability) -> list[str]:
    """One sentence per benchmark of which only some videos are evaluated on."""
    return [f"{name}{_restricted(content)}." for name, content in availability.items() if "restricted_to" in content]


def with_availability(summary: pd.DataFrame, availability: Availability) -> pd.DataFrame:
    """The summary with what was asked for and found of each row's benchmark, and the list that it is restricted to."""
    columns = pd.DataFrame([_columns(content) for content in availability.values()], index=list(availability))
    return summary.join(columns, on="benchmark")


def _columns(content: Mapping[str, Any]) -> dict[str, Any]:
    counts = {f"{kind}_{what}": content[kind][what] for kind in ("queries", "database") for what in ("asked", "found")}
    return {**counts, "restricted_to": content.get("restricted_to", {}).get("list", "")}


def _found(content: Mapping[str, Any]) -> str:
    parts = [f"{_of(content, 'queries')} queries and {_of(content, 'database')} database videos found"]
    for kind, name in (("queries", "queries"), ("database", "database videos")):
        if reasons := content[kind]["missing"]:
            listed = ", ".join(f"{count:,} {reason}" for reason, count in reasons.items())
            parts.append(f"missing {name}: {listed}")
    return "; ".join(parts)


def _restricted(content: Mapping[str, Any]) -> str:
    if "restricted_to" not in content:
        return ""
    listed = content["restricted_to"]
    return (
        f", restricted to the videos on {listed['list']}, {_of(listed, 'queries')} queries and "
        f"{_of(listed, 'database')} database videos found: not to be compared with results on all videos"
    )


def _of(content: Mapping[str, Any], kind: str) -> str:
    return f"{content[kind]['found']:,} of {content[kind]['asked']:,}"
