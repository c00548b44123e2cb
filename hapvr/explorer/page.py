"""Pages of the explorer as HTML that need nothing but themselves."""

from collections.abc import Iterable, Mapping
from typing import Any

from hapvr.datasets.dataset import Dataset
from hapvr.reports.glossary import GLOSSARY
from hapvr.reports.rendering import render

OTHER_LABELS = {"1": "copy of the query", "0": "looks alike, but is no copy"}
"""Labels of SVD."""


def render_explorer(
    content: Mapping[str, Any], *, runs: list[dict[str, str]], labels: dict[str, str], **parts: Any
) -> str:
    """One page. content: of `page_content`. runs: name, label and member of each. labels: of `label_names`."""
    everything = {"runs": runs, "labels": labels, "page": content}
    return render("explorer.html", content=everything, runs=runs, labels=labels, **parts)


def label_names(dataset: Dataset) -> dict[str, str]:
    """Label → what it means, of all labels of a benchmark."""
    known = OTHER_LABELS | {term.short: term.full for term in GLOSSARY["Labels"]}
    labels: Iterable[str] = (label for of in dataset.relevance.values() for label in of)
    found = dict.fromkeys([*dataset.labels, *labels])
    if len(found) > len(known):
        # Each event of EVVE is a label.
        return dict.fromkeys(found, "same event")
    return {label: known.get(label, label) for label in found}
