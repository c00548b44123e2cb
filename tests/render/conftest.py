"""Small embedded datasets: the mini preset's, with fewer and shorter videos."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hapvr.params import load
from hapvr.render.options import Render

FIVR = {
    "kind": "fivr",
    "queries": 2,
    "near_duplicates": 1,
    "duplicate_scenes": 1,
    "complementary": 1,
    "incident_scenes": 1,
}
SVD = {"kind": "svd", "positives": 1, "negatives": 1}
REDUCED: dict[str, dict[str, Any]] = {
    "mini_fivr": {"incidents": 2, "distractors": 2},
    "mini_evve": {"events": 2, "distractors": 2},
    "mini_svd": {"queries": 2, "distractors": 2},
    "mini_vcdb": {"training": 3, "groups": 2},
    "mini_dev": {"fivr": {**FIVR, "incidents": 2, "distractors": 2}, "svd": {**SVD, "queries": 2, "distractors": 2}},
}


@pytest.fixture(scope="session")
def mini() -> dict[str, Any]:
    """Section `fetch` of the mini preset."""
    return load(Path(__file__).parents[2] / "presets" / "mini.yaml").fetch


@pytest.fixture(scope="session")
def small(mini) -> Callable[[str], Render]:
    """The parameters of an embedded dataset with few videos of 1 to 2 seconds."""

    def reduced(name: str, **changes: Any) -> Render:
        values = mini[name].model_dump()
        values["contents"] |= REDUCED[name]
        values["world"] |= {"seconds": (1.2, 2)}
        values["picture"] |= {"width": 96, "height": 72}
        return Render.model_validate(values | changes)

    return reduced
