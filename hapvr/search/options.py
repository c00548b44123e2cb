"""How one's own videos are searched."""

from pydantic import Field

from hapvr.section import Section


class Thorough(Section):
    """`--thorough`: parts of the frame are compared too, for pictures in pictures and heavy crops."""

    fps: float = Field(gt=0, le=60, description="sampled frames per second of video")
    side: float = Field(gt=0.2, lt=1, description="side of the parts, as a share of the short side of the picture")
    across: int = Field(ge=1, le=8, description="parts along the long side of a picture")
    down: int = Field(ge=1, le=8, description="parts along its short side")


class Search(Section):
    """`hapvr search` and its like. The run is chosen by measurement (docs/search.md)."""

    run: str = Field(description="the run whose model compares, if --run names no other")
    threshold: float = Field(gt=0, lt=1, description="probability of a copy from which on a video is called one")
    thorough: Thorough
