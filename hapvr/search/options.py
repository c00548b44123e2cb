"""How one's own videos are searched."""

from pydantic import Field

from hapvr.section import Section


class Thorough(Section):
    """`--thorough`: parts of the frame are compared too, for pictures in pictures and heavy crops."""

    fps: float = Field(gt=0, le=60, description="sampled frames per second of video")
    side: float = Field(gt=0.2, lt=1, description="side of the parts, as a share of the short side of the picture")
    across: int = Field(ge=1, le=8, description="parts along the long side of a picture")
    down: int = Field(ge=1, le=8, description="parts along its short side")


class Duplicates(Section):
    """`hapvr duplicates`. Beyond so many videos only candidates are compared."""

    threshold: float = Field(
        gt=0,
        lt=1,
        description="probability of a copy from which on; few of all pairs are copies, so above search.threshold",
    )
    exact_up_to: int = Field(ge=0, description="videos of which all pairs are compared")
    neighbours: int = Field(ge=1, description="most similar videos of each that are judged")
    candidates: int = Field(ge=1, description="videos with the most similar clips that are compared with each")
    clip_s: float = Field(gt=0, description="length of a clip, seconds; longer ones where memory asks for it")
    sample: int = Field(ge=1, description="videos compared with all others to measure the recall of candidates")
    seed: int = Field(ge=0, description="of that sample, and of the clips that the index of candidates learns from")


class Search(Section):
    """`hapvr search` and its like. The run is chosen by measurement (docs/search.md)."""

    run: str = Field(description="the run whose model compares, if --run names no other")
    threshold: float = Field(gt=0, lt=1, description="probability of a copy from which on a video is called one")
    thorough: Thorough
    duplicates: Duplicates
