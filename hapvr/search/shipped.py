"""The model that comes with the package, for videos outside of a clone: laid out as a project's results are.

`python -m hapvr.search.ship`, in a clone, writes the folder `shipped`; `provenance.json` in it says what of.
"""

import json
from functools import cached_property
from pathlib import Path
from typing import Any

from hapvr.features.options import Features, Whiten
from hapvr.project import Project
from hapvr.scoring.options import Score
from hapvr.search.options import Search
from hapvr.section import Section
from hapvr.video.options import Frames

FOLDER = Path(__file__).with_name("shipped")
SETTINGS = "settings.json"
# Of params.yaml, what a search reads.
SECTIONS = ("backbone", "frames", "whiten", "features", "score", "search")


class ShippedRun(Section):
    label: str
    method: dict[str, Any]


class Settings(Section):
    """The part of `Params` that a search reads, with one run, which has nothing to learn."""

    backbone: str
    frames: Frames
    whiten: Whiten
    features: Features
    score: Score
    search: Search
    runs: dict[str, ShippedRun]

    @property
    def scored(self) -> list[str]:
        return list(self.runs)

    @property
    def frozen(self) -> list[str]:
        return list(self.runs)

    def members(self, run: str) -> list[str]:
        return ["frozen"]

    def method_of(self, run: str) -> dict[str, Any]:
        return self.runs[run].method


class ShippedProject(Project):
    """Stands in the place of a clone."""

    @cached_property
    def params(self) -> Settings:  # type: ignore[override]
        return Settings.model_validate(json.loads((self.root / SETTINGS).read_text(encoding="utf-8")))


def find_project() -> Project:
    """The clone that the current folder lies in; outside of one, what comes with the package."""
    try:
        return Project.find()
    except FileNotFoundError:
        return ShippedProject(FOLDER)
