"""What is asked of fetching a published dataset."""

from typing import Literal

from pydantic import Field

from hapvr.section import Section


class Upstream(Section):
    """A published dataset: annotations are fetched, videos are found in a folder of the user's."""

    source: Literal["upstream"]
    videos: str = Field(description="folder of video files named by video id; from the project's folder, or absolute")
    annotations: str | None = Field(description="folder that holds the annotation files; null: fetch them")
    mirror: str | None = Field(description="address that stands in for the annotations' sources; null: the sources")
