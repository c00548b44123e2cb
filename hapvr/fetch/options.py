"""What is asked of fetching a published dataset."""

from typing import Literal, Self

from pydantic import Field, model_validator

from hapvr.section import Section

Way = Literal["videos", "frames", "features"]


class Upstream(Section):
    """A published dataset: annotations are fetched; its videos, their frames or their features come in one way."""

    source: Literal["upstream"]
    way: Way = Field(
        description="videos: sampled and described here; frames: sampled already, described here; features: published"
    )
    videos: str = Field(
        description="way videos: folder of video files named by video id; from the project's folder, or absolute"
    )
    frames_folder: str | None = Field(
        description="way frames: folder with a folder of JPEG files per video id, `frames.fps` of them a second, in "
        "the order of their names"
    )
    features_file: str | None = Field(
        description="way features: HDF5 file with one dataset [T, 9, D] per video id; null: the published one, fetched"
    )
    annotations: str | None = Field(description="folder that holds the annotation files; null: fetch them")
    mirror: str | None = Field(description="address that stands in for the annotations' sources; null: the sources")

    @model_validator(mode="after")
    def check_way(self) -> Self:
        """Frames lie in a folder."""
        if self.way == "frames" and self.frames_folder is None:
            raise ValueError("frames_folder: way is frames; expected the folder that holds them, found null")
        return self
